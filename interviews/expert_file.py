"""Reading a file of experts, CSV or XLSX, into people, or into sentences that name the row, the column and what to do.

Pure. No sentence repeats what a cell says, so the sentences can be kept and shown where the people may not be named.
"""

import calendar
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from interviews.descriptor import KINDS, LEVELS
from interviews.identity_keys import normal_email, normal_phone, normal_profile
from interviews.tables import BadFile, letter, rows_of, text_of

POSTS = 3

# The columns that a file may have: the name that a person sees, then other names that mean the same.
PERSON = {
    "name": ("Name", "full name", "expert", "expert name", "contact"),
    "email": ("E-mail", "email address", "mail", "email"),
    "phone": ("Phone", "telephone", "phone number", "telephone number", "mobile", "tel"),
    "profile": ("Profile", "profile link", "linkedin", "linkedin url", "linkedin profile", "url", "link"),
    "segment": ("Segment", "group", "quota"),
    "source": ("Source", "found by", "origin", "vendor", "network"),
    "priority": ("Priority", "prio", "rank"),
    "zone": ("Time zone", "timezone", "zone", "tz"),
}
POST = {
    "company": ("Company", "employer", "organisation", "organization", "firm"),
    "kind": ("Class of company", "company class", "class", "kind", "type of company", "sector", "industry"),
    "level": ("Level", "seniority", "role level", "position level"),
    "function": ("Function", "department", "area", "team"),
    "start": ("From", "start", "start date", "started", "since"),
    "end": ("Until", "end", "end date", "ended", "to", "left"),
    "evidence": ("Evidence", "proof", "shown by"),
    "listed": ("Listed", "public company", "quoted"),
}
LONGEST = {"name": 120, "phone": 40, "source": 80, "company": 120, "function": 80, "evidence": 300, "profile": 300}
STILL = {"current", "present", "now", "today", "still there", "ongoing"}
YES, NO = {"yes", "y", "true", "1", "listed", "public"}, {"no", "n", "false", "0", "private", "unlisted"}
MONTHS = {
    name.casefold(): n for names in (calendar.month_name, calendar.month_abbr) for n, name in enumerate(names) if name
}


@dataclass(frozen=True)
class PostRow:
    """One employment as the file has it."""

    company: str
    kind: str
    level: str
    start: date
    end: date | None = None
    current: bool = False
    function: str = ""
    listed: bool = True
    evidence: str = ""


@dataclass(frozen=True)
class PersonRow:
    """One row that can be taken over. `number` is the row as the spreadsheet counts it, the headings being row 1."""

    number: int
    name: str
    segment: str
    email: str = ""
    phone: str = ""
    profile: str = ""
    source: str = ""
    priority: int = 2
    zone: str = "Europe/London"
    posts: tuple[PostRow, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong with one row, and where."""

    row: int
    sentence: str


@dataclass
class Read:
    """What a file holds: people, faults, and how many rows there were that are not empty."""

    people: list[PersonRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows: int = 0


class _Bad(Exception):
    """A cell that can't be used; the message ends the sentence of its row and column."""


def read(data: bytes, segments: Mapping[str, str]) -> Read:
    """The people of a file. `segments` are the programme's, title by code. BadFile when there are no rows to speak of."""
    numbered = rows_of(data)
    if not numbered:
        raise BadFile("This file has no rows: fill the template and upload it.")
    (_, headings), *body = numbered
    columns = _columns(headings)
    if not body:
        raise BadFile("This file has headings and no rows below them: add one row for each expert.")
    found = Read(rows=len(body))
    names = {said.casefold(): code for code, title in segments.items() for said in (code, title)}
    for number, row in body:
        _person(
            number, {key: row[at] if at < len(row) else None for key, at in columns.items()}, names, segments, found
        )
    found.faults += _twice(found.people)
    found.faults.sort(key=lambda fault: fault.row)
    return found


def template(segments: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a file to fill in: one example of an invented person."""
    row = {"Name": "Sam Example", "E-mail": "sam@example.com", "Phone": "+44 20 7946 0958", "Profile": ""}
    row |= {"Segment": next(iter(segments), ""), "Source": "Conference", "Priority": "2", "Time zone": "Europe/London"}
    row |= {"Company": "Example Bank", "Class of company": "bank", "Level": "Director", "Function": "Cloud"}
    return [row | {"From": "2019-04", "Until": "2024-06", "Evidence": "Company register", "Listed": "yes"}]


def headings() -> list[str]:
    """The headings of the template, in their order; further posts have the same with a 2 or 3 behind."""
    first = [names[0] for names in (*PERSON.values(), *POST.values())]
    return first + [f"{names[0]} {n}" for n in range(2, POSTS + 1) for names in POST.values()]


# The headings -----------------------------------------------------------------------------------------------------------


def _columns(headings: Sequence[Any]) -> dict[tuple[str, int], int]:
    """Where each known column stands: (name, number of the post, 0 for the person) to its place."""
    known = {_plain(said): (key, 0) for key, names in PERSON.items() for said in names}
    for number in range(1, POSTS + 1):
        said = {
            _plain(word) + (str(number) if n else ""): key for key, ws in POST.items() for word in ws for n in (0, 1)
        }
        known |= {word: (key, number) for word, key in said.items() if number == 1 or word.endswith(str(number))}
    found: dict[tuple[str, int], int] = {}
    for at, heading in enumerate(headings):
        if (key := known.get(_plain(text_of(heading)))) is None:
            continue
        if key in found:
            raise BadFile(
                f"Columns {letter(found[key])} and {letter(at)} have headings that mean the same: keep one of them."
            )
        found[key] = at
    missing = [PERSON[key][0] for key in ("name", "segment") if (key, 0) not in found]
    if missing:
        raise BadFile(
            f"No column is headed {' and none '.join(f'“{name}”' for name in missing)}: the first row holds the headings,"
            " as in the template."
        )
    return found


def _plain(heading: str) -> str:
    """A heading without case, blanks and marks."""
    return re.sub(r"[\W_]+", "", heading.casefold())


# The rows ---------------------------------------------------------------------------------------------------------------


def _person(
    number: int, cells: Mapping[Any, Any], names: Mapping[str, str], segments: Mapping[str, str], found: Read
) -> None:
    faults: list[Fault] = []

    def take(key: str, post: int, turn: Any) -> Any:
        """The cell turned into a value; what is wrong with it becomes a fault of the row."""
        heading = (POST if post else PERSON)[key][0] + (f" {post}" if post > 1 else "")
        said = text_of(cells.get((key, post)))
        try:
            if len(said) > LONGEST.get(key, 1000):
                raise _Bad(f"more than {LONGEST.get(key, 1000)} characters. Shorten it")
            return turn(said)
        except _Bad as bad:
            faults.append(Fault(number, f"Row {number}, column “{heading}”: {bad}."))
            return None

    person = {
        "name": take("name", 0, _name),
        "segment": take("segment", 0, lambda said: _segment(said, names, segments)),
        "email": take("email", 0, _email),
        "phone": take("phone", 0, _phone),
        "profile": take("profile", 0, _profile),
        "source": take("source", 0, str),
        "priority": take("priority", 0, _priority),
        "zone": take("zone", 0, _zone),
    }
    posts = [_post(n, take) for n in range(1, POSTS + 1) if any(text_of(cells.get((key, n))) for key in POST)]
    for post, row in enumerate(posts, 1):
        if row and row.end and row.end < row.start:
            where = f"column “Until{f' {post}' if post > 1 else ''}”"
            faults.append(Fault(number, f"Row {number}, {where}: the post ends before it starts. Check both dates."))
    if faults:
        found.faults += faults
    else:
        found.people.append(PersonRow(number=number, posts=tuple(row for row in posts if row), **person))


def _post(n: int, take: Any) -> PostRow | None:
    end = take("end", n, _end)
    values = {
        "company": take("company", n, _company),
        "kind": take("kind", n, lambda said: _one_of(said, KINDS, "class of company")),
        "level": take("level", n, lambda said: _one_of(said, LEVELS, "level")),
        "start": take("start", n, _start),
        "function": take("function", n, str),
        "evidence": take("evidence", n, str),
        "listed": take("listed", n, _listed),
    }
    if end is None or any(value is None for value in values.values()):
        return None
    return PostRow(**values, end=end[0], current=end[1])


def _name(said: str) -> str:
    if not said:
        raise _Bad("the name is missing. Write first and last name")
    return said


def _segment(said: str, names: Mapping[str, str], segments: Mapping[str, str]) -> str:
    if said.casefold() not in names:
        raise _Bad(f"choose one of {', '.join(segments)}")
    return names[said.casefold()]


def _email(said: str) -> str:
    if said and not normal_email(said):
        raise _Bad("this is no e-mail address. Write it like name@example.com")
    return said


def _phone(said: str) -> str:
    if said and not normal_phone(said):
        raise _Bad("this is no telephone number. Write it with the country's code, like +44 20 7946 0958")
    return said


def _profile(said: str) -> str:
    if said and not normal_profile(said):
        raise _Bad("this is no link to a page. Write it like https://example.com/people/name")
    return said


def _priority(said: str) -> int:
    if said not in ("", "1", "2", "3"):
        raise _Bad("write 1 (heard first), 2 or 3 (heard last)")
    return int(said or 2)


def _zone(said: str) -> str:
    if not said:
        return "Europe/London"
    try:
        zoneinfo.ZoneInfo(said)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise _Bad("this is no time zone. Write it like Europe/London or America/New_York") from None
    return said


def _company(said: str) -> str:
    if not said:
        raise _Bad("the company is missing. Fill it in, or empty the other cells of this post")
    return said


def _one_of(said: str, allowed: Sequence[str], what: str) -> str:
    found = next((one for one in allowed if one.casefold() == said.casefold()), None)
    if found is None:
        raise _Bad(f"choose a {what} from the list: {', '.join(allowed)}")
    return found


def _listed(said: str) -> bool:
    if said.casefold() in NO:
        return False
    if said and said.casefold() not in YES:
        raise _Bad("write yes or no")
    return True


def _start(said: str) -> date:
    if not said:
        raise _Bad("the first month is missing. Write it like 2019-04")
    return _month(said, last=False)


def _end(said: str) -> tuple[date | None, bool]:
    """The last day and whether the person is still there; an empty cell is an end that nobody knows."""
    if said.casefold() in STILL:
        return None, True
    return (_month(said, last=True) if said else None), False


def _month(said: str, *, last: bool) -> date:
    """A day, or the first or last day of a month: 2019-04-30, 2019-04, 04/2019, April 2019, 30 April 2019.

    A day in figures with the month first or last could be read in two ways, so it is refused.
    """
    year, month, day = _parts(said)
    try:
        if 1950 <= year <= 2100:
            return date(year, month, day or (calendar.monthrange(year, month)[1] if last else 1))
    except (ValueError, IndexError, calendar.IllegalMonthError):
        pass
    raise _Bad("this date can't be read. Write the year and the month like 2019-04, or the day like 2019-04-30")


def _parts(said: str) -> tuple[int, int, int]:
    """Year, month and day as written; 0 for what is not there or can't be read."""
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ].*)?", said):
        return int(match[1]), int(match[2]), int(match[3] or 0)
    if match := re.fullmatch(r"(\d{1,2})[/.](\d{4})", said):
        return int(match[2]), int(match[1]), 0
    if match := re.fullmatch(r"(?:(\d{1,2})\.? )?([^\W\d]+)\.? (\d{4})", said):
        return int(match[3]), MONTHS.get(match[2].casefold(), 0), int(match[1] or 0)
    return 0, 0, 0


def _twice(people: Sequence[PersonRow]) -> list[Fault]:
    """The rows that name a person whom an earlier row names, by a key of theirs."""
    seen: dict[tuple[str, str], int] = {}
    faults = []
    for row in people:
        keys = {
            "e-mail address": normal_email(row.email),
            "telephone number": normal_phone(row.phone),
            "profile": normal_profile(row.profile),
        }
        given = {(what, value) for what, value in keys.items() if value}
        before = sorted((seen[key], key[0]) for key in given if key in seen)
        if before:
            first, what = before[0]
            faults.append(
                Fault(row.number, f"Row {row.number}: the same {what} as in row {first}. Remove one of the two rows.")
            )
        for key in given:
            seen.setdefault(key, row.number)
    return faults
