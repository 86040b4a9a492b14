"""Funds, their vehicles and their people, as the firm's admins see them."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.moves import IllegalMove, Invalid
from accounts.roles import GUARDED, Permission
from research.fund_forms import FundForm, MemberForm, VehicleForm
from research.models import Fund, Vehicle
from research.queries import fund_rows, newest_policies
from research.services import funds, people
from research.services.funds import LikelyDuplicate
from research.signing import people_of
from research.views.pages import FormPage, Page


class NamingPage(FormPage):
    """A form with a fund's name. A name near another fund's is asked about: both answers stand beside the form."""

    permission = Permission.MANAGE_SEATS
    likely: list[Fund] = []

    def named(self, given: dict[str, Any]) -> str:
        raise NotImplementedError

    def make_form(self, data: Any = None) -> Form:
        return FundForm(data, initial=self.initial())

    def initial(self) -> dict[str, str]:
        return {}

    def save(self, given: dict[str, Any]) -> str:
        try:
            return self.named(given | {"sure": self.request.POST.get("sure") == "yes", "by": self.actor})
        except LikelyDuplicate as warning:
            self.likely = warning.funds
            raise

    def context(self) -> dict[str, Any]:
        return super().context() | {"likely": self.likely}


class FundList(NamingPage):
    """The funds, and a form for one more."""

    template = "research/funds.html"
    saved = "The fund was added. Add its people next."

    def named(self, given: dict[str, Any]) -> str:
        return reverse("fund", args=[funds.add_fund(**given).pk])

    def back(self) -> str:
        return reverse("funds")

    def context(self) -> dict[str, Any]:
        rows = list(fund_rows(self.actor))
        policies = newest_policies(row.pk for row in rows)
        return super().context() | {"rows": [(row, policies.get(row.pk)) for row in rows]}


class FundName(NamingPage):
    """Another name or domain for the same fund."""

    template = "research/fund_name.html"
    saved = "The fund was renamed. It is on the same seats."

    @cached_property
    def fund(self) -> Fund:
        return self.see(Fund, pk=self.kwargs["fund"])

    def initial(self) -> dict[str, str]:
        return {"name": self.fund.name, "domain": self.fund.domain}

    def named(self, given: dict[str, Any]) -> str:
        funds.rename_fund(fund=self.fund, **given)
        return self.back()

    def back(self) -> str:
        return reverse("fund", args=[self.fund.pk])

    def context(self) -> dict[str, Any]:
        return super().context() | {"fund": self.fund}


class FundPage(FormPage):
    """One fund: its people, its vehicles, the versions of its policy (never their contents), its seats."""

    permission = Permission.SEE_FUNDS
    template = "research/fund.html"
    saved = "The account is made, and the link to choose a password is on its way."

    @property
    def fund(self) -> Fund:
        return self.see(Fund, pk=self.kwargs["fund"])

    def make_form(self, data: Any = None) -> Form:
        return MemberForm(data)

    def save(self, given: dict[str, Any]) -> str:
        people.add_member(fund=self.fund, by=self.actor, **given)
        return self.back()

    def back(self) -> str:
        return reverse("fund", args=[self.kwargs["fund"]])

    def context(self) -> dict[str, Any]:
        fund = self.fund
        return super().context() | {
            "fund": fund,
            "people": people_of(fund),
            "guarded": GUARDED,
            "manage": True,
            "vehicles": fund.vehicles.all(),
            "vehicle_form": VehicleForm(auto_id="vehicle_%s"),
            "policies": fund.policies.defer("cooling_off", "restricted").select_related("by"),
            "seats": fund.seats.select_related("programme").order_by("programme__title"),
        }


class FundAct(Page):
    """The answer to a button of a fund: POST only, one service, then back to the fund."""

    permission = Permission.MANAGE_SEATS
    http_method_names = ["post"]

    def act(self, fund: Fund) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        fund = self.see(Fund, pk=self.kwargs["fund"])
        try:
            messages.success(request, self.act(fund))
        except (Invalid, IllegalMove) as wrong:
            messages.error(request, str(wrong))
        return redirect("fund", fund=fund.pk)


class VehicleAdd(FundAct):
    def act(self, fund: Fund) -> str:
        vehicle = funds.add_vehicle(fund=fund, name=self.request.POST.get("name", ""), by=self.actor)
        return f"{vehicle.name} is a vehicle of {fund.name}."


class VehicleRemove(FundAct):
    def act(self, fund: Fund) -> str:
        vehicle = self.see(Vehicle, fund=fund, pk=self.kwargs["vehicle"])
        funds.remove_vehicle(vehicle=vehicle, by=self.actor)
        return f"{vehicle.name} is on the list no more."
