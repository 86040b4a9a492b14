"""SubRip (SRT): a counter, a time line with a comma in its seconds, lines of text; speakers as "Name: text"."""

from .captions import TIME_LINE, read_captions
from .cues import Reading
from .losses import Losses


def looks_like(text: str) -> bool:
    """True for text whose first or second line is a SubRip time line."""
    head = text[:4000].lstrip().split("\n", 3)[:2]
    return any(TIME_LINE.match(line) for line in head)


def read(text: str, losses: Losses) -> Reading:
    """The turns of a SubRip text with LF line ends. Raises Unreadable if there are no captions."""
    return read_captions(text, losses, lambda lines, found: False, lambda cue_id: "")
