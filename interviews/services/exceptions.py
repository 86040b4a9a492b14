"""The signature of compliance by which a current employee of the subject company may be heard, by name, until a day.

It is one of four things that have to be there (interviews/eligibility.py), and holds on days up to `until`, the day of a
revocation excluded. A call held before the revocation stays heard under it.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from accounts.roles import Permission as P
from interviews import queries
from interviews.models import Candidate, SubjectException
from interviews.permissions import require_on
from research.models import Programme
from research.services.checks import words


@transaction.atomic
def sign(*, candidate: Candidate, reason: str, until: date, by: User) -> SubjectException:
    """Let a current employee of the subject company be heard until a day, that day included.

    IllegalMove where the programme hears none; Refused for who leads a call with them.
    """
    candidate = Candidate.objects.select_for_update(of=("self",)).select_related("programme").get(pk=candidate.pk)
    programme = candidate.programme
    require_on(by, P.SCREEN_EXPERTS, programme)
    if sentence := obstacle(programme):
        raise IllegalMove(sentence)
    if programme.interviews.filter(expert=candidate.expert_id, interviewer=by).exists():
        raise Refused("You lead a call with this person, so another person of compliance must sign.")
    reason = words(reason, "The reason", longest=500, required=True)
    if until < queries.reference_day(programme):
        raise Invalid("The last day of an exception can't be past: choose a later one.")
    row = SubjectException.objects.create(candidate=candidate, reason=reason, until=until, by=by, at=now())
    audit.record(programme.chain, "exception-signed", candidate, by=by, exception=row.pk, until=until.isoformat())
    return row


def obstacle(programme: Programme) -> str | None:
    """Why no exception can be signed in a programme, or None."""
    if programme.current_employees:
        return None
    return "This programme hears no current employees of the subject company: its policy has to allow it."


@transaction.atomic
def revoke(*, exception: SubjectException, by: User) -> SubjectException:
    """Take the signature back from today on."""
    rows = SubjectException.objects.select_for_update(of=("self",)).select_related("candidate__programme")
    exception = rows.get(pk=exception.pk)
    require_on(by, P.SCREEN_EXPERTS, exception.candidate.programme)
    if exception.revoked_at:
        raise IllegalMove("This exception was taken back already.")
    exception.revoked_at = now()
    exception.save(update_fields=["revoked_at"])
    chain = exception.candidate.programme.chain
    audit.record(chain, "exception-revoked", exception.candidate, by=by, exception=exception.pk)
    return exception


def holds(exception: SubjectException, day: date) -> bool:
    """Whether the signature holds on that day."""
    revoked = exception.revoked_at and timezone.localdate(exception.revoked_at)
    return day <= exception.until and not (revoked and revoked <= day)
