"""WebVTT: Zoom ("Name: text"), Teams (<v Name>, several voices in a caption), Webex (the name in the cue id), others.

Grammar: WebVTT, W3C Candidate Recommendation, sections 4 and 6.
"""

import re

from .captions import TIME_LINE, read_captions
from .cues import Reading
from .losses import Losses

_ASIDE = re.compile(r"(NOTE|STYLE|REGION)(?:[ \t]|$)")
_KINDS = {"NOTE": "notes", "STYLE": "style sheets", "REGION": "regions"}
_WEBEX_ID = re.compile(r"\d{1,9}[ ]\"([^\"\n]{1,100})\"[ ]\(\d{1,20}\)$")


def looks_like(text: str) -> bool:
    """True for text that says it is WebVTT, or that begins with a time line with a full stop in its seconds."""
    head = text[:4000].lstrip()
    if head.startswith("WEBVTT"):
        return True
    times = next((line for line in head.split("\n", 3)[:2] if TIME_LINE.match(line)), "")
    return "." in times.partition("-->")[0]


def read(text: str, losses: Losses) -> Reading:
    """The turns of a WebVTT text with LF line ends. Raises Unreadable if there are no captions."""
    text = text.lstrip()
    if text.startswith("WEBVTT"):
        title, _, text = text.partition("\n")
        losses.drop(
            "header lines", "title and settings of the file, not speech", title, count=int(bool(title[6:].strip()))
        )
    return read_captions(text, losses, _aside, _speaker_in_id)


def _aside(lines: list[str], losses: Losses) -> bool:
    found = _ASIDE.match(lines[0])
    if found:
        losses.drop(_KINDS[found[1]], "comments and layout of the recorder, not speech", "\n".join(lines))
    return bool(found)


def _speaker_in_id(cue_id: str) -> str:
    found = _WEBEX_ID.match(cue_id)
    return found[1].strip() if found else ""
