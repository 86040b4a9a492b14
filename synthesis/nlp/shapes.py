"""The values that go into the tagger and come out of it. Importing this module loads no model and no library."""

from dataclasses import dataclass, field

MODEL_VERSION = "2026.1"
"""Raise it when the same text and questions would get other suggestions than before."""

ROLES = ("interviewer", "expert", "chaperone", "unknown")
STANCES = ("bear", "bull", "mixed", "neutral")
BASES = ("first-hand", "second-hand", "opinion", "hypothetical")


@dataclass(frozen=True)
class Turn:
    """One speaker turn. `start` is the code-point offset of `text` in the whole transcript text."""

    index: int
    role: str
    text: str
    start: int
    speaker: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Question:
    """A key question with what would speak for (bull) and against (bear) the investment case."""

    code: str
    text: str
    title: str = ""
    definition: str = ""
    bear: str = ""
    bull: str = ""
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Suggestion:
    """A passage that the tagger sets against one question.

    `start` and `end` are code-point offsets in the whole transcript text and lie within one expert turn;
    `score` is the calibrated probability that a person would accept the tag, between 0 and 1, to 4 decimals;
    `reason` holds only JSON values: words, lexical, similarity, stance, basis, figures, entities.
    """

    question: str
    turn_index: int
    start: int
    end: int
    score: float
    stance: str
    basis: str
    reason: dict = field(hash=False)


@dataclass(frozen=True)
class Tagging:
    """All suggestions for one transcript, in order of question and position."""

    suggestions: tuple[Suggestion, ...]
    passages: int
    words: int
    model_version: str
    encoder: str
