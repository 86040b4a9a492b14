"""Training done and terms accepted by experts, each until a day. A programme that screens demands both for every call.

Safe rule: as soon as a programme asks one screening question, an expert without training and terms that hold on the day of
the call is not booked there (domain rules, N6). Both last a year at most, and are of the person, whatever the programme.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.moves import Invalid, now
from accounts.roles import Permission as P
from interviews import queries
from interviews.eligibility import PAPERS, Spans, Standing
from interviews.models import Candidate, Credential, CredentialKind, Expert
from interviews.permissions import require_on
from interviews.services import questionnaires
from interviews.states import CandidateState
from research.models import Programme
from research.policy import later
from research.services.checks import words

LASTS = 12
"""Months after which training is done and terms are accepted anew."""

GONE = (CandidateState.REFUSED, CandidateState.DECLINED)


@transaction.atomic
def record(
    *,
    expert: Expert,
    programme: Programme,
    kind: str,
    on: date,
    method: str,
    by: User | None = None,
    expires_on: date | None = None,
    text: str = "",
) -> Credential:
    """Training done or terms accepted on a day. by: who filed it, None for the expert's own page.

    expires_on: the last day on which it holds, by default and at most a year later. text: the words that were accepted, of
    which a hash is kept. programme: the one in which it was filed; it counts in every one.
    """
    if by is not None:
        require_on(by, P.KEEP_SCREENING, programme)
    if kind not in CredentialKind.values:
        raise Invalid("Say what is recorded: training or terms.")
    if on > now().date():
        raise Invalid("It can't have happened on a day that is still to come: check the date.")
    longest = later(on, LASTS)
    last = expires_on or longest
    if not on < last <= longest:
        raise Invalid(
            f"It holds for at most {LASTS} months: choose a last day between {on + timedelta(days=1)} and {longest}."
        )
    row = Credential.objects.create(
        expert=expert,
        kind=kind,
        on=on,
        expires_on=last,
        method=words(method, "How it was done", longest=40, required=True),
        sha256=hashlib.sha256(text.encode()).hexdigest() if text else "",
        by=by,
        at=now(),
    )
    audit.record(programme.chain, "credential-recorded", expert, by=by, kind=kind, until=last.isoformat())
    return row


def demanded(programme: Programme) -> bool:
    """Whether calls of this programme need training and terms: it asks at least one screening question."""
    return questionnaires.in_force(programme).exists()


def spans_of(experts: Iterable[Expert]) -> dict[UUID, dict[str, Spans]]:
    """Of each expert and kind the days for which they have it, first and last; one query."""
    rows = list(experts)
    found: dict[UUID, dict[str, list[tuple[date, date]]]] = {row.pk: {kind: [] for kind in PAPERS} for row in rows}
    for row in Credential.objects.filter(expert__in=rows).order_by("on"):
        found[row.expert_id][row.kind].append((row.on, row.expires_on))
    return {pk: dict(kinds) for pk, kinds in found.items()}


def missing(expert: Expert, day: date) -> list[str]:
    """What an expert lacks for a call on that day, as sentences."""
    return [reason.sentence for reason in Standing(papers=spans_of([expert])[expert.pk]).reasons(day)]


@dataclass(frozen=True)
class Paper:
    """One candidate's training or terms in the list of what ends: the last day, None when there never was one."""

    candidate: Candidate
    kind: str
    until: date | None
    lapsed: bool

    @property
    def what(self) -> str:
        return PAPERS[self.kind]


def expiring(programme: Programme, *, within: int = 30) -> list[Paper]:
    """What candidates of a programme lack on its day of reference or will lack within so many days, the soonest first.

    Those who were screened out or declined are left out. Two queries.
    """
    day = queries.reference_day(programme)
    rows = Candidate.objects.filter(programme=programme).exclude(state__in=GONE).select_related("expert", "segment")
    people = list(rows)
    spans = spans_of(row.expert for row in people)
    found = []
    for row in people:
        for kind, held in spans[row.expert_id].items():
            until = max((last for first, last in held if first <= day), default=None)
            if until is None or until < day + timedelta(days=within):
                found.append(Paper(row, kind, until, until is None or until < day))
    return sorted(found, key=lambda paper: (paper.until or date.min, paper.candidate.descriptor, paper.kind))
