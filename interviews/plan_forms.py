"""What the planner's page asks for."""

from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import User
from interviews.planner import MOST_MOVED
from interviews.services.planning import Wishes

DATE = {"type": "date"}
FORTNIGHT = timedelta(days=13)


class WishesForm(forms.Form):
    """What a plan is asked for."""

    first = forms.DateField(label="First day", widget=forms.DateInput(DATE, "%Y-%m-%d"))
    last = forms.DateField(label="Last day", widget=forms.DateInput(DATE, "%Y-%m-%d"))
    minutes = forms.IntegerField(
        label="Minutes a call", min_value=1, max_value=240, help_text="Calls on the list keep their own length."
    )
    step = forms.TypedChoiceField(
        label="Calls begin every", coerce=int, choices=[(15, "15 minutes"), (30, "30 minutes")]
    )
    most_a_day = forms.IntegerField(
        label="Most calls a day",
        required=False,
        min_value=1,
        max_value=12,
        help_text="For each interviewer; empty for what each has set.",
    )
    pause = forms.IntegerField(
        label="Pause between calls",
        required=False,
        min_value=0,
        max_value=120,
        help_text="In minutes; empty for what each interviewer has set.",
    )
    most_moved = forms.IntegerField(
        label="Booked calls that may move",
        min_value=0,
        max_value=MOST_MOVED,
        help_text="Only where somebody else finds a place by it; 0 leaves all as they are.",
    )
    interviewers = forms.MultipleChoiceField(label="Interviewers", widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, team: list[User], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["interviewers"].choices = [(str(user.pk), user.name) for user in team]  # type: ignore[attr-defined]

    @classmethod
    def fresh(cls, team: list[User], earliest: date, *, again: Wishes | None = None) -> "WishesForm":
        """The form as it is met: the next fortnight, or the days of a plan that is to be made again with up to three moves."""
        people = [str(user.pk) for user in team]
        if again is None:
            wishes = Wishes(earliest, earliest + FORTNIGHT, interviewers=tuple(people))
        else:
            first = max(again.first, earliest)
            asked = {"first": first, "last": max(again.last, first), "most_moved": again.most_moved or 3}
            wishes = Wishes(**(vars(again) | asked))
        given = vars(wishes) | {"interviewers": [pk for pk in people if pk in wishes.interviewers] or people}
        return cls(initial=given, team=team)

    def wishes(self) -> Wishes:
        """What was asked for; everybody chosen is everybody who will be there then."""
        given = self.cleaned_data
        everybody = len(given["interviewers"]) == len(self.fields["interviewers"].choices)  # type: ignore[attr-defined]
        return Wishes(**(given | {"interviewers": () if everybody else tuple(given["interviewers"])}))
