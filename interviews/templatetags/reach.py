"""How a call's expert was reached: one fragment for the page of the call."""

from typing import Any

from django import template

from accounts.permissions import allowed, refusal
from accounts.roles import Permission as P
from interviews import texts
from interviews.models import ConsentPurpose, HoursException, Interview, LinkPurpose
from interviews.services import by_link, consent, links
from interviews.services.blocklist import blocked
from interviews.states import TIMED, CandidateState, InterviewState

register = template.Library()
OPEN_TO_CHOOSE = (InterviewState.OPEN, InterviewState.TENTATIVE)
MANAGED = (InterviewState.TENTATIVE, InterviewState.BOOKED)


@register.inclusion_tag("interviews/_reach.html", takes_context=True)
def expert_reach(context: template.Context, interview: Interview) -> dict[str, Any]:
    """Statement, consents and links of a call's expert, for those who recruit and for compliance."""
    user = context["request"].user
    if not (allowed(user, P.LOG_INTERVIEWS) or allowed(user, P.CLEAR_TRANSCRIPTS)):
        return {"closed": True}
    stands, gone = consent.standing(interview), consent.withdrawn(interview)
    taken_back = {row.purpose for row in gone}
    in_call = consent.recording_refusal(user, interview)
    timed = interview.state in TIMED
    return {
        "closed": False,
        "interview": interview,
        "slug": context["programme"].slug,
        "csrf_token": context.get("csrf_token"),
        "attested": consent.attested(interview) if timed else interview.attestations.first(),
        "attestable": timed,
        "statement": texts.current(texts.ATTESTATION),
        "in_call": in_call,
        "recordable": in_call is None,
        "consents": [
            (value, label, value in stands, value in taken_back, texts.consent_of(value))
            for value, label in ConsentPurpose.choices
        ],
        "withdrawn": gone,
        "withdraw_refusal": consent.withdrawal_refusal(user),
        "links": links.sent(interview),
        "buttons": _buttons(interview),
        "send_refusal": refusal(user, P.LOG_INTERVIEWS) or blocked(interview.expert),
        "offered": HoursException.objects.filter(
            expert=interview.expert_id, note=by_link.OFFERED.format(interview.label)
        ),
    }


def _buttons(interview: Interview) -> list[tuple[str, str]]:
    """The links that make sense for a call as it stands, each with its words."""
    state = interview.state
    invitable = links.candidate_of(interview).state in (CandidateState.LISTED, CandidateState.INVITED)
    fits = {
        LinkPurpose.INVITE: invitable and state == InterviewState.OPEN,
        LinkPurpose.CHOOSE: state in OPEN_TO_CHOOSE,
        LinkPurpose.MANAGE: state in MANAGED,
        LinkPurpose.ATTEST: state in TIMED,
        LinkPurpose.CONSENT: state not in (InterviewState.CANCELLED, InterviewState.LATE_CANCEL),
    }
    return [(purpose.value, purpose.label) for purpose, fit in fits.items() if fit]
