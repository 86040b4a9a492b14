"""When people take calls: their hours, days that are otherwise, how they schedule, and calendars from elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts import audit, jobs
from accounts.models import Job, User
from accounts.moves import Invalid, now
from accounts.permissions import Refused, require
from accounts.roles import Permission as P
from interviews import busy
from interviews.availability import Stretch
from interviews.fetching import fetch, url_trouble
from interviews.models import BusyFeed, BusyTime, CalendarSettings, Expert, Hours, HoursException
from interviews.permissions import refuse_if
from interviews.services.availability import holidays_of
from interviews.walltime import zone_of

BUSY_FEED = "busy-feed"
EXPERT = "expert"
MOST_STRETCHES, MOST_DAYS, MOST_FEEDS = 28, 200, 5
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
READ_EVERY = timedelta(hours=1)
Row = tuple[int, time, time]


# Hours --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_hours(*, of: User | Expert, rows: Sequence[Row], zone: str, by: User | None, via: str = "") -> int:
    """Replace somebody's weekly hours by (weekday, start, end) on the clock of `zone`; no rows mean the usual hours.

    People of the firm set their own. An expert's are set by those who book, or with `via="expert"` through a link.
    """
    _may_set(of, by, via)
    zone_of(zone)
    if len(rows) > MOST_STRETCHES:
        raise Invalid(f"Give at most {MOST_STRETCHES} stretches of hours in a week.")
    last: Row | None = None
    for row in sorted(rows):
        weekday, start, end = row
        if not 0 <= weekday <= 6:
            raise Invalid("Choose a day of the week.")
        if start >= end:
            raise Invalid(f"{WEEKDAYS[weekday]}: the hours must end after they begin.")
        if last and last[0] == weekday and start < last[2]:
            raise Invalid(f"{WEEKDAYS[weekday]}: two stretches overlap. Make them one, or part them.")
        last = row
    Hours.objects.filter(**_whose(of)).delete()
    Hours.objects.bulk_create(
        Hours(**_whose(of), weekday=weekday, start=start, end=end, zone=zone) for weekday, start, end in sorted(rows)
    )
    audit.record(audit.HOUSE, "hours-set", of, by=by, stretches=len(rows))
    return len(rows)


@transaction.atomic
def set_day(
    *,
    of: User | Expert,
    day: date,
    zone: str,
    by: User | None,
    start: time | None = None,
    end: time | None = None,
    note: str = "",
    via: str = "",
) -> HoursException:
    """Say that one day's hours are others: none at all, or from `start` to `end`. A second stretch may be added."""
    _may_set(of, by, via)
    zone_of(zone)
    if (start is None) != (end is None) or (start is not None and end is not None and start >= end):
        raise Invalid("Give when the hours begin and when they end, or neither for a day off.")
    known = HoursException.objects.filter(**_whose(of))
    if known.count() >= MOST_DAYS:
        raise Invalid(f"{MOST_DAYS} days are set already: remove those that are past.")
    same = known.filter(day=day)
    if start is None or same.filter(start__isnull=True).exists():
        same.delete()
    row = HoursException.objects.create(**_whose(of), day=day, start=start, end=end, zone=zone, note=note[:80])
    audit.record(audit.HOUSE, "day-set", of, by=by, day=day, off=start is None)
    return row


@transaction.atomic
def unset_day(*, of: User | Expert, day_id: int, by: User | None, via: str = "") -> None:
    """Let a day have its usual hours again. What is not there is gone already."""
    _may_set(of, by, via)
    gone, _ = HoursException.objects.filter(**_whose(of), pk=day_id).delete()
    if gone:
        audit.record(audit.HOUSE, "day-unset", of, by=by)


@transaction.atomic
def set_calendar(*, zone: str, holidays: str, most_a_day: int, pause: int, by: User) -> CalendarSettings:
    """How a person of the firm schedules: zone, whose holidays, most calls a day, minutes kept free between two."""
    require(by, P.SEE_PROGRAMMES)
    zone_of(zone)
    holidays = holidays.strip().upper()
    holidays_of(holidays, now().year, now().year)
    if not 1 <= most_a_day <= 20:
        raise Invalid("Take between 1 and 20 calls a day.")
    if not 0 <= pause <= 240:
        raise Invalid("Keep between 0 and 240 minutes free between two calls.")
    given = {"zone": zone, "holidays": holidays, "most_a_day": most_a_day, "pause": pause}
    row, _ = CalendarSettings.objects.update_or_create(user=by, defaults=given)
    audit.record(audit.HOUSE, "calendar-set", by, by=by, most_a_day=most_a_day, pause=pause)
    return row


def settings_of(user: User) -> CalendarSettings:
    """How a person schedules, or how everybody does who has not said."""
    return CalendarSettings.objects.filter(user=user).first() or CalendarSettings(user=user)


def _whose(of: User | Expert) -> dict[str, Any]:
    return {"user": of} if isinstance(of, User) else {"expert": of}


def _may_set(of: User | Expert, by: User | None, via: str) -> None:
    if isinstance(of, User):
        refuse_if(None if by is not None and by.pk == of.pk else "Everybody sets their own hours.")
        require(of, P.SEE_PROGRAMMES)
    elif by is not None:
        require(by, P.LOG_INTERVIEWS)
        seen = Expert.objects.visible_to(by).filter(pk=of.pk).exists()
        refuse_if(None if seen else "This expert is in none of your programmes.")
    elif via != EXPERT:
        raise Refused("Nobody is signed in.")


# Calendars from elsewhere -------------------------------------------------------------------------------------------


def upload_feed(*, name: str, data: bytes, by: User) -> BusyFeed:
    """Read the times of a calendar file; nothing else of it is kept. Invalid, with a sentence, for a file that gives none."""
    require(by, P.SEE_PROGRAMMES)
    zone, at = settings_of(by).zone, now()
    times = busy.read_limited(data, zone, at - timedelta(days=1), at + busy.WINDOW)
    with transaction.atomic():
        feed = _new_feed(name, "", by)
        save_times(feed.pk, times)
    feed.refresh_from_db()
    return feed


@transaction.atomic
def subscribe(*, name: str, url: str, by: User) -> BusyFeed:
    """Follow a calendar by its address; a worker reads it at once and then each hour."""
    require(by, P.SEE_PROGRAMMES)
    if sentence := url_trouble(url.strip()):
        raise Invalid(sentence)
    feed = _new_feed(name, url.strip(), by)
    ask_for(feed, by)
    return feed


@transaction.atomic
def refresh(*, feed: BusyFeed, by: User) -> None:
    """Read a followed calendar again, as soon as a worker can."""
    _own(feed, by)
    if not feed.url:
        raise Invalid("This calendar came as a file: upload a newer one.")
    ask_for(feed, by)


@transaction.atomic
def remove_feed(*, feed: BusyFeed, by: User) -> None:
    """Forget a calendar and all of its times."""
    _own(feed, by)
    audit.record(audit.HOUSE, "busy-feed-removed", feed, by=by)
    feed.delete()


def refresh_due(at: datetime) -> int:
    """Ask for every followed calendar that was last read an hour ago or longer; how many."""
    due = list(BusyFeed.objects.exclude(url="").exclude(read_at__gt=at - READ_EVERY).filter(user__is_active=True))
    for feed in due:
        ask_for(feed, None)
    return len(due)


def ask_for(feed: BusyFeed, by: User | None) -> Job:
    """The job that reads a followed calendar once."""
    return jobs.request(BUSY_FEED, feed.pk, jobs.fingerprint(feed.pk, feed.read_at), scope=feed.user_id, by=by)


def read_feed(feed_id: UUID | str) -> list[Stretch]:
    """What a followed calendar says now, from its address; reads no row but the feed's own. jobs.Unfit with a sentence."""
    feed = BusyFeed.objects.filter(pk=feed_id).select_related("user__calendar").first()
    if feed is None:
        raise jobs.Unfit("This calendar is no longer followed.")
    zone, at = settings_of(feed.user).zone, now()
    try:
        return busy.read_limited(fetch(feed.url, busy.MOST_BYTES), zone, at - timedelta(days=1), at + busy.WINDOW)
    except Invalid as wrong:
        raise jobs.Unfit(str(wrong)) from wrong


@transaction.atomic
def save_times(feed_id: UUID | str, times: Iterable[Stretch]) -> None:
    """Replace what is known of a calendar. Nothing happens when it is no longer followed."""
    if not BusyFeed.objects.filter(pk=feed_id).update(read_at=now(), trouble=""):
        return
    BusyTime.objects.filter(feed__pk=UUID(str(feed_id))).delete()
    rows = (BusyTime(feed_id=UUID(str(feed_id)), starts_at=since, ends_at=until) for since, until in times)
    BusyTime.objects.bulk_create(rows, batch_size=500)


def note_trouble(feed_id: UUID | str, sentence: str) -> None:
    """Keep why a calendar could not be read; what was known of it before stays."""
    BusyFeed.objects.filter(pk=feed_id).update(read_at=now(), trouble=sentence[:300])


def _new_feed(name: str, url: str, by: User) -> BusyFeed:
    if BusyFeed.objects.filter(user=by).count() >= MOST_FEEDS:
        raise Invalid(f"You follow {MOST_FEEDS} calendars already: remove one first.")
    feed = BusyFeed.objects.create(user=by, name=name.strip()[:80] or "My calendar", url=url)
    audit.record(audit.HOUSE, "busy-feed-added", feed, by=by, by_address=bool(url))
    return feed


def _own(feed: BusyFeed, by: User) -> None:
    refuse_if(None if feed.user_id == by.pk else "This is somebody else's calendar.")
