"""What the pages for experts ask for. The services check everything again."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from django import forms

from interviews.models import ScreeningQuestion

OFFERS = 3


class AnswersForm(forms.Form):
    """The questions asked before a person is heard, one field each, named by the question's id."""

    def __init__(self, *args: Any, questions: Sequence[ScreeningQuestion], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for question in questions:
            self.fields[str(question.pk)] = (
                forms.ChoiceField(
                    label=question.text,
                    choices=[(option, option) for option in question.options],
                    widget=forms.RadioSelect,
                )
                if question.options
                else forms.CharField(label=question.text, max_length=2_000, widget=forms.Textarea({"rows": 3}))
            )


class OfferForm(forms.Form):
    """Up to three stretches of time of the expert's own, as their clock shows them. An empty row is left out."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for n in range(1, OFFERS + 1):
            self.fields[f"day{n}"] = forms.DateField(
                label=f"Day {n}", required=n == 1, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
            )
            self.fields[f"from{n}"] = self._clock("From", n)
            self.fields[f"until{n}"] = self._clock("Until", n)

    @staticmethod
    def _clock(label: str, n: int) -> forms.TimeField:
        return forms.TimeField(label=label, required=n == 1, widget=forms.TimeInput({"type": "time"}, "%H:%M"))

    def rows(self) -> list[Any]:
        """The fields in rows of three, for the page."""
        return [[self[f"{name}{n}"] for name in ("day", "from", "until")] for n in range(1, OFFERS + 1)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for n in range(1, OFFERS + 1):
            row = [f"{name}{n}" for name in ("day", "from", "until")]
            missing = [name for name in row if not given.get(name) and name not in self.errors]
            if len(missing) < len(row):
                for name in missing:
                    self.add_error(name, "Fill this in too, or leave the row empty.")
        return given

    def stretches(self) -> list[tuple[date, time, time]]:
        """The rows that were filled in: day, from, until."""
        given = self.cleaned_data
        rows = ((given[f"day{n}"], given[f"from{n}"], given[f"until{n}"]) for n in range(1, OFFERS + 1))
        return [row for row in rows if row[0]]
