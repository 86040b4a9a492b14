"""Where a text names the people and firms that must not be named: proposals for a reviewer, who decides.

Pure. Names are matched exactly, as whole words and in their own case, by one pass over the text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Names that are also everyday words or months: alone they are proposed only where no sentence begins.
_ALSO_WORDS = set(
    """will mark may grant bill rob art grace faith hope page young day king drew pat chase chance rich frank jack penny
    rose ray sunny summer april june august christian major price stone wood cook long short white black brown green
    gray grey""".split()  # noqa: SIM905 - a list of words reads best as words
)
# Parts of a label that name no one.
_NO_NAMES = set(
    """speaker interviewer expert chaperone moderator host analyst guest unknown operator participant respondent
    compliance researcher dr mr mrs ms prof sir jr sr phd de da di del der den van von la le bin ibn al el of and the
    y e""".split()  # noqa: SIM905
)
_ASIDE = re.compile(r"\([^()]{0,80}\)|\[[^\[\]]{0,80}\]")
_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Sought:
    """Words to look for, why they must go, and what would stand in their place."""

    words: str
    reason: str
    replacement: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """One place where sought words stand: text[start:end]."""

    start: int
    end: int
    words: str
    reason: str
    replacement: str


def of_person(name: str, reason: str = "identity") -> list[Sought]:
    """A person's full name and those parts of it that can stand for the person."""
    clean = " ".join(_ASIDE.sub(" ", name).split())
    parts = [part.strip(".,'’\"") for part in re.split(r"[\s,/]+", clean)]
    telling = [part for part in parts if _tells(part)]
    wanted = ([clean] if len(telling) > 1 else []) + telling
    return [Sought(words, reason, "[name]") for words in dict.fromkeys(wanted)]


def _tells(part: str) -> bool:
    return len(part) >= _SHORTEST and part[0].isupper() and part[-1].isalnum() and part.lower() not in _NO_NAMES


def of_company(name: str) -> list[Sought]:
    """A company by its full name."""
    clean = name.strip()
    return [Sought(clean, "employer", "[company]")] if len(clean) >= _SHORTEST else []


def propose(text: str, sought: Iterable[Sought]) -> list[Proposal]:
    """Every place where a sought name stands, in order, the longest name first where several would fit."""
    by_words = {one.words: one for one in reversed(list(sought))}
    if not by_words:
        return []
    longest = sorted(by_words, key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")
    found = []
    for match in pattern.finditer(text):
        one = by_words[match.group()]
        if one.words.lower() in _ALSO_WORDS and _begins_sentence(text, match.start()):
            continue
        found.append(Proposal(match.start(), match.end(), one.words, one.reason, one.replacement))
    return found


def _begins_sentence(text: str, at: int) -> bool:
    before = text[max(0, at - 3) : at].rstrip(" \"“'(")
    return not before or before[-1] in ".?!\n…"
