"""Plain text and the text of DOCX: whatever way of writing speaker and time a transcription service or a person chose.

Read: "Name: text", "[00:01:02] Name: text", "Name (00:03): text"; heading lines above the text, "Name  0:03" (Otter,
Teams), "Name (00:03):" (Rev), "00:00:03 Name"; Teams' older three lines of times, name and words; "[00:01] text"
without names; and text with nothing at all, of which each paragraph is a turn of an unknown speaker.
"""

import re
from collections import Counter
from itertools import pairwise

from .cues import Cue, Reading, joined, timed
from .headlines import Line, read_line
from .labels import looks_like_a_name, names_a_part, speakers_among
from .losses import Losses
from .markdown import plain
from .preamble import front_matter
from .stamps import WHY_INSIDE, WHY_KEPT, lift, one_blank_line

_SIGNATURE = re.compile(r"\s{0,20}Transcribed by https?://otter\.ai/?\s*$", re.I)
_REMARK = re.compile(r"(\S[^\n]{0,59}) (?:started|stopped) transcription\s*$")
_MARKDOWN = re.compile(r"^(?:\*\*|__)[^*_\n]{1,60}(?:\*\*|__)|\\\[", re.M)
_ARROW = "-->"


def read_as_written(text: str, losses: Losses) -> tuple[str, Reading]:
    """("markdown" or "text", reading): as `read`, with Markdown's escapes taken off where the file uses them."""
    if not _MARKDOWN.search(text):
        return "text", read(text, losses)
    reading = read(text, losses)
    for turn in reading.turns:
        turn.text = plain(turn.text)
    return "markdown", reading


def read(text: str, losses: Losses) -> Reading:
    """The turns of a written transcript with LF line ends."""
    lines = [read_line(raw) for raw in text.split("\n") if not _remark(raw, losses)]
    _stamp_alone_is_speech(lines)
    speakers = _speakers(lines)
    _names_below_and_after_times(lines, speakers)
    if not speakers:
        _names_alone(lines, speakers)
    pieces = _labelled(lines, speakers, losses) if speakers else _unlabelled(lines)
    cues = []
    for piece in pieces:
        said, start, end = lift(piece.text, losses)
        first = piece.start_ms if piece.start_ms is not None else start
        cues.append(
            timed(piece.speaker, first, piece.end_ms if piece.end_ms is not None else end, said.strip(), losses)
        )
    if not speakers:
        spoken = [cue for cue in cues if cue.text]
        return Reading(len(cues), joined(0, spoken).words_in, spoken)
    losses.drop("empty turns", "a speaker's name with no words", count=sum(not cue.text for cue in cues))
    return joined(len(cues), cues, glue="\n")


def _remark(raw: str, losses: Losses) -> bool:
    """True for lines that a recorder adds about itself."""
    if "otter.ai" not in raw and "transcription" not in raw:
        return False
    remark = _REMARK.match(raw)
    if _SIGNATURE.match(raw) or (remark and looks_like_a_name(remark[1])):
        losses.drop("recorder's remarks", "a line that the recorder adds about itself, not speech", raw)
        return True
    return False


def _stamp_alone_is_speech(lines: list[Line]) -> None:
    """A bare time before text is a stamp only if the file does it again, later in time: "10:30 suits me" is speech."""
    bare = [i for i, line in enumerate(lines) if line.stamped and not line.sure and _bare(line)]
    if any(line.stamped and not _bare(line) for line in lines):
        bare = [i for i in bare if not looks_like_a_name(lines[i].label)]
    ordered = all((lines[a].start or 0) <= (lines[b].start or 0) for a, b in pairwise(bare))
    if len(bare) < 2 or not ordered:
        for i in bare:
            lines[i] = Line(lines[i].raw, rest=lines[i].raw)


def _bare(line: Line) -> bool:
    return line.raw.lstrip()[:1].isdigit() and not (line.times_only and _ARROW in line.raw)


def _speakers(lines: list[Line]) -> set[str]:
    """The labels of this file that name speakers. Where headings with times do, a colon alone adds no one."""
    sure = {line.label for line in lines if line.sure}
    after_blank, pieces = True, []
    for line in lines:
        if line.label or (after_blank and line.raw.strip()):
            pieces.append(line.label or None)
        after_blank = not line.raw.strip()
    counted = speakers_among(pieces, alone_counts=True)
    return sure | ({label for label in counted if label in sure} if sure else counted)


def _names_below_and_after_times(lines: list[Line], speakers: set[str]) -> None:
    """Find names that stand under a line of times, or after the time, where speech follows on the next line."""
    filled = [line for line in lines if line.raw.strip()]
    found: list[tuple[Line, Line, str]] = []
    for before, line, after in zip(filled, filled[1:], filled[2:], strict=False):
        if before.times_only and _plain_name(line) and not after.stamped:
            found.append((before, line, line.raw.strip()))
    for line, after in pairwise(filled):
        named = line.stamped and not line.label and not line.times_only and looks_like_a_name(line.rest.strip())
        if named and not after.stamped and not after.label and len(line.rest) <= 60:
            found.append((line, line, line.rest.strip()))
    names = [name for _, _, name in found]
    for before, line, name in found:
        if names.count(name) > 1 or (len(names) > 1 and _ARROW in before.raw):
            line.label, line.rest, line.start, line.end = name, "", before.start, before.end
            line.sure, line.stamped = True, before is line
            speakers.add(name)


def _names_alone(lines: list[Line], speakers: set[str]) -> None:
    """Find names that stand alone above the speech: at least two, each at least twice, each after a blank line."""
    before = [None, *lines]
    found = [
        line
        for above, line in zip(before, lines, strict=False)
        if (above is None or not above.raw.strip()) and _plain_name(line) and line.raw.strip()[-1] not in ".?!…。"
    ]
    counts = Counter(line.raw.strip() for line in found)
    names = {name for name, count in counts.items() if count > 1 and (" " in name or names_a_part(name))}
    if len(names) < 2:
        return
    for line in found:
        if (name := line.raw.strip()) in names:
            line.label, line.rest = name, ""
    speakers |= names


def _plain_name(line: Line) -> bool:
    return not line.stamped and not line.label and len(line.raw) <= 60 and looks_like_a_name(line.raw.strip())


def _labelled(lines: list[Line], speakers: set[str], losses: Losses) -> list[Cue]:
    """Pieces of a file that names its speakers: a piece begins at each label."""
    first = next(i for i, line in enumerate(lines) if line.label in speakers and line.label)
    above = [line for line in lines[:first] if line.times_only]
    before = front_matter([line.raw for line in lines[:first] if not line.times_only], losses)
    pieces = [Cue("", None, None, before)] if before else []
    texts: list[list[str]] = [[before]] if before else []
    clock = above[-1] if above else None  # a line of times belongs to the name below it, if one follows at once
    for line in lines[first:]:
        if line.label and line.label in speakers:
            times = line if line.start is not None or clock is None else clock
            pieces.append(Cue(line.label, times.start, times.end, ""))
            texts.append([line.rest])
            losses.drop("time stamps", WHY_KEPT, line.raw, count=int(line.stamped or clock is not None))
            clock = None
            continue
        if clock and line.raw.strip():
            losses.drop("time stamps inside a turn", WHY_INSIDE, clock.raw)
            clock = None
        if line.times_only:
            clock = line
        elif line.stamped and not line.label:
            losses.drop("time stamps inside a turn", WHY_INSIDE, line.raw)
            texts[-1].append(line.rest)
        else:
            texts[-1].append(line.raw)
    for piece, said in zip(pieces, texts, strict=True):
        piece.text = one_blank_line("\n".join(said)).strip()
    return pieces


def _unlabelled(lines: list[Line]) -> list[Cue]:
    """Pieces of a file that names nobody: a piece begins at each time stamp and after each blank line."""
    pieces: list[Cue] = []
    texts: list[list[str]] = []
    fresh = True
    for line in lines:
        if not line.raw.strip():
            fresh = True
            continue
        if line.stamped and not line.label:
            pieces.append(Cue("", line.start, line.end, ""))
            texts.append([] if line.times_only else [line.rest])
            fresh = False
            continue
        if fresh and not (texts and not texts[-1]):
            pieces.append(Cue("", None, None, ""))
            texts.append([])
        texts[-1].append(line.raw)
        fresh = False
    for piece, said in zip(pieces, texts, strict=True):
        piece.text = one_blank_line("\n".join(said)).strip()
    return pieces
