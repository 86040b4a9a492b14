"""What the pages ask for. The services check everything again; a form only keeps what was typed and points at a field."""

from typing import Any

from django import forms

from accounts.models import User
from accounts.roles import FIRM, Role
from research.models import Claim, Disagreement, Fund, Incident, Programme, Seat, Source
from research.models.register import ASPECTS, Aspect, Standing
from research.models.seats import CEILING


def words(label: str, *, rows: int = 0, longest: int | None = None, required: bool = True, help: str = "") -> Any:
    """A text field: one line, or `rows` lines."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=longest,
        help_text=help,
        widget=forms.Textarea(attrs={"rows": rows}) if rows else None,
        error_messages={"required": f"{label} has no words. Write it and save again."},
    )


def day(label: str, *, required: bool = True, help: str = "") -> forms.DateField:
    """A date, picked or typed."""
    return forms.DateField(
        label=label, required=required, help_text=help, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )


class ProgrammeForm(forms.Form):
    title = words("Title", longest=160)
    slug = words(
        "Short name", longest=50, required=False, help="For addresses and file names; a code name tells least."
    )
    question = words("Investment question", rows=3)
    subject = words("Subject", longest=120, help="The company that the question is about.")
    launch_on = day("Launch")
    delivery_on = day("Delivery")
    thesis = words("Thesis", rows=4, required=False)
    bull_case = words("Bull case", rows=4, required=False)
    bear_case = words("Bear case", rows=4, required=False)


class ProgrammeEditForm(ProgrammeForm):
    # An address that was given out stays.
    slug = None


class TeamForm(forms.Form):
    user = forms.ModelChoiceField(User.objects.none(), label="Person", empty_label="Choose a person")

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        firm = User.objects.filter(is_active=True, role__in=FIRM).exclude(role=Role.ADMIN)
        self.fields["user"].queryset = firm.exclude(assignments__programme=programme)  # type: ignore[attr-defined]


class QuestionForm(forms.Form):
    code = words("Code", longest=8, required=False, help="Left empty, the next free number is taken.")
    title = words("Title", longest=120)
    text = words("Key question", rows=2)
    definition = words("Definition", rows=4, required=False, help="What is to be established, and what counts.")
    bear_signpost = words("Bear signpost", rows=2, required=False)
    bull_signpost = words("Bull signpost", rows=2, required=False)
    respondents = words("Who can answer", rows=2, required=False)
    segments: forms.ModelMultipleChoiceField = forms.ModelMultipleChoiceField(
        None, label="Segments that can answer", required=False, widget=forms.CheckboxSelectMultiple
    )
    terms = words("Terms", rows=2, required=False, help="Words that point at this question, with commas between them.")

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["segments"].queryset = programme.segments.all()  # type: ignore[attr-defined]


class QuestionEditForm(QuestionForm):
    # Tags and findings name a question by it.
    code = None


class AmendForm(QuestionEditForm):
    reason = words("Reason", rows=2, help="Kept with the date, your name, and the words before and after.")


class SegmentForm(forms.Form):
    title = words("Title", longest=80)
    code = words("Code", longest=30, required=False, help="Left empty, it is made from the title.")
    quota = forms.IntegerField(label="Quota", min_value=1, max_value=1000, help_text="Interviews to hold.")
    description = words("Description", rows=3, required=False)


class SegmentEditForm(SegmentForm):
    code = None


class SourceForm(forms.Form):
    code = words("Code", longest=8, help="Short, such as A.")
    title = words("Title", longest=200)
    publisher = words("Publisher", longest=120, required=False)
    published = words("Published", longest=40, required=False, help="As precisely as known, such as March 2026.")
    note = words("Note", rows=3, required=False)


class IncidentForm(forms.Form):
    title = words("What happened", rows=2)
    when = words("When", longest=40, help="As precisely as the sources say, such as late 2025.")
    date_from = day("First day", help="The days that the sources leave open.")
    date_to = day("Last day")
    hours = forms.DecimalField(
        label="Hours",
        required=False,
        min_value=0,
        max_digits=6,
        decimal_places=1,
        help_text="For the time line only; what each source says about the length follows as its statement.",
    )


class ClaimForm(forms.Form):
    title = words("What is said", rows=2)


class DisagreementForm(forms.Form):
    title = words("What the sources differ on", rows=2)
    cell = forms.ChoiceField(
        label="Marks",
        required=False,
        help_text="The place in the register that is then marked as differing.",
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        cells: list[tuple[str, str]] = [("", "Nothing in particular")]
        for kind, rows in (("incident", programme.incidents.all()), ("claim", programme.claims.all())):
            cells += [
                (f"{kind}:{row.pk}:{aspect}", f"{str(row)[:70]}: {Aspect(aspect).label.lower()}")
                for row in rows
                for aspect in ASPECTS[kind]
            ]
        self.fields["cell"].choices = cells  # type: ignore[attr-defined]


class StatementForm(forms.Form):
    source = forms.ModelChoiceField(Source.objects.none(), label="Source", empty_label="Choose a source")
    aspect = forms.ChoiceField(label="About")
    text = words("What it says", rows=3)
    standing = forms.ChoiceField(label="Standing", choices=Standing.choices)

    def __init__(self, *args: Any, about: Incident | Claim | Disagreement, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = about.programme.sources.all()  # type: ignore[attr-defined]
        aspects = ASPECTS[about._meta.model_name or ""]
        self.fields["aspect"].choices = [(a.value, a.label) for a in aspects]  # type: ignore[attr-defined]


class CorrectionForm(forms.Form):
    text = words("What it says", rows=3)
    standing = forms.ChoiceField(label="Standing", choices=Standing.choices)


class CapForm(forms.Form):
    cap = forms.TypedChoiceField(
        label="Number of seats", coerce=int, choices=[(n, str(n)) for n in range(1, CEILING + 1)]
    )


class SeatForm(forms.Form):
    fund = forms.ModelChoiceField(Fund.objects.none(), label="Fund", empty_label="Choose a fund")
    until = day("Hold until the end of", required=False, help="Left empty, a hold lasts three days.")

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        seated = Seat.objects.filter(programme=programme, fund__isnull=False).values("fund")
        self.fields["fund"].queryset = Fund.objects.exclude(pk__in=seated)  # type: ignore[attr-defined]


class FundForm(forms.Form):
    name = words("Name", longest=120)
    domain = words("E-mail domain", longest=120, required=False, help="Its people's addresses must then end in it.")


class MemberForm(forms.Form):
    name = words("Name", longest=120)
    email = forms.EmailField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(
        label="Role", choices=[(role.value, role.label) for role in (Role.FUND_READER, Role.FUND_COMPLIANCE)]
    )


class AuditFilterForm(forms.Form):
    verb = forms.ChoiceField(label="What", required=False)
    actor = forms.ChoiceField(label="Who", required=False)
    first = day("From", required=False)
    last = day("To", required=False)

    def __init__(self, *args: Any, verbs: list[str], actors: dict[Any, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["verb"].choices = [("", "Everything"), *((v, v.replace("-", " ")) for v in verbs)]  # type: ignore[attr-defined]
        self.fields["actor"].choices = [("", "Everyone"), *((str(pk), name) for pk, name in actors.items())]  # type: ignore[attr-defined]
