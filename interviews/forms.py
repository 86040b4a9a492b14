"""What the pages ask for. The services check everything again; a form keeps what was typed and points at a field."""

import zoneinfo
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission as P
from interviews.descriptor import KINDS, LEVELS
from interviews.models import Interview, RedactionReason, RevealPurpose, Speaker
from interviews.services.experts import Employment, Identity
from interviews.states import InterviewState, SpeakerRole, TranscriptState
from research.models import Programme

# Offered while typing; any other name of a zone is taken too.
ZONES = [
    *("Europe/London", "Europe/Dublin", "Europe/Berlin", "Europe/Paris", "Europe/Zurich", "Europe/Warsaw"),
    *("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Toronto"),
    *("America/Sao_Paulo", "Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney"),
]


def pairs(values: Sequence[str]) -> list[tuple[str, str]]:
    """Values as choices that show themselves."""
    return [(value, value) for value in values]


class Suggested(forms.TextInput):
    """A line of text with suggestions, for values that are too many for a list: time zones."""

    def __init__(self, options: Sequence[str]):
        super().__init__({"autocomplete": "off"})
        self.options = options

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attrs = attrs or {}
        key = f"{attrs.get('id', name)}-list"
        options = format_html_join("", '<option value="{}"></option>', ((option,) for option in self.options))
        line = super().render(name, value, attrs | {"list": key}, renderer)
        return format_html('{}<datalist id="{}">{}</datalist>', line, key, options)


def zone_field() -> forms.CharField:
    return forms.CharField(
        label="Time zone",
        max_length=60,
        initial="Europe/London",
        widget=Suggested(ZONES),
        help_text="The expert's own.",
    )


class InterviewFilter(forms.Form):
    segment = forms.ChoiceField(required=False)
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *InterviewState.choices])
    transcript = forms.ChoiceField(
        required=False,
        choices=[("", "Any"), ("none", "None yet"), *TranscriptState.choices, ("withdrawn", "Consent withdrawn")],
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        segments = programme.segments.values_list("code", "title")
        self.fields["segment"].choices = [("", "All"), *segments]  # type: ignore[attr-defined]


class TranscriptFilter(forms.Form):
    state = forms.ChoiceField(required=False, choices=[("", "Any"), *TranscriptState.choices])


class ExpertForm(forms.Form):
    """A new call: who, in which segment, led by whom. Up to three posts; the descriptor is made from them."""

    segment: Any = forms.ModelChoiceField(None, empty_label="Choose a segment")
    name = forms.CharField(
        label="Expert's name", max_length=120, help_text="Sealed at once. Others see the descriptor."
    )
    email = forms.EmailField(label="E-mail", required=False)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    interviewer: Any = forms.ModelChoiceField(None, empty_label="Choose who leads the call")
    chaperone: Any = forms.ModelChoiceField(None, required=False, empty_label="Nobody")
    zone = zone_field()
    minutes = forms.IntegerField(label="Minutes", min_value=1, max_value=240, initial=60)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        team = programme.team.filter(is_active=True).order_by("name")
        leaders = [user.pk for user in team if allowed(user, P.LOG_INTERVIEWS)]
        self.fields["segment"].queryset = programme.segments.all()  # type: ignore[attr-defined]
        self.fields["interviewer"].queryset = User.objects.filter(pk__in=leaders)  # type: ignore[attr-defined]
        self.fields["chaperone"].queryset = team  # type: ignore[attr-defined]

    def identity(self) -> Identity:
        given = self.cleaned_data
        return Identity(given["name"], given["email"], given["phone"])


class PostForm(forms.Form):
    """One employment."""

    company = forms.CharField(max_length=120, required=False)
    kind = forms.ChoiceField(label="Class of company", required=False, choices=[("", "Choose"), *pairs(KINDS)])
    level = forms.ChoiceField(required=False, choices=[("", "Choose"), *pairs(LEVELS)])
    start = forms.DateField(label="From", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    end = forms.DateField(label="Until", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    current = forms.BooleanField(label="Still there", required=False)
    about = forms.BooleanField(label="The call is about this post", required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("company"):
            for name in ("kind", "level", "start"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, "Fill this in too, or leave the company empty.")
        return given

    def employment(self) -> Employment | None:
        given = self.cleaned_data
        if not given.get("company"):
            return None
        return Employment(**{name: given[name] for name in ("company", "kind", "level", "start", "end", "current")})


PostFormSet = forms.formset_factory(PostForm, extra=3, max_num=3)


class BookForm(forms.Form):
    day = forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    time = forms.TimeField(widget=forms.TimeInput({"type": "time"}, "%H:%M"), help_text="On the expert's own clock.")
    zone = zone_field()
    minutes = forms.IntegerField(min_value=1, max_value=240)
    fold = forms.TypedChoiceField(
        label="If the clock shows that time twice",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "Not so on that day"), ("0", "The first"), ("1", "The second")],
    )
    over_quota = forms.CharField(
        label="If the segment is full, why one more",
        max_length=300,
        required=False,
        help_text="A fifth more than the quota may be booked, for those who do not come.",
    )
    keep = forms.ChoiceField(
        label="If you only hold the time, for",
        required=False,
        choices=[("30", "30 minutes"), ("240", "4 hours"), ("1440", "24 hours"), ("2880", "48 hours")],
    )

    @classmethod
    def of(cls, interview: Interview) -> "BookForm":
        """The form as it stands for a call: its own time, when it has one."""
        initial: dict[str, Any] = {"zone": interview.zone, "minutes": interview.minutes}
        if interview.starts_at:
            wall = interview.starts_at.astimezone(zoneinfo.ZoneInfo(interview.zone))
            initial |= {"day": wall.date(), "time": wall.time()}
        return cls(initial=initial)


class NotesForm(forms.Form):
    notes = forms.CharField(required=False, widget=forms.Textarea({"rows": 10}), strip=False)


class PurposeForm(forms.Form):
    purpose = forms.ChoiceField(choices=[("", "Choose a purpose"), *RevealPurpose.choices])


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class UploadForm(forms.Form):
    """Where the files belong; the files themselves are streamed by the view, one by one."""

    interview: Any = forms.ModelChoiceField(
        None,
        required=False,
        empty_label="By the number in the file's name (INT-014)",
        help_text="A call that was held. Several files can go to their own calls by their names.",
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        took_place = [InterviewState.HELD, InterviewState.STOPPED]
        calls = Interview.objects.filter(programme=programme, state__in=took_place).only("number").order_by("number")
        self.fields["interview"].queryset = calls  # type: ignore[attr-defined]


def offer(speaker: Speaker) -> str:
    """The importer's guess and its reason."""
    reason = f" ({speaker.guess_reason})" if speaker.guess_reason else ""
    return f"Offered: {speaker.get_guess_display().lower()}{reason}"


class SpeakersForm(forms.Form):
    """One choice a speaker; the guess is offered until a person has chosen."""

    def __init__(self, *args: Any, speakers: Sequence[Speaker], mapped: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.speakers = list(speakers)
        for speaker in self.speakers:
            self.fields[f"speaker-{speaker.pk}"] = forms.ChoiceField(
                label=speaker.label or "Nobody named",
                choices=SpeakerRole.choices,
                initial=speaker.role if mapped else speaker.guess,
                help_text=offer(speaker),
            )

    def roles(self) -> dict[int, str]:
        return {speaker.pk: self.cleaned_data[f"speaker-{speaker.pk}"] for speaker in self.speakers}


class RedactionForm(forms.Form):
    """Words to take out: found in a turn by their text, or where the page's script saw them selected."""

    turn = forms.IntegerField(min_value=1, label="Turn")
    words = forms.CharField(widget=forms.Textarea({"rows": 2}), strip=False, label="Words")
    start = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.ChoiceField(choices=RedactionReason.choices)
    replacement = forms.CharField(max_length=60, initial="[redacted]", label="What stands instead")
