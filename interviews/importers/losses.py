"""The running account of what a file held and what was left out."""

from .shapes import Dropped

EXAMPLE_LENGTH = 80
WORDS_OUTSIDE_WHY = "the service's full text has them, but none of its timed segments"


def words(text: str) -> int:
    """How many words: runs of characters without white space."""
    return len(text.split())


class Losses:
    """Collects named losses while a file is read; equal names are counted together."""

    def __init__(self) -> None:
        self._found: dict[str, list] = {}

    def drop(self, what: str, why: str, example: str = "", count: int = 1) -> None:
        """Note `count` things left out. The reason and the example of the first one stay."""
        if count < 1:
            return
        entry = self._found.setdefault(what, [0, why, " ".join(example[: 4 * EXAMPLE_LENGTH].split())[:EXAMPLE_LENGTH]])
        entry[0] += count

    def count(self, what: str) -> int:
        """How many of these were noted so far."""
        return self._found.get(what, [0])[0]

    def dropped(self) -> tuple[Dropped, ...]:
        """All losses, in the order in which they were first met."""
        return tuple(Dropped(what, count, why, example) for what, (count, why, example) in self._found.items())
