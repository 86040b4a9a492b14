"""What the pages of this app share: the programme they are about, and forms that keep what was typed when refused."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import refusal
from accounts.roles import Permission
from accounts.scoping import ScopedView
from research.models import Programme


class Page(ScopedView):
    """A page drawn by `template`."""

    permission = Permission.SEE_PROGRAMMES
    template = ""

    def draw(self, *, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, self.template, self.context() | context, status=status)

    def context(self) -> dict[str, Any]:
        return {}

    def why_not(self, permission: Permission) -> str | None:
        """The sentence for a disabled button, or None."""
        return refusal(self.actor, permission)


class ProgrammePage(Page):
    """A page inside a programme that this reader sees."""

    @cached_property
    def programme(self) -> Programme:
        return self.see(Programme, slug=self.kwargs["slug"])

    def context(self) -> dict[str, Any]:
        return {"programme": self.programme}

    def see_own(self, model: type[models.Model], **lookup: Any) -> Any:
        """A row of this programme, or 404."""
        return self.see(model, programme=self.programme, **lookup)


class FormPage(Page):
    """A page with one form. `save` calls a service; a refusal is shown at the form with what was typed kept."""

    permission = Permission.EDIT_PROGRAMME
    template = "research/form.html"
    heading = ""
    lead = ""
    submit = "Save"
    saved = "Saved."

    def make_form(self, data: Any = None) -> forms.Form:
        raise NotImplementedError

    def save(self, given: dict[str, Any]) -> str:
        """Do it, and answer with the address to go to."""
        raise NotImplementedError

    def context(self) -> dict[str, Any]:
        texts = {"heading": self.heading, "lead": self.lead, "submit": self.submit}
        return super().context() | texts | {"back": self.back()}

    def back(self) -> str:
        """Where "Cancel" leads."""
        raise NotImplementedError

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.draw(form=self.make_form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.draw(form=form, status=400)
        try:
            target = self.save(form.cleaned_data)
        except (Invalid, IllegalMove) as wrong:
            form.add_error(None, str(wrong))
            return self.draw(form=form, status=400 if isinstance(wrong, Invalid) else 409)
        messages.success(request, self.saved)
        return redirect(target)


class ProgrammeFormPage(FormPage, ProgrammePage):
    """A page with one form inside a programme."""


class Act(ProgrammePage):
    """The answer to a button: POST only, one service, then back to where the button stood."""

    permission = Permission.EDIT_PROGRAMME
    http_method_names = ["post"]

    def act(self) -> str:
        """Do it, and answer with the sentence that says so."""
        raise NotImplementedError

    def back(self) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            messages.success(request, self.act())
        except (Invalid, IllegalMove) as wrong:
            messages.error(request, str(wrong))
        return redirect(self.back())
