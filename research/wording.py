"""What changed between two texts, line by line. Pure."""

from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, ADDED, REMOVED = "same", "added", "removed"


@dataclass(frozen=True)
class Line:
    """A line of either text; `mark` is same, added or removed."""

    mark: str
    text: str


def changes(before: str, after: str) -> list[Line]:
    """Every line of both texts in order; where they differ, what went comes before what came."""
    old, new = before.splitlines(), after.splitlines()
    found: list[Line] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            found += [Line(SAME, text) for text in old[i:j]]
        else:
            found += [Line(REMOVED, text) for text in old[i:j]] + [Line(ADDED, text) for text in new[k:m]]
    return found
