from datetime import UTC, datetime, timedelta

import pytest

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.models import Interview
from interviews.services.scheduling import book, plan_interview, to_utc
from tests.factories import make_expert, make_interview, make_programme

MORNING = datetime(2026, 3, 27, 9, 30)


def plan(cast, **changes):
    fields = {
        "programme": cast.programme,
        "segment": cast.programme.segments.get(code="managers"),
        "expert": changes.pop("expert", None) or make_expert(),
        "interviewer": cast.ana,
        "by": cast.ben,
    }
    return plan_interview(**fields | changes)


def test_plan_numbers_interviews_within_the_programme(cast):
    make_interview(cast.programme, cast.ana, number=7)
    first, second = plan(cast), plan(cast)
    assert [(row.label, row.state, row.starts_at) for row in (first, second)] == [
        ("INT-008", "open", None),
        ("INT-009", "open", None),
    ]


def test_plan_in_a_segment_of_another_programme_is_refused(cast):
    other = make_programme("plover")
    with pytest.raises(Invalid, match="belongs to another programme"):
        plan(cast, segment=other.segments.first())


@pytest.mark.parametrize(
    ("field", "who", "words"),
    [
        ("interviewer", "stranger", "Stranger can't lead a call here"),
        ("interviewer", "cora", "Cora can't lead a call here"),
        ("chaperone", "ana", "must be another person than the interviewer"),
        ("chaperone", "stranger", "Stranger can't be the chaperone"),
        ("chaperone", "rita", "Rita can't be the chaperone"),
    ],
)
def test_plan_with_people_of_the_wrong_part_is_refused(cast, field, who, words):
    with pytest.raises(Invalid, match=words):
        plan(cast, **{field: getattr(cast, who)})


@pytest.mark.parametrize("state", ["delivered", "closed"])
def test_plan_in_a_programme_that_is_over_is_refused(cast, state):
    type(cast.programme).objects.update(state=state)
    with pytest.raises(IllegalMove, match=f"This programme is {state}"):
        plan(cast)


@pytest.mark.parametrize("who", ["cora", "ada", "rita", "stranger"])
def test_plan_is_for_analysts_of_the_team(cast, who):
    with pytest.raises(Refused):
        plan(cast, by=getattr(cast, who))


@pytest.mark.parametrize(
    ("wall", "zone", "expected"),
    [
        (MORNING, "America/New_York", datetime(2026, 3, 27, 13, 30, tzinfo=UTC)),
        (MORNING, "Europe/London", datetime(2026, 3, 27, 9, 30, tzinfo=UTC)),
        (datetime(2026, 3, 30, 9, 30), "Europe/London", datetime(2026, 3, 30, 8, 30, tzinfo=UTC)),
        (MORNING, "Asia/Kolkata", datetime(2026, 3, 27, 4, 0, tzinfo=UTC)),
    ],
)
def test_wall_time_becomes_utc_by_the_zone_of_that_day(wall, zone, expected):
    assert to_utc(wall, zone) == expected


def test_wall_time_that_the_clocks_skip_is_refused_with_the_next_one():
    with pytest.raises(Invalid, match="go forward and skip 01:30: choose 02:30, or an hour before it"):
        to_utc(datetime(2026, 3, 29, 1, 30), "Europe/London")


def test_wall_time_that_the_clocks_show_twice_needs_to_be_told_apart():
    wall = datetime(2026, 10, 25, 1, 30)
    with pytest.raises(Invalid, match="show 01:30 twice: say whether you mean the first or the second"):
        to_utc(wall, "Europe/London")
    assert to_utc(wall, "Europe/London", fold=1) - to_utc(wall, "Europe/London", fold=0) == timedelta(hours=1)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "GMT+25"])
def test_unknown_zone_is_refused_in_words(zone):
    with pytest.raises(Invalid, match="is no time zone"):
        to_utc(MORNING, zone)


def test_book_keeps_utc_and_the_zone(cast):
    done = book(interview=plan(cast), wall=MORNING, zone="America/Chicago", by=cast.ana, minutes=45)
    row = Interview.objects.get(pk=done.pk)
    assert (row.state, row.starts_at, row.zone, row.minutes) == (
        "booked",
        datetime(2026, 3, 27, 14, 30, tzinfo=UTC),
        "America/Chicago",
        45,
    )


def test_book_of_a_booked_call_moves_it(cast):
    call = book(interview=plan(cast), wall=MORNING, zone="Europe/London", by=cast.ana)
    moved = book(interview=call, wall=MORNING + timedelta(hours=1), zone="Europe/London", by=cast.ana)
    assert (moved.state, moved.starts_at.hour) == ("booked", 10)


@pytest.mark.parametrize(
    ("later", "clash"), [(timedelta(minutes=59), True), (timedelta(minutes=60), False), (-timedelta(minutes=59), True)]
)
def test_book_refuses_a_second_call_of_the_interviewer_at_the_same_time(cast, later, clash):
    book(interview=plan(cast), wall=MORNING, zone="Europe/London", by=cast.ana)
    second = plan(cast)
    if clash:
        with pytest.raises(Invalid, match="Ana has another call at that time"):
            book(interview=second, wall=MORNING + later, zone="Europe/London", by=cast.ana)
    else:
        book(interview=second, wall=MORNING + later, zone="Europe/London", by=cast.ana)


def test_book_refuses_a_second_call_of_expert_or_chaperone_across_zones(cast):
    expert = make_expert()
    book(interview=plan(cast, expert=expert, chaperone=cast.cora), wall=MORNING, zone="Europe/London", by=cast.ana)
    with pytest.raises(Invalid, match="The expert has another call"):
        other = plan(cast, expert=expert, interviewer=cast.ben)
        book(interview=other, wall=datetime(2026, 3, 27, 5, 30), zone="America/New_York", by=cast.ana)
    with pytest.raises(Invalid, match="Cora has another call"):
        other = plan(cast, interviewer=cast.ben, chaperone=cast.cora)
        book(interview=other, wall=datetime(2026, 3, 27, 10, 0), zone="Europe/Paris", by=cast.ana)


@pytest.mark.parametrize("state", ["held", "stopped", "cancelled", "no_show"])
def test_book_of_a_call_that_is_not_open_is_not_lawful(cast, state):
    call = make_interview(cast.programme, cast.ana, state=state)
    with pytest.raises(IllegalMove, match="so it can't become booked"):
        book(interview=call, wall=MORNING, zone="Europe/London", by=cast.ana)
    assert Interview.objects.get(pk=call.pk).state == state
