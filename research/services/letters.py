"""What is written to a fund's leads about its own seat. A letter tells of that fund and of nothing else."""

from django.conf import settings

from accounts import outbox
from accounts.models import User
from accounts.roles import Role
from research.models import Fund, Seat

# Where a fund answers: the address of the page `offers`, which is above this layer.
OFFERS = "/portal/fund/offers/"


def seat_held(seat: Seat, fund: Fund) -> None:
    """A seat is held, and until when."""
    _write(seat, fund, "seat_held")


def hold_ended(seat: Seat, fund: Fund) -> None:
    """The hold has run out; `seat` still has the moment at which it did."""
    _write(seat, fund, "hold_ended")


def _write(seat: Seat, fund: Fund, template: str) -> None:
    assert seat.held_until is not None, "a hold ends: the database checks it"
    people = User.objects.filter(membership__fund=fund, membership__left_at__isnull=True, is_active=True)
    for lead in people.filter(role=Role.FUND_LEAD):
        outbox.post(
            to=lead.email,
            template=template,
            key=f"{template}:{seat.pk}:{lead.pk}:{seat.held_until.isoformat()}",
            link=settings.SITE_URL + OFFERS,
            name=lead.name,
            programme=seat.programme,
            until=seat.held_until,
        )
