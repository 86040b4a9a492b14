"""What compliance does about a person: the blocklist, and the sealed identity of an expert."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.moves import Invalid
from accounts.roles import Permission as P
from interviews import expert_forms as forms
from interviews.models import Block, Candidate, IdentityRequest
from interviews.services import blocklist, experts
from interviews.views.recruits import ExpertAct, OnCandidate, RecruitingPage

PAGE = 50


class Blocklist(RecruitingPage):
    """Whom nobody contacts or books, in any programme; by descriptor, for the blocklist names nobody."""

    permission = P.SCREEN_EXPERTS
    template = "interviews/blocklist.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show(forms.BlockForm())

    def show(self, form: forms.BlockForm, status: int = 200) -> HttpResponse:
        rows = Block.objects.select_related("expert", "by").order_by("-at", "pk")
        page = Paginator(rows, PAGE).get_page(self.request.GET.get("page"))
        here = Candidate.objects.filter(programme=self.programme, expert__in=[row.expert_id for row in page])
        known = dict(here.values_list("expert", "pk"))
        listed = [(row, known.get(row.expert_id) if row.expert_id else None, len(row.digests)) for row in page]
        return self.draw(form=form, page=page, listed=listed, status=status)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = forms.BlockForm(request.POST)
        if not form.is_valid():
            return self.show(form, 400)
        try:
            blocklist.block(identity=form.identity(), reason=form.cleaned_data["reason"], by=self.actor)
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.show(form, 400)
        messages.success(request, "Blocked: nobody contacts or books this person, in any programme.")
        return redirect("blocklist", self.programme.slug)


class BlockExpert(ExpertAct):
    permission = P.SCREEN_EXPERTS

    def act(self) -> str:
        blocklist.block(expert=self.candidate.expert, reason=self.request.POST.get("reason", ""), by=self.actor)
        return "Blocked: nobody contacts or books this person, in any programme."


class IdentityAsk(ExpertAct):
    permission = P.CLEAR_TRANSCRIPTS

    def act(self) -> str:
        purpose = self.request.POST.get("purpose", "")
        experts.ask_identity(expert=self.candidate.expert, programme=self.programme, purpose=purpose, by=self.actor)
        return "The request is on record. A second person of compliance has to agree."


class IdentityAgree(ExpertAct):
    permission = P.CLEAR_TRANSCRIPTS

    def act(self) -> str:
        experts.agree_identity(request=request_of(self), by=self.actor)
        return "You agreed. The person who asked may open the identity within a day."


class IdentityOpen(OnCandidate):
    """Open the identity: a POST, because each opening is written to the audit."""

    permission = P.CLEAR_TRANSCRIPTS
    http_method_names = ["post"]
    template = "interviews/identity.html"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        identity = experts.reveal_identity(request=request_of(self), by=self.actor)
        return self.draw(identity=identity, kicker=self.candidate.descriptor, back=self.here())


def request_of(page: OnCandidate) -> IdentityRequest:
    """The request in the address, when it is about this expert in this programme."""
    rows = IdentityRequest.objects.filter(programme=page.programme, expert=page.candidate.expert_id)
    return get_object_or_404(rows, pk=page.kwargs["request_id"])
