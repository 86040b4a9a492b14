"""The list of programmes, and setting one up: its texts, its team, its state."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.models import User
from accounts.moves import Invalid
from accounts.roles import Permission
from research.forms import ProgrammeEditForm, ProgrammeForm, TeamForm
from research.permissions import HAND_MOVES, step_refusal
from research.queries import programme_rows
from research.services import programmes
from research.states import PROGRAMME, ProgrammeState
from research.views.pages import Act, FormPage, Page, ProgrammeFormPage

TONES = {"draft": "idle", "open": "active", "fielding": "active", "synthesis": "active", "delivered": "good"}
STEPS = {
    ("draft", "open"): "Open to funds",
    ("open", "draft"): "Take back to draft",
    ("open", "fielding"): "Start the field",
    ("fielding", "synthesis"): "Start the synthesis",
    ("synthesis", "fielding"): "Go back into the field",
    ("delivered", "synthesis"): "Reopen the synthesis",
}


class ProgrammeList(Page):
    template = "research/programmes.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        rows = [(row, TONES.get(row.state, "plain")) for row in programme_rows(request.user)]
        return self.draw(
            rows=rows,
            edit_refusal=self.why_not(Permission.EDIT_PROGRAMME),
            funds_open=self.why_not(Permission.SEE_FUNDS) is None,
        )


class ProgrammeNew(FormPage):
    heading = "New programme"
    lead = "One investment question with its dates. Key questions, segments and seats follow; it starts in draft."
    submit = "Create"
    saved = "The programme is in draft. Add its key questions and segments next."

    def make_form(self, data: Any = None) -> Form:
        return ProgrammeForm(data)

    def save(self, given: dict[str, Any]) -> str:
        programme = programmes.create_programme(by=self.actor, **given)
        return reverse("questions", args=[programme.slug])

    def back(self) -> str:
        return reverse("programmes")


class ProgrammeEdit(ProgrammeFormPage):
    template = "research/programme_edit.html"
    heading = "Set-up"
    saved = "The programme was saved."

    def make_form(self, data: Any = None) -> Form:
        now = {name: getattr(self.programme, name) for name in ProgrammeEditForm.base_fields}
        return ProgrammeEditForm(data, initial=now)

    def save(self, given: dict[str, Any]) -> str:
        programmes.edit_programme(programme=self.programme, by=self.actor, **given)
        return self.back()

    def back(self) -> str:
        return reverse("programme_edit", args=[self.programme.slug])

    def context(self) -> dict[str, Any]:
        here = self.programme.state
        after = [s for s in ProgrammeState if s in HAND_MOVES and PROGRAMME.lawful(here, s)]
        steps = [
            {
                "to": state.value,
                "label": STEPS.get((here, state.value), f"Move to {state.label.lower()}"),
                "reason": step_refusal(self.actor, self.programme, state),
            }
            for state in after
            if state != ProgrammeState.CLOSED
        ]
        return super().context() | {
            "steps": steps,
            "can_close": ProgrammeState.CLOSED in after,
            "tone": TONES.get(here, "plain"),
            "team": self.programme.assignments.select_related("user").order_by("user__role", "user__name"),
            "team_form": TeamForm(programme=self.programme),
        }


class ProgrammeMove(Act):
    def act(self) -> str:
        to = self.request.POST.get("to", "")
        row = programmes.advance(programme=self.programme, to=to, by=self.actor)
        return f"The programme is now {row.get_state_display().lower()}."

    def back(self) -> str:
        return reverse("programme_edit", args=[self.programme.slug])


class TeamAdd(ProgrammeMove):
    def act(self) -> str:
        form = TeamForm(self.request.POST, programme=self.programme)
        if not form.is_valid():
            raise Invalid("Choose a person of the firm who is not on the team yet.")
        user = form.cleaned_data["user"]
        programmes.assign(programme=self.programme, user=user, by=self.actor)
        return f"{user.name} is on the team."


class TeamRemove(ProgrammeMove):
    def act(self) -> str:
        user = get_object_or_404(User, pk=self.kwargs["person"], assignments__programme=self.programme)
        programmes.unassign(programme=self.programme, user=user, by=self.actor)
        return f"{user.name} is no longer on the team."

    def back(self) -> str:
        if str(self.kwargs["person"]) == str(self.actor.pk):
            return reverse("programmes")
        return super().back()
