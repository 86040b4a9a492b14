"""When people have time: hours on their own clocks across every change of the clocks, and what is taken from them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interviews import availability
from interviews.availability import Calendar, OtherDay, Weekly

DAY = timedelta(days=1)
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
minutes_of = st.integers(0, 24 * 60 - 1)
zones = st.sampled_from(ZONES)
days = st.dates(date(2025, 1, 1), date(2032, 12, 31))


def clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


@st.composite
def hours(draw, zone=None):
    start, end = sorted(draw(st.lists(minutes_of, min_size=2, max_size=2, unique=True)))
    return Weekly(draw(st.integers(0, 6)), clock(start), clock(end), zone or draw(zones))


@st.composite
def near_a_change(draw):
    """A zone, and a day on which its clocks change or the day before or after, where they change at all."""
    zone, year = draw(zones), draw(st.integers(2025, 2032))
    there, found = ZoneInfo(zone), []
    first = datetime(year, 1, 1, tzinfo=UTC)
    for number in range(365):
        one, two = (first + DAY * n for n in (number, number + 1))
        if one.astimezone(there).utcoffset() != two.astimezone(there).utcoffset():
            found.append(one.date())
    day = draw(st.sampled_from(found)) if found else draw(days)
    return zone, day + draw(st.integers(-1, 1)) * DAY


@settings(max_examples=300, deadline=None)
@given(near_a_change(), minutes_of, minutes_of)
def test_hours_hold_an_instant_exactly_when_the_own_clock_then_shows_it(where, one, two):
    """Every five minutes for two days around a change of the clocks, by asking the clock itself."""
    (zone, day), (start, end) = where, sorted((one, two))
    there = ZoneInfo(zone)
    stretches = availability.instants(zone, day, clock(start), clock(end))
    instant = datetime.combine(day, time.min, tzinfo=UTC) - DAY
    for _ in range(3 * 24 * 12):
        shown = instant.astimezone(there).replace(tzinfo=None)
        within = shown.date() == day and clock(start) <= shown.time() < clock(end)
        assert any(since <= instant < until for since, until in stretches) == within, (instant, shown)
        instant += timedelta(minutes=5)


@settings(max_examples=100, deadline=None)
@given(near_a_change(), st.lists(hours(), max_size=6), st.lists(st.tuples(minutes_of, minutes_of), max_size=4))
def test_free_stretches_are_sorted_apart_and_within_hours_and_outside_what_is_taken(where, weekly, calls):
    zone, day = where
    start = datetime.combine(day, time.min, tzinfo=UTC)
    taken = tuple((start + timedelta(minutes=a), start + timedelta(minutes=a + 1 + b)) for a, b in calls)
    person = Calendar(zone, tuple(weekly), taken=taken, pause=timedelta(minutes=15))
    found = availability.free(person, start, start + 3 * DAY)
    assert all(since < until for since, until in found)
    assert all(one[1] < two[0] for one, two in zip(found, found[1:], strict=False))
    inside = availability.hours_of(person, start, start + 3 * DAY)
    for since, until in found:
        assert start <= since and until <= start + 3 * DAY
        assert any(a <= since and until <= b for a, b in inside)
        assert not any(a - person.pause < until and since < b + person.pause for a, b in taken)


stretch_lists = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=12).map(
    lambda rows: [(at(1, 0) + timedelta(minutes=a), at(1, 0) + timedelta(minutes=a + n)) for a, n in rows]
)


@settings(max_examples=300, deadline=None)
@given(stretch_lists, stretch_lists)
def test_stretches_add_up_minute_by_minute(one, two):
    def minutes(stretches):
        return {n for a, b in stretches for n in range(int((a - at(1, 0)).seconds // 60), (b - at(1, 0)).seconds // 60)}

    left, right = availability.merge(one), availability.merge(two)
    assert minutes(left) == minutes(one)
    assert minutes(availability.subtract(left, right)) == minutes(one) - minutes(two)
    assert minutes(availability.both(left, right)) == minutes(one) & minutes(two)


def test_hours_keep_their_wall_time_over_a_change_of_the_clocks():
    person = Calendar("Europe/London", availability.weekly("Europe/London", time(9), time(17)))
    found = availability.free(person, at(27, 0), at(31, 0))
    assert found == [(at(27, 9), at(27, 17)), (at(30, 8), at(30, 16))]


def test_hours_within_what_the_clocks_skip_are_none_and_what_they_show_twice_is_there_twice():
    assert availability.instants("Europe/London", date(2026, 3, 29), time(1, 15), time(1, 45)) == []
    assert availability.instants("Europe/London", date(2026, 10, 25), time(1, 15), time(1, 45)) == [
        (datetime(2026, 10, 25, 0, 15, tzinfo=UTC), datetime(2026, 10, 25, 0, 45, tzinfo=UTC)),
        (datetime(2026, 10, 25, 1, 15, tzinfo=UTC), datetime(2026, 10, 25, 1, 45, tzinfo=UTC)),
    ]


def test_another_day_replaces_the_hours_of_that_day_and_a_holiday_has_none():
    person = Calendar(
        "UTC",
        availability.weekly("UTC", time(9), time(17)),
        days=(
            OtherDay(date(2026, 3, 24), None, None, "UTC"),
            OtherDay(date(2026, 3, 26), time(12), time(13), "UTC"),
            OtherDay(date(2026, 3, 28), time(10), time(11), "UTC"),
        ),
        holidays=frozenset({date(2026, 3, 25), date(2026, 3, 26)}),
    )
    assert availability.free(person, at(23, 0), at(30, 0)) == [
        (at(23, 9), at(23, 17)),
        (at(26, 12), at(26, 13)),
        (at(27, 9), at(27, 17)),
        (at(28, 10), at(28, 11)),
    ]


def test_calls_keep_a_pause_around_them_and_other_calendars_do_not():
    person = Calendar(
        "UTC",
        availability.weekly("UTC", time(9), time(17)),
        busy=((at(24, 9), at(24, 10)),),
        taken=((at(24, 12), at(24, 13)),),
        pause=timedelta(minutes=15),
    )
    assert availability.free(person, at(24, 0), at(25, 0)) == [
        (at(24, 10), at(24, 11, 45)),
        (at(24, 13, 15), at(24, 17)),
    ]


def test_full_day_is_counted_on_the_own_clock():
    """Two calls on Tuesday in Tokyo, one of which is on Monday in London."""
    calls = ((at(23, 22), at(23, 23)), (at(24, 2), at(24, 3)))
    person = Calendar("Asia/Tokyo", availability.weekly("Asia/Tokyo", time(6), time(20)), taken=calls, most_a_day=2)
    found = availability.free(person, at(22, 15), at(25, 15))
    tokyo = {since.astimezone(ZoneInfo("Asia/Tokyo")).date() for since, _ in found}
    assert tokyo == {date(2026, 3, 23), date(2026, 3, 25)}


@pytest.mark.parametrize(
    ("since", "first"), [(at(24, 9), at(24, 9)), (at(24, 9, 1), at(24, 9, 15)), (at(24, 9, 46), at(24, 10))]
)
def test_starts_are_quarters_of_an_hour_from_which_the_call_fits(since, first):
    found = availability.starts([(since, at(24, 11))], timedelta(hours=1))
    assert (found[0], found[-1]) == (first, at(24, 10))
