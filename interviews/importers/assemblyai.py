"""JSON of AssemblyAI, times in milliseconds.

{"status", "text", "words": [...], "utterances": [{"speaker": "A", "start", "end", "text"}]}
"""

from . import jsonvalues as j
from .cues import Cue
from .losses import Losses
from .refusals import refuse

_KEYS, _MILLISECONDS = ("start", "end"), 1000


def looks_like(value: object) -> bool:
    """True for an object with utterances, or with a status and the service's own keys."""
    if not isinstance(value, dict):
        return False
    layers = j.items(value, "utterances") or j.items(value, "words")
    return any("text" in item for item in layers[:5]) or ("audio_url" in value and "status" in value)


def read(value: dict, losses: Losses) -> tuple[str, list[Cue]]:
    """(full text, cues). Raises Unreadable if the service had not finished or had failed."""
    if value.get("status") in ("queued", "processing", "error"):
        raise refuse("json_unfinished")
    whole = j.text(value, "text")
    utterances = j.items(value, "utterances")
    if utterances:
        return whole, [
            j.cue(item, j.speaker(item.get("speaker")), j.text(item, "text"), _KEYS, _MILLISECONDS, losses)
            for item in utterances
        ]
    spoken = j.items(value, "words")
    if spoken:
        return whole, j.by_speaker(
            [
                (j.speaker(item.get("speaker")), j.cue(item, "", j.text(item, "text"), _KEYS, _MILLISECONDS, losses))
                for item in spoken
            ]
        )
    return whole, [Cue("", None, None, whole.strip())]
