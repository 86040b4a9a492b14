"""What the pages of screening ask for. The services check everything again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms

from interviews.models import CredentialKind, QuestionKind, ScreeningQuestion
from research.models import Programme


def day_field(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), **more)


def lines(rows: int) -> forms.Textarea:
    return forms.Textarea({"rows": rows})


class QuestionForm(forms.Form):
    """A new question; options and wrong answers one a line."""

    text = forms.CharField(label="Question", max_length=400, widget=lines(2))
    kind = forms.ChoiceField(label="Kind", choices=QuestionKind.choices)
    segment: Any = forms.ModelChoiceField(None, label="Asked of", required=False, empty_label="Every segment")
    options = forms.CharField(
        required=False, widget=lines(3), help_text="One a line; none for an answer in the person's own words."
    )
    wrong = forms.CharField(
        label="Of them wrong",
        required=False,
        widget=lines(2),
        help_text="One a line: those that knock out or are wrong.",
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = programme.segments.all()  # type: ignore[attr-defined]

    def given(self) -> dict[str, Any]:
        """What questionnaires.add_question takes."""
        return self.cleaned_data | {name: self.cleaned_data[name].splitlines() for name in ("options", "wrong")}


class AnswersForm(forms.Form):
    """One field a question; those left empty were not asked this time."""

    def __init__(self, *args: Any, questions: Sequence[ScreeningQuestion], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for question in questions:
            options = [("", "Not asked this time"), *((option, option) for option in question.options)]
            self.fields[f"answer-{question.pk}"] = (
                forms.ChoiceField(label=question.text, choices=options, required=False)
                if question.options
                else forms.CharField(label=question.text, max_length=2_000, required=False, widget=lines(2))
            )


def answers_of(given: dict[str, str]) -> dict[UUID, str]:
    """What an AnswersForm was given, by the question's id; empty ones are left out."""
    return {UUID(name.removeprefix("answer-")): text for name, text in given.items() if text}


class ReviewForm(forms.Form):
    reason = forms.CharField(max_length=500, widget=lines(3), help_text="Stays with the candidate; one line is enough.")


class CardForm(forms.Form):
    may = forms.CharField(label="May speak about", max_length=4_000, widget=lines(5), help_text="One point a line.")
    may_not = forms.CharField(label="May not speak about", max_length=4_000, widget=lines(6))


class ExceptionForm(forms.Form):
    reason = forms.CharField(max_length=500, widget=lines(3), help_text="Why this person, and nobody else, can tell.")
    until = day_field("Last day on which it holds")


class PaperForm(forms.Form):
    kind = forms.ChoiceField(choices=CredentialKind.choices)
    on = day_field("Day")
    expires_on = day_field("Holds until", required=False, help_text="A year at most; left empty, a year.")
    method = forms.CharField(label="How", max_length=40, help_text="E.g. course of the firm, or signed on paper.")
