"""The arithmetic of field work: working days, milestones, reach, rates, quotas, burn-up and funnel."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews.workdays import step, working_days, works
from synthesis import field
from synthesis.field import Outcomes, Rate, Standing

DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))
OFF = st.frozensets(DAYS, max_size=6)


@given(DAYS, st.integers(-3, 40), OFF)
def test_working_days_are_those_counted_one_by_one(first, length, off):
    last = first + timedelta(days=length)
    one_by_one = sum(works(first + timedelta(days=n), off) for n in range(max(length + 1, 0)))
    assert working_days(first, last, off) == one_by_one


@given(DAYS, st.integers(1, 30), OFF)
def test_step_goes_over_so_many_working_days_and_back(day, n, off):
    there = step(day, n, off)
    assert works(there, off)
    assert working_days(day + timedelta(days=1), there, off) == n
    assert working_days(step(day, -n, off), day - timedelta(days=1), off) == n


def test_milestones_are_planned_back_from_the_release_over_weekends_and_holidays():
    plan = field.milestones(date(2026, 4, 7), {date(2026, 4, 3), date(2026, 4, 6)})
    assert plan.lines() == [
        ("Last booking", date(2026, 3, 31)),
        ("Last call", date(2026, 4, 1)),
        ("Last clearance", date(2026, 4, 2)),
        ("Freeze", date(2026, 4, 2)),
        ("Release", date(2026, 4, 7)),
    ]


def test_milestones_in_a_wrong_order_are_refused():
    with pytest.raises(ValueError, match="Booking comes before the call"):
        field.milestones(date(2026, 4, 7), leads={**field.LEADS, "call": 9})


@given(
    missing=st.integers(0, 60),
    tenths=st.integers(1, 200),
    today=DAYS,
    ahead=st.integers(-5, 40),
    off=OFF,
)
def test_reach_is_lost_exactly_when_the_days_left_no_longer_hold_the_missing(missing, tenths, today, ahead, off):
    last, pace = today + timedelta(days=ahead), tenths / 10
    found = field.reach(missing, pace, today=today, last_call=last, off=off)
    enough = 10 * missing <= tenths * working_days(today + timedelta(days=1), last, off)
    assert found.gone(today) == (not enough)
    if missing:
        # On the day before the last one to begin it is not lost yet; on that day itself, nothing done, it is.
        assert not field.reach(missing, pace, today=step(found.begin, -1), last_call=last, off=off).gone(
            step(found.begin, -1)
        )
        assert field.reach(missing, pace, today=found.begin, last_call=last, off=off).gone(found.begin)
        assert found.lost == step(found.begin, 1, off)
        done = working_days(today + timedelta(days=1), found.done, off)
        assert tenths * (done - 1) < 10 * missing <= tenths * done


def test_reach_without_a_pace_is_lost_today_and_with_nothing_missing_never():
    day = date(2026, 3, 26)
    assert field.reach(3, 0, today=day, last_call=date(2026, 3, 30)).gone(day)
    assert field.reach(0, 0, today=day, last_call=date(2026, 3, 1)).lost is None


@pytest.mark.parametrize(("missing", "pace"), [(-1, 1.0), (1, -0.5)])
def test_reach_of_less_than_nothing_is_refused(missing, pace):
    with pytest.raises(ValueError, match="fewer than none"):
        field.reach(missing, pace, today=date(2026, 3, 26), last_call=date(2026, 3, 30))


def test_reach_counts_the_days_by_hand():
    # Seven people at two a day are four working days: Tuesday to Friday, so from Wednesday on it is too late.
    found = field.reach(7, 2.0, today=date(2026, 3, 20), last_call=date(2026, 3, 28))
    assert (found.begin, found.lost, found.done) == (date(2026, 3, 24), date(2026, 3, 25), date(2026, 3, 26))


@pytest.mark.parametrize(
    ("rate", "text", "range_"),
    [
        (Rate(16, 18), "16 of 18", "6 to 10 in 10"),
        (Rate(29, 29), "29 of 29", "8 to 10 in 10"),
        (Rate(27, 30), "27 of 30 (90%)", "74% to 97%"),
        (Rate(0, 0), "0 of 0", "0 to 10 in 10"),
    ],
)
def test_rate_is_a_percentage_only_from_thirty_on(rate, text, range_):
    assert (rate.text, rate.range) == (text, range_)


@given(st.integers(0, 80).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_rate_range_never_promises_more_than_its_interval(counts):
    rate = Rate(*counts)
    low, high = rate.interval
    whole = 100 if rate.total >= 30 else 10
    first, last = (int(word.strip("%")) for word in rate.range.removesuffix(" in 10").split(" to "))
    assert first <= whole * low and whole * high <= last
    assert ("%" in rate.text + rate.range) == (rate.total >= 30)


def test_show_rate_leaves_out_what_was_stopped_for_compliance():
    ended = Outcomes(held=16, no_show=1, late_cancel=1, ended_early=1, stopped=2)
    assert (ended.due, ended.show) == (21, Rate(16, 19))


def a_standing(**given) -> Standing:
    plain = {
        "code": "a",
        "title": "A",
        "quota": 10,
        "cleared": 2,
        "held": 4,
        "ahead": 3,
        "late": 1,
        "free": 1,
        "days": 3,
    }
    return Standing(**{**plain, **given})


def test_standing_counts_who_is_heard_as_not_missing_and_only_who_is_cleared_as_filling():
    row = a_standing()
    assert (row.waiting, row.missing, row.need, row.to_book, row.to_recruit) == (2, 6, 2.0, 3, 2)
    assert a_standing(days=0).need is None
    assert a_standing(held=10, days=0).need == 0.0


def test_total_lets_no_segment_stand_in_for_another():
    whole = field.total([a_standing(cleared=14, held=15, ahead=4), a_standing(code="b", cleared=0, held=0, ahead=2)])
    assert (whole.quota, whole.cleared, whole.held, whole.missing, whole.ahead) == (20, 10, 10, 10, 2)


BURN = {
    "launch": date(2026, 3, 17),
    "plan": field.milestones(date(2026, 3, 31)),
    "today": date(2026, 3, 20),
    "target": 18,
}


def test_burn_up_plans_to_the_last_day_for_calls_and_stops_counting_today():
    rows = field.burn_up(
        **BURN, booked=[date(2026, 3, 24)], held=[date(2026, 3, 18), date(2026, 3, 20)], cleared=[date(2026, 3, 20)]
    )
    by_day = {row.day.day: row for row in rows}
    assert [by_day[d].planned for d in (17, 18, 20, 21, 27, 30, 31)] == [2, 4, 8, 8, 18, 18, 18]
    assert [(by_day[d].booked, by_day[d].held, by_day[d].cleared) for d in (17, 18, 20, 23, 24)] == [
        (0, 0, 0),
        (1, 1, 0),
        (2, 2, 1),
        (2, None, None),
        (3, None, None),
    ]


@given(st.lists(st.integers(0, 14)), st.lists(st.integers(0, 14)), st.integers(0, 14))
def test_burn_up_only_ever_grows_and_ends_at_what_there_is(held, booked, today):
    days = [BURN["launch"] + timedelta(days=n) for n in range(15)]
    given_ = {**BURN, "today": days[today]}
    rows = field.burn_up(**given_, held=[days[n] for n in held], booked=[days[n] for n in booked], cleared=[])
    for name in ("planned", "booked", "held", "cleared"):
        seen = [getattr(row, name) for row in rows if getattr(row, name) is not None]
        assert seen == sorted(seen)
    assert (len(rows), rows[-1].planned, rows[-1].booked) == (15, 18, len(held) + len(booked))
    assert [row.day for row in rows if row.held is None] == days[today + 1 :]


def test_burn_up_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends before it starts"):
        field.burn_up(**{**BURN, "launch": date(2026, 4, 1)}, booked=[], held=[], cleared=[])


CODES = ["", *(code for code, _ in field.STAGES)]


@given(st.lists(st.sampled_from(CODES)))
def test_funnel_counts_everybody_at_each_stage_passed_and_never_widens(reached):
    counts = list(field.funnel(reached).values())
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == sum(bool(stage) for stage in reached)
    assert counts[-1] == reached.count("released")


@given(st.lists(st.sampled_from(CODES)))
def test_furthest_is_the_last_stage_of_the_road(stages):
    assert field.furthest(stages) == CODES[max(map(CODES.index, stages), default=0)]


def test_funnel_of_an_unknown_stage_is_refused():
    with pytest.raises(ValueError, match="“sent” is no stage"):
        field.funnel(["sent"])
