"""Counts of people, never of passages, and how sure a count can be.

A talkative person who says the same thing nine times is still one voice; every figure of a report starts here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

STANCES = ("bear", "bull", "mixed", "neutral")
PERCENT_FROM = 30
"""Below this many people a percentage says more than the sample can bear, so only "n of N" is written."""

Z_95 = 1.959963984540054
"""Two-sided 95% point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One person's stance on one question; several rows of one person on one question are folded by `stance_of`."""

    person: str
    segment: str
    question: str
    stance: str


@dataclass(frozen=True, slots=True)
class Cell:
    """People by stance for one question in one segment; segment "" is everybody. The counts add up to `total` (N)."""

    question: str
    segment: str
    total: int
    bear: int
    bull: int
    mixed: int
    neutral: int
    silent: int

    @property
    def spoke(self) -> int:
        """People with at least one accepted tag on the question."""
        return self.total - self.silent


def stance_of(stances: Iterable[str]) -> str:
    """One person's stance on a question, from the stances of that person's accepted tags.

    - no tag at all: "silent"
    - bear (or bull) when at least two thirds of the tags that point anywhere do: an aside the other way is not a change of mind
    - mixed when the tags point both ways and neither side has two thirds
    - neutral only if nothing that was said points anywhere; a neutral remark takes nothing back

    Raises ValueError for a word that is not a stance.
    """
    count = Counter(stances)
    unknown = set(count).difference(STANCES)
    if unknown:
        raise ValueError(f"“{min(unknown)}” is not a stance; the stances are {', '.join(STANCES)}.")
    pointing = count["bear"] + count["bull"] + count["mixed"]
    if not pointing:
        return "neutral" if count else "silent"
    return next((side for side in ("bear", "bull") if 3 * count[side] >= 2 * pointing), "mixed")


def matrix(voices: Iterable[Voice], people: Mapping[str, int], questions: Iterable[str] = ()) -> tuple[Cell, ...]:
    """Question x segment x stance, counting each person once.

    `people` is the number of people interviewed by segment, the N of "n of N": whoever has no voice on a question is
    silent there. One cell for every question and segment, in the order of `people`, then one over all segments
    (segment ""). Questions come in the order of `questions`, then any further ones that have a voice, sorted.

    Raises ValueError if a person speaks in two segments or in an unknown one, or if more people speak than were asked.
    """
    heard = _stances_by_cell(voices, people)
    listed = list(dict.fromkeys(questions))
    further = sorted({question for question, _ in heard}.difference(listed))
    cells = []
    for question in listed + further:
        row = [_cell(question, segment, total, heard[question, segment]) for segment, total in people.items()]
        everybody = [stance for segment in people for stance in heard[question, segment]]
        cells += [*row, _cell(question, "", sum(people.values()), everybody)]
    return tuple(cells)


def _stances_by_cell(voices: Iterable[Voice], people: Mapping[str, int]) -> defaultdict[tuple[str, str], list[str]]:
    tags: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    segment_of: dict[str, str] = {}
    for voice in voices:
        if voice.segment not in people:
            raise ValueError(f"A voice belongs to the segment “{voice.segment}”, which has no people.")
        if segment_of.setdefault(voice.person, voice.segment) != voice.segment:
            raise ValueError(f"{voice.person} is counted in two segments.")
        tags[voice.question, voice.person].append(voice.stance)
    heard: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (question, person), stances in tags.items():
        heard[question, segment_of[person]].append(stance_of(stances))
    return heard


def _cell(question: str, segment: str, total: int, stances: list[str]) -> Cell:
    if len(stances) > total:
        raise ValueError(f"{question} has {len(stances)} voices in “{segment}”, where only {total} people spoke to us.")
    counts = {stance: stances.count(stance) for stance in STANCES}
    return Cell(question, segment, total, **counts, silent=total - len(stances))


def n_of_n(n: int, total: int) -> str:
    """A count as it is written in a report: "4 of 6". Raises ValueError unless 0 <= n <= total."""
    if not 0 <= n <= total:
        raise ValueError(f"{n} of {total} is not a count of people.")
    return f"{n} of {total}"


def percent(n: int, total: int) -> str:
    """The share as whole per cent, "60%", or "" when fewer than 30 people stand behind it. Halves round up."""
    n_of_n(n, total)
    if total < PERCENT_FROM:
        return ""
    return f"{(200 * n + total) // (2 * total)}%"


def wilson(n: int, total: int, z: float = Z_95) -> tuple[float, float]:
    """Score interval for a proportion, as (low, high) in 0..1; (0, 1) when nobody was asked.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.
    It assumes a random sample. Experts are chosen, so it tells how little a small count can say, not the truth outside.
    """
    n_of_n(n, total)
    if total == 0:
        return 0.0, 1.0
    share = n / total
    weight = 1 + z * z / total
    centre = (share + z * z / (2 * total)) / weight
    half = z / weight * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # At the two ends the interval touches 0 and 1 exactly; floating point may miss them by a hair.
    return (0.0 if n == 0 else centre - half), (1.0 if n == total else centre + half)
