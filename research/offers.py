"""What a fund's lead and compliance are asked: their own fund's part in each programme, in words that tell of nobody else."""

from dataclasses import dataclass
from typing import Any

from accounts.moves import now
from research.clock import left
from research.models import Participation, Seat
from research.permissions import answer_obstacle, claim_obstacle
from research.states import ParticipationState, SeatState

P = ParticipationState
# State of the participation, or of its seat: the pill, its tone, and what it means for the fund.
WORDS = {
    P.INVITED: ("Invited", "active", "Your fund is invited. Read the terms and sign them for it, and it has a seat."),
    P.WAITING: (
        "On the wait-list",
        "active",
        "When a seat comes free for your fund, it is held for some days and its lead is written to.",
    ),
    P.LAPSED: (
        "Hold ended",
        "warn",
        "The seat is no longer held for your fund. If one is free, signing the terms still takes it.",
    ),
    P.DECLINED: ("Declined", "plain", "Your fund has declined. Ask the firm if it wants to take part after all."),
    P.WITHDRAWN: ("Withdrawn", "plain", "Your fund has withdrawn. What it was served stays on its record."),
    SeatState.HELD: ("Seat held", "active", "Sign the terms before the hold ends, and the seat is your fund's."),
    SeatState.SIGNED: ("Terms signed", "good", "The seat is your fund's. The firm opens it; there is nothing to do."),
    SeatState.ACTIVE: ("Active", "good", "Your fund's people read what is released, once each has signed the terms."),
}


@dataclass(frozen=True)
class Offer:
    """One participation as its own fund sees it; `seat` is the fund's own, or None."""

    part: Participation
    seat: Seat | None

    @property
    def _words(self) -> tuple[str, str, str]:
        if self.seat is None:
            return WORDS[P(self.part.state)]
        return WORDS[P.LAPSED] if self.over else WORDS[SeatState(self.seat.state)]

    @property
    def label(self) -> str:
        return self._words[0]

    @property
    def tone(self) -> str:
        return self._words[1]

    @property
    def meaning(self) -> str:
        return self._words[2]

    @property
    def key(self) -> str:
        """What names it within the page."""
        return str(self.part.pk)

    @property
    def over(self) -> bool:
        """True for a hold that has run out and was not swept yet."""
        return bool(self.seat and self.seat.held_until and self.seat.held_until <= now())

    @property
    def held(self) -> bool:
        return bool(self.seat and self.seat.state == SeatState.HELD and not self.over)

    @property
    def left(self) -> str:
        """How long the hold still runs."""
        return left(self.seat.held_until, now()) if self.seat and self.seat.held_until else ""

    @property
    def open(self) -> bool:
        """True while the fund is asked for an answer."""
        settled = self.seat is not None and self.seat.state in (SeatState.SIGNED, SeatState.ACTIVE)
        return not settled and answer_obstacle(self.part) is None

    @property
    def may_wait(self) -> bool:
        return self.open and not self.held and self.part.state != P.WAITING

    @property
    def may_decline(self) -> bool:
        signed = self.seat is not None and self.seat.state == SeatState.SIGNED
        return self.open or (signed and claim_obstacle(self.part.programme) is None)


def offers(user: Any) -> list[Offer]:
    """The participations of this person's fund, those that want an answer first; nothing here depends on another fund."""
    parts = Participation.objects.visible_to(user).select_related("programme").order_by("-since")
    seats = {seat.programme_id: seat for seat in Seat.objects.visible_to(user).filter(fund__isnull=False)}
    found = [Offer(part, seats.get(part.programme_id)) for part in parts]
    return sorted(found, key=lambda offer: not offer.open)
