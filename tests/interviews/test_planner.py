"""The planner, pure: every plan holds by the checker, and everybody without a place has the right reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from interviews.planner import Booked, Guest, Host, Placed, Problem, plan
from tests.bench.greedy import greedy
from tests.bench.plans import fortnight
from tests.interviews.plan_checker import faults

MONDAY = date(2026, 3, 16)


def at(hour: float, day: int = 0, zone: str = "UTC") -> datetime:
    midnight = datetime.combine(MONDAY + timedelta(days=day), datetime.min.time(), ZoneInfo(zone))
    return (midnight + timedelta(hours=hour)).astimezone(UTC)


def hours(begin: float, end: float, day: int = 0) -> tuple[datetime, datetime]:
    return at(begin, day), at(end, day)


def host(key: str, *free, **fields) -> Host:
    return Host(key, key, fields.pop("zone", "Europe/London"), free or (hours(9, 18),), **fields)


def guest(key: str, *free, **fields) -> Guest:
    given = {"zone": "Europe/London", "segment": "customers", "minutes": 60} | fields
    return Guest(key, free=free or (hours(9, 18),), **given)


def problem(guests, interviewers, chaperones=(), **fields) -> Problem:
    given = {"places": {"customers": 10}, "first": MONDAY, "last": MONDAY + timedelta(days=4)} | fields
    return Problem(tuple(guests), tuple(interviewers), tuple(chaperones), **given)


def placed(found) -> set:
    return {call.guest for call in found.placed}


# Every plan holds -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(1, 9))
def test_plan_of_a_tight_fortnight_breaks_no_rule_and_is_the_best_there_is(seed):
    case = fortnight(seed, experts=40, interviewers=4)
    found = plan(case)
    assert faults(case, found.placed) == []
    assert len(found.placed) == found.bound and found.gap < 0.001
    assert placed(found) | set(found.unplaced) == {g.key for g in case.guests}
    assert not placed(found) & set(found.unplaced)
    assert len(found.placed) >= len(greedy(case))


@pytest.mark.parametrize("scarce_first", [False, True])
def test_greedy_baseline_breaks_no_rule_either(scarce_first):
    case = fortnight(1)
    assert faults(case, greedy(case, scarce_first=scarce_first)) == []


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda call: replace(call, start=call.start + timedelta(minutes=5)), "off the grid"),
        (lambda call: replace(call, start=call.start + timedelta(days=30)), "outside the period"),
        (lambda call: replace(call, start=call.start + timedelta(hours=11)), "not free"),
        (lambda call: replace(call, leader="Nobody"), "nobody of the interviewers"),
        (lambda call: replace(call, chaperone="Ruth"), "needs none"),
        (lambda call: replace(call, minutes=30), "another length"),
        (lambda call: replace(call, moved=True), "whether it was moved"),
    ],
)
def test_checker_finds_a_plan_that_was_spoilt(spoil, said):
    case = problem([guest("E1"), guest("E2")], [host("Ana")], [host("Ruth")])
    calls = list(plan(case).placed)
    assert any(said in fault for fault in faults(case, [spoil(calls[0]), calls[1]]))


def test_checker_finds_two_calls_too_near_too_many_in_a_day_and_too_many_of_a_segment():
    case = problem([guest("E1"), guest("E2")], [host("Ana", most_a_day=1)], places={"customers": 1})
    calls = [Placed("E1", "Ana", None, at(9), 60), Placed("E2", "Ana", None, at(10), 60)]
    told = " ".join(faults(case, calls))
    assert "nearer than the pause" in told and "at most 1" in told and "for 1 places" in told


def test_same_problem_gives_the_same_plan():
    case = fortnight(3)
    assert plan(case).placed == plan(case).placed


def test_order_of_the_experts_does_not_change_how_many_are_placed():
    case = fortnight(4)
    turned = replace(case, guests=case.guests[::-1])
    assert len(plan(case).placed) == len(plan(turned).placed)


def test_much_time_of_few_people_is_planned_at_once():
    days = [hours(9, 18, day) for day in range(5)]
    case = problem(
        [guest("E1", *days, chaperones=frozenset(["Ruth", "Rolf"]))],
        [host("Ana", *days), host("Ben", *days)],
        [host("Ruth", *days), host("Rolf", *days)],
    )
    found = plan(case)
    assert faults(case, found.placed) == [] and len(found.placed) == 1
    assert found.bound == 1


def test_plan_without_time_to_be_made_still_has_a_bound_and_says_so():
    case = fortnight(2)
    found = plan(case, seconds=0)
    assert faults(case, found.placed) == []
    assert len(found.placed) < found.bound <= 75 and found.gap > 0.1
    assert "No place was found in the time that the plan was given: ask for it again." in found.unplaced.values()


def test_progress_is_told_and_ends_at_what_was_placed():
    seen = []
    found = plan(fortnight(5), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(found.placed), 75)


# Rules ----------------------------------------------------------------------------------------------------------------


def test_pause_is_kept_between_two_calls_and_to_calls_that_stay():
    ana = host("Ana", hours(9, 13), pause=30, busy=(hours(11, 12),))
    found = plan(problem([guest("E1"), guest("E2")], [ana]))
    assert [call.start for call in found.placed] in ([at(9)], [at(9.25)], [at(9.5)])


def test_no_more_calls_in_a_day_than_agreed_counting_those_that_stay():
    ana = host("Ana", hours(9, 18), most_a_day=3, days={MONDAY: 1})
    found = plan(problem([guest(f"E{n}") for n in range(4)], [ana]))
    assert len(found.placed) == 2
    assert set(found.unplaced.values()) == {
        "At all common times the interviewers who are free have the most calls that they take in a day."
    }


def test_day_is_that_of_the_interviewer_s_own_zone():
    """Monday 23:00 and Tuesday 00:30 in UTC are one Tuesday in Tokyo."""
    ana = host("Ana", (at(22), at(26)), zone="Asia/Tokyo", most_a_day=1)
    found = plan(problem([guest("E1", (at(22), at(26))), guest("E2", (at(22), at(26)))], [ana]))
    assert len(found.placed) == 1


def test_only_who_may_leads_and_a_chaperone_sits_in_where_needed():
    guests = [guest("E1", leaders=frozenset(["Ben"])), guest("E2", chaperones=frozenset(["Ruth"])), guest("E3")]
    case = problem(guests, [host("Ana"), host("Ben")], [host("Ruth", hours(15, 16)), host("Rolf")])
    calls = {call.guest: call for call in plan(case).placed}
    assert calls["E1"].leader == "Ben"
    assert (calls["E2"].chaperone, calls["E2"].start) == ("Ruth", at(15))
    assert calls["E3"].chaperone is None


def test_calls_are_spread_evenly_counting_what_interviewers_have_already():
    case = problem(
        [guest(f"E{n}", hours(9, 18, n % 5)) for n in range(6)],
        [host("Ana", *(hours(9, 18, d) for d in range(5)), load=4), host("Ben", *(hours(9, 18, d) for d in range(5)))],
    )
    leaders = [call.leader for call in plan(case).placed]
    assert (leaders.count("Ana"), leaders.count("Ben")) == (1, 5)


@pytest.mark.parametrize("order", [1, -1])
def test_urgent_segment_gets_the_earlier_days(order):
    """Four days, one place on each: those whose segment is behind have the first two, however the list is sorted."""
    free = [hours(9, 10, day) for day in range(4)]
    guests = [guest(f"{kind}{n}", *free, urgency=3 * (kind == "urgent")) for kind in ("calm", "urgent") for n in (1, 2)]
    case = problem(guests[::order], [host("Ana", *free)])
    starts = sorted((call.start, call.guest) for call in plan(case).placed)
    assert [who.rstrip("12") for _, who in starts] == ["urgent", "urgent", "calm", "calm"]


@pytest.mark.parametrize("order", [1, -1])
def test_priority_decides_who_gets_the_last_places(order):
    """Thirty are wanted and twenty have a place: nobody of the last priority while one of the first has none."""
    free = tuple(hours(9, 18, day) for day in range(5))
    guests = [guest(f"E{n:02}", *free, priority=1 + n % 3) for n in range(30)]
    case = problem(
        guests[::order], [host("Ana", *free, most_a_day=2), host("Ben", *free, most_a_day=2)], places={"customers": 99}
    )
    found = plan(case)
    priority = {who.key: who.priority for who in guests}
    assert sorted(priority[call.guest] for call in found.placed) == [1] * 10 + [2] * 10
    assert set(found.unplaced.values()) <= {
        "At all common times the interviewers who are free have the most calls that they take in a day.",
    }


def test_priority_never_costs_a_call():
    """One with priority 1 who would stand in the way of two with priority 3 waits."""
    ana = host("Ana", hours(9, 11.25))
    wide = guest("wide", hours(9, 11.25), minutes=120, priority=1)
    case = problem([wide, guest("a", hours(9, 10), priority=3), guest("b", hours(10.25, 11.25), priority=3)], [ana])
    found = plan(case)
    assert placed(found) == {"a", "b"}
    assert found.unplaced["wide"] == "All common times are taken by other calls of this plan."


def test_reason_taken_by_a_higher_priority():
    free = (hours(9, 10),)
    found = plan(problem([guest("late", *free, priority=3), guest("first", *free, priority=1)], [host("Ana", *free)]))
    assert found.unplaced == {"late": "All common times are taken by calls with a higher priority."}


def test_week_in_which_clocks_change_keeps_the_instants_of_people_s_own_clocks():
    """London goes to summer time on 29 March 2026, New York did on 8 March: 9:00 there is 13:00 and then 14:00 here."""
    days = [date(2026, 3, 27), date(2026, 3, 30)]

    def wall(zone, day, begin, end):
        return tuple(
            datetime(day.year, day.month, day.day, h, tzinfo=ZoneInfo(zone)).astimezone(UTC) for h in (begin, end)
        )

    ana = host("Ana", *(wall("Europe/London", day, 9, 14) for day in days))
    early = guest("E1", *(wall("America/New_York", day, 9, 10) for day in days), zone="America/New_York")
    case = problem([early], [ana], first=days[0], last=days[1])
    found = plan(case)
    assert faults(case, found.placed) == []
    # On the Friday New York's nine is London's 13:00, on the Monday after it is 14:00, when Ana has gone.
    assert [call.start for call in found.placed] == [datetime(2026, 3, 27, 13, tzinfo=UTC)]


# Reasons --------------------------------------------------------------------------------------------------------------


def reason(who: Guest, interviewers=None, chaperones=(), **fields) -> str:
    found = plan(problem([who], interviewers or [host("Ana")], chaperones, **fields))
    return found.unplaced["E1"]


def test_reason_quota_full():
    assert reason(guest("E1"), places={"customers": 0}) == "The segment's quota is full."


def test_reason_no_free_time_of_their_own():
    told = reason(guest("E1", hours(9, 9.5)))
    assert told == "They have no free time of 60 minutes between 16 and 20 March."


def test_reason_nobody_may_lead():
    assert reason(guest("E1", leaders=frozenset())) == "Nobody of the team may lead a call with them."


def test_reason_no_common_time_with_any_or_with_the_one_who_must_lead():
    evening = hours(19, 21)
    two = [host("Ana"), host("Ben")]
    assert reason(guest("E1", evening), two) == "No common free time with any interviewer between 16 and 20 March."
    only = guest("E1", evening, leaders=frozenset(["Ben"]))
    assert reason(only, two) == "No common free time with Ben between 16 and 20 March."


def test_reason_barred_on_all_common_days():
    told = "A participating policy bars this person on 16 March 2026. Choose another day or another expert."
    assert reason(guest("E1", barred={MONDAY: told})) == told


def test_barred_day_is_passed_over():
    who = guest("E1", hours(9, 18), hours(9, 18, 1), barred={MONDAY: "No."})
    found = plan(problem([who], [host("Ana", hours(9, 18), hours(9, 18, 1))]))
    assert found.placed[0].start.date() == MONDAY + timedelta(days=1)


@pytest.mark.parametrize(
    "sits, told",
    [
        ((hours(9, 16),), "No chaperone after 16:00 London."),
        ((hours(21, 23),), "No chaperone before 21:00 London."),
        ((hours(9, 18, 1),), "No chaperone on 16 March."),
        ((hours(9, 9.5),), "No chaperone has time between 16 and 20 March."),
        ((hours(9, 10), hours(20, 22)), "No chaperone is free at the times that they share with an interviewer."),
    ],
)
def test_reason_no_chaperone(sits, told):
    who = guest("E1", hours(17, 19), chaperones=frozenset(["Ruth"]))
    assert reason(who, [host("Ana", hours(9, 20))], [host("Ruth", *sits)]) == told


def test_reason_no_chaperone_on_the_team():
    told = reason(guest("E1", chaperones=frozenset()))
    assert told == "They need a chaperone, and nobody of compliance is on the team."


def test_reason_taken_by_what_is_booked_already():
    who = guest("E1", hours(9, 10))
    assert reason(who, [host("Ana", busy=(hours(9.5, 10.5),))]) == (
        "All common times are taken by calls that are booked already."
    )
    assert reason(who, [host("Ana", days={MONDAY: 5})]).startswith("On all days with a common time")


def test_reason_quota_filled_by_this_plan_chaperones_taken_and_same_priority():
    one = (hours(9, 10),)
    found = plan(problem([guest("E1"), guest("E2")], [host("Ana")], places={"customers": 1}))
    assert set(found.unplaced.values()) == {"The segment's quota is filled by other calls of this plan."}
    need = {"chaperones": frozenset(["Ruth"])}
    found = plan(
        problem([guest("E1", *one, **need), guest("E2", *one, **need)], [host("Ana"), host("Ben")], [host("Ruth")])
    )
    assert set(found.unplaced.values()) == {"At all common times the chaperones are in other calls of this plan."}
    found = plan(problem([guest("E1", *one), guest("E2", *one)], [host("Ana")]))
    assert set(found.unplaced.values()) == {"All common times are taken by calls with the same or a higher priority."}


# Planning again -------------------------------------------------------------------------------------------------------


def booked(call: Placed, who: Guest) -> Guest:
    return replace(who, booked=Booked(call.start, call.leader, call.chaperone))


def test_what_is_booked_stays_when_everybody_finds_a_place_beside_it():
    there = replace(guest("E1"), booked=Booked(at(12), "Ana"))
    found = plan(problem([there, guest("E2")], [host("Ana")]))
    calls = {call.guest: call for call in found.placed}
    assert (calls["E1"].start, calls["E1"].moved, found.moved, len(calls)) == (at(12), False, 0, 2)


def test_booked_call_is_moved_when_only_so_another_finds_a_place():
    there = replace(guest("E1"), booked=Booked(at(9), "Ana"))
    case = problem([there, guest("E2", hours(9, 10))], [host("Ana")])
    found = plan(case)
    assert faults(case, found.placed) == [] and found.moved == 1 and placed(found) == {"E1", "E2"}
    stays = plan(replace(case, most_moved=0))
    assert stays.moved == 0 and placed(stays) == {"E1"}


def test_no_more_is_moved_than_allowed():
    guests = [replace(guest(f"E{n}", hours(9, 18)), booked=Booked(at(9 + 1.25 * n), "Ana")) for n in range(3)]
    late = [guest(f"L{n}", hours(9 + 1.25 * n, 10 + 1.25 * n)) for n in range(3)]
    case = problem([*guests, *late], [host("Ana", most_a_day=9)], most_moved=2)
    found = plan(case)
    assert faults(case, found.placed) == [] and found.moved == 2 and len(found.placed) == 5


def test_booked_calls_nearer_than_the_pause_or_off_the_grid_are_left_alone():
    guests = [
        replace(guest("E1"), booked=Booked(at(9) + timedelta(minutes=7), "Ana")),
        replace(guest("E2"), booked=Booked(at(10) + timedelta(minutes=7), "Ana")),
    ]
    case = problem([*guests, guest("E3")], [host("Ana", most_a_day=1)], places={"customers": 1})
    found = plan(case)
    assert found.moved == 0 and placed(found) == {"E1", "E2"}
    assert found.unplaced == {"E3": "The segment's quota is full."}


@pytest.mark.parametrize("seed", range(1, 6))
def test_after_a_cancellation_at_most_three_calls_move_and_none_is_lost(seed):
    case = fortnight(seed)
    first = plan(case)
    gone = first.placed[len(first.placed) // 2].guest
    calls = {call.guest: call for call in first.placed if call.guest != gone}
    guests = tuple(booked(calls[g.key], g) if g.key in calls else g for g in case.guests if g.key != gone)
    again = replace(case, guests=guests)
    found = plan(again)
    assert faults(again, found.placed) == []
    assert found.moved <= 3 and len(found.placed) >= len(calls)
