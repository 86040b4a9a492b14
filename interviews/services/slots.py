"""The time of people: a call takes a slot of its interviewer, its chaperone and its expert, and the database keeps them apart."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.moves import Invalid
from interviews.models import Interview, Slot


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

    The caller holds the transaction. The database decides: two requests at once can't both come through.
    """
    ends_at = starts_at + timedelta(minutes=minutes)
    people = people_of(interview)
    Slot.objects.filter(interview=interview).delete()
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
