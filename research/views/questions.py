"""Key questions and segments: what is asked, of whom, how many."""

from typing import Any

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.roles import Permission
from research.forms import AmendForm, QuestionEditForm, QuestionForm, SegmentEditForm, SegmentForm
from research.models import KeyQuestion, Segment
from research.permissions import lock_obstacle
from research.services import questions, segments
from research.services.checks import ENDED
from research.views.pages import Act, ProgrammeFormPage, ProgrammePage


class QuestionList(ProgrammePage):
    template = "research/questions.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        refused = self.why_not(Permission.EDIT_PROGRAMME)
        ended = "The answer is delivered; the questions stay as they are." if self.programme.state in ENDED else None
        locked = questions.LOCKED if self.programme.questions_locked_at else None
        rows = self.programme.questions.prefetch_related("segments", "amendments__by")
        return self.draw(
            questions=rows,
            segments=(parts := list(self.programme.segments.all())),
            quota=sum(segment.quota for segment in parts),
            set_up_refusal=refused,
            edit_refusal=refused or ended,
            add_refusal=refused or ended or locked,
            lock_refusal=refused or lock_obstacle(self.programme),
        )


class OnQuestions(ProgrammeFormPage):
    def back(self) -> str:
        return reverse("questions", args=[self.programme.slug])


class QuestionNew(OnQuestions):
    heading = "New key question"
    saved = "The key question was added."

    def make_form(self, data: Any = None) -> Form:
        return QuestionForm(data, programme=self.programme)

    def save(self, given: dict[str, Any]) -> str:
        questions.add_question(programme=self.programme, by=self.actor, **given)
        return self.back()


class QuestionEdit(OnQuestions):
    """Before the lock a plain edit; after it an amendment with its reason."""

    saved = "The key question was saved."

    @property
    def question(self) -> KeyQuestion:
        return self.see_own(KeyQuestion, code=self.kwargs["code"])

    def make_form(self, data: Any = None) -> Form:
        question = self.question
        initial = {name: getattr(question, name) for name in questions.TEXTS}
        initial |= {"terms": ", ".join(question.terms), "segments": question.segments.all()}
        kind = AmendForm if self.programme.questions_locked_at else QuestionEditForm
        return kind(data, initial=initial, programme=self.programme)

    def save(self, given: dict[str, Any]) -> str:
        write = questions.amend_question if self.programme.questions_locked_at else questions.edit_question
        write(question=self.question, by=self.actor, **given)
        return self.back()

    def context(self) -> dict[str, Any]:
        code = self.question.code
        if not self.programme.questions_locked_at:
            return super().context() | {"heading": f"Edit {code}"}
        lead = "The questions are locked. What you change is kept as a dated amendment beside the words before it."
        return super().context() | {"heading": f"Amend {code}", "lead": lead, "submit": "Amend"}


class OnQuestionsAct(Act):
    def back(self) -> str:
        return reverse("questions", args=[self.programme.slug])


class QuestionRemove(OnQuestionsAct):
    def act(self) -> str:
        question = self.see_own(KeyQuestion, code=self.kwargs["code"])
        questions.remove_question(question=question, by=self.actor)
        return f"{question.code} was removed."


class QuestionsLock(OnQuestionsAct):
    def act(self) -> str:
        questions.lock_questions(programme=self.programme, by=self.actor)
        return "The key questions are locked. Later changes are dated amendments."


class SegmentNew(OnQuestions):
    heading = "New segment"
    lead = "A class of respondents, and how many interviews it is to give."
    saved = "The segment was added."

    def make_form(self, data: Any = None) -> Form:
        return SegmentForm(data)

    def save(self, given: dict[str, Any]) -> str:
        segments.add_segment(programme=self.programme, by=self.actor, **given)
        return self.back()


class SegmentEdit(OnQuestions):
    saved = "The segment was saved."

    @property
    def segment(self) -> Segment:
        return self.see_own(Segment, code=self.kwargs["code"])

    def make_form(self, data: Any = None) -> Form:
        row = self.segment
        return SegmentEditForm(data, initial={name: getattr(row, name) for name in SegmentEditForm.base_fields})

    def save(self, given: dict[str, Any]) -> str:
        segments.edit_segment(segment=self.segment, by=self.actor, **given)
        return self.back()

    def context(self) -> dict[str, Any]:
        return super().context() | {"heading": f"Edit {self.segment.title.lower()}"}


class SegmentRemove(OnQuestionsAct):
    def act(self) -> str:
        segment = self.see_own(Segment, code=self.kwargs["code"])
        segments.remove_segment(segment=segment, by=self.actor)
        return f"The segment {segment.title.lower()} was removed."
