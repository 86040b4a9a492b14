"""Every pair of states, lawful or not, for programmes and seats; then the guards of a programme's steps."""

from datetime import timedelta

import pytest

from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from research.models import Programme, Seat
from research.permissions import obstacle, step_refusal
from research.services import programmes, questions, seats
from research.services.cap import set_cap
from research.states import PROGRAMME, SEAT
from tests.factories import make_terms, seat_fund, sign_on_paper
from tests.research.conftest import events

P = ["draft", "open", "fielding", "synthesis", "delivered", "closed"]
PROGRAMME_MATRIX = {
    #            draft open fielding synthesis delivered closed
    "draft": [0, 1, 0, 0, 0, 1],
    "open": [1, 0, 1, 0, 0, 1],
    "fielding": [0, 0, 0, 1, 0, 1],
    "synthesis": [0, 0, 1, 0, 1, 1],
    "delivered": [0, 0, 0, 1, 0, 1],
    "closed": [0, 0, 0, 0, 0, 0],
}
S = ["free", "held", "signed", "active"]
SEAT_MATRIX = {
    #       free held signed active
    "free": [0, 1, 1, 1],
    "held": [1, 0, 1, 1],
    "signed": [1, 0, 0, 1],
    "active": [1, 0, 0, 0],
}


def test_programme_moves_are_this_matrix():
    assert {old: [int(PROGRAMME.lawful(old, new)) for new in P] for old in P} == PROGRAMME_MATRIX


def test_seat_moves_are_this_matrix():
    assert {old: [int(SEAT.lawful(old, new)) for new in S] for old in S} == SEAT_MATRIX


@pytest.mark.parametrize("old", P)
@pytest.mark.parametrize("new", P)
def test_advance_follows_the_matrix_and_never_delivers_by_hand(cast, old, new):
    programme = cast.programme
    if new == "draft":
        Seat.objects.filter(programme=programme).update(state="free", fund=None)
    Programme.objects.filter(pk=programme.pk).update(state=old, questions_locked_at="2026-03-16T12:00Z")
    if PROGRAMME_MATRIX[old][P.index(new)] and new != "delivered":
        assert programmes.advance(programme=programme, to=new, by=cast.ana).state == new
        assert Programme.objects.get(pk=programme.pk).state == new
        assert events(programme.chain)[-1] == ("programme-moved", {"old": old, "new": new})
    else:
        with pytest.raises(IllegalMove):
            programmes.advance(programme=programme, to=new, by=cast.ana)
        assert Programme.objects.get(pk=programme.pk).state == old
        assert events(programme.chain) == []


@pytest.mark.parametrize("old", S)
@pytest.mark.parametrize("act", ["activate", "free"])
def test_seat_services_follow_the_matrix(cast, old, act):
    seat = cast.programme.seats.get(number=1)
    fund = None if old == "free" else cast.heron
    until = now() + timedelta(days=1) if old == "held" else None
    Seat.objects.filter(pk=seat.pk).update(state=old, fund=fund, held_until=until)
    sign_on_paper(cast.programme, cast.heron)
    new = {"activate": "active", "free": "free"}[act]
    service = {"activate": seats.activate_seat, "free": seats.free_seat}[act]
    # A free seat has no fund to be made active for: that move is take_seat's.
    if SEAT_MATRIX[old][S.index(new)] and old != "free":
        assert service(seat=seat, by=cast.ada).state == new
    else:
        with pytest.raises(IllegalMove):
            service(seat=seat, by=cast.ada)
    assert Seat.objects.get(pk=seat.pk).state == (new if SEAT_MATRIX[old][S.index(new)] and old != "free" else old)


def test_opening_without_question_or_segment_says_what_is_missing(cast, draft):
    assert obstacle(draft, "open") == "Add at least one key question before you open it to funds."
    draft.segments.all().delete()
    assert obstacle(draft, "open") == "Add at least one key question and one segment before you open it to funds."
    questions.add_question(programme=draft, by=cast.ana, title="Confidence", text="Do customers stay?")
    assert obstacle(draft, "open") == "Add at least one segment before you open it to funds."


def test_fielding_needs_locked_questions_and_then_an_active_seat(cast, draft):
    questions.add_question(programme=draft, by=cast.ana, title="Confidence", text="Do customers stay?")
    unpublished = "Publish the terms that funds sign before you open it to them."
    assert obstacle(draft, "open") == unpublished
    make_terms(draft)
    programmes.advance(programme=draft, to="open", by=cast.ana)
    draft.refresh_from_db()
    unlocked = "Lock the key questions first: the field starts with questions that no longer move."
    assert obstacle(draft, "fielding") == unlocked
    with pytest.raises(IllegalMove, match=unlocked):
        programmes.advance(programme=draft, to="fielding", by=cast.ana)
    draft = questions.lock_questions(programme=draft, by=cast.ana)
    set_cap(programme=draft, cap=2, by=cast.ada)
    held = seats.hold_seat(programme=draft, fund=cast.outsider, by=cast.ada)
    assert obstacle(draft, "fielding") == "No fund has an active seat yet. One is enough to start."
    sign_on_paper(draft, cast.outsider)
    seats.activate_seat(seat=held, by=cast.ada)
    assert obstacle(draft, "fielding") is None
    assert programmes.advance(programme=draft, to="fielding", by=cast.ana).state == "fielding"


def test_going_back_to_draft_needs_every_seat_free(cast, draft):
    Programme.objects.filter(pk=draft.pk).update(state="open")
    draft.refresh_from_db()
    make_terms(draft)
    set_cap(programme=draft, cap=1, by=cast.ada)
    seat_fund(draft, cast.outsider)
    sentence = "Funds hold seats in this programme. Free their seats before you take it back to draft."
    assert obstacle(draft, "draft") == sentence
    draft.seats.update(state="free", fund=None)
    assert obstacle(draft, "draft") is None


def test_delivered_by_hand_names_the_release(cast):
    sentence = "A programme becomes delivered when its report is released. Release the report instead."
    with pytest.raises(IllegalMove, match=sentence):
        programmes.advance(programme=cast.programme, to="delivered", by=cast.ada)


def test_unknown_state_is_invalid(cast):
    with pytest.raises(Invalid, match="The state must be one of draft, open"):
        programmes.advance(programme=cast.programme, to="paused", by=cast.ana)


def test_deliver_is_for_who_may_release_and_only_from_synthesis(cast):
    with pytest.raises(IllegalMove, match="This programme is in the field, so it can't become delivered."):
        programmes.deliver(programme=cast.programme, by=cast.cora)
    Programme.objects.filter(pk=cast.programme.pk).update(state="synthesis")
    with pytest.raises(Refused, match="Only a compliance reviewer or admin may release a report to the funds."):
        programmes.deliver(programme=cast.programme, by=cast.ana)
    assert programmes.deliver(programme=cast.programme, by=cast.cora).state == "delivered"


def test_button_shows_the_person_before_the_moment(cast):
    assert step_refusal(cast.cora, cast.programme, "closed") == (
        "Only an analyst or admin may set up or change a programme."
    )
    assert step_refusal(cast.ana, cast.programme, "open") == (
        "This programme is in the field, so it can't become open to funds."
    )
