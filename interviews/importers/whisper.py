"""JSON of Whisper and its kin: no speakers, except where a tool such as WhisperX added them to the segments.

Shapes (openai-whisper `--output_format json`, OpenAI verbose_json and diarized_json, WhisperX, faster-whisper dumps):
{"text", "segments": [{"start", "end", "text", "speaker"?}]} or the list of segments alone, times in seconds;
whisper.cpp: {"transcription": [{"offsets": {"from", "to"} in ms, "text"}]}; the transformers pipeline:
{"text", "chunks": [{"timestamp": [start, end], "text"}]}.
"""

from . import jsonvalues as j
from .cues import Cue, timed
from .losses import Losses

_SECONDS, _MILLISECONDS = 1, 1000


def looks_like(value: object) -> bool:
    """True for any of the shapes above, and for {"text": ...} alone."""
    if isinstance(value, list):
        return any(isinstance(item, dict) and "text" in item and "start" in item for item in value[:5])
    lists = any(j.items(value, key) for key in ("segments", "transcription", "chunks"))
    return lists or bool(j.text(value, "text").strip())


def read(value: dict | list, losses: Losses) -> tuple[str, list[Cue]]:
    """(full text, cues)."""
    if isinstance(value, list):
        value = {"segments": value}
    whole = j.text(value, "text")
    if isinstance(value.get("transcription"), list):
        return whole, [_cpp(item, losses) for item in j.items(value, "transcription")]
    if isinstance(value.get("segments"), list):
        return whole, [_segment(item, losses) for item in j.items(value, "segments")]
    if isinstance(value.get("chunks"), list):
        return whole, [_chunk(item, losses) for item in j.items(value, "chunks")]
    return whole, [Cue("", None, None, whole.strip())]


def _segment(item: dict, losses: Losses) -> Cue:
    return j.cue(item, j.speaker(item.get("speaker")), j.text(item, "text"), ("start", "end"), _SECONDS, losses)


def _cpp(item: dict, losses: Losses) -> Cue:
    return j.cue(j.part(item, "offsets"), "", j.text(item, "text"), ("from", "to"), _MILLISECONDS, losses)


def _chunk(item: dict, losses: Losses) -> Cue:
    span = item.get("timestamp")
    start, end = span if isinstance(span, list) and len(span) == 2 else (None, None)
    times = {"start": start, "end": end}
    first, last = (j.when(times, key, _SECONDS, losses) for key in ("start", "end"))
    return timed("", first, last, j.text(item, "text").strip(), losses)
