"""Seats. Only who may manage them sees a fund's name here."""

from datetime import date, datetime, time
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent
from accounts.moves import Invalid, now
from accounts.permissions import allowed
from accounts.roles import Permission
from research import board
from research.clock import left
from research.forms import HoldForm, SeatForm
from research.models import Participation, Seat
from research.models.seats import may_name_funds
from research.permissions import claim_obstacle
from research.queries import audit_actors, newest_policies
from research.services import seats
from research.services.cap import set_cap
from research.states import ParticipationState, SeatState
from research.views.audit import said
from research.views.pages import Act, ProgrammePage

CHANGES = 20
NO_DAY = "Give the day as a date."
TONES = {SeatState.FREE: "idle", SeatState.HELD: "active", SeatState.SIGNED: "active", SeatState.ACTIVE: "good"}
PART_TONES = {
    ParticipationState.INVITED: "idle",
    ParticipationState.WAITING: "active",
    ParticipationState.SEATED: "good",
    ParticipationState.LAPSED: "warn",
    ParticipationState.DECLINED: "plain",
    ParticipationState.WITHDRAWN: "plain",
}


class SeatsPage(ProgrammePage):
    """The numbered seats with their clocks, the wait-list, the number of seats and what happened to them."""

    template = "research/seats.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = board.places(self.programme, self.actor)
        counts = {state: sum(row.seat.state == state for row in rows) for state in SeatState.values}
        manage = self.why_not(Permission.MANAGE_SEATS)
        no_room = str(seats.full(self.programme)) if not counts[SeatState.FREE] else None
        closed = claim_obstacle(self.programme)
        context: dict[str, Any] = {
            "rows": [(row, TONES[SeatState(row.seat.state)]) for row in rows],
            "counts": counts,
            "cap": len(rows),
            "names": may_name_funds(self.actor),
            "parts": [(part, PART_TONES[ParticipationState(part.state)]) for part in self._parts()],
            "counted": board.counted(self.programme),
            "manage_refusal": manage,
            "claim_refusal": manage or closed or no_room,
            "wait_refusal": manage or closed or (None if no_room else seats.ROOM),
            **self._history(),
        }
        if manage is None:
            context["form"] = SeatForm(programme=self.programme)
            context["hold_form"] = HoldForm()
            context["choices"] = choices = board.choices([row.seat for row in rows])
            # Of the numbers that can't be, the nearest: what stands in its way stands in that of all below it.
            context["fewer"] = next((choice.obstacle for choice in reversed(choices) if choice.obstacle), None)
        return self.draw(**context)

    def _parts(self) -> list[Participation]:
        return board.parts(self.programme, self.actor)

    def _history(self) -> dict[str, Any]:
        """The newest events, for who may read the audit."""
        if not allowed(self.actor, Permission.READ_AUDIT):
            return {}
        page = Paginator(board.events(self.programme), CHANGES).get_page(self.request.GET.get("page"))
        people = audit_actors(self.programme.chain, self.actor)
        return {"page": page, "changes": board.history(list(page), people, self.actor)}


class SeatRecord(ProgrammePage):
    """One fund's seat with the fund's own chain: what can be shown to that fund's compliance, and names no other fund."""

    permission = Permission.SEE_FUNDS
    template = "research/seat.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        seat = get_object_or_404(
            Seat.objects.visible_to(request.user).select_related("fund"),
            programme=self.programme,
            number=self.kwargs["number"],
            fund__isnull=False,
        )
        fund = seat.fund
        assert fund is not None, "only seats with a fund were asked for"
        chain = seat.chain_of(fund.pk)
        people = fund.members.select_related("user").filter(left_at__isnull=True).order_by("user__name")
        return self.draw(
            seat=seat,
            fund=fund,
            tone=TONES[SeatState(seat.state)],
            policy=newest_policies([fund.pk]).get(fund.pk),
            people=people,
            people_heading="People with access" if seat.state == SeatState.ACTIVE else "People who will have access",
            chain=chain,
            events=[(event, said(event.verb)) for event in AuditEvent.objects.filter(chain=chain).order_by("seq")],
            verdict=audit.verify(chain),
            section="seats",
        )


class SeatAct(Act):
    permission = Permission.MANAGE_SEATS

    @property
    def seat(self) -> Seat:
        return self.see_own(Seat, number=self.kwargs["number"])

    def back(self) -> str:
        return reverse("seats", args=[self.programme.slug])


class SeatGive(SeatAct):
    """Hold a seat for a fund, give it one at once, or let it wait: by the button that was pressed."""

    def act(self) -> str:
        form = SeatForm(self.request.POST, programme=self.programme)
        if not form.is_valid():
            fund_gone = "fund" in form.errors
            raise Invalid("Choose a fund without a seat here." if fund_gone else NO_DAY)
        fund = form.cleaned_data["fund"]
        given: dict[str, Any] = {"programme": self.programme, "fund": fund, "by": self.actor}
        how = self.request.POST.get("how")
        if how == "wait":
            seats.put_on_wait_list(**given)
            return f"{fund.name} is on the wait-list."
        if how == "hold":
            seat = seats.hold_seat(**given, until=end_of(form.cleaned_data["until"]))
            return f"Seat {seat.number} is held for {fund.name}."
        seat = seats.take_seat(**given)
        return f"{fund.name} has seat {seat.number}."


class HoldExtend(SeatAct):
    def act(self) -> str:
        form = HoldForm(self.request.POST)
        if not form.is_valid():
            raise Invalid(NO_DAY)
        seat = seats.extend_hold(seat=self.seat, by=self.actor, until=end_of(form.cleaned_data["until"]))
        assert seat.held_until is not None, "a hold ends: the database checks it"
        return f"Seat {seat.number} is held for {left(seat.held_until, now()).removesuffix(' left')} more."


class WaitLeave(SeatAct):
    def act(self) -> str:
        part = self.see_own(Participation, pk=self.kwargs["participation"])
        seats.take_off_wait_list(participation=part, by=self.actor)
        return f"{part.fund.name} is off the wait-list."


class SeatActivate(SeatAct):
    def act(self) -> str:
        seat = seats.activate_seat(seat=self.seat, by=self.actor)
        return f"Seat {seat.number} is active."


class SeatFree(SeatAct):
    def act(self) -> str:
        seat = seats.free_seat(seat=self.seat, by=self.actor)
        if seat.state == SeatState.FREE:
            return f"Seat {seat.number} is free."
        return f"Seat {seat.number} was freed and is held for the fund that has waited longest."


def end_of(day: date | None) -> datetime | None:
    """The last moment of a day in the firm's zone."""
    return timezone.make_aware(datetime.combine(day, time.max)) if day else None


class CapSet(SeatAct):
    def act(self) -> str:
        wanted = self.request.POST.get("cap", "")
        set_cap(programme=self.programme, cap=wanted, by=self.actor)
        return f"The programme has {wanted} seat{'' if wanted == '1' else 's'}."
