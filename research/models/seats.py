import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from accounts.permissions import allowed
from accounts.roles import Permission
from research.models.funds import Fund
from research.models.programmes import Programme
from research.states import SeatState

CEILING = 5


class SeatQuerySet(models.QuerySet["Seat"]):
    def visible_to(self, user: Any) -> "SeatQuerySet":
        """People of the firm see a programme's seats; a fund's people see their own seat and no other."""
        if not getattr(user, "is_active", False):
            return self.none()
        if user.of_firm:
            return self.filter(programme__in=Programme.objects.visible_to(user))
        return self.filter(fund__members__user=user, fund__members__left_at__isnull=True)

    def live(self) -> "SeatQuerySet":
        """Seats that somebody sits on or holds."""
        return self.exclude(state=SeatState.FREE)


class Seat(models.Model):
    """One of a programme's numbered places for funds. The number of rows is the cap; there is no sixth."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="seats")
    number = models.PositiveSmallIntegerField()
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, null=True, blank=True, related_name="seats")
    state = models.CharField(max_length=8, choices=SeatState.choices, default=SeatState.FREE)
    held_until = models.DateTimeField(null=True, blank=True)
    since = models.DateTimeField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="seat_number_once"),
            models.UniqueConstraint(fields=["programme", "fund"], name="seat_fund_once"),
            models.CheckConstraint(condition=Q(number__gte=1) & Q(number__lte=CEILING), name="seat_number_1_to_5"),
            models.CheckConstraint(condition=Q(state__in=SeatState.values), name="seat_state_known"),
            models.CheckConstraint(
                condition=Q(state=SeatState.FREE, fund__isnull=True)
                | (~Q(state=SeatState.FREE) & Q(fund__isnull=False)),
                name="seat_free_without_fund",
            ),
            models.CheckConstraint(
                condition=~Q(state=SeatState.HELD) | Q(held_until__isnull=False), name="seat_hold_ends"
            ),
        ]

    def __str__(self) -> str:
        return f"Seat {self.number}"

    def chain_of(self, fund_id: uuid.UUID) -> str:
        """The audit chain of one fund's place in this programme; it never mentions another fund."""
        return f"seat:{self.programme_id}:{fund_id}"


def may_name_funds(user: Any) -> bool:
    """True when the funds' names may be shown to this person."""
    return allowed(user, Permission.SEE_FUNDS)
