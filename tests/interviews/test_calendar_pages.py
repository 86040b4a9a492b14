"""The calendar's pages: week, day, one's own, hours, and what is done to a call's time there."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.roles import Role
from interviews import grid
from interviews.models import BusyFeed, CalendarSettings, Hours, HoursException, Interview
from interviews.services import hours, scheduling
from tests.factories import make_interview, make_programme, make_user
from tests.interviews.test_busy import FILES
from tests.interviews.test_holding import MORNING, TODAY

WEEK = "/programmes/kestrel/calendar/?day=2026-03-27"


@pytest.fixture(autouse=True)
def _march(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: TODAY)


@pytest.fixture
def page(client, cast):
    """page(address): what Ana sees there."""
    client.force_login(cast.ana)

    def page(address, **context):
        answer = client.get(address)
        assert answer.status_code == 200
        return answer

    return page


@pytest.fixture
def booked(cast):
    call = make_interview(cast.programme, cast.ana, state="open", starts_at=None, chaperone=cast.cora)
    return scheduling.book(interview=call, wall=MORNING, zone="America/New_York", by=cast.ana)


def blocks(answer) -> dict:
    return {
        c.heading: [(b.clock, b.their_clock, b.call.label) for b in c.blocks] for c in answer.context["grid"].columns
    }


def test_week_shows_each_call_on_the_viewer_s_clock_and_on_the_expert_s(page, booked):
    assert blocks(page(WEEK))["Fri 27 Mar"] == [("13:30", "09:30 EDT", "INT-001")]
    tokyo = page(f"{WEEK}&zone=Asia/Tokyo")
    assert blocks(tokyo)["Fri 27 Mar"] == [("22:30", "09:30 EDT", "INT-001")]
    assert "INT-001" in tokyo.content.decode()


def test_day_shows_people_as_columns_and_the_call_in_those_of_its_people(page, booked):
    found = blocks(page(f"{WEEK}&view=day"))
    assert {who: len(rows) for who, rows in found.items()} == {"Ana": 1, "Ben": 0, "Cora": 1}


def test_week_of_one_person_has_their_calls_and_what_takes_their_time(page, cast, booked):
    hours.upload_feed(name="Work", data=(FILES / "google.ics").read_bytes(), by=cast.ben)
    found = page(f"{WEEK}&who={cast.ben.pk}").context["grid"]
    assert all(not column.blocks for column in found.columns)
    thursday = next(column for column in found.columns if column.heading == "Thu 26 Mar")
    assert [s.kind for s in thursday.shades] == ["off", "off", "busy"]


def test_call_of_another_programme_is_busy_time_without_a_word_of_it(page, cast, booked):
    other = make_programme("plover")
    other.assignments.create(user=cast.ben)
    call = make_interview(other, cast.ben, state="open", starts_at=None)
    scheduling.book(interview=call, wall=datetime(2026, 3, 27, 10), zone="Europe/London", by=cast.ben)
    found = page(f"{WEEK}&view=day")
    ben = next(column for column in found.context["grid"].columns if column.heading == "Ben")
    assert [s.kind for s in ben.shades] == ["off", "off", "busy"]
    assert "plover" not in found.content.decode().lower()


def test_holiday_is_marked_and_shaded_whole(page, cast):
    CalendarSettings.objects.create(user=cast.ana, holidays="GB-ENG")
    found = page(f"/programmes/kestrel/calendar/?day=2026-04-03&who={cast.ana.pk}").context["grid"]
    friday = next(column for column in found.columns if column.heading == "Fri 3 Apr")
    assert (friday.note, [(s.row, s.span) for s in friday.shades]) == ("Holiday", [(0, found.rows)])


def test_calendar_of_many_calls_takes_as_many_queries_as_of_one(page, cast):
    counts = []
    for more in (1, 12):
        for n in range(more):
            person = make_user(f"P{more}x{n}", Role.ANALYST, programme=cast.programme)
            call = make_interview(cast.programme, person, state="open", starts_at=None)
            scheduling.book(interview=call, wall=MORNING, zone="Europe/London", by=cast.ana)
        with CaptureQueriesContext(connection) as seen:
            page(WEEK)
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "query", ["?day=x&zone=Mars/Olympus&who=1", "?day=9999-12-31", "?day=0001-01-01", "?view=year"]
)
def test_address_that_can_not_be_read_shows_the_usual_week(page, query):
    assert page(f"/programmes/kestrel/calendar/{query}").context["grid"].columns[0].heading == "Mon 23 Mar"


def test_my_calendar_has_one_s_own_calls_over_all_programmes_in_sight(page, cast, booked, client):
    make_interview(cast.programme, cast.ben, starts_at=datetime(2026, 3, 26, 9, tzinfo=UTC))
    assert sum(len(rows) for rows in blocks(page("/account/calendar/?day=2026-03-27")).values()) == 1
    client.force_login(cast.cora)
    assert sum(len(rows) for rows in blocks(client.get("/account/calendar/?day=2026-03-27")).values()) == 1
    cast.programme.assignments.filter(user=cast.cora).delete()
    assert sum(len(rows) for rows in blocks(client.get("/account/calendar/?day=2026-03-27")).values()) == 0


# Moving -------------------------------------------------------------------------------------------------------------

MOVE = "/programmes/kestrel/interviews/1/move/"
PLAIN = {"Accept": "text/plain"}


def test_move_by_script_is_told_in_a_sentence_and_keeps_the_expert_s_zone(client, cast, booked):
    client.force_login(cast.ana)
    sent = {"day": "2026-03-26", "time": "15:15", "zone": "Europe/London"}
    answer = client.post(MOVE, sent, headers=PLAIN)
    said = "INT-001 is moved: Thursday 26 March, 15:15 GMT, 11:15 EDT for the expert."
    assert (answer.status_code, answer.content.decode()) == (200, said)
    booked.refresh_from_db()
    assert (booked.starts_at, booked.zone) == (datetime(2026, 3, 26, 15, 15, tzinfo=UTC), "America/New_York")


def test_move_that_can_not_be_is_told_in_a_sentence_and_changes_nothing(client, cast, booked):
    client.force_login(cast.ana)
    other = make_interview(cast.programme, cast.ana, state="open", starts_at=None)
    scheduling.book(interview=other, wall=datetime(2026, 3, 27, 9), zone="Europe/London", by=cast.ana)
    taken = client.post(MOVE, {"day": "2026-03-27", "time": "09:30", "zone": "Europe/London"}, headers=PLAIN)
    assert (taken.status_code, taken.content.decode()) == (
        400,
        "Ana has another call at that time: choose another time.",
    )
    skipped = client.post(MOVE, {"day": "2026-03-29", "time": "01:30", "zone": "Europe/London"}, headers=PLAIN)
    assert (skipped.status_code, "go forward" in skipped.content.decode()) == (400, True)
    assert client.post(MOVE, {}, headers=PLAIN).content.decode() == "Day: This field is required."
    Interview.objects.filter(pk=booked.pk).update(state="held")
    held = client.post(MOVE, {"day": "2026-03-26", "time": "15:15", "zone": "Europe/London"}, headers=PLAIN)
    assert (held.status_code, held.content.decode()) == (409, "This call is held, so there is no time to move.")


def test_move_without_a_script_goes_back_to_the_page_of_this_site(client, cast, booked):
    client.force_login(cast.ana)
    sent = {"day": "2026-03-26", "time": "15:15", "zone": "Europe/London"}
    assert client.post(MOVE, sent | {"next": WEEK}).url == WEEK
    for elsewhere in ("https://evil.example/", "//evil.example/"):
        assert client.post(MOVE, sent | {"next": elsewhere}).url == "/programmes/kestrel/interviews/1/"


def test_time_is_held_confirmed_and_given_back_on_the_call_s_page(client, cast):
    client.force_login(cast.ana)
    call = make_interview(cast.programme, cast.ana, state="open", starts_at=None)
    here = "/programmes/kestrel/interviews/1/"
    form = {"day": "2026-03-27", "time": "09:30", "zone": "Europe/London", "minutes": "60", "keep": "240"}
    client.post(f"{here}hold/", form)
    call.refresh_from_db()
    assert (call.state, call.held_until) == ("tentative", TODAY + timedelta(hours=4))
    assert "The time is held" in client.get(here).content.decode()
    client.post(f"{here}release/")
    client.post(f"{here}hold/", form | {"keep": ""})
    client.post(f"{here}confirm/")
    call.refresh_from_db()
    assert call.state == "booked"
    again = client.post(f"{here}confirm/", follow=True)
    assert "No time is held for this call" in again.content.decode()


def test_people_of_a_call_are_changed_on_its_page(client, cast, booked):
    client.force_login(cast.ana)
    here = "/programmes/kestrel/interviews/1/reassign/"
    client.post(here, {"interviewer": str(cast.ben.pk), "chaperone": ""})
    booked.refresh_from_db()
    assert (booked.interviewer, booked.chaperone) == (cast.ben, None)
    wrong = client.post(here, {"interviewer": str(cast.ben.pk), "chaperone": str(cast.stranger.pk)}, follow=True)
    assert "somebody of this programme" in wrong.content.decode()


# Own hours ----------------------------------------------------------------------------------------------------------

HOURS = "/account/calendar/hours/"


def test_week_of_hours_is_saved_and_shown_again(client, cast):
    client.force_login(cast.ana)
    sent = {"act": "week", "zone": "Europe/Paris", "0-1-from": "09:00", "0-1-until": "12:00"}
    sent |= {"0-2-from": "13:00", "0-2-until": "17:30"}
    assert client.post(HOURS, sent).status_code == 302
    rows = Hours.objects.filter(user=cast.ana).values_list("weekday", "start", "end", "zone")
    assert list(rows) == [(0, time(9), time(12), "Europe/Paris"), (0, time(13), time(17, 30), "Europe/Paris")]
    assert 'value="17:30"' in client.get(HOURS).content.decode()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"act": "week", "zone": "Europe/London", "0-1-from": "09:00"}, "Monday: give when the hours begin"),
        ({"act": "week", "zone": "Mars", "0-1-from": "09:00", "0-1-until": "10:00"}, "is no time zone"),
        (
            {"act": "settings", "zone": "Europe/London", "holidays": "XX", "most_a_day": "5", "pause": "15"},
            "is no country",
        ),
        ({"act": "day", "day": "2026-03-27", "start": "09:00"}, "or neither for a day off"),
        ({"act": "follow", "name": "Work", "url": "http://a.example/"}, "begins with https"),
    ],
)
def test_what_can_not_be_is_told_beside_its_form_and_nothing_is_saved(client, cast, sent, words):
    client.force_login(cast.ana)
    answer = client.post(HOURS, sent)
    assert (answer.status_code, words in answer.content.decode()) == (400, True)
    assert not (Hours.objects.exists() or CalendarSettings.objects.exists() or HoursException.objects.exists())


def test_day_off_is_set_and_removed_and_calendars_come_and_go(client, cast):
    client.force_login(cast.ana)
    client.post(HOURS, {"act": "day", "day": "2026-03-27", "note": "Leave"})
    row = HoursException.objects.get(user=cast.ana, start=None)
    client.post(HOURS, {"act": "unset-day", "day": str(row.pk)})
    with (FILES / "google.ics").open("rb") as file:
        client.post(HOURS, {"act": "file", "name": "Work", "file": file})
    feed = BusyFeed.objects.get(user=cast.ana)
    assert (HoursException.objects.count(), feed.times.count()) == (0, 4)
    client.force_login(cast.ben)
    client.post(HOURS, {"act": "forget", "feed": str(feed.pk)})
    assert BusyFeed.objects.exists()
    client.force_login(cast.ana)
    client.post(HOURS, {"act": "forget", "feed": str(feed.pk)})
    assert not BusyFeed.objects.exists()


# The layout ---------------------------------------------------------------------------------------------------------


class Call:
    zone = "UTC"

    def __init__(self, number: int, hour: int, minute: int = 0, minutes: int = 60):
        self.number, self.minutes = number, minutes
        self.starts_at = datetime(2026, 3, 27, hour, minute, tzinfo=UTC)


def laid_out(*calls):
    from zoneinfo import ZoneInfo

    column = grid.Column("a", "A", TODAY.date())
    column.blocks = [grid.block(call, ZoneInfo("UTC"), True) for call in calls]
    return grid.lay_out([column]), column


def test_calls_that_overlap_stand_side_by_side_and_the_rest_alone():
    _, column = laid_out(Call(1, 9), Call(2, 9, 30), Call(3, 10), Call(4, 14))
    assert [(b.call.number, b.lane, b.alone) for b in column.blocks] == [
        (1, 1, False),
        (2, 2, False),
        (3, 1, False),
        (4, 1, True),
    ]
    assert column.lanes == 2


def test_hours_that_are_shown_grow_with_the_calls():
    shown, column = laid_out(Call(1, 5, 30), Call(2, 23, 30))
    assert (shown.hours[0], shown.hours[-1]) == (5, 23)
    assert [(b.row, b.span) for b in column.blocks] == [(2, 4), (74, 2)]
