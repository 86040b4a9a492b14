"""What the pages about funds, their people and their terms ask for."""

from typing import Any

from django import forms

from accounts.roles import Role
from research.forms import words
from research.models import Participation, Programme
from research.models.terms import ASKED

ROLES = [(role.value, role.label) for role in (Role.FUND_READER, Role.FUND_LEAD, Role.FUND_COMPLIANCE)]


class FundForm(forms.Form):
    name = words("Name", longest=120)
    domain = words("E-mail domain", longest=120, required=False, help="Its people's addresses must then end in it.")


class VehicleForm(forms.Form):
    name = words("Name of the vehicle", longest=120)


class JoinerForm(forms.Form):
    name = words("Name", longest=120)
    email = forms.EmailField(label="E-mail address", max_length=254)


class MemberForm(JoinerForm):
    role = forms.ChoiceField(label="Role", choices=ROLES)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=ROLES)


class TermsForm(forms.Form):
    text = words("Text", rows=24)
    language = forms.ChoiceField(label="Language")
    # The hash of the text whose difference was shown; what was not shown is not published.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, languages: dict[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = list(languages.items())  # type: ignore[attr-defined]


class PaperForm(forms.Form):
    fund = forms.ModelChoiceField(Participation.objects.none(), label="Fund", empty_label="Choose a fund")
    name = words("Signed by", longest=120)
    note = words("Where the paper is kept", longest=200)

    def __init__(self, *args: Any, programme: Programme, **kwargs: Any):
        super().__init__(*args, **kwargs)
        asked = programme.participations.filter(state__in=ASKED).select_related("fund").order_by("fund__name")
        self.fields["fund"].queryset = asked  # type: ignore[attr-defined]
        self.fields["fund"].label_from_instance = lambda part: part.fund.name  # type: ignore[attr-defined]


class SignForm(forms.Form):
    name = words("Your name", longest=120, help="As it stands on your account. It is your signature.")
    sha256 = forms.CharField(widget=forms.HiddenInput)
