"""JSON of Deepgram's pre-recorded API: {"results": {"channels": [{"alternatives": [...]}], "utterances": [...]}}.

The best layer that is there is read: utterances, else paragraphs with speakers, else words with speakers, else the
plain transcript. Times are in seconds. Only the first alternative is what was said.
Source: developers.deepgram.com/docs/utterances, /docs/paragraphs, /docs/diarization.
"""

from . import jsonvalues as j
from .cues import Cue
from .losses import Losses

_KEYS, _SECONDS = ("start", "end"), 1


def looks_like(value: object) -> bool:
    """True for an object whose results hold channels."""
    return isinstance(j.part(value, "results").get("channels"), list)


def read(value: dict, losses: Losses) -> tuple[str, list[Cue]]:
    """(full text, cues)."""
    results = j.part(value, "results")
    channels = j.items(results, "channels")
    firsts = []
    for channel in channels:
        readings = j.items(channel, "alternatives")
        firsts.extend(readings[:1])
        losses.drop("other readings", "less likely wordings of the same speech", count=len(readings) - 1)
    whole = " ".join(j.text(first, "transcript") for first in firsts)
    several = len(firsts) > 1
    utterances = [_utterance(item, several, losses) for item in j.items(results, "utterances")]
    if utterances:
        return whole, utterances
    cues = [cue for number, first in enumerate(firsts) for cue in _channel(first, number if several else None, losses)]
    return whole, sorted(cues, key=lambda cue: cue.start_ms or 0) if several else cues


def _utterance(item: dict, several: bool, losses: Losses) -> Cue:
    """One utterance; with several channels and no diarisation the channel is the speaker."""
    who = j.speaker(item.get("speaker"))
    if not who and several:
        who = _channel_name(item.get("channel"))
    return j.cue(item, who, j.text(item, "transcript"), _KEYS, _SECONDS, losses)


def _channel(first: dict, number: int | None, losses: Losses) -> list[Cue]:
    other = _channel_name(number)
    paragraphs = j.items(j.part(first, "paragraphs"), "paragraphs")
    if paragraphs:
        return [
            j.cue(
                item,
                j.speaker(item.get("speaker")) or other,
                " ".join(j.text(sentence, "text") for sentence in j.items(item, "sentences")),
                _KEYS,
                _SECONDS,
                losses,
            )
            for item in paragraphs
        ]
    spoken = j.items(first, "words")
    if spoken:
        return j.by_speaker(
            [
                (
                    j.speaker(item.get("speaker")) or other,
                    j.cue(item, "", j.text(item, "punctuated_word") or j.text(item, "word"), _KEYS, _SECONDS, losses),
                )
                for item in spoken
            ]
        )
    return [Cue(other, None, None, j.text(first, "transcript").strip())]


def _channel_name(number: object) -> str:
    return (
        f"Channel {number}" if isinstance(number, int) and not isinstance(number, bool) and -1 < number < 1000 else ""
    )
