"""Time stamps inside written transcripts, "[00:04:01.06]" or escaped for Markdown, and lines of nothing else."""

import re

from .clock import CLOCK, clock_ms
from .losses import Losses

OPEN, CLOSE = r"(?:\\?\[|\()", r"(?:\\?\]|\))"
SQUARE = re.compile(rf"\\?\[({CLOCK})\\?\]")
_LEADING = re.compile(rf"\s{{0,200}}(?:\\?\[|\()({CLOCK})(?:\\?\]|\))")
_IN_NAME = re.compile(rf"(?:\\?\[|\()({CLOCK})(?:\\?\]|\))")
_ONLY_STAMPS = re.compile(rf"(?:\s|\\?\[{CLOCK}\\?\]|\bto\b|[-–—]){{1,200}}")
_MARK_LINE = re.compile(
    r"^(?:#{1,6}[ ])?[*_]{0,2}[A-Z][\w ]{0,20}:?[*_]{0,2}:?[ ]"
    rf"\\?\[{CLOCK}\\?\](?:[ ]to[ ]\\?\[{CLOCK}\\?\])?[ ]*$",
    re.M,
)
_BLANK_LINES = re.compile(r"\n(?:[ \t]{0,99}\n){2,}")
WHY_KEPT = "the time is kept as the turn's start"
WHY_INSIDE = "a time in the middle of a turn, not a spoken word"
_WHY_MARK = "a line that marks a break, a jingle or an end, not speech"


def without_marks(text: str, losses: Losses) -> str:
    """Text without lines such as "**Break**: [28:20]": a mark and a time, no speech."""
    for found in _MARK_LINE.finditer(text):
        losses.drop("break marks", _WHY_MARK, found[0])
    return _MARK_LINE.sub("", text)


def one_blank_line(text: str) -> str:
    """Text whose paragraphs are one blank line apart, also where a mark between them was taken out."""
    return _BLANK_LINES.sub("\n\n", text)


def lift(text: str, losses: Losses) -> tuple[str, int | None, int | None]:
    """(text without its time stamps, start, end). A stamp before the first word is the turn's start.

    A piece of nothing but stamps ("[53:06] to [53:24]") keeps its text and gives start and end.
    """
    if not SQUARE.search(text) and not _LEADING.match(text):
        return text, None, None
    if _ONLY_STAMPS.fullmatch(text):
        earliest, *others = [clock_ms(stamp) for stamp in SQUARE.findall(text)]
        end = others[0] if len(others) == 1 else None
        return text, earliest, end if earliest is not None and end is not None and earliest <= end else None
    start = None
    first = _LEADING.match(text)
    if first and (start := clock_ms(first[1])) is not None:
        losses.drop("time stamps", WHY_KEPT, first[0])
        text = text[first.end() :]
    return _without_inner(text, losses), start, None


def lift_from_name(name: str, losses: Losses) -> tuple[str, int | None]:
    """(name, time) of "Jane Doe [00:01:02]" or "(00:01:02) Jane Doe"; the name as it is if it holds no time."""
    found = _IN_NAME.search(name)
    if found is None or (start := clock_ms(found[1])) is None:
        return name, None
    losses.drop("time stamps", WHY_KEPT, found[0])
    return f"{name[: found.start()]} {name[found.end() :]}".strip(), start


def _without_inner(text: str, losses: Losses) -> str:
    """Drop stamps inside a text, each with one of the spaces around it."""
    kept, at = [], 0
    for found in SQUARE.finditer(text):
        if clock_ms(found[1]) is None:
            continue
        losses.drop("time stamps inside a turn", WHY_INSIDE, found[0])
        kept.append(text[at : found.start()])
        at = found.end()
        before, after = text[found.start() - 1 : found.start()], text[at : at + 1]
        if after == " " and not before.strip():
            at += 1
        elif before.strip() and after.strip():
            kept.append(" ")
    kept.append(text[at:])
    return "".join(kept)
