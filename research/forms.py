"""What the pages ask for. The services check everything again; a form only keeps what was typed and points at a field."""

from typing import Any

from django import forms

from accounts.models import User
from accounts.moves import Invalid
from accounts.roles import FIRM, Role
from research import fees
from research.models import Claim, Disagreement, Fund, Incident, Programme, Seat, Source
from research.models.register import ASPECTS, Aspect, Standing
from research.policy import LONGEST_COOLING_OFF
from research.queries import FIRM_OR_SYSTEM
from research.restricted import MOST_BYTES, decode, parse


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
    codename = words(
        "Code name",
        longest=40,
        required=False,
        help="The only name that experts and their calendars see; without one a neutral word is chosen.",
    )
    thesis = words("Thesis", rows=4, required=False)
    bull_case = words("Bull case", rows=4, required=False)
    bear_case = words("Bear case", rows=4, required=False)
    withhold_instead = forms.BooleanField(
        label="Book people whom a fund's own policy bars, and withhold their interviews from that fund alone",
        required=False,
        help_text="Without it the strictest policy of the funds on a seat decides whether a call can be booked.",
    )
    current_employees = forms.BooleanField(
        label="Hear current employees of the subject company by exception",
        required=False,
        help_text="Each needs compliance's signature with a reason, a chaperone and a topic card.",
    )
    descriptor_k = forms.IntegerField(
        label="Experts that a descriptor must fit",
        min_value=1,
        max_value=20,
        initial=3,
        required=False,
        help_text="Without a number 3. Descriptors are made coarser until at least so many experts of the programme fit them.",
    )

    def clean_descriptor_k(self) -> int:
        given = self.cleaned_data["descriptor_k"]
        return self.fields["descriptor_k"].initial if given is None else given


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


class HoldForm(forms.Form):
    until = day("Hold until the end of", required=False, help="Left empty, a hold lasts three days.")


class SeatForm(HoldForm):
    field_order = ["fund", "until"]
    fund = forms.ModelChoiceField(Fund.objects.none(), label="Fund", empty_label="Choose a fund")

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        seated = Seat.objects.filter(programme=programme, fund__isnull=False).values("fund")
        self.fields["fund"].queryset = Fund.objects.exclude(pk__in=seated)  # type: ignore[attr-defined]


class AuditFilterForm(forms.Form):
    """What to show of a chain. `nobody` is how those are called whom the reader is not told by name."""

    verb = forms.ChoiceField(label="What", required=False)
    actor = forms.ChoiceField(label="Who", required=False)
    subject = words("To what", longest=120, required=False)
    first = day("From", required=False)
    last = day("To", required=False)

    def __init__(self, *args: Any, verbs: list[str], actors: dict[Any, str], nobody: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        people = [("", "Everyone"), *((str(pk), name) for pk, name in actors.items()), (FIRM_OR_SYSTEM, nobody)]
        self.fields["verb"].choices = [("", "Everything"), *((v, v.replace("-", " ")) for v in verbs)]  # type: ignore[attr-defined]
        self.fields["actor"].choices = people  # type: ignore[attr-defined]


class FeePlanForm(forms.Form):
    price = forms.DecimalField(
        label="Price of the programme", max_digits=12, decimal_places=2, help_text="Net, for all payers together."
    )
    currency = forms.ChoiceField(label="Currency", choices=[(c, f"{c}, {name}") for c, name in fees.CURRENCIES.items()])
    payers = forms.TypedChoiceField(
        label="Planned payers",
        coerce=int,
        choices=[(n, str(n)) for n in range(1, fees.MOST_PAYERS + 1)],
        help_text="The shares follow from this number, whoever joins or leaves.",
    )
    rule = forms.ChoiceField(label="Split rule", choices=list(fees.RULES.items()))
    lead = forms.ModelChoiceField(
        Fund.objects.none(), label="Lead sponsor", required=False, help_text="Only when the lead pays more."
    )
    lead_percent = forms.DecimalField(
        label="The lead's part in per cent", required=False, max_digits=5, decimal_places=2
    )
    due_days = forms.IntegerField(label="Days to pay", min_value=0, max_value=120, initial=30)
    refund_rule = forms.ChoiceField(
        label="Refund rule", choices=[(code, rule.label) for code, rule in fees.REFUND_RULES.items()]
    )
    pay_to = words(
        "How to pay", rows=3, longest=1000, required=False, help="Payee and bank account. Each fund reads it."
    )

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        asked = Fund.objects.filter(participations__programme=programme)
        self.fields["lead"].queryset = asked  # type: ignore[attr-defined]


class PaymentForm(forms.Form):
    on = day("Received on")
    reference = words("Reference", longest=80, help="As on the bank statement.")


class VoidForm(forms.Form):
    reason = words("Reason", longest=200, help="Stays inside the firm.")


class LeavingForm(forms.Form):
    left = day("The fund leaves on")


class RefundForm(forms.Form):
    on = forms.DateField(widget=forms.HiddenInput)
    amount = forms.DecimalField(label="Amount", max_digits=12, decimal_places=2)
    reason = words(
        "Reason",
        longest=200,
        required=False,
        help="Only when the amount is less than the rule gives. The fund reads it.",
    )


class PeriodForm(forms.Form):
    first = day("From")
    last = day("To")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("first") and given.get("last") and given["first"] > given["last"]:
            raise forms.ValidationError("The first day is after the last. Give them in order.")
        if any(not 2000 <= value.year < 2100 for value in given.values()):
            raise forms.ValidationError("Give days of this century.")
        return given


class InviteForm(forms.Form):
    fund = forms.ModelChoiceField(Fund.objects.none(), label="Fund", empty_label="Choose a fund")
    name = words("Name of the person", longest=120)
    email = forms.EmailField(label="E-mail address", max_length=254)
    days = forms.IntegerField(label="Days that the link is open", min_value=1, max_value=60, initial=14)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        seated = Seat.objects.filter(programme=programme, fund__isnull=False).values("fund")
        self.fields["fund"].queryset = Fund.objects.exclude(pk__in=seated)  # type: ignore[attr-defined]


class InterestForm(forms.Form):
    """What a person without an account answers to an invitation."""

    name = words("Your name", longest=120)
    role = words("Your role", longest=120, required=False)
    email = forms.EmailField(label="Your e-mail address", max_length=254)
    note = words("Note", rows=4, longest=2000, required=False, help="A question, or whom else to write to.")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for field, meaning in {"name": "name", "role": "organization-title", "email": "email"}.items():
            self.fields[field].widget.attrs["autocomplete"] = meaning


class PolicyForm(forms.Form):
    """A fund's months and limits; a field left empty leaves the firm's own rule as it is."""

    listed = forms.IntegerField(
        label="Months after leaving a listed company", required=False, min_value=0, max_value=LONGEST_COOLING_OFF
    )
    private = forms.IntegerField(
        label="Months after leaving a private company", required=False, min_value=0, max_value=LONGEST_COOLING_OFF
    )
    kinds = words(
        "Months by class of company",
        rows=3,
        required=False,
        help="One a line, such as “hyperscaler: 12”. The classes are those that reports name: bank, retailer, insurer …",
    )
    calls_per_expert = forms.IntegerField(
        label="Calls with one expert within twelve months, at most", required=False, min_value=1, max_value=1000
    )
    interviews_per_company = forms.IntegerField(
        label="Interviews with people of one employer, at most", required=False, min_value=1, max_value=1000
    )
    no_current_employees = forms.BooleanField(
        label="Leave out everybody who works for the subject company today",
        required=False,
        help_text="Without it you receive the few whom the firm's compliance let through, with a chaperone, marked as such.",
    )
    compared_with = forms.IntegerField(widget=forms.HiddenInput)

    def clean_kinds(self) -> dict[str, str]:
        """Months by class, as typed; the service looks at the numbers."""
        found = {}
        for number, line in enumerate(self.cleaned_data["kinds"].splitlines(), 1):
            kind, colon, months = (part.strip() for part in line.partition(":"))
            if line.strip() and not (kind and colon and months):
                raise forms.ValidationError(f"Line {number} must be a class and its months, such as “bank: 12”.")
            if line.strip():
                found[kind.casefold()] = months
        return found


class ListForm(forms.Form):
    """A restricted list: a file, or text pasted in."""

    file = forms.FileField(
        label="CSV file",
        required=False,
        help_text="Columns company, from, to; dates like 2026-03-31, or empty.",
    )
    pasted = words(
        "Or paste it here", rows=6, required=False, help="One company a line, or lines copied from a spreadsheet."
    )

    def clean(self) -> dict[str, Any]:
        """What the list says, under "entries"; every refusal says what to do."""
        given = super().clean() or {}
        file, pasted = given.get("file"), given.get("pasted", "")
        if bool(file) == bool(pasted.strip()):
            raise forms.ValidationError("Choose a file, or paste the list: one of the two.")
        try:
            if file and file.size > MOST_BYTES:
                raise Invalid(f"The file has {file.size:,} bytes; the most is {MOST_BYTES:,}.")
            text = decode(file.read()) if file else pasted
            return given | {"entries": parse(text)}
        except Invalid as wrong:
            raise forms.ValidationError(str(wrong)) from None
