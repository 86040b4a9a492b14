"""Marks for the states of calls and transcripts; the shapes come from the shared components."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from accounts.templatetags.ui import pill
from interviews import desk

register = template.Library()

INTERVIEW_TONES = {
    "open": "idle",
    "tentative": "idle",
    "booked": "active",
    "started": "active",
    "held": "good",
    "ended_early": "warn",
    "no_show": "warn",
    "cancelled": "plain",
    "late_cancel": "warn",
    "stopped": "bad",
}
TRANSCRIPT_TONES = {
    "received": "idle",
    "parsed": "active",
    "failed": "bad",
    "mapped": "active",
    "reviewed": "active",
    "cleared": "good",
    "recalled": "warn",
}


@register.simple_tag
def interview_state(interview: Any) -> SafeString:
    """The state of a call as a pill."""
    return pill(interview.get_state_display(), INTERVIEW_TONES[interview.state])


@register.simple_tag
def transcript_state(transcript: Any) -> SafeString:
    """The state of a transcript as a pill."""
    return pill(transcript.get_state_display(), TRANSCRIPT_TONES[transcript.state])


@register.filter
def clock(ms: int | None) -> str:
    """Milliseconds as m:ss."""
    return desk.clock(ms)
