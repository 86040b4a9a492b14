"""How the clearance desk shows text: each turn as HTML whose text content is the source, marks and proposals laid over it.

Offsets are those of the transcript's text; the page's script finds them again by counting code points in a turn.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from interviews import redaction
from interviews.models import Redaction, Speaker, Turn
from interviews.names import Proposal


@dataclass(frozen=True)
class Line:
    """One turn of the desk; `number` is what people call it (from 1)."""

    number: int
    start: int
    start_ms: int | None
    speaker: str
    role: str
    role_name: str
    html: SafeString


@dataclass(frozen=True)
class Overlay:
    """A stretch of the text to be shown as marked or proposed."""

    start: int
    end: int
    kind: str
    title: str


def clock(ms: int | None) -> str:
    """Milliseconds as h:mm:ss or m:ss; nothing for None."""
    if ms is None:
        return ""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def overlays(marks: Sequence[Redaction], proposals: Sequence[Proposal]) -> list[Overlay]:
    """Marks and proposals as one list without overlaps, marks first; what a mark covers is not proposed."""
    cuts = redaction.merge(redaction.Cut(m.start, m.end, m.replacement) for m in marks)
    shown = [Overlay(cut.start, cut.end, "cut", f"becomes {cut.replacement}") for cut in cuts]
    taken = [(cut.start, cut.end) for cut in cuts]
    for one in proposals:
        if not any(start < one.end and one.start < end for start, end in taken):
            taken.append((one.start, one.end))
            shown.append(Overlay(one.start, one.end, "proposed", f"proposed: {one.replacement}"))
    return sorted(shown, key=lambda o: o.start)


def source_lines(text: str, turns: Sequence[Turn], speakers: dict[int, Speaker], over: Sequence[Overlay]) -> list[Line]:
    """Every turn of the source with its overlays."""
    lines, starts = [], [o.start for o in over]
    for turn in turns:
        first = max(bisect_right(starts, turn.start) - 1, 0)
        speaker = speakers[turn.speaker_id]
        lines.append(
            Line(
                number=turn.index + 1,
                start=turn.start,
                start_ms=turn.start_ms,
                speaker=speaker.label or "Nobody named",
                role=speaker.role,
                role_name=speaker.get_role_display(),
                html=_laid_over(text, turn.start, turn.end, over, first),
            )
        )
    return lines


def _laid_over(text: str, start: int, end: int, over: Sequence[Overlay], first: int) -> SafeString:
    parts, at = [], start
    for overlay in over[first:]:
        if overlay.start >= end:
            break
        left, right = max(overlay.start, at), min(overlay.end, end)
        if left >= right:
            continue
        parts.append(escape(text[at:left]))
        words = escape(text[left:right])
        parts.append(f'<mark class="mark-{overlay.kind}" title="{escape(overlay.title)}">{words}</mark>')
        at = right
    parts.append(escape(text[at:end]))
    return mark_safe("".join(parts))  # noqa: S308 - every part was escaped above


def cleared_lines(
    result: redaction.Cleared, turns: Sequence[Turn], labels: dict[int, str], roles: dict[int, str]
) -> list[Line]:
    """Every turn of the text as it would be cleared, what was put in shown as such."""
    put_in = [
        Overlay(p.cleared, p.cleared_end, "put", "was taken out here") for p in result.positions.pieces if not p.kept
    ]
    starts, lines = [o.start for o in put_in], []
    for turn, span in zip(turns, result.turns, strict=True):
        first = max(bisect_right(starts, span.start) - 1, 0)
        html = _laid_over(result.text, span.start, span.end, put_in, first)
        label = labels[turn.speaker_id]
        lines.append(Line(turn.index + 1, span.start, turn.start_ms, label, roles[turn.speaker_id], label, html))
    return lines


def find_words(text: str, turn: Turn, words: str) -> list[tuple[int, int]]:
    """Where exactly these words stand in a turn, as offsets of the whole text; white space at their ends does not count."""
    wanted = words.strip()
    found, at = [], turn.start
    while wanted and (at := text.find(wanted, at, turn.end)) >= 0:
        found.append((at, at + len(wanted)))
        at += 1
    return found
