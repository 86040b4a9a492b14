"""What a fund is asked, and its answer: sign the terms and take a seat, wait for one, or decline."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.addresses import client_address
from accounts.moves import IllegalMove
from accounts.roles import Permission
from research import offers
from research.fund_forms import SignForm
from research.models import Participation, Terms
from research.services import seats
from research.views.pages import FormPage, Page


class Offers(Page):
    permission = Permission.SIGN_TERMS
    template = "portal/offers.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw(rows=offers.offers(self.actor))


class OfferPage(FormPage):
    """The terms of one programme, and the place to sign them for one's fund."""

    permission = Permission.SIGN_TERMS
    template = "portal/offer.html"
    saved = "You signed for your fund, and the seat is its own. The firm opens it and writes to you."

    @property
    def part(self) -> Participation:
        return self.see(Participation, pk=self.kwargs["participation"])

    @property
    def terms(self) -> Terms:
        return self.see(Terms, programme=self.part.programme_id, in_force=True)

    def make_form(self, data: Any = None) -> Form:
        return SignForm(data, initial={"sha256": self.terms.sha256})

    def context(self) -> dict[str, Any]:
        offer = next((row for row in offers.offers(self.actor) if row.part.pk == self.part.pk), None)
        if offer is None:
            raise Http404
        return super().context() | {"offer": offer, "terms": self.terms, "section": "offers"}

    def save(self, given: dict[str, Any]) -> str:
        seats.commit(participation=self.part, by=self.actor, address=client_address(self.request), **given)
        return self.back()

    def back(self) -> str:
        return reverse("offers")


class OfferAct(Page):
    """A button of an offer."""

    permission = Permission.SIGN_TERMS
    http_method_names = ["post"]

    def act(self, part: Participation) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        part = self.see(Participation, pk=self.kwargs["participation"])
        try:
            messages.success(request, self.act(part))
        except IllegalMove as wrong:
            messages.error(request, str(wrong))
        return redirect("offers")


class OfferWait(OfferAct):
    def act(self, part: Participation) -> str:
        seats.join_wait_list(participation=part, by=self.actor)
        return "Your fund is on the wait-list."


class OfferDecline(OfferAct):
    def act(self, part: Participation) -> str:
        seats.decline(participation=part, by=self.actor)
        return f"Your fund has declined to take part in “{part.programme.title}”."
