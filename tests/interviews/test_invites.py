"""Calls as calendar objects: both parsers read the same instant, number and words from them, whatever the zone and the text."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interviews import invites
from interviews.invites import Invite, feed, one, plain
from tests.ics import both, by_icalendar, by_vobject

AT = datetime(2026, 3, 27, 9, 30, tzinfo=UTC)
# As a plain Python program, not an iCalendar one, would see the lines.
NEL, SEPARATOR = "\x85", "\u2028"


def invite(**more) -> Invite:
    given = {
        "uid": "5d0e@research.example",
        "sequence": 3,
        "starts_at": AT,
        "zone": "Europe/London",
        "minutes": 60,
        "stamp": datetime(2026, 3, 1, tzinfo=UTC),
        "summary": "Larch, INT-014",
        "description": "Sign in to see more.",
        "organiser": "research@firm.example",
        "organiser_name": "Primary research",
        "attendee": "ana@firm.example",
    }
    return Invite(**given | more)


@pytest.mark.parametrize(
    ("method", "tentative", "status"),
    [
        ("REQUEST", False, "CONFIRMED"),
        ("REQUEST", True, "TENTATIVE"),
        ("CANCEL", False, "CANCELLED"),
        ("CANCEL", True, "CANCELLED"),
        ("PUBLISH", True, "TENTATIVE"),
    ],
)
def test_object_says_method_number_status_and_one_attendee(method, tentative, status):
    (read,) = both(one(invite(tentative=tentative), method))
    assert (read.method, read.status, read.uid, read.sequence) == (method, status, "5d0e@research.example", 3)
    assert (read.starts, read.ends, read.attendees) == (AT, AT + timedelta(hours=1), ("mailto:ana@firm.example",))


def test_object_names_nobody_but_its_organiser_and_its_attendee():
    text = one(invite(), "REQUEST").decode()
    assert text.count("mailto:") == 2 and 'ORGANIZER;CN="Primary research":mailto:research@firm.example\r\n' in text
    assert "DTSTAMP:20260301T000000Z\r\n" in text and "CLASS:PRIVATE\r\n" in text


def test_time_is_given_on_the_recipients_clock_with_its_zone():
    text = one(invite(zone="America/New_York"), "REQUEST").decode()
    assert "DTSTART;TZID=America/New_York:20260327T053000\r\n" in text
    assert "BEGIN:DAYLIGHT\r\nDTSTART:20260308T020000\r\nRDATE:20260308T020000\r\n" in text
    assert "TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\n" in text


def test_lines_end_with_crlf_and_have_at_most_75_octets():
    data = one(invite(summary="€" * 300, description="lang " * 99), "REQUEST")
    assert data.endswith(b"\r\n") and b"\n" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    assert both(data)[0].summary == "€" * 300


def test_call_that_begins_when_the_clock_shows_a_time_again_is_given_in_utc():
    """A local time that comes twice means the first (RFC 5545, 3.3.5)."""
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    first = second - timedelta(hours=1)
    for at, form in ((first, "DTSTART;TZID=Europe/London:20261025T013000"), (second, "DTSTART:20261025T013000Z")):
        data = one(invite(starts_at=at, minutes=20), "REQUEST")
        assert form in data.decode()
        assert both(data)[0].starts == at


@pytest.mark.parametrize("hours", [0.5, 1, 1.5, 3])
@pytest.mark.parametrize(
    "change",
    [datetime(2026, 3, 29, 1), datetime(2026, 10, 25, 1)],
)
def test_call_over_a_change_of_the_clock_keeps_its_length(change, hours):
    start = change.replace(tzinfo=UTC) - timedelta(minutes=15)
    (read,) = both(one(invite(starts_at=start, minutes=int(hours * 60)), "REQUEST"))
    assert read.ends - read.starts == timedelta(hours=hours)


@pytest.mark.parametrize(
    "zone", ["Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Dublin", "UTC", "Etc/GMT+5"]
)
def test_zone_with_a_clock_of_its_own_kind_is_read_alike(zone):
    """A month of winter time in summer, half an hour of summer time, quarters, winter time that is the exception, none."""
    for day in range(0, 365, 9):
        at = AT + timedelta(days=day)
        assert both(one(invite(zone=zone, starts_at=at), "REQUEST"))[0].starts == at


def test_changes_are_those_of_the_zone_and_no_other():
    found = invites.changes("Europe/London", 2026, 2026)
    assert [(at, after) for at, _, after, _, _ in found[1:]] == [
        (datetime(2026, 3, 29, 1), timedelta(hours=1)),
        (datetime(2026, 10, 25, 2), timedelta(0)),
    ]
    assert len(invites.changes("Asia/Kolkata", 2025, 2032)) == 1


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(summary=words, description=words)
def test_any_text_is_read_back_by_both_as_it_was_made_plain(summary, description):
    data = one(invite(summary=summary, description=description), "REQUEST")
    assert max(len(line) for line in data.split(b"\r\n")) <= 75
    for read in (by_icalendar(data), by_vobject(data)):
        assert [(row.summary, row.description) for row in read] == [(plain(summary), plain(description, lines=True))]


@given(text=words)
def test_text_can_not_add_a_line_of_its_own_to_an_object(text):
    data = one(invite(summary=f"{text}\r\nATTENDEE:mailto:all@firm.example"), "REQUEST")
    assert len(both(data)[0].attendees) == 1


@pytest.mark.parametrize("sign", ["\r\n", "\n", NEL, SEPARATOR, "\x0b", "\x00", "\x1f"])
def test_line_ends_and_control_characters_become_plain(sign):
    assert plain(f"a{sign}b") in ("a b", "ab") and plain(f"a{sign}b", lines=True) in ("a\nb", "ab")


@given(st.lists(st.tuples(st.integers(0, 3000), st.sampled_from(["Europe/London", "Asia/Tokyo"])), max_size=6))
def test_feed_holds_each_call_at_its_instant(calls):
    made = [
        invite(uid=f"{n}@x.example", starts_at=AT + timedelta(hours=hours), zone=zone, attendee="")
        for n, (hours, zone) in enumerate(calls)
    ]
    data = feed(made, name="Calls", every=timedelta(hours=1))
    assert {(r.uid, r.starts) for r in both(data)} == {(one.uid, one.starts_at) for one in made}
    text = data.decode()
    assert "METHOD:PUBLISH\r\n" in text and "REFRESH-INTERVAL;VALUE=DURATION:PT1H\r\n" in text
    assert text.count("BEGIN:VTIMEZONE") == len({zone for _, zone in calls})


def test_control_object_with_a_fixed_offset_is_read_an_hour_off():
    """An object whose zone never changes is what a program without VTIMEZONE would write: the parsers must see through it."""
    at = AT + timedelta(days=120)
    text = one(invite(starts_at=at), "REQUEST").decode()
    parts = text[text.index("BEGIN:STANDARD") : text.index("END:VTIMEZONE")].split("END:STANDARD\r\n", 1)
    wrong = text.replace(parts[1], "")
    assert both(text.encode())[0].starts == at
    assert by_vobject(wrong.encode())[0].starts == at + timedelta(hours=1)
