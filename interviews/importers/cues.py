"""Pieces of speech as a file gives them, and how they join to turns."""

from dataclasses import dataclass

from .losses import Losses, words

# A named speaker who goes on within this time is still in the same turn; after a longer silence a new turn begins.
PAUSE_MS = 30_000
# Nobody is named: turns are only for reading, so they end at a silence, or at a sentence end once they are long.
UNKNOWN_PAUSE_MS = 2_000
UNKNOWN_WORDS = 120


@dataclass(slots=True)
class Cue:
    """One caption, segment, utterance or labelled paragraph; its text is free of markup."""

    speaker: str
    start_ms: int | None
    end_ms: int | None
    text: str


def timed(speaker: str, start_ms: int | None, end_ms: int | None, text: str, losses: Losses) -> Cue:
    """A cue whose end is not before its start; an end that is, is dropped by name."""
    if start_ms is not None and end_ms is not None and end_ms < start_ms:
        losses.drop("end times before their start", "a time span cannot end before it starts", text)
        end_ms = None
    return Cue(speaker, start_ms, end_ms, text)


def join(cues: list[Cue], glue: str = " ") -> list[Cue]:
    """Consecutive cues of one speaker as one: start of the first, end of the last, texts joined by `glue`."""
    runs: list[list[Cue]] = []
    length = 0
    for cue in cues:
        if runs and _goes_on(runs[-1], cue, length):
            runs[-1].append(cue)
            length += words(cue.text)
        else:
            runs.append([cue])
            length = words(cue.text)
    return [_merged(run, glue) for run in runs]


def _goes_on(run: list[Cue], cue: Cue, length: int) -> bool:
    last = run[-1]
    if last.speaker != cue.speaker:
        return False
    pause = cue.start_ms - last.end_ms if cue.start_ms is not None and last.end_ms is not None else 0
    if cue.speaker:
        return pause <= PAUSE_MS
    ended = last.text.rstrip("\"'”’)").endswith((".", "?", "!", "…", "。", "？", "！"))
    return pause <= UNKNOWN_PAUSE_MS and not (ended and length >= UNKNOWN_WORDS)


def _merged(run: list[Cue], glue: str) -> Cue:
    first, last = run[0], run[-1]
    if len(run) == 1:
        return first
    start, end = first.start_ms, last.end_ms
    if end is not None:
        end = max(cue.end_ms for cue in run if cue.end_ms is not None)
    if start is not None and end is not None and end < start:
        end = None
    return Cue(first.speaker, start, end, glue.join(cue.text for cue in run))


@dataclass(slots=True)
class Reading:
    """What one importer found: how many pieces the source counts, its spoken words, and the turns."""

    cues_in: int
    words_in: int
    turns: list[Cue]


def joined(cues_in: int, spoken: list[Cue], glue: str = " ") -> Reading:
    """The reading of pieces that join by speaker; pieces without words are left out."""
    spoken = [cue for cue in spoken if cue.text.strip()]
    return Reading(cues_in, sum(words(cue.text) for cue in spoken), join(spoken, glue))
