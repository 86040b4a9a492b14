"""Words of a text in a normal form, and how rare each is: the lexical half of relevance."""

import re
import unicodedata
from functools import lru_cache

from synthesis.nlp import words

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")

STOP = words.load("stop")


def tokens(text: str) -> list[str]:
    """Lower-case words of the text in order, possessives and contractions cut."""
    plain = unicodedata.normalize("NFKD", text.lower()).replace("’", "'")
    return _WORD.findall("".join(c for c in plain if not unicodedata.combining(c)))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A light normal form of an English word: plural, -ing, -ed, -ly, -er endings cut and a double consonant halved.

    Its only duty is that forms of one word meet ("migrating", "migrated", "migrations"); it makes no dictionary words.
    """
    word = word.split("'")[0]
    if len(word) <= 3 or any(c.isdigit() for c in word):
        return word
    word = _plural(word)
    while (shorter := _cut(word)) != word:
        word = shorter
    if word.endswith("e") and len(word) > 3:
        word = word[:-1]
    return word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word


def _cut(word: str) -> str:
    """The word without its ending, if it has one and enough is left."""
    for ending, keep in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= keep:
            word = word[: -len(ending)]
            return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz" else word
    return word


_ENDINGS = (
    ("ability", 4),
    ("ably", 4),
    ("able", 4),
    ("ence", 5),
    ("ent", 5),
    ("ity", 4),
    ("ational", 4),
    ("ations", 4),
    ("ation", 4),
    ("ating", 4),
    ("ated", 4),
    ("ators", 4),
    ("ator", 4),
    ("ate", 4),
    ("ments", 4),
    ("ment", 4),
    ("ness", 4),
    ("ions", 4),
    ("ion", 4),
    ("ings", 3),
    ("ing", 3),
    ("edly", 4),
    ("ed", 3),
    ("ally", 4),
    ("ly", 4),
    ("ers", 4),
    ("er", 4),
    ("al", 5),
)


def _plural(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def stems(text: str) -> list[str]:
    """Normal forms of the words that carry meaning, in order."""
    return [stem(word) for word in tokens(text) if word not in STOP and word.split("'")[0] not in STOP]
