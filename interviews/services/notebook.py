"""What is written down in a call: notes with their time, questions gone through, and whether it is being recorded.

Notes are uncleared words: for the interviewer, the chaperone and compliance, and never in the audit.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.roles import Permission as P
from interviews.models import ConsentPurpose, Coverage, Interview, Note
from interviews.permissions import notes_open, refuse_if, require_on, sitting_refusal
from interviews.services import consent
from interviews.services.conduct import remember
from interviews.states import InterviewState
from research.models import KeyQuestion
from research.services.checks import words

LONGEST = 5_000
# Notes are taken in a call, and completed after it.
OPEN = (InterviewState.STARTED, InterviewState.HELD, InterviewState.ENDED_EARLY, InterviewState.STOPPED)
CLOSED_TO_YOU = "Only the interviewer, the chaperone and compliance may write notes on this call."
REC_ON, REC_OFF = "rec-on", "rec-off"
NO_CONSENT = "There is no consent to record: take notes only, or ask for the consent first."


@transaction.atomic
def note(
    *, interview: Interview, text: str, by: User, at_ms: int | None = None, question: KeyQuestion | None = None
) -> Note:
    """Add one note. at_ms: when it was begun, in milliseconds from the start of the call; left out in a running call: now.

    The same words of the same person for the same moment are one note, so that a post may be tried again.
    """
    row = _open(interview, by)
    said = words(text, "The note", longest=LONGEST, required=True)
    if question is not None and question.programme_id != row.programme_id:
        raise Invalid("This question belongs to another programme.")
    stamp = now()
    at_ms = _moment(row, stamp, at_ms)
    if at_ms is not None:
        twin = Note.objects.filter(interview=row, by=by, at_ms=at_ms, text=said).first()
        if twin:
            return twin
    made = Note.objects.create(interview=row, text=said, at_ms=at_ms, question=question, by=by, at=stamp)
    audit.record(row.programme.chain, "note-added", row, by=by, note=made.pk, characters=len(said))
    return made


def _moment(row: Interview, stamp: datetime, at_ms: int | None) -> int | None:
    """The moment of a note within the call; None where there is none, as after a call that was logged."""
    if row.started_at is None:
        return None
    last = int(((row.ended_at or stamp) - row.started_at).total_seconds() * 1000)
    if at_ms is None:
        return last if row.ended_at is None else None
    return min(max(at_ms, 0), max(last, 0))


@transaction.atomic
def cover(*, interview: Interview, question: KeyQuestion, by: User, covered: bool = True) -> None:
    """Say that a key question was gone through in the call, or take that back."""
    row = _open(interview, by)
    if question.programme_id != row.programme_id:
        raise Invalid("This question belongs to another programme.")
    if covered:
        _, changed = Coverage.objects.get_or_create(interview=row, question=question, defaults={"by": by, "at": now()})
    else:
        changed = bool(Coverage.objects.filter(interview=row, question=question).delete()[0])
    if changed:
        verb = "question-covered" if covered else "question-uncovered"
        audit.record(row.programme.chain, verb, row, by=by, question=question.code)


def _open(interview: Interview, by: User) -> Interview:
    """The call's row, locked, when this person may write into its notes now."""
    row = Interview.objects.select_for_update().get(pk=interview.pk)
    require_on(by, P.SEE_PROGRAMMES, row.programme)
    refuse_if(None if notes_open(by, row) else CLOSED_TO_YOU)
    if row.state not in OPEN:
        raise IllegalMove("Notes with their time are taken once the call has started.")
    return row


# The guide ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Topic:
    """A key question in the guide of a call: who went through it, and how many notes are set against it."""

    question: KeyQuestion
    coverage: Coverage | None
    notes: int


def questions_for(interview: Interview) -> Sequence[KeyQuestion]:
    """The key questions that this call's segment can answer; one that names no segment is for all."""
    fits = Q(segments=interview.segment_id) | Q(segments__isnull=True)
    return list(KeyQuestion.objects.filter(fits, programme=interview.programme_id).distinct())


def guide(interview: Interview, notes: Sequence[Note]) -> list[Topic]:
    """The questions of a call with what has been covered; two queries."""
    done = {row.question_id: row for row in interview.coverage.select_related("by")}
    against: dict[Any, int] = defaultdict(int)
    for one in notes:
        against[one.question_id] += 1
    return [Topic(q, done.get(q.pk), against[q.pk]) for q in questions_for(interview)]


def notes_of(interview: Interview) -> list[Note]:
    """The notes of a call in the order of their moments; those written after it come last. The caller asks who may read."""
    rows = list(interview.timed_notes.select_related("by", "question"))
    return sorted(rows, key=lambda one: (one.at_ms is None, one.at_ms or 0, one.at, one.pk))


# The recording ------------------------------------------------------------------------------------------------------


def recording(interview: Interview) -> bool:
    """True when somebody who sits in the call last said that it is being recorded."""
    if interview.state != InterviewState.STARTED:
        return False
    last = interview.changes.filter(what__in=[REC_ON, REC_OFF]).order_by("-at", "-pk").first()
    return last is not None and last.what == REC_ON


@transaction.atomic
def mark_recording(*, interview: Interview, on: bool, by: User) -> bool:
    """Say that the recorder runs, which needs the expert's standing consent, or that it is off."""
    row = Interview.objects.select_for_update().get(pk=interview.pk)
    require_on(by, P.SEE_PROGRAMMES, row.programme)
    refuse_if(sitting_refusal(by, row))
    if row.state != InterviewState.STARTED:
        raise IllegalMove("A call is recorded while it runs.")
    if on and ConsentPurpose.RECORD not in consent.standing(row):
        raise IllegalMove(NO_CONSENT)
    if recording(row) != on:
        remember(row, REC_ON if on else REC_OFF, by=by)
        audit.record(row.programme.chain, "recording-on" if on else "recording-off", row, by=by)
    return on
