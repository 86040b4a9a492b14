"""Careful reading of JSON values of unknown types: the wrong type is an empty one, never an exception."""

from .clock import clock_ms, number_ms
from .cues import Cue, timed
from .losses import Losses


def items(value: object, key: str) -> list[dict]:
    """The objects in the list under `key`; an empty list if there is no such list."""
    found = value.get(key) if isinstance(value, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def part(value: object, key: str) -> dict:
    """The object under `key`, or an empty one."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def text(value: object, key: str) -> str:
    """The string under `key`, or ""."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def speaker(value: object) -> str:
    """A speaker's name: "Speaker 3" for a number or a single letter, the text itself for a name, "" for nothing."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return ""
    if isinstance(value, int):
        return f"Speaker {value}" if -1 < value < 10_000 else ""
    name = " ".join(value.split())[:200]
    return f"Speaker {name}" if len(name) == 1 or (name.isdecimal() and len(name) < 5) else name


def when(value: dict, key: str, per_second: float, losses: Losses) -> int | None:
    """Milliseconds of the time under `key`; None, and a named loss, for a time that makes no sense."""
    found = value.get(key)
    if found is None:
        return None
    read = clock_ms(found) if isinstance(found, str) else number_ms(found, per_second)
    if read is None:
        losses.drop("times that cannot be read", "not a time within a week", str(type(found).__name__))
    return read


def cue(value: dict, who: str, said: str, keys: tuple[str, str], per_second: float, losses: Losses) -> Cue:
    """A cue of one JSON object. keys: names of its start and end; per_second: how many of its units a second has."""
    start, end = (when(value, key, per_second, losses) for key in keys)
    return timed(who, start, end, said.strip(), losses)


def by_speaker(spoken: list[tuple[str, Cue]]) -> list[Cue]:
    """Single words, each with its speaker, as one cue a run of one speaker: start of the first, end of the last."""
    found: list[Cue] = []
    said: list[str] = []
    for who, word in spoken:
        if found and found[-1].speaker == who:
            found[-1].end_ms = word.end_ms
            said.append(word.text)
            continue
        if found:
            found[-1].text = " ".join(said)
        found.append(Cue(who, word.start_ms, word.end_ms, word.text))
        said = [word.text]
    if found:
        found[-1].text = " ".join(said)
    return found
