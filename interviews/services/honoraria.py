"""What experts are paid for their time: agreed at booking, reckoned when the call ends, approved by somebody else, paid.

Nothing here reads what was said. No amount moves by itself: each approval and each payment is a person's deed, and no
money moves in this product; that it was sent is written down with its day and reference.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Permission as P
from interviews import honoraria as rules
from interviews.models import Honorarium, HonorariumRule, Interview
from interviews.permissions import approving_refusal, refuse_if, require_on
from interviews.states import HONORARIUM, TIMED, HonorariumState, InterviewState
from research.fees import CURRENCIES
from research.models import Programme
from research.services.checks import day, lock, one_of, whole, words

S = HonorariumState
# Calls whose time counts, so that their minutes can be mended.
HEARD = (InterviewState.HELD, InterviewState.ENDED_EARLY, InterviewState.STOPPED)
LONGEST_REASON = 100
# GBP 10,000 an hour and GBP 100,000 a call are mistakes of typing.
MOST_HOURLY, MOST_CEILING = 1_000_000, 10_000_000
LONGEST_CALL = 240


def rule_of(programme: Programme) -> HonorariumRule | None:
    """The rule for calls that are booked from now on."""
    return HonorariumRule.objects.filter(programme=programme).select_related("by").order_by("-at", "-pk").first()


def plain(rule: HonorariumRule) -> rules.Rule:
    """The rule without its row."""
    return rules.Rule(
        rule.hourly, rule.currency, rule.first_minutes, rule.first_percent, rule.step, min(rule.ceiling, MOST_CEILING)
    )


@transaction.atomic
def set_rule(
    *,
    programme: Programme,
    by: User,
    hourly: Any,
    ceiling: Any,
    currency: str = "GBP",
    first_minutes: Any = 15,
    first_percent: Any = 25,
    step: Any = 5,
) -> HonorariumRule:
    """Set what a programme pays for calls booked from now on; money in the smallest unit. Booked calls keep their rule."""
    programme = lock(programme, by, P.APPROVE_HONORARIA)
    rule = HonorariumRule.objects.create(
        programme=programme,
        hourly=whole(hourly, "The hourly rate, in the smallest unit,", 0, MOST_HOURLY),
        currency=one_of(currency, CURRENCIES, "The currency"),
        first_minutes=whole(first_minutes, "The first part, in minutes,", 0, 60),
        first_percent=whole(first_percent, "The part of the rate for it, in per cent,", 0, 100),
        step=whole(step, "The step, in minutes,", 1, 60),
        ceiling=whole(ceiling, "The ceiling, in the smallest unit,", 1, MOST_CEILING),
        by=by,
        at=now(),
    )
    told = {name: getattr(rule, name) for name in ("hourly", "currency", "first_minutes", "first_percent", "step")}
    audit.record(programme.chain, "honorarium-rule-set", rule, by=by, ceiling=rule.ceiling, **told)
    return rule


def due(interview: Interview) -> bool:
    """True when something is to be paid, or was paid, for what became of this call."""
    return Honorarium.objects.filter(interview=interview).exclude(state__in=[S.AGREED, S.VOID]).exists()


# With the call ------------------------------------------------------------------------------------------------------


def agree(interview: Interview, *, by: User | None = None) -> Honorarium | None:
    """Agree what a booked call will pay: the newest rule, or the one that it was booked under before, and its length.

    None when the programme has no rule: nothing is agreed then. The caller holds the transaction and the call's row.
    """
    if interview.state != InterviewState.BOOKED:
        raise IllegalMove("What a call pays is agreed when it is booked, before it starts.")
    row = Honorarium.objects.select_for_update().filter(interview=interview).first()
    if row is None:
        rule = rule_of(interview.programme)
        if rule is None:
            return None
        row = Honorarium.objects.create(
            interview=interview,
            rule=rule,
            agreed_at=now(),
            **_terms(interview),
        )
    elif row.state == S.VOID:
        HONORARIUM.make(row, S.AGREED, **_terms(interview), minutes=None, amount=None, reckoning="")
    elif row.state == S.AGREED and _terms(interview) != {name: getattr(row, name) for name in _terms(interview)}:
        Honorarium.objects.filter(pk=row.pk).update(**_terms(interview))
        row.refresh_from_db()
    else:
        return row
    told: dict[str, Any] = {"rule": row.rule_id, "minutes": row.agreed_minutes}
    audit.record(interview.programme.chain, "honorarium-agreed", interview, by=by, **told)
    return row


def _terms(interview: Interview) -> dict[str, Any]:
    return {"agreed_minutes": interview.minutes, "interviewer_id": interview.interviewer_id}


@transaction.atomic
def agree_booked(*, programme: Programme, by: User) -> int:
    """Agree for all calls of a programme that were booked while it had no rule; how many there were."""
    programme = lock(programme, by, P.APPROVE_HONORARIA)
    if rule_of(programme) is None:
        raise IllegalMove("Set the rule first: without one nothing can be agreed.")
    bare = programme.interviews.select_for_update(of=("self",)).filter(
        state=InterviewState.BOOKED, honorarium__isnull=True
    )
    return len([agree(interview, by=by) for interview in bare.order_by("number")])


def reckon(
    interview: Interview, *, by: User | None = None, minutes: int | None = None, late_by: str = ""
) -> Honorarium | None:
    """Reckon what an ended call pays, by the rule it was booked under. A cancelled call pays nothing.

    minutes: as recorded; left out, those of a call that took place and none of another. late_by: who cancelled late.
    None without an agreement. What was paid already stays as it is. The caller holds the transaction and the call's row.
    """
    row = Honorarium.objects.select_for_update(of=("self",)).select_related("rule").filter(interview=interview).first()
    if row is None or row.state == S.PAID:
        return row
    if interview.state == InterviewState.CANCELLED:
        return row if row.state == S.VOID else _drop(row, "Cancelled: nothing is due.", by)
    if minutes is None:
        minutes = interview.minutes if interview.state in (InterviewState.HELD, InterviewState.ENDED_EARLY) else 0
    found = rules.reckon(plain(row.rule), interview.state, minutes=minutes, agreed=row.agreed_minutes, late_by=late_by)
    return _write(row, interview, minutes, found, by)


def _write(row: Honorarium, interview: Interview, minutes: int, found: rules.Reckoning, by: User | None) -> Honorarium:
    """Put a reckoning on record; an approval of another amount falls, and where nothing is due there is none to give."""
    if row.state == S.VOID:
        HONORARIUM.make(row, S.AGREED)
    fresh = {"minutes": minutes, "amount": found.amount, "reckoning": found.words}
    fresh |= {"approved_by": None, "approved_at": None, "interviewer_id": interview.interviewer_id}
    HONORARIUM.make(row, S.COMPUTED, **fresh)
    if found.amount == 0:
        HONORARIUM.make(row, S.VOID)
    told: dict[str, Any] = {"minutes": minutes, "amount": found.amount, "outcome": str(interview.state)}
    audit.record(interview.programme.chain, "honorarium-reckoned", interview, by=by, **told)
    return row


def _drop(row: Honorarium, sentence: str, by: User | None, **fields: Any) -> Honorarium:
    if row.state == S.APPROVED:
        HONORARIUM.make(row, S.COMPUTED)
    HONORARIUM.make(row, S.VOID, amount=0, reckoning=sentence, **fields)
    audit.record(row.interview.programme.chain, "honorarium-void", row.interview, by=by)
    return row


# Afterwards ---------------------------------------------------------------------------------------------------------


def _locked(honorarium: Honorarium) -> Honorarium:
    """The row as it is now; the call's row is locked before it, in the order in which a call that ends takes them."""
    Interview.objects.select_for_update().get(pk=honorarium.interview_id)
    rows = Honorarium.objects.select_for_update(of=("self",)).select_related("rule", "interview__programme")
    return rows.get(pk=honorarium.pk)


@transaction.atomic
def correct(*, honorarium: Honorarium, minutes: Any, reason: str, by: User) -> Honorarium:
    """Mend the recorded minutes of a call, with a reason, and reckon anew; an approval that was given falls.

    For who logs calls, never for who approves, so that one person alone can't raise an amount.
    """
    row = _locked(honorarium)
    call = row.interview
    require_on(by, P.LOG_INTERVIEWS, call.programme)
    if call.state not in HEARD:
        raise IllegalMove("Minutes can be mended once the call took place.")
    if row.state == S.PAID:
        raise IllegalMove("This honorarium has been paid, so its minutes stay as they are.")
    why = words(reason, "The reason", longest=LONGEST_REASON, required=True)
    least = 0 if call.state == InterviewState.STOPPED else 1
    heard = whole(minutes, "The minutes recorded", least, LONGEST_CALL)
    before = row.minutes
    if heard:
        call.minutes = heard
        call.save(update_fields=["minutes"])
    found = rules.reckon(plain(row.rule), call.state, minutes=heard, agreed=row.agreed_minutes)
    sentence = f"{found.words} Minutes mended from {before or 0} to {heard}: {why}"[:300]
    row = _write(row, call, heard, rules.Reckoning(found.amount, sentence), by)
    audit.record(call.programme.chain, "minutes-corrected", call, by=by, before=before, after=heard)
    return row


@transaction.atomic
def approve(*, honorarium: Honorarium, by: User, amount: int | None = None) -> Honorarium:
    """Approve what a call pays. Never its interviewer; never by itself. `amount`: what the approver saw, if told."""
    row = _locked(honorarium)
    require_on(by, P.APPROVE_HONORARIA, row.interview.programme)
    refuse_if(approving_refusal(by, row))
    if amount is not None and row.amount != amount:
        raise IllegalMove("The amount was reckoned anew a moment ago. Look at it again before you approve.")
    if row.state == S.AGREED:
        raise IllegalMove("The call has not ended, so there is nothing to approve yet.")
    HONORARIUM.make(row, S.APPROVED, approved_by=by, approved_at=now())
    audit.record(row.interview.programme.chain, "honorarium-approved", row.interview, by=by, amount=row.amount)
    return row


@transaction.atomic
def pay(*, honorarium: Honorarium, on: Any, reference: str, by: User) -> Honorarium:
    """Write down that an approved honorarium was paid: the day, and the reference under which it is found at the bank."""
    row = _locked(honorarium)
    require_on(by, P.APPROVE_HONORARIA, row.interview.programme)
    refuse_if(approving_refusal(by, row))
    paid_on: date = day(on, "The day of the payment")
    if paid_on > timezone.localdate():
        raise Invalid("The day of the payment is still to come: write it down once it was paid.")
    known = words(reference, "The reference", longest=80, required=True)
    HONORARIUM.make(row, S.PAID, paid_on=paid_on, reference=known)
    audit.record(row.interview.programme.chain, "honorarium-paid", row.interview, by=by, on=paid_on, amount=row.amount)
    return row


@transaction.atomic
def void(*, honorarium: Honorarium, reason: str, by: User) -> Honorarium:
    """Say that nothing will be paid for a call, and why."""
    row = _locked(honorarium)
    require_on(by, P.APPROVE_HONORARIA, row.interview.programme)
    refuse_if(approving_refusal(by, row))
    why = words(reason, "The reason", longest=LONGEST_REASON, required=True)
    if row.interview.state in TIMED:
        raise IllegalMove("This call is still to end: what was agreed for it stands.")
    return _drop(row, f"Void: {why}", by, approved_by=None, approved_at=None)
