"""Lines that say who speaks or when: "Jane Doe  0:03", "Jane Doe (00:03):", "[00:01:02] Jane: text"."""

import re
from dataclasses import dataclass

from .clock import CLOCK, clock_ms
from .labels import COLON, LABEL, LABEL_LAZY, looks_like_a_name
from .stamps import CLOSE, OPEN

_STAMP = rf"{OPEN}?({CLOCK}){CLOSE}?"
_LAZY = rf"({LABEL_LAZY})"
_ARROW = r"(?:-->|to|[-–—])"
_BOLD = re.compile(r"(?:\*\*|__)([^*_\n]{1,80})(?:\*\*|__)")
_TIMES = re.compile(rf"{_STAMP}(?:[ \t]{{0,9}}{_ARROW}[ \t]{{0,9}}{_STAMP})?[ \t]*$")
_NAME_TIME = re.compile(rf"\[?{_LAZY}\]?([ \t]{{0,20}}(?:[,|–—-][ \t]{{0,20}})?)({OPEN}?)({CLOCK}){CLOSE}?[ \t]*$")
_NAME_TIME_COLON = re.compile(rf"{_LAZY}[ \t]{{0,20}}{OPEN}?({CLOCK}){CLOSE}?[ \t]?{COLON}[ \t]*(.*)")
_TIME_NAME_COLON = re.compile(rf"{_STAMP}[ \t]{{0,9}}[-–—|]?[ \t]{{0,9}}\[?({LABEL})\]?[ \t]?{COLON}[ \t]*(.*)")
_NAME_COLON = re.compile(rf"\[?({LABEL})\]?[ \t]?{COLON}[ \t]*(.*)")
_TIME_TEXT = re.compile(rf"(?:{OPEN}({CLOCK}){CLOSE}|({CLOCK})[ \t])[ \t]*(.*)")
_STAMP_FIRST = re.compile(rf"{OPEN}({CLOCK}){CLOSE}[ \t]*(.*)|({CLOCK})[ \t]*$")


@dataclass(slots=True)
class Line:
    """One line, read as far as its own words go. `sure`: its form alone says that the label is a speaker."""

    raw: str
    label: str = ""
    sure: bool = False
    start: int | None = None
    end: int | None = None
    rest: str = ""
    times_only: bool = False
    stamped: bool = False


def read_line(raw: str) -> Line:
    """What a line says of speaker and time; label "" if it is text, possibly with a time before it."""
    line = raw.strip()
    bold = _BOLD.match(line)
    if bold:
        if bold.end() == len(line) and looks_like_a_name(bold[1].strip()):
            return Line(raw, bold[1].strip())
        found = _with_label(bold[1] + line[bold.end() :], raw)
        if found and found.label:
            found.sure = looks_like_a_name(found.label)
            return found
    if ":" not in line and "：" not in line:
        return Line(raw, rest=raw)
    return _times(line, raw) or _with_label(line, raw) or _time_then_text(line, raw) or Line(raw, rest=raw)


def _times(line: str, raw: str) -> Line | None:
    found = _TIMES.match(line)
    if not found or (start := clock_ms(found[1])) is None:
        return None
    end = clock_ms(found[2]) if found[2] else None
    return Line(raw, start=start, end=end if end is None or end >= start else None, times_only=True, stamped=True)


def _with_label(line: str, raw: str) -> Line | None:
    """The label forms, from the most telling to the least."""
    if found := _NAME_TIME.match(line):
        label, gap, opened, clock = found.groups()
        apart = len(gap) > 1 or bool(opened) or "\t" in gap
        sure = looks_like_a_name(label.strip()) or (apart and len(label.split()) <= 4)
        start = clock_ms(clock)
        if sure and start is not None and (gap or opened):
            return Line(raw, label.strip(), True, start, stamped=True)
    if found := _NAME_TIME_COLON.match(line):
        start = clock_ms(found[2])
        if start is not None and looks_like_a_name(found[1].strip()):
            return Line(raw, found[1].strip(), True, start, rest=found[3], stamped=True)
    if found := _TIME_NAME_COLON.match(line):
        start = clock_ms(found[1])
        if start is not None:
            return Line(raw, found[2].strip(), False, start, rest=found[3], stamped=True)
    if found := _NAME_COLON.match(line):
        return _name_colon(found[1].strip(), found[2], raw)
    return None


def _name_colon(label: str, rest: str, raw: str) -> Line:
    """ "Name: text", also with the time after the colon: "Name: (00:03) text" or "Name: 00:03" above the text."""
    stamp = _STAMP_FIRST.match(rest)
    if stamp is None or (start := clock_ms(stamp[1] or stamp[3])) is None:
        return Line(raw, label, rest=rest)
    return Line(raw, label, False, start, rest=stamp[2] or "", stamped=True)


def _time_then_text(line: str, raw: str) -> Line | None:
    found = _TIME_TEXT.match(line)
    if found is None or (start := clock_ms(found[1] or found[2])) is None:
        return None
    return Line(raw, start=start, rest=found[3], stamped=True)
