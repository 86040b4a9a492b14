"""Whether a person may be heard on a day: cooling-off, restricted companies and limits, as values.

Pure: employments, a day and a policy in, reasons out. A policy is the house's own or a fund's; a fund's is always taken
together with the house's, so it can only be stricter. A company matches an entry of a list by its normal form.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache

LISTED, PRIVATE = "listed", "private"
LONGEST_COOLING_OFF = 60
SPAN_OF_CALLS = 12
"""Months over which calls with one expert are counted."""

_SUFFIXES = frozenset(
    [
        "plc",
        "inc",
        "incorporated",
        "ltd",
        "limited",
        "llc",
        "llp",
        "lp",
        "gmbh",
        "ag",
        "kg",
        "kgaa",
        "sa",
        "se",
        "sas",
        "sarl",
        "srl",
        "spa",
        "nv",
        "bv",
        "ab",
        "as",
        "asa",
        "oy",
        "oyj",
        "pty",
        "co",
        "com",
        "company",
        "corp",
        "corporation",
    ]
)


@dataclass(frozen=True, slots=True)
class Employment:
    """One post. `types` are those of the company ("listed" or "private", and its kind); `subject` says that it is the
    company that the call is about. `end` None and not `current` means that nobody knows when it ended."""

    company: str
    types: frozenset[str]
    start: date
    end: date | None = None
    current: bool = False
    subject: bool = False


@dataclass(frozen=True, slots=True)
class Restriction:
    """A company about which nothing may be heard, from the first day to the last; both are included, None is open."""

    company: str
    first: date | None = None
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Policy:
    """What has to be kept before a person may be heard. A limit of None is no limit."""

    months: Mapping[str, int] = field(default_factory=dict)
    restricted: tuple[Restriction, ...] = ()
    calls_per_expert: int | None = None
    interviews_per_company: int | None = None
    no_current_employees: bool = False

    @cached_property
    def by_company(self) -> Mapping[str, list[Restriction]]:
        """The restrictions by the normal form of their company: a list is long and is looked into for every person."""
        found: dict[str, list[Restriction]] = {}
        for row in self.restricted:
            found.setdefault(normal(row.company), []).append(row)
        return found

    def restricts(self, company: str, days: Iterable[date]) -> bool:
        """Whether nothing may be heard about a company on any of the days."""
        return any(row.holds_on(day) for row in self.by_company.get(normal(company), ()) for day in days)


HOUSE = Policy(months={LISTED: 6, PRIVATE: 3})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a person may not be heard. The sentence names companies: it is for who may know the policy."""

    code: str
    sentence: str


@lru_cache(maxsize=1 << 14)
def normal(company: str) -> str:
    """The form in which names of companies are compared: without case, accents, punctuation and legal form.

    >>> normal("Acme, Inc.") == normal("ACME") and normal("Amazon.com (AMZN)") == normal("Amazon")
    True
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", company) if not unicodedata.combining(c)).casefold()
    plain = re.sub(r"\(.*?\)", " ", plain).replace("&", " and ").replace(".com", " com ")
    # Dots and apostrophes stand inside a word ("S.A.", "Lowe's"), other marks between two.
    words = re.sub(r"[^\w]+|_+", " ", re.sub(r"[.'’]", "", plain)).split()
    core = list(words)
    while len(core) > 1 and core[-1] in _SUFFIXES:
        core.pop()
    return " ".join(core) or " ".join(company.casefold().split())


def later(day: date, months: int) -> date:
    """The same day so many calendar months later, or the last of that month where it is shorter.

    >>> later(date(2025, 8, 31), 6).isoformat()
    '2026-02-28'
    """
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def strictest(policies: Iterable[Policy]) -> Policy:
    """One policy that refuses whatever any of them refuses; of none, one that refuses nothing but an unknown end."""
    rows = list(policies)
    months: dict[str, int] = {}
    for kind, value in (pair for row in rows for pair in row.months.items()):
        months[kind] = max(value, months.get(kind, 0))
    return Policy(
        months=months,
        restricted=tuple(dict.fromkeys(entry for row in rows for entry in row.restricted)),
        calls_per_expert=_least(row.calls_per_expert for row in rows),
        interviews_per_company=_least(row.interviews_per_company for row in rows),
        no_current_employees=any(row.no_current_employees for row in rows),
    )


def _least(limits: Iterable[int | None]) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)


def reasons(
    posts: Sequence[Employment],
    call: date,
    policy: Policy,
    *,
    today: date | None = None,
    calls: int = 0,
    colleagues: int = 0,
    excepted: bool = False,
) -> tuple[Reason, ...]:
    """Why a person with these posts may not be heard on the day of the call; empty when nothing is in the way.

    today: restricted companies are looked up for this day as well, for words that are released later. calls: with this
    expert in the twelve months before. colleagues: interviews with people of the same employer already. excepted: the
    firm's compliance let a current employee of the subject company through.
    """
    found = [reason for post in posts for reason in _of_post(post, call, policy, excepted)]
    days = (call,) if today is None else (call, today)
    for name in dict.fromkeys(post.company for post in posts if policy.restricts(post.company, days)):
        found.append(Reason("restricted", f"{name} is on the restricted list."))
    if policy.calls_per_expert is not None and calls >= policy.calls_per_expert:
        found.append(Reason("calls", f"This person was heard {calls} times within {SPAN_OF_CALLS} months already."))
    if policy.interviews_per_company is not None and colleagues >= policy.interviews_per_company:
        found.append(Reason("company", f"{colleagues} people of the same employer were heard already."))
    return tuple(found)


def _of_post(post: Employment, call: date, policy: Policy, excepted: bool) -> Iterable[Reason]:
    if post.current or (post.end is not None and post.end >= call):
        if post.subject and (policy.no_current_employees or not excepted):
            yield Reason("current-employee", f"They work for {post.company}, which the call is about.")
        return
    if post.end is None:
        yield Reason("unknown-end", f"Nobody knows when they left {post.company}.")
        return
    months = max((policy.months.get(kind, 0) for kind in post.types), default=0)
    free = later(post.end, months)
    if call < free:
        yield Reason("cooling-off", f"They left {post.company} on {post.end}; {months} months end on {free}.")


def employer(posts: Sequence[Employment], call: date) -> str:
    """The normal form of the newest employer on the day of the call; "" without any."""
    begun = [post for post in posts if post.start <= call]
    newest = max(begun, key=lambda post: (post.start, post.current, post.end or date.max), default=None)
    return normal(newest.company) if newest else ""
