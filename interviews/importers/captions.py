"""What WebVTT and SubRip share: blocks, time lines, tags, and speakers named by a label in the caption's text.

Nothing spoken is dropped where a strict reader would: text after a blank line inside a caption, a spoken "-->", a
caption whose times are damaged, captions with no blank line between them.
"""

import html
import re
from collections.abc import Callable

from .clock import clock_ms
from .cues import Cue, Reading, joined, timed
from .labels import COLON, LABEL, speakers_among
from .losses import Losses
from .refusals import refuse

_TIME = r"(?:\d{1,4}:)?\d{1,3}:\d{2}[.,]\d{1,3}"
TIME_LINE = re.compile(rf"[ \t]*({_TIME})[ \t]*-->[ \t]*({_TIME})(?=[ \t]|$)")
_BROKEN_TIME_LINE = re.compile(r"[ \t]*\d{1,4}:\S{0,20}[ \t]*-->[ \t]*(?:\d\S{0,20})?[ \t]*$")
# a counter, or a GUID with counters as Teams writes them: nothing that a person said
_MACHINE_ID = re.compile(r"[ \t]*(?:\d{1,6}|(?=[^\d]{0,40}\d)[0-9a-fA-F][0-9a-fA-F/\-]{10,79})[ \t]*$")
_MARK = r"(?:>>[ ]?|-[ ]?)?"
_LABELLED = re.compile(rf"{_MARK}\[?({LABEL})\]?[ ]?{COLON}[ \t]*(.*)", re.S)
_TWO_IN_ONE = re.compile(rf"\n(?={_MARK}\[?{LABEL}\]?[ ]?{COLON})")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{1,100})?(?:[ \t\n]([^<>]{0,200}))?>")
_TAG = re.compile(
    r"</?(?:v|c|b|i|u|s|ruby|rt|lang|font)(?:\.[^\s<>]{1,200})?(?:[ \t\n][^<>]{0,200})?>"
    r"|<(?:\d{1,4}:)?\d\d:\d\d\.\d{3}>|\{\\[^{}\n]{1,100}\}"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]{2,8});")
_NOT_SPEECH = "title and settings of the file, not speech"


def read_captions(text: str, losses: Losses, aside: Callable[[list[str], Losses], bool], name_of: Callable) -> Reading:
    """The turns of a caption text with LF line ends. Raises Unreadable if there are no captions.

    aside(lines, losses) -> True when a block without times is a comment (and names it); name_of(cue id) -> the speaker
    whom the id names, or "".
    """
    captions: list[list[Cue]] = []
    found = _blocks(text)
    for number, lines in enumerate(found):
        starts = _time_lines(lines)
        begins = [_with_id(lines, i, starts) for i in starts] + [len(lines)]
        before = lines[: begins[0]]
        if before and not aside(before, losses):
            _stray(before, captions, number == len(found) - 1, losses)
        for start, begin, end in zip(starts, begins, begins[1:], strict=False):
            captions.append(_caption(lines[begin:start], lines[start], lines[start + 1 : end], name_of, losses))
    if not captions:
        raise refuse("no_cues")
    pieces = _by_label([cue for caption in captions for cue in caption], losses)
    for piece in pieces:
        piece.text = _one_line(piece.text)
    return joined(len(captions), pieces)


def unescape(text: str) -> str:
    """Character references as characters; a lone ampersand is speech."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]).replace("\r", "\n"), text) if "&" in text else text


def _blocks(text: str) -> list[list[str]]:
    """Runs of lines that are not blank."""
    found: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return found if found[-1] else found[:-1]


def _time_lines(lines: list[str]) -> list[int]:
    """Where the time lines of a block are; a damaged one counts only where a time line must be."""
    found = [i for i, line in enumerate(lines) if TIME_LINE.match(line)]
    broken = [i for i, line in enumerate(lines[:2]) if _BROKEN_TIME_LINE.match(line)]
    return found if found and found[0] < 2 else [*broken[:1], *found]


def _with_id(lines: list[str], start: int, starts: list[int]) -> int:
    """Where a caption begins: at the line before its time line if that is its id."""
    named = start == 1 and 0 not in starts
    return start - 1 if named or (start > 1 and _MACHINE_ID.match(lines[start - 1])) else start


def _stray(lines: list[str], captions: list[list[Cue]], at_end: bool, losses: Losses) -> None:
    """A block without times: speech after a blank line belongs to the caption before it."""
    if not captions:
        losses.drop("header lines", _NOT_SPEECH, lines[0], count=len(lines))
    elif at_end and len(lines) == 1 and _MACHINE_ID.match(lines[0]):
        losses.drop("cue ids without a cue", "the caption itself is missing from the file", lines[0])
    else:
        last = captions[-1][-1]
        last.text = f"{last.text}\n{_plain(chr(10).join(lines))}".strip()


def _caption(cue_id: list[str], times: str, payload: list[str], name_of: Callable, losses: Losses) -> list[Cue]:
    """One caption as one cue a voice, in order; a caption with no words as one empty cue."""
    start, end = _times(times, losses)
    name = cue_id[0].strip() if cue_id else ""
    speaker = name_of(name)
    if name and not speaker and not _MACHINE_ID.match(name):
        losses.drop("cue ids that hold text", "a caption's name in the file, not speech", name)
    parts = _VOICE.split("\n".join(payload))
    voices = [(speaker, parts[0]), *zip((_name(part) for part in parts[1::2]), parts[2::2], strict=True)]
    cues = [timed(who, start, end, _plain(said), losses) for who, said in voices]
    spoken = [cue for cue in cues if cue.text]
    if not spoken:
        losses.drop("empty cues", "a caption with no words", times)
    return spoken or cues[-1:]


def _times(line: str, losses: Losses) -> tuple[int | None, int | None]:
    """(start, end) of a time line in milliseconds; a time that makes no sense is None and named."""
    found = TIME_LINE.match(line)
    start, end = (clock_ms(found[1]), clock_ms(found[2])) if found else (None, None)
    unread = (start is None) + (end is None)
    losses.drop("times that cannot be read", "not a clock time within a week", line, count=unread)
    return start, end


def _plain(payload: str) -> str:
    return unescape(_TAG.sub("", payload)).strip()


def _name(annotation: str | None) -> str:
    return " ".join(unescape(annotation or "").split())


def _by_label(cues: list[Cue], losses: Losses) -> list[Cue]:
    """Split "Name: text" off captions that have no speaker yet, if the file labels its speakers so.

    A caption without a label belongs to the speaker before it: recorders that write labels often write them only
    when the speaker changes.
    """
    pieces = [
        Cue(cue.speaker, cue.start_ms, cue.end_ms, part)
        for cue in cues
        for part in (_TWO_IN_ONE.split(cue.text) if "\n" in cue.text and not cue.speaker else [cue.text])
    ]
    heads = [_LABELLED.match(piece.text) if not piece.speaker else None for piece in pieces]
    accepted = speakers_among([head[1].strip() if head else None for head in heads])
    if not accepted:
        return cues
    current = ""
    for piece, head in zip(pieces, heads, strict=True):
        if head and head[1].strip() in accepted:
            piece.speaker, piece.text = head[1].strip(), head[2]
            if not piece.text.strip():
                losses.drop("empty cues", "a speaker's name with no words", piece.speaker)
        current = piece.speaker = piece.speaker or current
    return pieces


def _one_line(text: str) -> str:
    """A caption's lines as one: the wraps inside a caption are layout, not speech."""
    return " ".join(line.strip() for line in text.split("\n") if line.strip())
