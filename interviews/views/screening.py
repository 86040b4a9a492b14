"""Screening: the questionnaire, who waits for a review, one candidate with answers, card, papers and checks."""

from functools import cached_property
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import refusal
from accounts.roles import Permission as P
from interviews import screening_queries as reads
from interviews.exclusions import EXCLUSIONS
from interviews.models import Candidate, QuestionKind, ScreeningQuestion, SubjectException
from interviews.screening_forms import (
    AnswersForm,
    CardForm,
    ExceptionForm,
    PaperForm,
    QuestionForm,
    ReviewForm,
    answers_of,
)
from interviews.services import blocklist, credentials, exceptions, questionnaires, topics
from interviews.states import CandidateState
from interviews.views.pages import Act, ProgrammePage

PAGE = 25


class ScreeningPage(ProgrammePage):
    permission = P.KEEP_SCREENING

    def draw(self, template: str = "", *, status: int = 200, **context: Any) -> HttpResponse:
        return super().draw(template, status=status, **{"section": "screening"} | context)


class Queue(ScreeningPage):
    """Who waits for what, list by list; the first is what waits for a review."""

    template = "interviews/screening.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        name = request.GET.get("list", "review")
        if name not in reads.LISTS:
            raise Http404
        heading, states = reads.LISTS[name]
        rows = reads.candidates_of(self.programme, self.user).filter(state__in=states)
        page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
        asked = questionnaires.by_segment(self.programme)
        counts = reads.counts(self.programme, self.user)
        here = reverse("screening", args=[self.programme.slug])
        return self.draw(
            heading=heading,
            list=name,
            tabs=[(label, f"{here}?list={key}", key == name, counts[key]) for key, (label, _) in reads.LISTS.items()],
            page=page,
            rows=questionnaires.screenings(page.object_list, asked),
            questions=any(asked.values()),
            papers=len(credentials.expiring(self.programme)),
        )


class Questionnaire(ScreeningPage):
    """The questions that a programme asks, and a form for one more."""

    template = "interviews/screening_questions.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, form: QuestionForm | None = None) -> HttpResponse:
        rows = questionnaires.in_force(self.programme).select_related("segment")
        knock_out = refusal(self.user, P.SCREEN_EXPERTS)
        asked = {row.text for row in rows}
        return self.draw(
            status=status,
            exclusions_reason="All of them are asked." if asked.issuperset(row["text"] for row in EXCLUSIONS) else None,
            rows=[(row, knock_out if row.kind == QuestionKind.KNOCK_OUT else None) for row in rows],
            retired=self.programme.screening_questions.filter(retired_at__isnull=False).count(),
            form=form or QuestionForm(programme=self.programme),
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = QuestionForm(request.POST, programme=self.programme)
        if not form.is_valid():
            return self.show(status=400, form=form)
        try:
            questionnaires.add_question(programme=self.programme, by=self.user, **form.given())
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.show(status=400, form=form)
        messages.success(request, "The question is asked from now on.")
        return redirect("screening_questions", self.programme.slug)


class QuestionAct(Act, ScreeningPage):
    def back(self) -> str:
        return reverse("screening_questions", args=[self.programme.slug])


class Exclusions(QuestionAct):
    def act(self) -> str:
        rows = questionnaires.add_exclusions(programme=self.programme, by=self.user)
        if not rows:
            raise Invalid("All standard exclusion questions are asked already.")
        return f"{len(rows)} exclusion questions are asked from now on."


class QuestionDrop(QuestionAct):
    def act(self) -> str:
        row = ScreeningQuestion.objects.filter(programme=self.programme, pk=self.kwargs["question"]).first()
        if row is None:
            raise Http404
        removed = questionnaires.drop_question(question=row, by=self.user)
        return "The question is removed." if removed else "The question is retired; what was answered stays."


class Papers(ScreeningPage):
    """Training and terms that are missing or end soon."""

    template = "interviews/screening_papers.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        page = Paginator(credentials.expiring(self.programme), 2 * PAGE).get_page(request.GET.get("page"))
        return self.draw(page=page, demanded=credentials.demanded(self.programme))


# One candidate ------------------------------------------------------------------------------------------------------


class CandidatePage(ScreeningPage):
    """One candidate's screening with everything that it rests on."""

    template = "interviews/screening_candidate.html"

    @cached_property
    def candidate(self) -> Candidate:
        rows = reads.candidates_of(self.programme, self.user).filter(pk=self.kwargs["candidate"])
        found = rows.first()
        if found is None:
            raise Http404
        return found

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, **given: forms.Form) -> HttpResponse:
        candidate = self.candidate
        found = questionnaires.screening_of(candidate)
        near = reads.around(candidate, self.user)
        card = topics.card_of(candidate)
        may, may_not = (card.may, card.may_not) if card else topics.default_of(candidate, near.day)
        context: dict[str, Any] = {
            "candidate": candidate,
            "screening": found,
            "blocked": blocklist.blocked(candidate.expert),
            "calls": near.calls,
            "checks": reads.checks_of_person(candidate, self.user),
            "card": card,
            "cards": candidate.topic_cards.select_related("by"),
            "papers": candidate.expert.credentials.select_related("by").order_by("-expires_on"),
            "lacking": credentials.missing(candidate.expert, near.day) if found.rows else [],
            "day": near.day,
            "exceptions": candidate.exceptions.select_related("by"),
            "review_refusal": questionnaires.review_refusal(self.user, found),
            "pass_obstacle": questionnaires.pass_obstacle(found),
            "declined": candidate.state == CandidateState.DECLINED,
            "exception_refusal": self.why_not(P.SCREEN_EXPERTS) or exceptions.obstacle(self.programme),
            "answers_form": AnswersForm(questions=[row.question for row in found.rows]),
            "review_form": ReviewForm(prefix="review"),
            "card_form": CardForm(prefix="card", initial={"may": may, "may_not": may_not}),
            "exception_form": ExceptionForm(prefix="exception"),
            "paper_form": PaperForm(prefix="paper"),
        }
        return self.draw(status=status, **context | given)


class CandidatePost(CandidatePage):
    """A form of the candidate's page: what was typed stays when it can't be used."""

    http_method_names = ["post"]
    form_name = ""

    def form(self) -> forms.Form:
        raise NotImplementedError

    def act(self, given: dict[str, Any]) -> str:
        """Do it, and answer with the sentence that says so."""
        raise NotImplementedError

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        candidate, form = self.candidate, self.form()
        if not form.is_valid():
            return self.show(status=400, **{self.form_name: form})
        try:
            messages.success(request, self.act(form.cleaned_data))
        except (Invalid, IllegalMove) as wrong:
            form.add_error(None, str(wrong))
            del self.candidate
            return self.show(status=400 if isinstance(wrong, Invalid) else 409, **{self.form_name: form})
        return redirect("screening_candidate", self.programme.slug, candidate.pk)


class Answers(CandidatePost):
    form_name = "answers_form"

    def form(self) -> AnswersForm:
        return AnswersForm(self.request.POST, questions=questionnaires.asked_of(self.candidate))

    def act(self, given: dict[str, Any]) -> str:
        rows = questionnaires.answer(self.candidate, answers_of(given), by=self.user)
        return f"{len(rows)} answer{'' if len(rows) == 1 else 's'} kept."


class Reviewing(CandidatePost):
    permission = P.SCREEN_EXPERTS
    form_name = "review_form"

    def form(self) -> ReviewForm:
        return ReviewForm(self.request.POST, prefix="review")

    def act(self, given: dict[str, Any]) -> str:
        passed = self.request.POST.get("verdict") == "passed"
        questionnaires.review(candidate=self.candidate, passed=passed, reason=given["reason"], by=self.user)
        return "The candidate may speak." if passed else "The candidate is screened out."


class Card(CandidatePost):
    form_name = "card_form"

    def form(self) -> CardForm:
        return CardForm(self.request.POST, prefix="card")

    def act(self, given: dict[str, Any]) -> str:
        card = topics.set_card(candidate=self.candidate, by=self.user, **given)
        return f"Version {card.version} of the topic card is in force."


class ExceptionSign(CandidatePost):
    permission = P.SCREEN_EXPERTS
    form_name = "exception_form"

    def form(self) -> ExceptionForm:
        return ExceptionForm(self.request.POST, prefix="exception")

    def act(self, given: dict[str, Any]) -> str:
        row = exceptions.sign(candidate=self.candidate, by=self.user, **given)
        return f"Signed: the exception holds until {row.until:%-d %B %Y}, together with chaperone and topic card."


class Paper(CandidatePost):
    form_name = "paper_form"

    def form(self) -> PaperForm:
        return PaperForm(self.request.POST, prefix="paper")

    def act(self, given: dict[str, Any]) -> str:
        row = credentials.record(expert=self.candidate.expert, programme=self.programme, by=self.user, **given)
        return f"Kept: it holds until {row.expires_on:%-d %B %Y}."


class ExceptionRevoke(Act, CandidatePage):
    permission = P.SCREEN_EXPERTS

    def act(self) -> str:
        rows = SubjectException.objects.filter(candidate=self.candidate, pk=self.kwargs["exception"])
        if (row := rows.first()) is None:
            raise Http404
        exceptions.revoke(exception=row, by=self.user)
        return "The exception is taken back from today on."

    def back(self) -> str:
        return reverse("screening_candidate", args=[self.programme.slug, self.candidate.pk])
