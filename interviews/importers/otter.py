"""JSON of Otter: {"speech": {"speakers": [{"id", "speaker_name"}], "transcripts": [{"transcript", "speaker_id"}]}}.

Offsets count samples of a 16 kHz recording; some exports count milliseconds, told by the stated duration or by a rate
of speech that nobody reaches. A segment without a known person has the label of its voice.
"""

from . import jsonvalues as j
from .cues import Cue
from .losses import Losses, words

_SAMPLES, _MILLISECONDS = 16_000, 1_000
_FASTEST_WORDS_PER_SECOND = 8


def looks_like(value: object) -> bool:
    """True for a speech with transcripts, wrapped or bare."""
    return any("transcript" in item for item in j.items(_speech(value), "transcripts")[:5])


def read(value: dict, losses: Losses) -> tuple[str, list[Cue]]:
    """("", cues): Otter states no full text."""
    speech = _speech(value)
    names = {item.get("id"): j.text(item, "speaker_name") for item in j.items(speech, "speakers") if _hashable(item)}
    segments = j.items(speech, "transcripts")
    rate = _units_a_second(speech, segments)
    return "", [
        j.cue(item, _who(item, names), j.text(item, "transcript"), ("start_offset", "end_offset"), rate, losses)
        for item in segments
    ]


def _speech(value: object) -> dict:
    return j.part(value, "speech") or (value if isinstance(value, dict) else {})


def _hashable(item: dict) -> bool:
    return isinstance(item.get("id"), int | str)


def _who(item: dict, names: dict) -> str:
    known = item.get("speaker_id")
    name = names.get(known, "") if isinstance(known, int | str) else ""
    return j.speaker(name or j.text(item, "speaker_name") or item.get("speaker_model_label") or item.get("label"))


def _units_a_second(speech: dict, segments: list[dict]) -> int:
    last = max((item["end_offset"] for item in segments if type(item.get("end_offset")) is int), default=0)
    duration = speech.get("duration")
    if isinstance(duration, int | float) and 0 < duration < 10**6 and 0 < last < 10**12:
        seconds = float(duration)
        return min((_SAMPLES, _MILLISECONDS), key=lambda rate: abs(last / rate - seconds))
    said = sum(words(j.text(item, "transcript")) for item in segments)
    too_fast = said * _SAMPLES > _FASTEST_WORDS_PER_SECOND * last
    return _MILLISECONDS if too_fast else _SAMPLES
