"""How screening is shown: marks, and two fragments that stand wherever a call is: its verdict and its topic card."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from accounts.permissions import allowed
from accounts.roles import Permission as P
from accounts.templatetags.ui import pill
from interviews import screening_queries as reads
from interviews.models import EligibilityCheck, Interview
from interviews.services import screening, topics

register = template.Library()

CANDIDATE_TONES = {
    "listed": "idle",
    "invited": "idle",
    "screened": "active",
    "eligible": "good",
    "refused": "bad",
    "declined": "plain",
}
MARKS = {
    "missing": ("Not answered", "idle"),
    "knocked_out": ("Knocks out", "bad"),
    "flagged": ("Flagged", "warn"),
    "": ("In order", "good"),
}


@register.simple_tag
def candidate_state(candidate: Any) -> SafeString:
    """How far a candidate is, as a pill."""
    return pill(candidate.get_state_display(), CANDIDATE_TONES[candidate.state])


@register.simple_tag
def answer_mark(mark: str) -> SafeString:
    """What an answer means, as a pill."""
    return pill(*MARKS[mark])


@register.simple_tag
def check_mark(check: EligibilityCheck) -> SafeString:
    """What a check found, as a pill."""
    return pill("May speak", "good") if check.eligible else pill("May not", "bad")


@register.inclusion_tag("interviews/_eligibility.html", takes_context=True)
def eligibility(context: template.Context, interview: Interview) -> dict[str, Any]:
    """The verdict on a call at this moment with every reason, and the history of its checks. Reasons name employers, so
    they are for those who keep screening."""
    user = context["request"].user
    if not allowed(user, P.KEEP_SCREENING):
        return {"closed": True}
    ahead = interview.state in screening.BEFORE
    return {
        "closed": False,
        "interview": interview,
        "slug": context["programme"].slug,
        "verdict": screening.verdict_of(interview) if ahead else None,
        "timed": interview.starts_at is not None,
        "checks": reads.checks_of(interview),
        "candidate": reads.candidate_of(interview, user),
    }


@register.inclusion_tag("interviews/_topic_card.html", takes_context=True)
def topic_card(context: template.Context, interview: Interview) -> dict[str, Any]:
    """What the person of a call may and may not speak about, for everybody who works with their words."""
    user = context["request"].user
    if not allowed(user, P.KEEP_SCREENING):
        return {"closed": True}
    return {
        "closed": False,
        "slug": context["programme"].slug,
        "card": topics.card_for(interview),
        "candidate": reads.candidate_of(interview, user),
    }
