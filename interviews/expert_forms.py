"""What the pages about experts ask for. The services check everything again."""

from typing import Any
from uuid import UUID

from django import forms

from accounts.permissions import allowed
from accounts.roles import Permission as P
from interviews.forms import PostForm, zone_field
from interviews.models import RevealPurpose
from interviews.services.candidates import PRIORITIES
from interviews.services.experts import Employment, Identity
from interviews.states import CandidateState
from research.models import Programme

RANKS = [(number, f"{number} · {word.lower()}") for number, word in PRIORITIES.items()]


class CandidateFilter(forms.Form):
    segment = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *CandidateState.choices])
    priority = forms.ChoiceField(required=False, choices=[("", "Any"), *RANKS])

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        segments = programme.segments.values_list("code", "title")
        self.fields["segment"].choices = [("", "All"), *segments]  # type: ignore[attr-defined]


class ReachForm(forms.Form):
    """Ways to reach a person, by which the same person is known again."""

    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False, help_text="With the country's code: +44 …")
    profile = forms.CharField(label="Profile link", max_length=300, required=False)

    def identity(self) -> Identity:
        given = self.cleaned_data
        return Identity(given.get("name", ""), given["email"], given["phone"], given["profile"])


class RecruitForm(ReachForm):
    """A new expert of a programme."""

    name = forms.CharField(
        label="Expert's name", max_length=120, help_text="Sealed at once. Others see the descriptor."
    )
    segment: Any = forms.ModelChoiceField(None, empty_label="Choose a segment")
    source = forms.CharField(max_length=80, required=False, help_text="Where the contact came from.")
    priority = forms.TypedChoiceField(coerce=int, choices=RANKS, initial=2)
    zone = zone_field()
    same_as = forms.ChoiceField(
        label="Is it the same person?", required=False, widget=forms.RadioSelect, choices=[("new", "Another person")]
    )
    field_order = ["name", "email", "phone", "profile", "segment", "source", "priority", "zone", "same_as"]

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["segment"].queryset = programme.segments.all()  # type: ignore[attr-defined]
        # Which expert may be meant is known only after the names were compared; the service checks the choice.
        chosen = self.data.get("same_as", "")
        self.offer([(chosen, "The expert on file")] if chosen not in ("", "new") else [])

    def clean_same_as(self) -> UUID | str:
        """The expert who is meant, "new" for another person, or "" where nothing was asked."""
        said = self.cleaned_data["same_as"]
        try:
            return said if said in ("", "new") else UUID(said)
        except ValueError:
            raise forms.ValidationError("Choose one of those shown.") from None

    def offer(self, people: list[tuple[str, str]]) -> None:
        """Ask which of these people on file is meant, if any."""
        choices = [*people, ("new", "Another person: make a new record")]
        self.fields["same_as"].choices = choices  # type: ignore[attr-defined]


class SpellForm(PostForm):
    """One post with what shows it."""

    function = forms.CharField(max_length=80, required=False)
    evidence = forms.CharField(
        max_length=300, required=False, help_text="Where it is shown: a document, a page, a referee."
    )
    about = None  # type: ignore[assignment]  # so forms drop a field that they inherit

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not given.get("company") and "company" not in self.errors:
            self.add_error("company", "Name the company.")
        return given

    def employment(self) -> Employment | None:
        given = self.cleaned_data
        names = ("company", "kind", "level", "start", "end", "current", "function", "evidence")
        return Employment(**{name: given[name] for name in names})


class VerifyForm(forms.Form):
    evidence = forms.CharField(max_length=300, required=False, label="Checked against")


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(coerce=int, choices=RANKS)


class CallForm(forms.Form):
    """A call to be booked: who leads it, who listens in."""

    interviewer: Any = forms.ModelChoiceField(None, empty_label="Choose who leads the call")
    chaperone: Any = forms.ModelChoiceField(None, required=False, empty_label="Nobody")
    minutes = forms.IntegerField(min_value=1, max_value=240, initial=60)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        team = programme.team.filter(is_active=True).order_by("name")
        leaders = [user.pk for user in team if allowed(user, P.LOG_INTERVIEWS)]
        self.fields["interviewer"].queryset = team.filter(pk__in=leaders)  # type: ignore[attr-defined]
        self.fields["chaperone"].queryset = team  # type: ignore[attr-defined]


class ContactForm(forms.Form):
    channel = forms.ChoiceField(choices=[("call", "A call"), ("other", "Another way")], label="Asked by")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why", help_text="For compliance; nobody else reads it.")


class BlockForm(ReachForm, ReasonForm):
    field_order = ["email", "phone", "profile", "reason"]


class AskForm(forms.Form):
    purpose = forms.ChoiceField(choices=[("", "Choose a purpose"), *RevealPurpose.choices])


class FileForm(forms.Form):
    file = forms.FileField(
        label="File", help_text="CSV or XLSX, up to 5 MB and 5,000 rows. The first row holds the headings."
    )
