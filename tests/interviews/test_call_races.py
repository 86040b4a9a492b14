"""Two people at the same call, or the same pay, at the same moment: on real threads and real commits."""

from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts import audit
from accounts.moves import IllegalMove
from interviews.models import Honorarium, Interview, Note
from interviews.services import conduct, honoraria, notebook
from tests.conftest import make_cast
from tests.factories import make_honorarium, make_interview
from tests.interviews.test_races import at_once


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def running(cast):
    """A call that has run for 20 minutes, and what it pays."""
    began = timezone.now() - timedelta(minutes=20)
    call = make_interview(cast.programme, cast.ana, state="started", starts_at=began, started_at=began)
    return call, make_honorarium(call, cast.cora)


def test_honorarium_is_approved_once_when_two_people_press_at_once(cast):
    call, row = running(cast)
    conduct.end(interview=call, by=cast.ana)
    people = [cast.cora, cast.cyrus, cast.ada]
    done = at_once(*[lambda by=by: honoraria.approve(honorarium=row, by=by) for by in people])
    assert sum(isinstance(result, Honorarium) for result in done) == 1
    assert sum(isinstance(result, IllegalMove) for result in done) == len(people) - 1
    assert audit.verify(cast.programme.chain).bad is None


def test_call_that_is_ended_and_stopped_at_once_is_stopped_and_paid_in_full(cast):
    for _ in range(3):
        call, row = running(cast)
        done = at_once(
            partial(conduct.end, interview=call, by=cast.ana),
            partial(conduct.stop_for_compliance, interview=call, by=cast.cora),
            partial(conduct.end, interview=call, by=cast.ana),
        )
        assert isinstance(done[1], Interview)
        assert Interview.objects.get(pk=call.pk).state == "stopped"
        row.refresh_from_db()
        assert (row.state, row.amount) == ("computed", 40_000)
    assert audit.verify(cast.programme.chain).bad is None


def test_approval_and_a_new_reckoning_at_once_leave_no_approval_of_another_amount(cast):
    for minutes in (30, 45, 60):
        call, row = running(cast)
        conduct.end(interview=call, by=cast.ana)
        at_once(
            partial(honoraria.approve, honorarium=row, by=cast.cora, amount=13_333),
            partial(honoraria.correct, honorarium=row, minutes=minutes, reason="Wrong clock", by=cast.ana),
        )
        row.refresh_from_db()
        assert (row.state, row.approved_by, row.minutes) == ("computed", None, minutes)


def test_notes_of_two_people_at_once_are_all_kept_and_one_posted_twice_is_kept_once(cast):
    call, _ = running(cast)
    done = at_once(
        *[
            lambda n=n: notebook.note(interview=call, text=f"note {n // 2}", by=cast.ana, at_ms=n // 2)
            for n in range(4)
        ],
        *[lambda n=n: notebook.note(interview=call, text=f"note {n}", by=cast.cora, at_ms=n) for n in range(4)],
    )
    assert all(isinstance(result, Note) for result in done)
    assert Note.objects.count() == 6
