"""Own hours, days that are otherwise, how people schedule, followed calendars, and the free time that comes of them."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import jobs
from accounts.moves import Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from interviews.models import BusyFeed, BusyTime, CalendarSettings, Hours, HoursException
from interviews.services import availability, hours, scheduling
from tests.factories import make_expert, make_interview, make_user

FILES = Path(__file__).resolve().parents[1] / "data" / "ics"
TODAY = datetime(2026, 3, 20, 8, tzinfo=UTC)
FRIDAY = date(2026, 3, 27)


@pytest.fixture(autouse=True)
def _march(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: TODAY)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def free(person, day: date = FRIDAY):
    found = availability.free_of([person], [], day, day)
    return found[person.pk]


def test_own_hours_replace_the_usual_ones_and_none_bring_them_back(cast):
    assert free(cast.ana) == [(at(27, 9), at(27, 18))]
    hours.set_hours(of=cast.ana, rows=[(4, time(8), time(10)), (4, time(14), time(16))], zone="Asia/Dubai", by=cast.ana)
    assert free(cast.ana) == [(at(27, 4), at(27, 6)), (at(27, 10), at(27, 12))]
    hours.set_hours(of=cast.ana, rows=[], zone="Europe/London", by=cast.ana)
    assert free(cast.ana) == [(at(27, 9), at(27, 18))]


@pytest.mark.parametrize(
    ("rows", "zone", "words"),
    [
        ([(0, time(10), time(9))], "Europe/London", "Monday: the hours must end after they begin"),
        ([(0, time(9), time(12)), (0, time(11), time(13))], "Europe/London", "Monday: two stretches overlap"),
        ([(7, time(9), time(12))], "Europe/London", "Choose a day of the week"),
        ([(0, time(9), time(12))], "Mars/Olympus", "is no time zone"),
        ([(0, time(n // 60, n % 60), time((n + 1) // 60, (n + 1) % 60)) for n in range(29)], "UTC", "at most 28"),
    ],
)
def test_hours_that_can_not_be_are_refused_and_the_old_ones_stay(cast, rows, zone, words):
    hours.set_hours(of=cast.ana, rows=[(1, time(9), time(10))], zone="Europe/London", by=cast.ana)
    with pytest.raises(Invalid, match=words):
        hours.set_hours(of=cast.ana, rows=rows, zone=zone, by=cast.ana)
    assert Hours.objects.filter(user=cast.ana).get().weekday == 1


def test_hours_are_set_by_their_owner_and_an_expert_s_by_those_who_book(cast):
    expert = make_interview(cast.programme, cast.ana, state="open").expert
    rows = [(0, time(9), time(12))]
    for by in (cast.ben, cast.ada, None):
        with pytest.raises(Refused):
            hours.set_hours(of=cast.ana, rows=rows, zone="UTC", by=by, via="expert" if by is None else "")
    for by in (cast.cora, cast.stranger, cast.rita, None):
        with pytest.raises(Refused):
            hours.set_hours(of=expert, rows=rows, zone="UTC", by=by)
    with pytest.raises(Refused):
        hours.set_hours(of=cast.rita, rows=rows, zone="UTC", by=cast.rita)
    assert hours.set_hours(of=expert, rows=rows, zone="UTC", by=cast.ben) == 1
    assert hours.set_hours(of=expert, rows=[], zone="UTC", by=None, via="expert") == 0


def test_day_off_and_a_day_with_other_hours(cast):
    hours.set_day(of=cast.ana, day=FRIDAY, start=time(12), end=time(14), zone="Europe/London", by=cast.ana)
    hours.set_day(of=cast.ana, day=FRIDAY, start=time(15), end=time(16), zone="Europe/London", by=cast.ana)
    assert free(cast.ana) == [(at(27, 12), at(27, 14)), (at(27, 15), at(27, 16))]
    off = hours.set_day(of=cast.ana, day=FRIDAY, zone="Europe/London", note="Leave", by=cast.ana)
    assert (free(cast.ana), HoursException.objects.count()) == ([], 1)
    hours.unset_day(of=cast.ben, day_id=off.pk, by=cast.ben)
    assert free(cast.ana) == []
    hours.unset_day(of=cast.ana, day_id=off.pk, by=cast.ana)
    assert free(cast.ana) == [(at(27, 9), at(27, 18))]


def test_day_with_half_of_its_hours_is_refused(cast):
    with pytest.raises(Invalid, match="when the hours begin and when they end"):
        hours.set_day(of=cast.ana, day=FRIDAY, start=time(12), zone="Europe/London", by=cast.ana)


def test_settings_give_the_zone_holidays_pause_and_most_calls(cast):
    hours.set_calendar(zone="America/New_York", holidays="us-ny", most_a_day=1, pause=30, by=cast.ana)
    assert free(cast.ana, date(2026, 7, 2)) == [
        (datetime(2026, 7, 2, 13, tzinfo=UTC), datetime(2026, 7, 2, 22, tzinfo=UTC))
    ]
    assert free(cast.ana, date(2026, 7, 3)) == []
    call = make_interview(cast.programme, cast.ana, state="open")
    scheduling.book(interview=call, wall=datetime(2026, 3, 27, 15), zone="Europe/London", by=cast.ana)
    assert free(cast.ana) == []
    hours.set_calendar(zone="America/New_York", holidays="", most_a_day=5, pause=30, by=cast.ana)
    assert free(cast.ana) == [(at(27, 13), at(27, 14, 30)), (at(27, 16, 30), at(27, 22))]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"zone": "GMT+25"}, "is no time zone"),
        ({"holidays": "XX"}, "is no country"),
        ({"holidays": "GB-PARIS"}, "is no country"),
        ({"most_a_day": 0}, "between 1 and 20"),
        ({"pause": 241}, "between 0 and 240"),
    ],
)
def test_settings_that_can_not_be_are_refused(cast, changed, words):
    given = {"zone": "Europe/London", "holidays": "GB-ENG", "most_a_day": 5, "pause": 15} | changed
    with pytest.raises(Invalid, match=words):
        hours.set_calendar(**given, by=cast.ana)
    assert not CalendarSettings.objects.exists()


def test_free_time_of_many_takes_as_many_queries_as_of_one(cast):
    people = [make_user(f"Person{n}", Role.ANALYST, programme=cast.programme) for n in range(12)]
    experts = [make_expert() for _ in range(12)]
    for person, expert in zip(people, experts, strict=True):
        call = make_interview(cast.programme, person, state="open", expert=expert)
        scheduling.book(interview=call, wall=datetime(2026, 3, 27, 15), zone="Europe/London", by=cast.ana)
    counts = []
    for many in (1, 12):
        with CaptureQueriesContext(
            connection,
        ) as seen:
            found = availability.free_of(people[:many], experts[:many], FRIDAY, FRIDAY)
        counts.append(len(seen))
        assert len(found) == 2 * many
    assert counts[0] == counts[1] == 5


def test_open_times_are_those_that_everybody_has(cast):
    call = make_interview(cast.programme, cast.ana, state="open", chaperone=cast.cora, zone="Europe/London")
    hours.set_hours(of=cast.ana, rows=[(4, time(9), time(12))], zone="Europe/London", by=cast.ana)
    hours.set_hours(of=cast.cora, rows=[(4, time(10), time(18))], zone="Europe/London", by=cast.cora)
    found = availability.open_times(call, FRIDAY, FRIDAY, 60)
    assert found == [at(27, 10) + timedelta(minutes=15 * n) for n in range(5)]
    other = make_interview(cast.programme, cast.ben, state="open", chaperone=cast.cora)
    scheduling.book(interview=other, wall=datetime(2026, 3, 27, 10), zone="Europe/London", by=cast.ana)
    hours.set_calendar(zone="Europe/London", holidays="", most_a_day=5, pause=0, by=cast.cora)
    assert availability.open_times(call, FRIDAY, FRIDAY, 60) == [at(27, 11)]


def test_open_times_are_to_come(cast):
    call = make_interview(cast.programme, cast.ana, state="open")
    found = availability.open_times(call, date(2026, 3, 18), date(2026, 3, 20), 60)
    assert found[0] == at(20, 9)
    assert availability.open_times(call, date(2026, 3, 18), date(2026, 3, 19), 60) == []


# Calendars from elsewhere -------------------------------------------------------------------------------------------


def test_uploaded_calendar_takes_time_and_keeps_only_times(cast):
    feed = hours.upload_feed(name="Work", data=(FILES / "google.ics").read_bytes(), by=cast.ana)
    assert feed.read_at == TODAY
    assert free(cast.ana, date(2026, 3, 23)) == [(at(23, 9), at(23, 10)), (at(23, 10, 30), at(23, 18))]
    assert free(cast.ana, date(2026, 3, 25)) == []
    assert {f.name for f in BusyTime._meta.get_fields()} == {"id", "feed", "starts_at", "ends_at"}
    hours.remove_feed(feed=feed, by=cast.ana)
    assert free(cast.ana, date(2026, 3, 25)) != []


def test_upload_that_is_no_calendar_leaves_nothing(cast):
    with pytest.raises(Invalid, match="no calendar file"):
        hours.upload_feed(name="Work", data=b"PK\x03\x04", by=cast.ana)
    assert not BusyFeed.objects.exists()


def test_followed_calendar_is_read_by_the_worker_and_its_trouble_is_told(cast, monkeypatch):
    feed = hours.subscribe(name="Work", url="https://calendar.example.com/a.ics", by=cast.ana)
    data = (FILES / "google.ics").read_bytes()
    monkeypatch.setattr(hours, "fetch", lambda url, most: data)
    jobs.drain()
    feed.refresh_from_db()
    assert (feed.trouble, feed.read_at, feed.times.count()) == ("", TODAY, 4)

    def refuse(url, most):
        raise Invalid("The other machine refused to give the calendar (it answered 404).")

    monkeypatch.setattr(hours, "fetch", refuse)
    hours.refresh(feed=feed, by=cast.ana)
    jobs.drain()
    feed.refresh_from_db()
    assert (feed.trouble[:17], feed.times.count()) == ("The other machine", 4)


def test_followed_calendars_are_asked_for_again_after_an_hour(cast, monkeypatch):
    feed = hours.subscribe(name="Work", url="https://calendar.example.com/a.ics", by=cast.ana)
    hours.save_times(feed.pk, [])
    hours.upload_feed(name="File", data=(FILES / "apple.ics").read_bytes(), by=cast.ana)
    assert hours.refresh_due(TODAY + timedelta(minutes=59)) == 0
    assert hours.refresh_due(TODAY + timedelta(hours=1)) == 1


@pytest.mark.parametrize("url", ["http://calendar.example.com/a.ics", "https://10.0.0.1/", "https://a:b@example.com/"])
def test_address_that_can_not_be_used_is_refused_before_it_is_kept(cast, url):
    with pytest.raises(Invalid):
        hours.subscribe(name="Work", url=url, by=cast.ana)
    assert not BusyFeed.objects.exists()


def test_calendars_are_their_owner_s_alone_and_not_without_number(cast):
    feed = hours.subscribe(name="Work", url="https://calendar.example.com/a.ics", by=cast.ana)
    for service in (hours.refresh, hours.remove_feed):
        with pytest.raises(Refused):
            service(feed=feed, by=cast.ben)
    with pytest.raises(Refused):
        hours.subscribe(name="Work", url="https://calendar.example.com/a.ics", by=cast.rita)
    for n in range(4):
        hours.subscribe(name=f"Work {n}", url=f"https://calendar.example.com/{n}.ics", by=cast.ana)
    with pytest.raises(Invalid, match="5 calendars already"):
        hours.subscribe(name="One more", url="https://calendar.example.com/b.ics", by=cast.ana)
