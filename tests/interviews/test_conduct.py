from functools import partial

import pytest

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Interview
from interviews.services import conduct
from interviews.states import INTERVIEW, TRANSCRIPT, InterviewState, TranscriptState
from tests.factories import make_expert, make_interview, make_transcript

MOVES = {
    "hold": (partial(conduct.hold, attested="spoken", minutes=40), "held"),
    "no_show": (conduct.no_show, "no_show"),
    "cancel": (conduct.cancel, "cancelled"),
    "reopen": (conduct.reopen, "open"),
    "stop": (conduct.stop_for_compliance, "stopped"),
}
LAWFUL = {
    ("booked", "hold"),
    ("booked", "no_show"),
    ("open", "cancel"),
    ("booked", "cancel"),
    ("no_show", "cancel"),
    ("booked", "reopen"),
    ("no_show", "reopen"),
    ("cancelled", "reopen"),
    ("booked", "stop"),
    ("held", "stop"),
    ("tentative", "cancel"),
    ("tentative", "reopen"),
    ("started", "hold"),
    ("started", "stop"),
    ("ended_early", "stop"),
    ("late_cancel", "reopen"),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", InterviewState.values)
def test_interview_moves_as_the_table_says_and_not_otherwise(cast, state, move):
    call = make_interview(cast.programme, cast.ana, state=state)
    service, after = MOVES[move]
    if (state, move) in LAWFUL:
        service(interview=call, by=cast.ana)
        assert Interview.objects.get(pk=call.pk).state == after
        verbs = set(AuditEvent.objects.values_list("verb", flat=True))
        assert len(verbs - {"attestation-given"}) == 1
    else:
        with pytest.raises(IllegalMove, match=r"^This interview is .*, so it can't become .*\.$"):
            service(interview=call, by=cast.ana)
        assert Interview.objects.get(pk=call.pk).state == state
        assert AuditEvent.objects.count() == 0


def test_tables_of_interview_and_transcript_are_these():
    interview = {(a, b) for a in InterviewState.values for b in InterviewState.values if INTERVIEW.lawful(a, b)}
    assert interview == {
        ("open", "tentative"),
        ("open", "booked"),
        ("open", "cancelled"),
        ("tentative", "booked"),
        ("tentative", "open"),
        ("tentative", "cancelled"),
        ("booked", "tentative"),
        ("booked", "started"),
        ("booked", "late_cancel"),
        ("started", "held"),
        ("started", "ended_early"),
        ("started", "stopped"),
        ("ended_early", "stopped"),
        ("late_cancel", "open"),
        ("booked", "held"),
        ("booked", "no_show"),
        ("booked", "cancelled"),
        ("booked", "stopped"),
        ("booked", "open"),
        ("held", "stopped"),
        ("no_show", "open"),
        ("no_show", "cancelled"),
        ("cancelled", "open"),
    }
    transcript = {(a, b) for a in TranscriptState.values for b in TranscriptState.values if TRANSCRIPT.lawful(a, b)}
    assert transcript == {
        ("received", "parsed"),
        ("received", "failed"),
        ("failed", "received"),
        ("parsed", "mapped"),
        ("parsed", "received"),
        ("mapped", "mapped"),
        ("mapped", "reviewed"),
        ("mapped", "parsed"),
        ("reviewed", "cleared"),
        ("reviewed", "mapped"),
        ("cleared", "recalled"),
        ("recalled", "mapped"),
    }


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("who", ["ada", "rita", "carl", "stranger"])
def test_interview_is_moved_by_its_team_only(cast, move, who):
    call = make_interview(cast.programme, cast.ana, state="booked")
    with pytest.raises(Refused):
        MOVES[move][0](interview=call, by=getattr(cast, who))


def test_compliance_may_stop_a_call_but_not_hold_it(cast):
    call = make_interview(cast.programme, cast.ana, state="booked")
    with pytest.raises(Refused):
        conduct.hold(interview=call, by=cast.cora, attested="spoken")
    assert conduct.stop_for_compliance(interview=call, by=cast.cora).state == "stopped"


def test_stop_after_clearance_asks_for_the_recall_first(cast):
    call = make_interview(cast.programme, cast.ana)
    make_transcript(call, state="cleared")
    with pytest.raises(IllegalMove, match="recall the clearance first"):
        conduct.stop_for_compliance(interview=call, by=cast.ana)


def test_hold_keeps_how_long_the_call_took(cast):
    call = make_interview(cast.programme, cast.ana, state="booked")
    assert conduct.hold(interview=call, by=cast.ana, minutes=43, attested="paper").minutes == 43
    with pytest.raises(Invalid, match="at least a minute"):
        conduct.hold(interview=call, by=cast.ana, minutes=0)


@pytest.mark.parametrize(("who", "may"), [("ana", True), ("cora", True), ("ben", False), ("ada", False)])
def test_notes_are_for_the_interviewer_and_compliance(cast, who, may):
    call = make_interview(cast.programme, cast.ana)
    if may:
        conduct.take_notes(interview=call, notes="said\r\nso", by=getattr(cast, who))
        assert Interview.objects.get(pk=call.pk).notes == "said\nso"
    else:
        with pytest.raises(Refused, match="Only the interviewer, the chaperone and compliance"):
            conduct.take_notes(interview=call, notes="said so", by=getattr(cast, who))


def test_notes_are_not_in_the_audit(cast):
    conduct.take_notes(interview=make_interview(cast.programme, cast.ana), notes="a canary", by=cast.ana)
    assert AuditEvent.objects.get().body == {"characters": 8}


def test_log_call_adds_a_held_interview(cast):
    call = conduct.log_call(
        programme=cast.programme,
        segment=cast.programme.segments.first(),
        expert=make_expert(),
        interviewer=cast.ana,
        by=cast.ben,
    )
    assert (call.state, call.number, call.interviewer) == ("held", 1, cast.ana)
