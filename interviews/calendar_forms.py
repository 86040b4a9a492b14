"""What the calendar's pages ask for."""

from typing import Any

from django import forms

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission as P
from interviews.forms import ZONES, pairs, zone_field
from interviews.models import Interview
from interviews.services.hours import WEEKDAYS
from interviews.walltime import FIRST_YEAR, LAST_YEAR

CLOCK = {"type": "time", "step": "900"}


def sentence_of(form: forms.Form) -> str:
    """The first thing that is wrong with a form, as a sentence that names its field."""
    name, wrong = next(iter(form.errors.items()))
    return f"{name.replace('_', ' ').capitalize()}: {wrong[0]}"


class CalendarFilter(forms.Form):
    """Which days, as a week or as a day, on whose clock, and of whom."""

    view = forms.ChoiceField(required=False, choices=[("week", "Week"), ("day", "Day")], widget=forms.HiddenInput)
    day = forms.DateField(required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    who = forms.ChoiceField(label="Person", required=False)
    zone = forms.ChoiceField(label="Times in", required=False)

    def __init__(self, *args: Any, people: list[User], own_zone: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.people = {str(user.pk): user for user in people}
        self.fields["who"].choices = [("", "Everybody"), *((pk, u.name) for pk, u in self.people.items())]  # type: ignore[attr-defined]
        self.fields["zone"].choices = pairs(list(dict.fromkeys([own_zone, *ZONES, "UTC"])))  # type: ignore[attr-defined]
        if not people:
            del self.fields["who"]

    def clean_day(self) -> Any:
        day = self.cleaned_data.get("day")
        if day and not FIRST_YEAR < day.year < LAST_YEAR:
            raise forms.ValidationError("Choose a nearer day.")
        return day

    @property
    def chosen(self) -> User | None:
        """The person whose calls are asked for, or None for everybody's."""
        return self.people.get(self.data.get("who", "")) if self.is_bound else None


class MoveForm(forms.Form):
    """Another time for a call, on the viewer's own clock."""

    day = forms.DateField()
    time = forms.TimeField()
    zone = forms.CharField(max_length=60)
    fold = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, choices=[("", ""), ("0", "First"), ("1", "Second")]
    )


class PeopleForm(forms.Form):
    """Who leads a call and who sits in."""

    interviewer = forms.ChoiceField()
    chaperone = forms.ChoiceField(required=False)

    def __init__(self, *, interview: Interview):
        initial = {"interviewer": str(interview.interviewer_id), "chaperone": str(interview.chaperone_id or "")}
        super().__init__(initial=initial)
        team = list(interview.programme.team.filter(is_active=True).order_by("name"))
        leaders = [(str(user.pk), user.name) for user in team if allowed(user, P.LOG_INTERVIEWS)]
        self.fields["interviewer"].choices = leaders  # type: ignore[attr-defined]
        self.fields["chaperone"].choices = [("", "Nobody"), *((str(u.pk), u.name) for u in team)]  # type: ignore[attr-defined]


# One's own hours ----------------------------------------------------------------------------------------------------


class HoursForm(forms.Form):
    """The hours of a week, two stretches a day."""

    zone = zone_field()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["zone"].help_text = "The clock on which these hours are."
        for number, name in enumerate(WEEKDAYS):
            for stretch in (1, 2):
                for end in ("from", "until"):
                    label = f"{name}, {'second stretch, ' if stretch == 2 else ''}{end}"
                    self.fields[f"{number}-{stretch}-{end}"] = forms.TimeField(
                        label=label, required=False, widget=forms.TimeInput(CLOCK, "%H:%M")
                    )

    @property
    def days(self) -> list[tuple[str, list[tuple[str, Any]]]]:
        """The fields of each day, each with the word that stands over it."""
        ends = (("From", "1-from"), ("Until", "1-until"), ("And from", "2-from"), ("Until", "2-until"))
        return [(name, [(word, self[f"{number}-{end}"]) for word, end in ends]) for number, name in enumerate(WEEKDAYS)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for number, name in enumerate(WEEKDAYS):
            for stretch in (1, 2):
                if (given.get(f"{number}-{stretch}-from") is None) != (given.get(f"{number}-{stretch}-until") is None):
                    raise forms.ValidationError(f"{name}: give when the hours begin and when they end.")
        return given

    def stretches(self) -> list[Any]:
        """What was given, as (weekday, start, end)."""
        given = self.cleaned_data
        found = [
            (number, given.get(f"{number}-{stretch}-from"), given.get(f"{number}-{stretch}-until"))
            for number in range(7)
            for stretch in (1, 2)
        ]
        return [row for row in found if row[1] is not None]


class DayForm(forms.Form):
    day = forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    start = forms.TimeField(label="From", required=False, widget=forms.TimeInput(CLOCK, "%H:%M"))
    end = forms.TimeField(
        label="Until", required=False, widget=forms.TimeInput(CLOCK, "%H:%M"), help_text="Both empty for a day off."
    )
    note = forms.CharField(max_length=80, required=False)


class SettingsForm(forms.Form):
    zone = zone_field()
    holidays = forms.CharField(
        label="Public holidays",
        max_length=12,
        required=False,
        help_text="A country or a part of one: GB, GB-ENG, US-NY.",
    )
    most_a_day = forms.IntegerField(label="Most calls a day", min_value=1, max_value=20)
    pause = forms.IntegerField(label="Minutes free between calls", min_value=0, max_value=240)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["zone"].help_text = "Your own."


class FeedUrlForm(forms.Form):
    name = forms.CharField(max_length=80)
    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off"}),
        help_text="The private link to an .ics file that your calendar offers. It begins with https://.",
    )


class FeedFileForm(forms.Form):
    name = forms.CharField(max_length=80)
    file = forms.FileField(label="Calendar file", widget=forms.ClearableFileInput({"accept": ".ics,text/calendar"}))
