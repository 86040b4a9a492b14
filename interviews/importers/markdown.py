"""Markdown interviews with "**Speaker:** text" paragraphs: a turn is one such block, however many paragraphs it has.

Blocks of the same speaker in a row stay separate turns, so that a turn's number can be found by counting in the source.
"""

import re

from .captions import unescape
from .cues import Cue, Reading
from .losses import Losses, words
from .preamble import front_matter
from .stamps import lift, lift_from_name, one_blank_line, without_marks

BLOCK = re.compile(r"^\*\*([^*\n]{2,40}):\*\*", re.M)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


def looks_like(text: str) -> bool:
    """True for text with at least two such blocks, or one that it begins with."""
    found = BLOCK.finditer(text)
    first = next(found, None)
    return first is not None and (next(found, None) is not None or not text[: first.start()].strip())


def read(text: str, losses: Losses) -> Reading:
    """One turn a block; what stands before the first block is a heading, or words of an unknown speaker."""
    parts = BLOCK.split(text)
    blocks = list(zip(parts[1::2], parts[2::2], strict=True))
    before = front_matter(parts[0].split("\n"), losses)
    turns = [Cue("", None, None, plain(before))] if before.strip() else []
    empty = 0
    for speaker, said in blocks:
        speaker, named = lift_from_name(speaker, losses)
        said, start, end = lift(without_marks(said, losses), losses)
        start = named if start is None else start
        said = one_blank_line(plain(said)).strip()
        empty += not said
        if said:
            turns.append(Cue(plain(speaker).strip(), start, end, said))
    losses.drop("empty turns", "a speaker's name with no words", count=empty)
    return Reading(len(blocks), sum(words(turn.text) for turn in turns), turns)


def plain(text: str) -> str:
    """Text without backslash escapes and character references; emphasis and links stay as written."""
    return unescape(_ESCAPE.sub(r"\1", text)) if "\\" in text or "&" in text else text
