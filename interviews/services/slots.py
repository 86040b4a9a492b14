"""The time of people: a call takes a slot of its interviewer, its chaperone and its expert, and the database keeps them apart."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.moves import Invalid, now
from interviews.models import Interview, Slot
from interviews.services import notices
from interviews.states import INTERVIEW, InterviewState


def people_of(interview: Interview) -> dict[str, UUID]:
    """The numbers of a call's people, by their part in it."""
    parts = {
        "interviewer": interview.interviewer_id,
        "chaperone": interview.chaperone_id,
        "expert": interview.expert_id,
    }
    return {part: who for part, who in parts.items() if who}


def take(interview: Interview, starts_at: datetime, minutes: int) -> None:
    """Take that time of all of a call's people in place of what it had; Invalid, with a sentence, when somebody has none.

    Holds of these people that ran out are given back first. The caller holds the transaction and the rows of the people.
    The database decides: two requests at once can't both come through.
    """
    ends_at = starts_at + timedelta(minutes=minutes)
    people = people_of(interview)
    Slot.objects.filter(interview=interview).delete()
    expire(stale(now(), people.values()).exclude(pk=interview.pk))
    if sentence := clash(interview, people, starts_at, ends_at):
        raise Invalid(sentence)
    try:
        with transaction.atomic():
            for part, who in sorted(people.items()):
                Slot.objects.create(interview=interview, part=part, who=who, starts_at=starts_at, ends_at=ends_at)
    except IntegrityError as refused:
        if "slot_no_overlap" not in str(refused):
            raise
        raise Invalid("One of the call's people was booked at that time a moment ago: choose another time.") from None


def clash(interview: Interview, people: dict[str, UUID], starts_at: datetime, ends_at: datetime) -> str | None:
    """Who of these people has another call at that time, as a sentence, or None."""
    others = Slot.objects.filter(who__in=people.values(), starts_at__lt=ends_at, ends_at__gt=starts_at)
    taken = set(others.exclude(interview=interview).values_list("who", flat=True))
    if people.get("expert") in taken:
        return "The expert has another call at that time: choose another time."
    for person in (interview.interviewer, interview.chaperone):
        if person is not None and person.pk in taken:
            return f"{person.name} has another call at that time: choose another time."
    return None


def free(interview: Interview) -> None:
    """Give the time of a call's people back."""
    Slot.objects.filter(interview=interview).delete()


def stale(at: datetime, people: Iterable[UUID] | None = None):
    """Calls whose hold has run out at `at`: all of them, or those that keep time of these people."""
    rows = Interview.objects.filter(state=InterviewState.TENTATIVE, held_until__lte=at)
    if people is not None:
        rows = rows.filter(pk__in=Slot.objects.filter(who__in=list(people)).values("interview"))
    return rows


def expire(calls) -> int:
    """Give back the time of these calls, whose holds ran out, and put them on the list again; how many.

    A call that somebody else has in hand at this moment, who may be confirming it, is left to them.
    """
    found = list(calls.select_for_update(skip_locked=True, of=("self",)).select_related("programme").order_by("pk"))
    for interview in found:
        INTERVIEW.make(interview, InterviewState.OPEN, starts_at=None, held_until=None)
        free(interview)
        notices.changed(interview, "released", by=None, note="The hold ran out.")
        audit.record(interview.programme.chain, "interview-hold-expired", interview, by=None)
    return len(found)
