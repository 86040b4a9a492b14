"""Seats and funds. Only who may manage them sees a fund's name here."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent
from accounts.moves import Invalid
from accounts.roles import Permission
from research.forms import CapForm, FundForm, MemberForm, SeatForm
from research.models import Fund, FundMember, Seat
from research.models.seats import may_name_funds
from research.permissions import claim_obstacle
from research.queries import fund_rows, newest_policies, seat_rows
from research.services import funds, seats
from research.states import SeatState
from research.views.audit import said
from research.views.pages import Act, FormPage, Page, ProgrammePage

TONES = {SeatState.FREE: "idle", SeatState.HELD: "active", SeatState.ACTIVE: "good"}


class SeatsPage(ProgrammePage):
    template = "research/seats.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = seat_rows(self.programme, request.user)
        counts = {state: sum(row.seat.state == state for row in rows) for state in SeatState.values}
        manage = self.why_not(Permission.MANAGE_SEATS)
        no_room = str(seats.full(self.programme)) if not counts[SeatState.FREE] else None
        context: dict[str, Any] = {
            "rows": [(row, TONES[SeatState(row.seat.state)]) for row in rows],
            "counts": counts,
            "cap": len(rows),
            "names": may_name_funds(request.user),
            "manage_refusal": manage,
            "claim_refusal": manage or claim_obstacle(self.programme) or no_room,
        }
        if manage is None:
            context["form"] = SeatForm(programme=self.programme)
            context["cap_form"] = CapForm(initial={"cap": len(rows)})
        return self.draw(**context)


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
            verdict=audit.verify(chain, anchor=audit.anchors().get(chain)),
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
    """Hold a seat for a fund, or give it one at once: by the button that was pressed."""

    def act(self) -> str:
        form = SeatForm(self.request.POST, programme=self.programme)
        if not form.is_valid():
            fund_gone = "fund" in form.errors
            raise Invalid("Choose a fund without a seat here." if fund_gone else "Give the day as a date.")
        fund, until = form.cleaned_data["fund"], form.cleaned_data["until"]
        given: dict[str, Any] = {"programme": self.programme, "fund": fund, "by": self.request.user}
        if self.request.POST.get("how") == "hold":
            end = timezone.make_aware(datetime.combine(until, time.max)) if until else None
            seat = seats.hold_seat(**given, until=end)
            return f"Seat {seat.number} is held for {fund.name}."
        seat = seats.take_seat(**given)
        return f"{fund.name} has seat {seat.number}."


class SeatActivate(SeatAct):
    def act(self) -> str:
        seat = seats.activate_seat(seat=self.seat, by=self.actor)
        return f"Seat {seat.number} is active."


class SeatFree(SeatAct):
    def act(self) -> str:
        seat = seats.free_seat(seat=self.seat, by=self.actor)
        return f"Seat {seat.number} is free."


class CapSet(SeatAct):
    def act(self) -> str:
        cap = self.request.POST.get("cap", "")
        seats.set_cap(programme=self.programme, cap=cap, by=self.actor)
        return f"The programme has {cap} seat{'' if cap == '1' else 's'}."


class FundList(FormPage):
    """The funds, and a form for one more."""

    permission = Permission.SEE_FUNDS
    template = "research/funds.html"
    saved = "The fund was added. Add its people next."

    def make_form(self, data: Any = None) -> Form:
        return FundForm(data)

    def save(self, given: dict[str, Any]) -> str:
        fund = funds.add_fund(by=self.actor, **given)
        return reverse("fund", args=[fund.pk])

    def back(self) -> str:
        return reverse("funds")

    def context(self) -> dict[str, Any]:
        rows = list(fund_rows(self.actor))
        policies = newest_policies(row.pk for row in rows)
        return super().context() | {"rows": [(row, policies.get(row.pk)) for row in rows]}


class FundPage(FormPage):
    """One fund: its people, the versions of its policy (never their contents), its seats."""

    permission = Permission.SEE_FUNDS
    template = "research/fund.html"
    saved = "The person was added."

    @property
    def fund(self) -> Fund:
        return self.see(Fund, pk=self.kwargs["fund"])

    def make_form(self, data: Any = None) -> Form:
        return MemberForm(data)

    def save(self, given: dict[str, Any]) -> str:
        funds.add_member(fund=self.fund, by=self.actor, **given)
        return self.back()

    def back(self) -> str:
        return reverse("fund", args=[self.kwargs["fund"]])

    def context(self) -> dict[str, Any]:
        fund = self.fund
        return super().context() | {
            "fund": fund,
            "people": fund.members.select_related("user").order_by("left_at", "user__name"),
            "policies": fund.policies.defer("cooling_off", "restricted").select_related("by"),
            "seats": fund.seats.select_related("programme").order_by("programme__title"),
        }


class MemberRemove(Page):
    permission = Permission.MANAGE_SEATS
    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        fund = self.see(Fund, pk=self.kwargs["fund"])
        member = get_object_or_404(FundMember, fund=fund, pk=self.kwargs["member"])
        try:
            funds.remove_member(member=member, by=self.actor)
            messages.success(request, f"{member.user.name} has left; the account is closed.")
        except Invalid as wrong:
            messages.error(request, str(wrong))
        return redirect("fund", fund=fund.pk)
