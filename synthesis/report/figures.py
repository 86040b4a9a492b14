"""Finding sentences hold placeholders; every figure in a report is counted, never typed.

| placeholder | becomes |
| --- | --- |
| `{Q1.customers.bear}` | "4 of 6 customers": people of a segment with that stance |
| `{Q1.bear}` | "5 of 18 people": the same over all segments |
| `{Q1.customers.spoke}`, `{Q1.silent}` | those who said anything on the question, or nothing |
| `{Q1.customers.bear.n}` | "4": the bare count |
| `{Q1.bear.percent}` | "60%"; refused below 30 people, because it would say more than the sample can |
| `{total}` | "18": people behind the matrix |
| `{held}`, `{cleared}`, `{quota}`, `{held.customers}` … | interviews of all segments, or of one |
| `{interviews}`, `{questions}`, `{incidents}`, `{claims}`, `{sources}` | how many the report lists |
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from synthesis.report.snapshot import COUNTS, quotes
from synthesis.statistics import PERCENT_FROM, n_of_n, percent

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
LISTED = ("interviews", "questions", "incidents", "claims", "sources")

# A run that holds a digit, with what is glued to it: 4.5x, 35%, $142bn, 2026-03-05, 200-300, Sev-1, Q1.
_DIGITS = re.compile(r"[$€£]?(?:\w+-)*\w*[\d½⅓⅔¼¾]\w*(?:[.,:/-]\w*\d\w*)*%?")
_UNITS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety"
_LARGE = "hundred hundreds thousand thousands million millions billion billions dozen dozens half thirds quarters"
_WORD = "|".join(f"{_UNITS} {_TENS} {_LARGE}".split()[1:])
# "one" and "a third" are figures only when something is counted: "one of the three", "a third of them".
_WORDS = re.compile(rf"\b(?:(?:{_WORD})(?:[- ](?:{_WORD}|one))*(?: of)?|(?:one|none|third|quarter) of|one in)\b", re.I)


class UnknownFigure(ValueError):
    """A placeholder that names nothing that can be counted; the message is a sentence for the author."""


def render(sentence: str, snapshot: Mapping[str, Any]) -> str:
    """The sentence with every placeholder replaced by its figure from the snapshot's matrix, segments and lists.

    Raises UnknownFigure for a placeholder that is not in the table above, and for a brace without its partner.
    """
    rest = PLACEHOLDER.sub("", sentence)
    if "{" in rest or "}" in rest:
        raise UnknownFigure("A brace without its partner: write a figure as {Q1.bear}.")
    return PLACEHOLDER.sub(lambda match: figure(match[1], snapshot), sentence)


def figure(name: str, snapshot: Mapping[str, Any]) -> str:
    """One figure by the name inside its braces. Raises UnknownFigure with a sentence that says what is known."""
    first, *rest = name.strip().split(".")
    if first in ("held", "cleared", "quota"):
        return str(_interviews(first, rest, snapshot, name))
    if first == "total" and not rest:
        return str(_people(snapshot))
    if first in LISTED and not rest:
        return str(len(snapshot[first]))
    if first in {row["question"] for row in snapshot["matrix"]}:
        return _stance_count(first, rest, snapshot, name)
    questions = ", ".join(dict.fromkeys(row["question"] for row in snapshot["matrix"]))
    raise UnknownFigure(
        f"{{{name}}} is not a figure: start with a question ({questions}), total, held, cleared, quota or one of "
        f"{', '.join(LISTED)}."
    )


def typed_numbers(sentence: str, allowed: Iterable[str]) -> list[str]:
    """Figures typed by hand outside placeholders, in digits or in words, that no allowed text holds.

    `allowed` are the texts that the sentence may repeat: cited quotes, register items, codes of questions, dates.
    A figure passes only if one of them has it as a whole: "4.5x" does not cover "4.5" or "14.5x". Words are
    compared without case.
    """
    bare = PLACEHOLDER.sub(" ", sentence)
    texts = [text.casefold() for text in allowed]
    found = sorted((match.start(), match[0]) for pattern in (_DIGITS, _WORDS) for match in pattern.finditer(bare))
    return [typed for _, typed in found if not any(_holds(text, typed.casefold()) for text in texts)]


def _holds(text: str, typed: str) -> bool:
    """Whether a text has a figure as a whole, not as a part of a longer one."""
    return bool(re.search(rf"(?<!\w)(?<!\w[.,:/-])(?<![$€£]){re.escape(typed)}(?![\w%]|[.,:/-]\w)", text))


def check_figures(snapshot: Mapping[str, Any]) -> list[str]:
    """Sentences about findings whose figures are typed, unknown, or no longer those of the snapshot.

    A finding may repeat numbers from its own quotes and register items, codes of questions, and the programme's
    dates; anything else has to be a placeholder.
    """
    wrong = []
    for finding in snapshot["findings"]:
        name = f"Finding {finding['id']}"
        try:
            if render(finding["sentence"], snapshot) != finding["rendered"]:
                wrong.append(f"{name} was rendered with other figures than those of the snapshot.")
        except UnknownFigure as error:
            wrong.append(f"{name}: {error}")
        typed = typed_numbers(finding["sentence"], allowed_texts(finding, snapshot))
        wrong += [f"{name} has a typed figure, “{number}”, that nothing it cites says." for number in typed]
    return wrong


def allowed_texts(finding: Mapping[str, Any], snapshot: Mapping[str, Any]) -> list[str]:
    """What a finding may repeat: its quotes, its register items with all that is reported of them, codes and dates."""
    programme = snapshot["programme"]
    texts = [programme["launch_on"], programme["delivery_on"], programme["launch_on"][:4]]
    texts += [row["code"] for row in snapshot["questions"]]
    texts += [quote["text"] for owner, _, quote in quotes(snapshot) if owner is finding]
    cited = {item["title"] for item in finding["register"]}
    rows = [*snapshot["incidents"], *snapshot["claims"], *snapshot["disagreements"]]
    return texts + [text for row in rows if row["title"] in cited for text in _texts(row)]


def _texts(value: object) -> Iterator[str]:
    """Every string inside a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)


def _interviews(kind: str, rest: list[str], snapshot: Mapping[str, Any], name: str) -> int:
    counts = {row["code"]: row[kind] for row in snapshot["segments"]}
    if not rest:
        return sum(counts.values())
    if len(rest) > 1 or rest[0] not in counts:
        raise UnknownFigure(f"{{{name}}} names no segment: the segments are {', '.join(counts)}.")
    return counts[rest[0]]


def _people(snapshot: Mapping[str, Any]) -> int:
    totals = {row["total"] for row in snapshot["matrix"] if not row["segment"]}
    if len(totals) != 1:
        raise UnknownFigure("{total} can't be told: the questions do not share one number of people.")
    return totals.pop()


def _stance_count(question: str, rest: list[str], snapshot: Mapping[str, Any], name: str) -> str:
    rows = {row["segment"]: row for row in snapshot["matrix"] if row["question"] == question}
    form = rest.pop() if rest and rest[-1] in ("n", "percent") else ""
    segment = rest.pop(0) if len(rest) == 2 else ""
    if segment not in rows or len(rest) != 1:
        known = ", ".join(code for code in rows if code)
        raise UnknownFigure(f"{{{name}}} names no segment: write {question}.segment.stance with one of {known}.")
    row, stance = rows[segment], rest[0]
    if stance not in (*COUNTS, "spoke", "total"):
        raise UnknownFigure(f"{{{name}}} names no stance: the stances are {', '.join(COUNTS)}, spoke and total.")
    count = row["total"] - row["silent"] if stance == "spoke" else row[stance]
    if form == "n" or stance == "total":
        return str(count)
    if form == "percent":
        return _share(count, row["total"], name)
    noun = re.sub(r"[-_]+", " ", segment) or "people"
    return f"{n_of_n(count, row['total'])} {noun}"


def _share(count: int, total: int, name: str) -> str:
    if not (text := percent(count, total)):
        raise UnknownFigure(
            f"{{{name}}} is a percentage of {total} people; below {PERCENT_FROM} write the count instead."
        )
    return text
