"""JSON of Rev: {"speakers"?: [{"id", "name"}], "monologues": [{"speaker", "elements": [{"type", "value", ...}]}]}.

An element is a word ("text"), what stands between words ("punct", spaces included) or something not understood
("unknown"). Rev AI gives "ts" and "end_ts" in seconds, Rev's human transcripts "timestamp" and "end_timestamp" as clock
times. docs.rev.ai/api/asynchronous/get-started.
"""

from . import jsonvalues as j
from .cues import Cue, timed
from .losses import Losses

_STARTS, _ENDS = ("ts", "timestamp"), ("end_ts", "end_timestamp")


def looks_like(value: object) -> bool:
    """True for an object with monologues."""
    return isinstance(value, dict) and isinstance(value.get("monologues"), list)


def read(value: dict, losses: Losses) -> tuple[str, list[Cue]]:
    """("", cues): Rev states no full text."""
    names = {
        item["id"]: j.text(item, "name") for item in j.items(value, "speakers") if isinstance(item.get("id"), int | str)
    }
    return "", [_monologue(item, names, losses) for item in j.items(value, "monologues")]


def _monologue(item: dict, names: dict, losses: Losses) -> Cue:
    elements = j.items(item, "elements")
    said = "".join(j.text(element, "value") for element in elements)
    start = next((t for e in elements if (t := _time(e, _STARTS, losses)) is not None), None)
    end = next((t for e in reversed(elements) if (t := _time(e, _ENDS, losses)) is not None), None)
    known = item.get("speaker")
    name = names.get(known, "") if isinstance(known, int | str) else ""
    name = name or j.text(j.part(item, "speaker_info"), "display_name") or j.text(item, "speaker_name")
    return timed(j.speaker(name or known), start, end, said.strip(), losses)


def _time(element: dict, keys: tuple[str, str], losses: Losses) -> int | None:
    return next((t for key in keys if (t := j.when(element, key, 1, losses)) is not None), None)
