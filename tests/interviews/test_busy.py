"""Times read from calendar files as several programs write them, within bounds, and nothing else of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounts.moves import Invalid
from interviews import busy

FILES = Path(__file__).resolve().parents[1] / "data" / "ics"
START, END = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 20, tzinfo=UTC)


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def read(name: str, zone: str = "Europe/London") -> list:
    return busy.read((FILES / name).read_bytes(), zone, START, END)


def calendar(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *lines, "END:VCALENDAR", ""]).encode()


def event(*lines: str) -> bytes:
    return calendar("BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT")


def test_google_file_gives_repeats_on_the_wall_clock_and_whole_days():
    """Ten o'clock stays ten over the change of 29 March; one repeat is left out, one moved, the birthday and the cancelled free."""
    assert read("google.ics") == [
        (at(3, 23, 10), at(3, 23, 10, 30)),
        (at(3, 25, 0), at(3, 27, 0)),
        (at(3, 30, 13), at(3, 30, 13, 30)),
        (at(4, 13, 9), at(4, 13, 9, 30)),
    ]


def test_outlook_file_gives_times_in_windows_zones_and_leaves_out_what_is_marked_free():
    found = read("outlook.ics")
    assert [since for since, _ in found] == [
        at(3, 26, 9),
        at(3, 26, 15),
        at(3, 27, 9),
        at(3, 28, 9),
        at(3, 29, 8),
        at(3, 30, 8),
    ]


def test_apple_file_gives_times_in_a_zone_of_its_own_and_floating_ones_on_the_own_clock():
    assert read("apple.ics", "America/New_York") == [
        (at(3, 27, 16, 30), at(3, 27, 17, 15)),
        (at(3, 31, 16), at(3, 31, 17)),
    ]


def test_thunderbird_file_gives_every_second_week_and_the_added_day_and_passes_over_what_is_broken():
    assert [since for since, _ in read("thunderbird.ics")] == [at(3, 27, 13), at(3, 31, 13), at(4, 14, 13)]


def test_whole_days_are_those_of_the_own_clock():
    day = event("DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330")
    assert busy.read(day, "Europe/London", START, END) == [(at(3, 29, 0), at(3, 29, 23))]
    assert busy.read(day, "Asia/Tokyo", START, END) == [(at(3, 28, 15), at(3, 29, 15))]


def test_only_what_touches_the_window_is_read_of_a_rule_without_end():
    found = busy.read(
        event("DTSTART:20100101T090000Z", "DURATION:PT30M", "RRULE:FREQ=DAILY"), "Europe/London", START, END
    )
    assert (found[0][0], found[-1][0], len(found)) == (at(3, 20, 9), at(4, 19, 9), 31)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no calendar file"),
        (b"<html>sign in</html>", "no calendar file"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "no calendar file"),
        (calendar(*["BEGIN:VEVENT", "END:VEVENT"] * (busy.MOST_EVENTS + 1)), "more than 20,000 entries"),
        (calendar("X-A:" + "a" * busy.MOST_BYTES), "larger than 2 MB"),
    ],
)
def test_file_that_is_no_calendar_or_too_much_is_refused_in_words(data, words):
    with pytest.raises(Invalid, match=words):
        busy.read(data, "Europe/London", START, END)


def test_entries_that_repeat_too_often_are_refused_or_passed_over():
    often = event("DTSTART:20260323T090000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")
    assert busy.read(often, "Europe/London", START, END) == [(at(3, 23, 9), at(3, 23, 9) + timedelta(seconds=1))]
    daily = ["BEGIN:VEVENT", "UID:1", "DTSTART:19000101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", "END:VEVENT"]
    with pytest.raises(Invalid, match="repeats too much"):
        busy.read(calendar(*daily * 6), "Europe/London", START, END)


def test_child_reads_the_same_as_the_module():
    data = (FILES / "google.ics").read_bytes()
    assert busy.read_limited(data, "Europe/London", START, END) == read("google.ics")
    with pytest.raises(Invalid, match="no calendar file"):
        busy.read_limited(b"nothing", "Europe/London", START, END)


def test_child_that_takes_too_long_is_ended(monkeypatch):
    """A rule that never has a day: the thirtieth of February."""
    monkeypatch.setattr(busy, "SECONDS", 2)
    rules = ["BEGIN:VEVENT", "DTSTART:20260101T090000Z", "DURATION:PT1H"]
    never = [*rules, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "END:VEVENT"]
    with pytest.raises(Invalid, match="takes too long to read"):
        busy.read_limited(calendar(*never * 50), "Europe/London", START, END)
