"""From source words to cleared words: what people marked is replaced, the rest stays, each position can be traced.

Pure, and linear in the length of the text. All offsets count Unicode code points. A turn is text[start:end]; turns are
joined by one line feed, in the source and in the cleared text alike.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

REPLACEMENT = "[redacted]"
_BRACKETED = re.compile(r"\[[^\[\]\r\n]{1,58}\]")


@dataclass(frozen=True, slots=True)
class Span:
    """Words that a turn holds: text[start:end]."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Words that are taken out, and what stands in their place."""

    start: int
    end: int
    replacement: str = REPLACEMENT


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of both texts: kept word for word, or (`kept` False) replaced as a whole."""

    source: int
    source_end: int
    cleared: int
    cleared_end: int
    kept: bool


@dataclass(frozen=True)
class PositionMap:
    """Which position of one text is which of the other. Positions run from 0 to the length of the text, both included.

    A position inside a replaced stretch is that stretch's beginning: nothing inside it can be pointed at.
    """

    pieces: tuple[Piece, ...]

    def to_cleared(self, position: int) -> int:
        """The position in the cleared text of a position in the source."""
        piece = self.pieces[max(0, bisect_right(self.pieces, position, key=lambda p: p.source) - 1)]
        offset = position - piece.source
        if position >= piece.source_end:
            return piece.cleared_end + position - piece.source_end
        return piece.cleared + (offset if piece.kept else 0)

    def to_source(self, position: int) -> int:
        """The position in the source of a position in the cleared text."""
        piece = self.pieces[max(0, bisect_right(self.pieces, position, key=lambda p: p.cleared) - 1)]
        offset = position - piece.cleared
        if position >= piece.cleared_end:
            return piece.source_end + position - piece.cleared_end
        return piece.source + (offset if piece.kept else 0)


@dataclass(frozen=True)
class Cleared:
    """The cleared text, its turns in the order of the source's, and the way between the two."""

    text: str
    turns: tuple[Span, ...]
    positions: PositionMap


def lawful_replacement(words: str) -> bool:
    """True for at most 60 characters in square brackets: a reader must see that it is not the speaker who says so."""
    return _BRACKETED.fullmatch(words) is not None


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The same span without white space at its ends, and grown to whole words: half a name is still a name."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end:
        return start, end
    while start > 0 and _in_word(text[start - 1]) and _in_word(text[start]):
        start -= 1
    while end < len(text) and _in_word(text[end - 1]) and _in_word(text[end]):
        end += 1
    return start, end


def _in_word(char: str) -> bool:
    # Marks belong to the letter before them, vowel signs of Indic names too; joiners and soft hyphens show nothing.
    return char.isalnum() or char == "_" or unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf")


def merge(cuts: Iterable[Cut]) -> list[Cut]:
    """The same cuts in order, with those that overlap or touch as one.

    One that is merged of different replacements says [redacted]: which words stood where must not show.
    """
    merged: list[Cut] = []
    for cut in sorted(cuts, key=lambda c: (c.start, c.end)):
        if cut.end <= cut.start:
            continue
        if merged and cut.start <= merged[-1].end:
            last = merged[-1]
            same = last.replacement if last.replacement == cut.replacement else REPLACEMENT
            merged[-1] = Cut(last.start, max(last.end, cut.end), same)
        else:
            merged.append(cut)
    return merged


def redact(text: str, turns: Sequence[Span], cuts: Iterable[Cut]) -> Cleared:
    """Replace every cut, turn by turn.

    A cut that runs over the border of two turns leaves its replacement in each, so that no turn is ever empty and each
    keeps its number. Turns must be in order and not overlap.
    """
    merged, out, spans, pieces = merge(cuts), [], [], []
    at, first = 0, 0
    for number, turn in enumerate(turns):
        if number:
            pieces.append(Piece(turns[number - 1].end, turn.start, at, at + 1, False))
            out.append("\n")
            at += 1
        begin, here = at, turn.start
        while first < len(merged) and merged[first].end <= turn.start:
            first += 1
        nearest = first
        while nearest < len(merged) and merged[nearest].start < turn.end:
            cut = merged[nearest]
            start, end = max(cut.start, turn.start), min(cut.end, turn.end)
            at = _keep(text, here, start, at, out, pieces)
            pieces.append(Piece(start, end, at, at + len(cut.replacement), False))
            out.append(cut.replacement)
            at, here = at + len(cut.replacement), end
            nearest += 1
        at = _keep(text, here, turn.end, at, out, pieces)
        spans.append(Span(begin, at))
    return Cleared("".join(out), tuple(spans), PositionMap(tuple(pieces) or (Piece(0, 0, 0, 0, True),)))


def _keep(text: str, start: int, end: int, at: int, out: list[str], pieces: list[Piece]) -> int:
    if start >= end:
        return at
    pieces.append(Piece(start, end, at, at + end - start, True))
    out.append(text[start:end])
    return at + end - start
