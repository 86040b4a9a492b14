"""The firm's people, as its admins manage them: here, because the pages show who works on which programme."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from accounts import people, staff
from accounts.forms import InviteForm, ResetForm, RoleForm
from accounts.models import User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import FIRM, GUARDED, Permission
from research.views.pages import FormPage, Page


class StaffList(FormPage):
    """Everybody of the firm, and a form to invite one more."""

    permission = Permission.MANAGE_STAFF
    template = "research/staff.html"
    saved = "The account is made, and the link to choose a password is on its way."

    def make_form(self, data: Any = None) -> Form:
        return InviteForm(data)

    def save(self, given: dict[str, Any]) -> str:
        user = staff.invite(by=self.actor, **given)
        return reverse("person", args=[user.pk])

    def back(self) -> str:
        return reverse("people")

    def context(self) -> dict[str, Any]:
        rows = staff.everybody().filter(role__in=FIRM).prefetch_related("programmes").order_by("-is_active", "name")
        return super().context() | {"rows": rows, "guarded": GUARDED}


class Person(Page):
    """One person: their standing, and what an admin may do about it. People of funds too, who lose their keys as well."""

    permission = Permission.MANAGE_STAFF
    template = "research/staff_person.html"

    @cached_property
    def person(self) -> User:
        return get_object_or_404(staff.everybody(), pk=self.kwargs["person"])

    def context(self) -> dict[str, Any]:
        person, own = self.person, self.person.pk == self.actor.pk
        return {
            "person": person,
            "programmes": person.programmes.order_by("-launch_on", "title"),
            "guarded": person.role in GUARDED,
            "role_form": RoleForm(initial={"role": person.role}),
            "reset_form": ResetForm(),
            "why_no_role": people.OWN_ROLE if own else None,
            "why_no_closing": people.OWN_ACCOUNT if own else None,
            "why_no_reset": people.OWN_FACTOR if own else None,
        }

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.draw()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        person, act = self.person, ACTS.get(request.POST.get("act", ""))
        if act is None:
            raise Invalid("There is no such button on this page. Go back and press one that is.")
        try:
            messages.success(request, act(person, request.POST, self.actor))
        except (Invalid, IllegalMove, Refused) as why:
            messages.error(request, str(why))
        return redirect("person", person=person.pk)


def _role(person: User, given: QueryDict, by: User) -> str:
    row = staff.change_role(user=person, role=given.get("role", ""), by=by)
    return f"{row.name} is {row.get_role_display().lower()} now and signs in again."


def _close(person: User, given: QueryDict, by: User) -> str:
    staff.close_account(user=person, by=by)
    return f"The account of {person.name} is closed."


def _reopen(person: User, given: QueryDict, by: User) -> str:
    staff.reopen_account(user=person, by=by)
    return f"The account of {person.name} is open again."


def _sessions(person: User, given: QueryDict, by: User) -> str:
    staff.end_sessions(user=person, by=by)
    return f"{person.name} is signed out everywhere."


def _link(person: User, given: QueryDict, by: User) -> str:
    staff.send_password_link(user=person, by=by)
    return f"A link to choose a password is on its way to {person.email}."


def _factor(person: User, given: QueryDict, by: User) -> str:
    staff.reset_factors(user=person, reason=given.get("reason", ""), by=by)
    return f"{person.name} has no second factor now and is signed out everywhere."


ACTS: dict[str, Callable[[User, QueryDict, User], str]] = {
    "role": _role,
    "close": _close,
    "reopen": _reopen,
    "sessions": _sessions,
    "link": _link,
    "factor": _factor,
}
