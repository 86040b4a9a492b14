"""Topic cards: what a candidate may and may not speak about. Every change is a new version; the newest is in force."""

from datetime import date

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.roles import Permission as P
from interviews.eligibility import employed_on, is_subject
from interviews.models import Candidate, Interview, TopicCard
from interviews.permissions import require_on
from research.models import KeyQuestion
from research.services.checks import words

LONGEST = 4_000
ALWAYS = [
    "Anything under an agreement of secrecy or marked confidential.",
    "Figures, plans or events of a listed company that are not public.",
    "Names of customers, colleagues and other third parties.",
]
# An employee of another listed company may speak, but not about that employer (domain rules, N4).
OF_LISTED = [
    "Their own employer: its results, orders, pipeline, prices, contract values, spending and plans.",
    "Sentences that begin with “our quarter”, “our pipeline” or “we are about to”: stop and ask another question.",
]
OF_SUBJECT = [
    "What they know only from their present post: results, incidents, launches and staffing that are not public.",
    "Documents, dashboards and messages of their employer, also from memory.",
]


@transaction.atomic
def set_card(*, candidate: Candidate, may: str, may_not: str, by: User) -> TopicCard:
    """A new version of a candidate's card, by an analyst or by compliance. Invalid when nothing changes or a side is empty."""
    candidate = Candidate.objects.select_for_update(of=("self",)).select_related("programme").get(pk=candidate.pk)
    require_on(by, P.KEEP_SCREENING, candidate.programme)
    may = words(may, "What they may speak about", longest=LONGEST, required=True)
    may_not = words(may_not, "What they may not speak about", longest=LONGEST, required=True)
    last = card_of(candidate)
    if last is not None and (last.may, last.may_not) == (may, may_not):
        raise Invalid(f"Nothing changes: version {last.version} says this already.")
    version = last.version + 1 if last else 1
    card = TopicCard.objects.create(candidate=candidate, version=version, may=may, may_not=may_not, by=by, at=now())
    audit.record(candidate.programme.chain, "topic-card-set", candidate, by=by, version=version)
    return card


def card_of(candidate: Candidate) -> TopicCard | None:
    """The card in force, or None while there is none."""
    return candidate.topic_cards.select_related("by").order_by("-version").first()


def card_for(interview: Interview) -> TopicCard | None:
    """The card in force for the person of a call, or None."""
    rows = TopicCard.objects.filter(candidate__programme=interview.programme_id, candidate__expert=interview.expert_id)
    return rows.select_related("by", "candidate").order_by("-version").first()


def default_of(candidate: Candidate, day: date) -> tuple[str, str]:
    """The words that a first card starts from, (may, may not), one point a line: the key questions that the segment can
    answer, what nobody may say, and what an employee on that day of the subject or of another listed company may not."""
    questions = KeyQuestion.objects.filter(programme=candidate.programme_id, segments=candidate.segment_id)
    may = [f"{question.code}: {question.title}" for question in questions.order_by("order")]
    may = may or [f"{candidate.segment.title}: what they saw and decided themselves."]
    may_not = list(ALWAYS)
    for spell in candidate.expert.spells.select_related("company"):
        if employed_on(spell.end, spell.current, day):
            own = is_subject(spell.company.name, candidate.programme.subject)
            more = OF_SUBJECT if own else OF_LISTED if spell.company.listed else []
            may_not += [line for line in more if line not in may_not]
    return "\n".join(may), "\n".join(may_not)
