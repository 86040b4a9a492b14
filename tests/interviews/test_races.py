"""Several requests at once, on real threads and real commits."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from django.db import connection

from accounts import audit
from accounts.models import Job
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews import sources
from interviews.models import (
    Candidate,
    ClearedTranscript,
    Expert,
    ExpertImport,
    IdentityKey,
    Interview,
    SealedIdentity,
    Transcript,
)
from interviews.services import candidates, clearance, imports, scheduling, transcripts
from interviews.services.experts import Identity
from tests.conftest import make_cast
from tests.factories import make_expert, make_interview, make_programme, make_transcript
from tests.interviews.conftest import CALL
from tests.interviews.people import csv_of_people

THREADS = 8


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def at_once(*works):
    """Run the works in threads that start together; each one's result, or the refusal it met."""
    gate = Barrier(len(works))

    def run(work):
        try:
            gate.wait(timeout=30)
            return work()
        except (IllegalMove, Invalid, Refused) as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_same_bytes_uploaded_at_once_to_many_calls_are_one_row(cast):
    calls = [make_interview(cast.programme, cast.ana) for _ in range(THREADS)]
    kept = sources.keep(sources.chunks_of(io.BytesIO(CALL.encode())))

    def upload(call):
        return lambda: transcripts.receive_upload(interview=call, kept=kept, filename="a.vtt", by=cast.ana)

    done = at_once(*[upload(call) for call in calls])
    assert sorted(received.new for received in done) == [False] * (THREADS - 1) + [True]
    assert len({received.transcript.pk for received in done}) == 1
    assert (Transcript.objects.count(), Job.objects.count()) == (1, 1)
    assert audit.verify(cast.programme.chain).bad is None


def test_calls_planned_at_once_get_numbers_of_their_own(cast):
    segment, experts = cast.programme.segments.first(), [make_expert() for _ in range(THREADS)]

    def plan(expert):
        return lambda: scheduling.plan_interview(
            programme=cast.programme, segment=segment, expert=expert, interviewer=cast.ana, by=cast.ana
        )

    done = at_once(*[plan(expert) for expert in experts])
    assert sorted(row.number for row in done) == list(range(1, THREADS + 1))


def test_one_interviewer_is_booked_once_for_one_time(cast):
    calls = [make_interview(cast.programme, cast.ana, state="open") for _ in range(THREADS)]

    def book(call):
        wall = datetime(2026, 3, 27, 9, 30)
        return lambda: scheduling.book(interview=call, wall=wall, zone="Europe/London", by=cast.ana)

    done = at_once(*[book(call) for call in calls])
    assert sum(isinstance(result, Interview) for result in done) == 1
    assert {str(r) for r in done if isinstance(r, Invalid)} == {
        "Ana has another call at that time: choose another time."
    }
    assert Interview.objects.filter(state="booked").count() == 1


def test_text_is_cleared_once_when_two_people_press_at_once(cast):
    transcript = make_transcript(make_interview(cast.programme, cast.ana))
    clearance.pass_first_review(transcript=transcript, by=cast.cora)
    done = at_once(*[lambda: clearance.clear(transcript=transcript, by=cast.cyrus) for _ in range(THREADS)])
    assert sum(isinstance(result, ClearedTranscript) for result in done) == 1
    assert ClearedTranscript.objects.count() == 1
    assert audit.verify(cast.programme.chain).bad is None


def test_person_whom_two_programmes_enter_at_once_is_one_record(cast):
    files = []
    for n in range(4):
        programme = make_programme(f"race-{n}")
        programme.assignments.create(user=cast.ana)
        # The rows stand in another order in each file, so that two who enter could wait for each other.
        head, *rows = csv_of_people(40).decode().splitlines()
        data = "\n".join([head, *(rows if n % 2 else rows[::-1])]).encode()
        files.append(imports.read(programme=programme, filename=f"{n}.csv", data=data, by=cast.ana))
    done = at_once(*[lambda row=row: imports.take(row=row, decisions={}, by=cast.ana) for row in files])
    assert [len(one) for one in done] == [40] * 4
    assert (Expert.objects.count(), SealedIdentity.objects.count(), IdentityKey.objects.count()) == (40, 40, 80)
    assert (Candidate.objects.count(), ExpertImport.objects.filter(state="taken").count()) == (160, 4)


def test_person_who_is_recruited_twice_at_once_is_one_candidate(cast):
    fields = {"programme": cast.programme, "segment": cast.programme.segments.first(), "by": cast.ana}
    dana = Identity("Dana Whitlock", "dana@example.com")
    done = at_once(*[lambda: candidates.recruit(identity=dana, **fields) for _ in range(THREADS)])
    assert sorted(one.already for one in done) == [False] + [True] * (THREADS - 1)
    assert (Expert.objects.count(), Candidate.objects.count()) == (1, 1)
    assert audit.verify(cast.programme.chain).bad is None


def test_file_taken_over_twice_at_once_is_taken_over_once(cast):
    row = imports.read(programme=cast.programme, filename="e.csv", data=csv_of_people(20), by=cast.ana)
    done = at_once(*[lambda: imports.take(row=row, decisions={}, by=cast.ana) for _ in range(THREADS)])
    assert sum(isinstance(result, list) for result in done) == 1
    assert {type(result) for result in done} == {list, IllegalMove}
    assert Expert.objects.count() == 20
