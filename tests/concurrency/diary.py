"""Calls that all want one person at one time: rows for the races of bookings, made and looked at inside Django."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import audit
from accounts.models import User
from accounts.roles import Role
from interviews.models import Interview, Slot
from interviews.services import scheduling
from interviews.states import TIMED
from research.models import Programme
from tests.factories import make_expert, make_interview, make_programme, make_user

RIVALS = 4
SHARED = ("interviewer", "expert", "chaperone")
# How they ask: all book, all hold, by turns; one time is held already and is confirmed while others want it; it has run out.
WAYS = ("book", "hold", "both", "confirm", "expired")
ZONES = ("Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Sydney")
FIRST = datetime(2027, 1, 4, 12, tzinfo=UTC)


def fill() -> None:
    """A programme with room for everybody, analysts who lead and people who sit in; prints a token that may book."""
    programme = make_programme("races")
    programme.segments.update(quota=30_000)
    for number in range(RIVALS):
        make_user(f"Lead{number}", Role.ANALYST, programme=programme)
        make_user(f"Chair{number}", Role.COMPLIANCE, programme=programme)
    print(Token.objects.create(user=User.objects.get(name="Lead0"), key="f" * 40).key)


def announce(number: int) -> None:
    """The race of this number, on a day of its own; prints its requests and its calls."""
    programme = Programme.objects.get(slug="races")
    shared, way = SHARED[number % 3], WAYS[number // 3 % 5]
    leads, chairs = (list(User.objects.filter(name__startswith=name).order_by("name")) for name in ("Lead", "Chair"))
    expert, at = make_expert(), FIRST + timedelta(days=number)
    calls = [
        make_interview(
            programme,
            leads[0] if shared == "interviewer" else leads[n],
            state="open",
            starts_at=None,
            expert=expert if shared == "expert" else None,
            chaperone=(chairs[0] if shared == "chaperone" else chairs[n]) if n % 2 or shared == "chaperone" else None,
        )
        for n in range(RIVALS)
    ]
    asked = [_request(call, n, at, way) for n, call in enumerate(calls)]
    if way in ("confirm", "expired"):
        _hold(calls[0], at, leads[0], run_out=way == "expired")
        asked += [[f"/api/v1/interviews/{calls[0].pk}/confirm/", {}]] * 3
    print(json.dumps({"asked": asked, "calls": [str(call.pk) for call in calls], "name": f"{shared}, {way}"}))


def _request(call: Interview, n: int, at: datetime, way: str) -> list:
    """Overlapping times, each a quarter of an hour after the one before and on another clock."""
    zone = ZONES[n % len(ZONES)]
    wall = (at + timedelta(minutes=15 * (n % 4))).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    what = {"hold": "hold", "both": ("book", "hold")[n % 2]}.get(way, "book")
    if way in ("confirm", "expired") and n == 0:
        return [f"/api/v1/interviews/{call.pk}/confirm/", {}]
    return [f"/api/v1/interviews/{call.pk}/{what}/", {"wall": wall.isoformat(timespec="minutes"), "zone": zone}]


def _hold(call: Interview, at: datetime, by: User, *, run_out: bool) -> None:
    scheduling.hold_time(interview=call, wall=at.replace(tzinfo=None), zone="UTC", by=by)
    if run_out:
        Interview.objects.filter(pk=call.pk).update(held_until=timezone.now() - timedelta(seconds=1))


def look(calls: list[str]) -> None:
    """Prints how many of these calls have a time, how many overlaps there are anywhere, and every sign of a half-done booking."""
    rows = list(Interview.objects.filter(pk__in=calls))
    timed = [row for row in rows if row.state in TIMED]
    slots = list(Slot.objects.order_by("who", "starts_at"))
    overlaps = sum(
        one.who == two.who and two.starts_at < one.ends_at for one, two in zip(slots, slots[1:], strict=False)
    )
    halves = [
        row.label
        for row in rows
        if row.slots.count() != ((2 + (row.chaperone_id is not None)) if row.state in TIMED else 0)
        or (row.starts_at is not None) != (row.state in TIMED)
    ]
    broken = audit.verify(Programme.objects.get(slug="races").chain).bad is not None
    print(json.dumps({"timed": len(timed), "overlaps": overlaps, "halves": halves, "broken": broken}))
