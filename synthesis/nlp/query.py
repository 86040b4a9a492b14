"""What a question looks for: its text for the encoder, its words for the lexical half, whom it asks about."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from synthesis.nlp import lexical, words
from synthesis.nlp.shapes import Question

_TOKEN = re.compile(r"\w+(?:['’-]\w+)*|\S")
_NAME = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True)
class Query:
    """`full` is the whole question with its terms; `core` is what remains without names of speakers and without the
    words in which questions are put ("what did they say about"); `stems` are the normal forms of the core."""

    full: str
    core: str
    stems: frozenset[str]


def read_question(question: Question, speakers: Sequence[str] = ()) -> Query:
    """Raises ValueError with a sentence when the question has no word to look for."""
    if not lexical.tokens(question.text):
        raise ValueError(f"Question {question.code} has no words to look for; write out what it asks.")
    title = f"{question.title}: {question.text}" if question.title else question.text
    full = " ".join(part for part in (title, question.definition, ", ".join(question.terms)) if part)
    core = full
    for name in sorted({s for s in speakers if s}, key=lambda s: (-len(s), s)):
        core = re.sub(rf"\b(?:the\s+)?{re.escape(name)}\b", " ", core, flags=re.IGNORECASE)
    asking = words.load("asking")
    core = " ".join(token for token in _TOKEN.findall(core) if token.lower() not in asking).strip(" .?")
    if not lexical.stems(core):
        core = full
    return Query(full, core, frozenset(lexical.stems(core) or lexical.tokens(core)))


def asked_about(question: Question, speakers: Sequence[str]) -> dict[str, float]:
    """For each speaker how far the question names them, 0 to 1: "What did Grad C think" names Grad C and nobody else.

    Each part of a name counts by how few speakers share it; a single letter must be a capital and not the first word.
    """
    names = sorted(set(speakers))
    shared = Counter(part.lower() for name in names for part in set(_NAME.findall(name)))
    said = _NAME.findall(question.text)
    whole = {word.lower() for word in said if len(word) > 1}
    letters = {word for word in said[1:] if len(word) == 1 and word.isupper()}
    out = {}
    for name in names:
        parts = set(_NAME.findall(name))
        weight = sum(1 / shared[part.lower()] for part in sorted(parts))
        hit = sum(1 / shared[p.lower()] for p in sorted(parts) if (p in letters if len(p) == 1 else p.lower() in whole))
        out[name] = hit / weight if weight else 0.0
    best = max(out.values(), default=0.0)
    return {name: value if value >= best / 2 else 0.0 for name, value in out.items()}
