"""A transcript with its highlights as HTML, in one pass and with few elements: a long one is ready in some milliseconds.

Pure: text, turns and items in, markup out. Every word is escaped here, once. Passages may overlap and nest; the text is
cut at each border, and every piece names the items that it belongs to (`data-i`, by their keys).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise
from typing import Protocol


class Turn(Protocol):
    """A turn as it is shown; `start` and `end` count code points of the whole text, `start_ms` may be unknown."""

    index: int
    role: str
    label: str
    start: int
    end: int
    start_ms: int | None


class Item(Protocol):
    """A passage set against a question. `key` is unique in the text."""

    @property
    def key(self) -> str: ...
    @property
    def turn(self) -> int: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def question(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def stance(self) -> str: ...
    @property
    def basis(self) -> str: ...


def clock(ms: int | None) -> str:
    """A moment of the call as m:ss or h:mm:ss; nothing when it is not known."""
    if ms is None:
        return ""
    seconds = ms // 1000
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes}:{seconds % 60:02d}"


def transcript(text: str, turns: Iterable[Turn], items: Iterable[Item], shown: Collection[str]) -> str:
    """All turns. `shown` holds the keys of the items that the filter lets through; the others stay without colour."""
    by_turn: defaultdict[int, list[Item]] = defaultdict(list)
    for item in items:
        by_turn[item.turn].append(item)
    return "".join(_turn(text, turn, by_turn.get(turn.index, ()), shown) for turn in turns)


def _turn(text: str, turn: Turn, items: Sequence[Item], shown: Collection[str]) -> str:
    time = clock(turn.start_ms)
    stamp = f'<a href="#t{turn.index}"><time>{time}</time></a>' if time else ""
    return (
        f'<div class="turn {turn.role}" id="t{turn.index}"><p class="who">{escape(turn.label)} {stamp}</p>'
        f'<p class="said" data-at="{turn.start}">{said(text, turn.start, turn.end, items, shown)}</p>'
        f'<p class="marks">{marks(items, shown)}</p></div>'
    )


def said(text: str, start: int, end: int, items: Sequence[Item], shown: Collection[str]) -> str:
    """The words of a turn with its highlights."""
    if not items:
        return escape(text[start:end], quote=False)
    return "".join(
        _piece(escape(text[first:last], quote=False), over, shown) for first, last, over in pieces(start, end, items)
    )


def pieces(start: int, end: int, items: Sequence[Item]) -> Iterator[tuple[int, int, list[Item]]]:
    """The turn cut at every border of an item: (start, end, the items over this piece), innermost first."""
    borders = {start, end}
    for item in items:
        borders.update((max(start, item.start), min(end, item.end)))
    cuts = sorted(borders)
    for first, last in pairwise(cuts):
        over = [item for item in items if item.start <= first and last <= item.end]
        yield first, last, sorted(over, key=lambda item: item.end - item.start)


def _piece(words: str, over: list[Item], shown: Collection[str]) -> str:
    if not over:
        return words
    keys = " ".join(item.key for item in over)
    return f'<mark class="{look(over, shown)}" data-i="{escape(keys)}">{words}</mark>'


def look(over: Sequence[Item], shown: Collection[str]) -> str:
    """The classes of a piece: those of its innermost item that is shown, and `two` when more than one is."""
    seen = [item for item in over if item.key in shown]
    if not seen:
        return "off"
    return f"hue-{seen[0].stance} {seen[0].state}{' two' if len(seen) > 1 else ''}"


def marks(items: Sequence[Item], shown: Collection[str]) -> str:
    """The margin of a turn: a link for each item, with stance, question and state in words."""
    return "".join(
        f'<a class="chip stance stance-{item.stance} {item.state}{"" if item.key in shown else " off"}"'
        f' href="?item={escape(item.key)}#t{item.turn}" data-i="{escape(item.key)}"'
        f' title="{escape(item.question)}, {item.stance}, {item.basis}, {item.state}">{escape(item.question)}'
        f"<span> {item.stance}</span></a>"
        for item in items
    )
