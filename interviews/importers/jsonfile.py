"""JSON transcripts: read the bytes safely, and tell by its keys which service wrote them."""

import json
import re
from collections.abc import Callable

from . import assemblyai, deepgram, otter, rev, whisper
from .cues import Cue, Reading, joined
from .encoding import clean
from .losses import WORDS_OUTSIDE_WHY, Losses, words
from .refusals import refuse
from .shapes import WORDS_OUTSIDE

_BEGINS = re.compile(r"\s{0,1000}(?:\{\s{0,1000}[\"}]|\[\s{0,1000}[\[{\]])")

# each reader: (format, it is mine, read it). The first that knows the shape reads it.
_READERS: tuple[tuple[str, Callable[[object], bool], Callable], ...] = (
    ("deepgram-json", deepgram.looks_like, deepgram.read),
    ("rev-json", rev.looks_like, rev.read),
    ("otter-json", otter.looks_like, otter.read),
    ("assemblyai-json", assemblyai.looks_like, assemblyai.read),
    ("whisper-json", whisper.looks_like, whisper.read),
)


def looks_like(text: str) -> bool:
    """True for text that begins as JSON does; "[00:01:02] Name: text" does not."""
    return bool(_BEGINS.match(text))


def read(text: str, losses: Losses) -> tuple[str, Reading]:
    """(format, reading) of a JSON transcript. Raises Unreadable if it is damaged, too deep or of no known shape."""
    try:
        value = json.loads(text, strict=False)
    except RecursionError:
        raise refuse("json_too_deep") from None
    except ValueError:  # also a number with thousands of digits
        raise refuse("json_damaged") from None
    for name, mine, reader in _READERS:
        if mine(value):
            whole, cues = reader(value, losses)
            return name, _accounted(whole, cues, losses)
    raise refuse("json_unknown")


def _accounted(whole: str, cues: list[Cue], losses: Losses) -> Reading:
    """The reading of cues beside the service's own full text: words that only the full text has are a named loss."""
    whole = clean(whole, losses)
    for cue in cues:  # escapes such as \u0000 and half a surrogate pair come to light only now
        cue.text, cue.speaker = clean(cue.text, losses), clean(cue.speaker, losses)
    spoken = [cue for cue in cues if cue.text.strip()]
    losses.drop("empty cues", "a segment with no words", count=len(cues) - len(spoken))
    reading = joined(len(cues), spoken or [Cue("", None, None, whole.strip())])
    outside = words(whole) - reading.words_in
    if outside > 0:
        losses.drop(WORDS_OUTSIDE, WORDS_OUTSIDE_WHY, whole, count=outside)
        reading.words_in += outside
    return reading
