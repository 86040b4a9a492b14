"""The terms of a programme: published and filed by the firm, read and signed by a fund's people."""

import hashlib
from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.addresses import client_address
from accounts.moves import Invalid
from accounts.roles import Permission
from research import signing
from research.fund_forms import PaperForm, SignForm, TermsForm
from research.models import Programme, Terms
from research.models.seats import may_name_funds
from research.services import terms as nda
from research.views.pages import Act, FormPage, Page, ProgrammeFormPage, ProgrammePage
from research.wording import changes


def text_file(terms: Terms, name: str) -> HttpResponse:
    """The very bytes that the shown SHA-256 is of."""
    answer = HttpResponse(terms.text.encode(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-terms-{terms.version}.txt"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


class TermsPage(ProgrammePage):
    """The version in force, the older ones, and for admins who signed which."""

    template = "research/terms.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        versions = signing.history(self.programme, self.actor)
        names = may_name_funds(self.actor)
        return self.draw(
            present=next((one for one in versions if one.terms.in_force), None),
            older=[one for one in versions if not one.terms.in_force],
            languages=nda.LANGUAGES,
            names=names,
            manage_refusal=self.why_not(Permission.MANAGE_SEATS),
            paper_form=PaperForm(programme=self.programme) if names else None,
        )


class TermsNew(ProgrammeFormPage):
    """Two steps in one form: the difference is shown first, and what is published is the text that was shown."""

    permission = Permission.MANAGE_SEATS
    template = "research/terms_new.html"
    saved = "The new version is in force. Everybody of the funds on seats is asked to sign it."

    def make_form(self, data: Any = None) -> Form:
        present = nda.in_force(self.programme)
        text = present.text if present else signing.standard_text(self.programme)
        language = present.language if present else "en-GB"
        return TermsForm(data, languages=nda.LANGUAGES, initial={"text": text, "language": language})

    def context(self) -> dict[str, Any]:
        return super().context() | {"present": nda.in_force(self.programme), "section": "terms"}

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if form.is_valid():
            try:
                text = nda.checked_text(form.cleaned_data["text"])
            except Invalid as wrong:
                form.add_error("text", str(wrong))
                return self.draw(form=form, status=400)
            seen = hashlib.sha256(text.encode()).hexdigest()
            if form.cleaned_data["seen"] != seen:
                present = nda.in_force(self.programme)
                lines = changes(present.text if present else "", text)
                return self.draw(form=form, lines=lines, seen=seen)
        return super().post(request, **kwargs)

    def save(self, given: dict[str, Any]) -> str:
        nda.publish_terms(programme=self.programme, text=given["text"], language=given["language"], by=self.actor)
        return self.back()

    def back(self) -> str:
        return reverse("terms", args=[self.programme.slug])


class TermsPaper(Act):
    permission = Permission.MANAGE_SEATS

    def act(self) -> str:
        form = PaperForm(self.request.POST, programme=self.programme)
        if not form.is_valid():
            raise Invalid(" ".join(str(error) for errors in form.errors.values() for error in errors))
        part = form.cleaned_data["fund"]
        nda.file_paper(
            participation=part, name=form.cleaned_data["name"], note=form.cleaned_data["note"], by=self.actor
        )
        return f"The signature of {part.fund.name} is on file."

    def back(self) -> str:
        return reverse("terms", args=[self.programme.slug])


class TermsFile(ProgrammePage):
    """One version as a file."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        terms = self.see_own(Terms, version=self.kwargs["version"])
        return text_file(terms, self.programme.slug)


# The fund's side ----------------------------------------------------------------------------------------------------


class FundTerms(Page):
    """What a fund's person is asked to sign, and what they signed."""

    permission = Permission.READ_RELEASED
    template = "portal/terms_list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.draw(rows=signing.asked(self.actor))


class FundTermsOne(FormPage):
    """The exact text, and the place to sign it."""

    permission = Permission.READ_RELEASED
    template = "portal/terms.html"

    @property
    def terms(self) -> Terms:
        return self.see(Terms, pk=self.kwargs["terms"])

    def make_form(self, data: Any = None) -> Form:
        return SignForm(data, initial={"sha256": self.terms.sha256})

    def context(self) -> dict[str, Any]:
        terms = self.terms
        return super().context() | {
            "one": signing.met(self.actor, terms),
            "language": nda.LANGUAGES[terms.language],
            "section": "fund_terms",
        }

    def save(self, given: dict[str, Any]) -> str:
        terms = self.terms
        signature = nda.sign_terms(terms=terms, by=self.actor, address=client_address(self.request), **given)
        self.saved = (
            f"You signed the terms of “{terms.programme.title}” for {'your fund' if signature.binding else 'yourself'}."
        )
        if Programme.objects.visible_to(self.actor).filter(pk=terms.programme_id).exists():
            return reverse("portal_programme", args=[terms.programme_id])
        return self.back()

    def back(self) -> str:
        return reverse("fund_terms")


class FundTermsFile(Page):
    permission = Permission.READ_RELEASED

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return text_file(self.see(Terms, pk=self.kwargs["terms"]), "programme")
