"""The register: what is publicly said, by whom, how sure, and where sources differ."""

from typing import Any

from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from accounts.roles import Permission
from research import queries
from research.forms import ClaimForm, CorrectionForm, DisagreementForm, IncidentForm, SourceForm, StatementForm
from research.models import Claim, Disagreement, Incident, Statement
from research.services import register
from research.views.pages import ProgrammeFormPage, ProgrammePage

THINGS = {"incident": Incident, "claim": Claim, "disagreement": Disagreement}


class RegisterPage(ProgrammePage):
    template = "research/register.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.draw(
            register=queries.register(self.programme),
            edit_refusal=(refused := self.why_not(Permission.EDIT_PROGRAMME)),
            editing=refused is None and "edit" in request.GET,
        )


class OnRegister(ProgrammeFormPage):
    def back(self) -> str:
        return reverse("register", args=[self.programme.slug]) + "?edit=1"


class SourceNew(OnRegister):
    heading = "New source"
    lead = "A public document. What it says about an incident or a claim follows as its statements."
    saved = "The source is in the register."

    def make_form(self, data: Any = None) -> Form:
        return SourceForm(data)

    def save(self, given: dict[str, Any]) -> str:
        register.add_source(programme=self.programme, by=self.actor, **given)
        return self.back()


class IncidentNew(OnRegister):
    heading = "New incident"
    lead = "Something that publicly happened. Add what each source says about it next."
    saved = "The incident is in the register. Add what each source says about it."

    def make_form(self, data: Any = None) -> Form:
        return IncidentForm(data)

    def save(self, given: dict[str, Any]) -> str:
        row = register.add_incident(programme=self.programme, by=self.actor, **given)
        return reverse("statement_new", args=[self.programme.slug, "incident", row.pk])


class ClaimNew(OnRegister):
    heading = "New claim"
    lead = "Something that is publicly said. Add each source's figure next."
    saved = "The claim is in the register. Add what each source says of it."

    def make_form(self, data: Any = None) -> Form:
        return ClaimForm(data)

    def save(self, given: dict[str, Any]) -> str:
        row = register.add_claim(programme=self.programme, by=self.actor, **given)
        return reverse("statement_new", args=[self.programme.slug, "claim", row.pk])


class DisagreementNew(OnRegister):
    heading = "New disagreement"
    lead = "A point on which the sources differ. The register states each position and picks none."
    saved = "The disagreement is in the register. Add what each source says."

    def make_form(self, data: Any = None) -> Form:
        return DisagreementForm(data, programme=self.programme)

    def save(self, given: dict[str, Any]) -> str:
        about, aspect = None, ""
        if given["cell"]:
            kind, pk, aspect = given["cell"].split(":")
            about = self.see_own(THINGS[kind], pk=pk)
        row = register.add_disagreement(
            programme=self.programme,
            by=self.actor,
            title=given["title"],
            about=about,
            aspect=aspect,
        )
        return reverse("statement_new", args=[self.programme.slug, "disagreement", row.pk])


class StatementNew(OnRegister):
    heading = "New statement"
    submit = "Add the statement"
    saved = "The statement is in the register."

    @property
    def about(self) -> Any:
        if self.kwargs["kind"] not in THINGS:
            raise Http404
        return self.see_own(THINGS[self.kwargs["kind"]], pk=self.kwargs["pk"])

    def make_form(self, data: Any = None) -> Form:
        return StatementForm(data, about=self.about)

    def save(self, given: dict[str, Any]) -> str:
        register.add_statement(about=self.about, by=self.actor, **given)
        return self.back()

    def context(self) -> dict[str, Any]:
        return super().context() | {"lead": str(self.about)}


class StatementCorrect(OnRegister):
    heading = "Correct a statement"
    submit = "Correct"
    saved = "The statement was corrected; the audit shows that it was."

    @property
    def statement(self) -> Statement:
        return self.see(Statement, source__programme=self.programme, pk=self.kwargs["pk"])

    def make_form(self, data: Any = None) -> Form:
        row = self.statement
        return CorrectionForm(data, initial={"text": row.text, "standing": row.standing})

    def save(self, given: dict[str, Any]) -> str:
        register.correct_statement(statement=self.statement, by=self.actor, **given)
        return self.back()

    def context(self) -> dict[str, Any]:
        row = self.statement
        return super().context() | {
            "lead": f"Source {row.source.code}: {row.incident or row.claim or row.disagreement}"
        }
