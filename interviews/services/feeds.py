"""The calendars to which a person's own program subscribes: by an address that holds a secret and can be taken back."""

import secrets
from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from interviews import invites
from interviews.models import CalendarFeed, Interview
from interviews.services import notices
from interviews.states import InterviewState as S
from research.models import Programme
from research.services.outward import public_name

# Calls that have a time and are not called off. A held time is shown as tentative.
SHOWN = (S.TENTATIVE, S.BOOKED, S.STARTED, S.HELD)
# What is older is no longer on anybody's mind; the address stays small.
BACK = timedelta(days=60)
EVERY = timedelta(hours=1)
MOST = 10
LONGEST_NAME = 80


class Feed(NamedTuple):
    """A calendar as it is answered; `tag` changes exactly when the calls do."""

    body: bytes
    tag: str


@transaction.atomic
def create(*, name: str, by: User) -> tuple[CalendarFeed, str]:
    """A new feed of one's own calls, and its whole address, which is told this once."""
    if not by.of_firm or not by.is_active:
        raise Refused("Only the firm's people take calls, so only they have a calendar of them.")
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(f"Say in up to {LONGEST_NAME} characters where you will read the calendar, such as “Telephone”.")
    User.objects.select_for_update().get(pk=by.pk)
    if live(by).count() >= MOST:
        raise IllegalMove(f"You have {MOST} calendar feeds. End one that you no longer use first.")
    secret = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(user=by, name=name, digest=digest(secret), at=now())
    audit.record(audit.HOUSE, "calendar-feed-made", feed, by=by)
    return feed, settings.SITE_URL + reverse("calendar_feed", args=[secret])


@transaction.atomic
def revoke(*, feed: CalendarFeed, by: User) -> CalendarFeed:
    """End a feed of one's own: whoever has its address learns nothing more."""
    row = CalendarFeed.objects.select_for_update().get(pk=feed.pk)
    if row.user_id != by.pk:
        raise Refused("This is somebody else's calendar feed.")
    if row.revoked_at is None:
        row.revoked_at = now()
        row.save(update_fields=["revoked_at"])
        audit.record(audit.HOUSE, "calendar-feed-ended", row, by=by)
    return row


def live(user: User) -> QuerySet[CalendarFeed]:
    """The feeds of a person that still answer."""
    return CalendarFeed.objects.filter(user=user, revoked_at__isnull=True)


def digest(secret: str) -> str:
    """What the database keeps of an address: who reads it can open none."""
    return salted_hmac("interviews.calendar_feed", secret, algorithm="sha256").hexdigest()


def read(token: str) -> Feed | None:
    """The calendar behind an address, or None: for one never given out, one that was ended, and who left the firm alike."""
    feed = CalendarFeed.objects.filter(digest=digest(token), revoked_at__isnull=True).select_related("user").first()
    if feed is None or not feed.user.is_active or not feed.user.of_firm:
        return None
    CalendarFeed.objects.filter(pk=feed.pk).update(read_at=now())
    rows = list(calls_of(feed.user))
    zone = notices.zone_of(feed.user)
    names = {row.programme: "" for row in rows}
    names = {programme: public_name(programme) for programme in names}
    found = [
        notices.invite_for(row, zone, row.starts_at, name=names[row.programme], attendee="")
        for row in rows
        if row.starts_at
    ]
    stamps = "".join(
        f"{one.uid}{one.sequence}{one.starts_at}{one.minutes}{one.summary}{one.tentative};" for one in found
    )
    tag = salted_hmac("interviews.calendar_feed.tag", f"{feed.pk}{zone}{stamps}", algorithm="sha256").hexdigest()[:32]
    return Feed(invites.feed(found, name="Research calls", every=EVERY), tag)


def calls_of(user: User) -> QuerySet[Interview]:
    """The calls that a person leads or sits in, of programmes that they still see."""
    rows = Interview.objects.visible_to(user).filter(Q(interviewer=user) | Q(chaperone=user), state__in=SHOWN)
    rows = rows.filter(starts_at__gte=now() - BACK, programme__in=Programme.objects.visible_to(user))
    return rows.select_related("programme").defer("notes").distinct().order_by("starts_at", "pk")
