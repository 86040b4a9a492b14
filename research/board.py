"""What the page of seats shows: each place with its clock and what stands in the way of each act, the wait-list, the history."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateformat import format as written

from accounts.models import AuditEvent
from accounts.moves import now
from research.clock import left
from research.models import Fund, FundPolicy, Participation, Programme, Seat, Signature
from research.models.seats import CEILING, may_name_funds
from research.permissions import activation_obstacle, cap_obstacle, extension_obstacle, last_seat_obstacle
from research.queries import newest_policies
from research.states import ParticipationState, SeatState

# What a history says of each verb; {fund} is a name, or "a fund" for who may not name funds.
TOLD = {
    "cap-set": "Number of seats set from {old} to {new}",
    "seat-held": "Seat {number} held for {fund} until {until}",
    "hold-extended": "Hold of seat {number} for {fund} now runs until {until}",
    "seat-offered": "Seat {number} offered to {fund} from the wait-list, held until {until}",
    "seat-hold-expired": "Hold of seat {number} for {fund} ran out",
    "seat-committed": "{fund} took seat {number} by signing the terms",
    "seat-activated": "Seat {number} of {fund} made active",
    "seat-freed": "Seat {number} of {fund} freed",
    "wait-list-joined": "{fund} joined the wait-list",
    "wait-list-left": "{fund} taken off the wait-list",
    "participation-declined": "{fund} declined",
    "terms-signed": "{fund} signed the terms, version {version}",
    "terms-published": "Terms published, version {version}",
}


@dataclass(frozen=True)
class Place:
    """A seat as this reader may see it: `fund` is None for who may not name funds. Each obstacle is a sentence or None."""

    seat: Seat
    fund: Fund | None
    policy: FundPolicy | None
    activate: str | None
    extend: str | None
    free: str | None

    @property
    def left(self) -> str:
        """How long the hold still runs; empty for a seat that is not held."""
        return left(self.seat.held_until, now()) if self.seat.held_until else ""


@dataclass(frozen=True)
class Change:
    """One line of the history."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class Choice:
    """A number of seats that can be set, or the sentence that says which seats stand in the way."""

    cap: int
    obstacle: str | None


def places(programme: Programme, user: Any) -> list[Place]:
    """A programme's seats in order, in a fixed number of queries."""
    seats = list(Seat.objects.visible_to(user).filter(programme=programme).select_related("fund").order_by("number"))
    names = may_name_funds(user)
    policies = newest_policies(seat.fund_id for seat in seats if seat.fund_id) if names else {}
    signed = set(
        Signature.objects.filter(terms__programme=programme, terms__in_force=True, binding=True).values_list(
            "fund", flat=True
        )
    )
    last = _last(programme, seats)
    for seat in seats:
        seat.programme = programme
    return [
        Place(
            seat=seat,
            fund=seat.fund if names else None,
            policy=policies.get(seat.fund_id),
            activate=activation_obstacle(seat, signed=seat.fund_id in signed),
            extend=extension_obstacle(seat),
            free=last if seat.state == SeatState.ACTIVE else None,
        )
        for seat in seats
    ]


def _last(programme: Programme, seats: list[Seat]) -> str | None:
    """What stands in the way of freeing the one active seat, when there is only one."""
    active = [seat for seat in seats if seat.state == SeatState.ACTIVE]
    return last_seat_obstacle(programme, active[0]) if len(active) == 1 else None


def choices(seats: list[Seat]) -> list[Choice]:
    """Every number of seats there may be, each with what stands in its way now."""
    return [Choice(cap, cap_obstacle(seats, cap)) for cap in range(1, CEILING + 1)]


def parts(programme: Programme, user: Any) -> list[Participation]:
    """The participations without a seat that this reader may see: those that wait first and in order, then the newest."""
    rows = Participation.objects.visible_to(user).filter(programme=programme).exclude(state=ParticipationState.SEATED)
    found = list(rows.select_related("fund").order_by("-since"))
    waiting = [row for row in found if row.state == ParticipationState.WAITING]
    return [
        *sorted(waiting, key=lambda row: (row.waiting_since, row.pk)),
        *(row for row in found if row.state != ParticipationState.WAITING),
    ]


def counted(programme: Programme) -> Counter[str]:
    """How many participations there are in each state: for people of the firm who may not name funds."""
    return Counter(Participation.objects.filter(programme=programme).values_list("state", flat=True))


def events(programme: Programme) -> QuerySet[AuditEvent]:
    """What happened to the seats of a programme, the newest first. A reader's own signature moves no seat."""
    rows = AuditEvent.objects.filter(chain=programme.chain, verb__in=TOLD)
    return rows.exclude(verb="terms-signed", body__binding=False).order_by("-seq")


def history(page: list[AuditEvent], people: dict[Any, str], user: Any) -> list[Change]:
    """Events in words: who, when, what. Funds are named only to who may name them."""
    ids = {event.body["fund"] for event in page if "fund" in event.body}
    funds = {str(fund.pk): fund.name for fund in Fund.objects.visible_to(user).filter(pk__in=ids)} if ids else {}
    return [Change(event.at, people.get(event.actor, "The system"), _told(event, funds)) for event in page]


def _told(event: AuditEvent, funds: dict[str, str]) -> str:
    body = dict(event.body)
    if until := body.get("until"):
        there = timezone.localtime(datetime.fromisoformat(until))
        body["until"] = f"{written(there, 'j M Y, H:i')} {there.tzname()}"
    text = TOLD[event.verb].format(**body | {"fund": funds.get(body.get("fund", ""), "a fund")})
    return text[0].upper() + text[1:]
