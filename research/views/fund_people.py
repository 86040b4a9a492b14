"""A fund's people: for the fund's own compliance, and with the same services for the firm's admins."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse

from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import require
from accounts.roles import GUARDED, Permission
from research.fund_forms import JoinerForm, MemberForm, RoleForm
from research.models import Fund, FundMember
from research.services import people
from research.signing import Person, people_of
from research.views.pages import FormPage, Page


class FundPeople(FormPage):
    """The people of one's own fund, and for its compliance a form for one more. Its lead reads along."""

    permission = Permission.SIGN_TERMS
    template = "portal/people.html"
    saved = "The account is made, and the link to choose a password is on its way."

    @cached_property
    def fund(self) -> Fund:
        return self.see(Fund)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        require(self.actor, Permission.MANAGE_FUND_PEOPLE)
        return super().post(request, **kwargs)

    def make_form(self, data: Any = None) -> Form:
        return MemberForm(data)

    def save(self, given: dict[str, Any]) -> str:
        people.add_member(fund=self.fund, by=self.actor, **given)
        return self.back()

    def back(self) -> str:
        return reverse("fund_people")

    def context(self) -> dict[str, Any]:
        manage = self.why_not(Permission.MANAGE_FUND_PEOPLE)
        return super().context() | {
            "fund": self.fund,
            "people": people_of(self.fund),
            "guarded": GUARDED,
            "manage": manage is None,
            "manage_refusal": manage,
        }


class PersonPage(Page):
    """One person of a fund, and what may be done about their place."""

    permission = Permission.MANAGE_FUND_PEOPLE
    template = "research/fund_person.html"
    base = "portal/base.html"

    @cached_property
    def fund(self) -> Fund:
        return self.see(Fund)

    @cached_property
    def one(self) -> Person:
        member = self.see(FundMember, fund=self.fund, user_id=self.kwargs["person"])
        found = [one for one in people_of(self.fund) if one.member.pk == member.pk]
        if not found:
            raise Http404
        return found[0]

    def list(self) -> str:
        """Where the list of this fund's people is."""
        return reverse("fund_people")

    def context(self) -> dict[str, Any]:
        one = self.one
        return {
            "base": self.base,
            "list": self.list(),
            "fund": self.fund,
            "one": one,
            "guarded": one.user.role in GUARDED,
            "role_form": RoleForm(initial={"role": one.user.role}),
            "joiner_form": JoinerForm(),
            "own": people.own_place(one.member, self.actor),
            "section": "fund_people" if self.actor.of_fund else "",
        }

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.draw()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        member = self.one.member
        act = ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Invalid("There is no such button on this page. Go back and press one that is.")
        form = JoinerForm(request.POST) if act is transfer else None
        try:
            if form is not None and not form.is_valid():
                return self.draw(joiner_form=form, status=400)
            messages.success(request, act(member, request.POST, self.actor))
        except (Invalid, IllegalMove) as wrong:
            messages.error(request, str(wrong))
            return redirect(request.path)
        return redirect(self.list())


class MemberPage(PersonPage):
    """The same for the firm's admins, of any fund."""

    permission = Permission.MANAGE_SEATS
    base = "base.html"

    @cached_property
    def fund(self) -> Fund:
        return self.see(Fund, pk=self.kwargs["fund"])

    def list(self) -> str:
        return reverse("fund", args=[self.fund.pk])


def role(member: FundMember, given: QueryDict, by: User) -> str:
    row = people.change_role(member=member, role=given.get("role", ""), by=by)
    return f"{row.user.name} is {row.user.get_role_display().lower()} now and signs in again."


def link(member: FundMember, given: QueryDict, by: User) -> str:
    people.send_link(member=member, by=by)
    return f"A link to choose a password is on its way to {member.user.name}."


def transfer(member: FundMember, given: QueryDict, by: User) -> str:
    joiner = people.transfer_access(member=member, email=given.get("email", ""), name=given.get("name", ""), by=by)
    return f"{joiner.user.name} has the place of {member.user.name}, whose account is closed."


def leave(member: FundMember, given: QueryDict, by: User) -> str:
    people.remove_member(member=member, by=by)
    return f"{member.user.name} has left; the account is closed."


ACTS: dict[str, Callable[[FundMember, QueryDict, User], str]] = {
    "role": role,
    "link": link,
    "transfer": transfer,
    "leave": leave,
}
