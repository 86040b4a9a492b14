"""What the pages of this app share: the programme they are about, and how a refusal is told."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import refusal
from accounts.roles import Permission
from accounts.scoping import ScopedView, visible
from interviews.models import Interview, Transcript
from research.models import Programme


class ProgrammePage(ScopedView):
    """A page inside a programme that this reader sees, drawn by `template`."""

    permission = Permission.SEE_PROGRAMMES
    template = ""

    @cached_property
    def programme(self) -> Programme:
        return self.see(Programme, slug=self.kwargs["slug"])

    @property
    def user(self) -> Any:
        return self.request.user

    def draw(self, template: str = "", *, status: int = 200, **context: Any) -> HttpResponse:
        return render(self.request, template or self.template, {"programme": self.programme} | context, status=status)

    def why_not(self, permission: Permission) -> str | None:
        """The sentence for a disabled button, or None."""
        return refusal(self.user, permission)

    def see_own(self, model: type[models.Model], **lookup: Any) -> Any:
        """A row of this programme, or 404."""
        return self.see(model, programme=self.programme, **lookup)


class OnInterview(ProgrammePage):
    """A page about one interview of the programme, found by its number."""

    @cached_property
    def interview(self) -> Interview:
        return self.see_own(Interview, number=self.kwargs["number"])


class OnTranscript(ProgrammePage):
    """A page about one transcript of the programme. Whether its words are open to the reader is asked apart."""

    permission = Permission.READ_CLEARED

    @cached_property
    def transcript(self) -> Transcript:
        around = ["programme", "interview__segment", "interview__expert", "interview__interviewer", "uploaded_by"]
        rows = visible(Transcript, self.user).select_related(*around)
        return get_object_or_404(rows, programme=self.programme, pk=self.kwargs["pk"])


class Act(ProgrammePage):
    """The answer to a button: POST only, one service, then back to where the button stood with a sentence."""

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
