"""Forms about people and how they sign in."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError

from accounts import people
from accounts.factors import LostBy
from accounts.roles import FIRM, Role

FIRM_ROLES = [(role.value, role.label) for role in Role if role in FIRM]


class KeyAnswer(forms.JSONField):
    """What a browser sends from a passkey. The library takes its outline for granted, so that is looked at first."""

    def __init__(self) -> None:
        super().__init__(widget=forms.HiddenInput, error_messages={"required": "Nothing came from the key. Try again."})

    def validate(self, value: Any) -> None:
        super().validate(value)
        outline = {"id": str, "rawId": str, "response": dict}
        if not isinstance(value, dict) or any(not isinstance(value.get(key), kind) for key, kind in outline.items()):
            raise ValidationError("What came from the key can't be read. Try again, or use a code.")


class AddPasskey(AddWebAuthnForm):
    """A passkey that signs in by itself, unless the person wants it beside the password only."""

    credential = KeyAnswer()
    passwordless = forms.BooleanField(
        label="Sign in with this key alone",
        required=False,
        initial=True,
        help_text="The key then asks for your finger, face or PIN, and the password is not needed.",
    )


class _Recorded(AuthenticateWebAuthnForm):
    """A key that is not right is on record, as a wrong password is."""

    credential = KeyAnswer()

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except ValidationError:
            people.note_failed_sign_in(user=self.user, kind=Authenticator.Type.WEBAUTHN)
            raise


class SecondStepKey(_Recorded):
    """A passkey after the password."""


class SignInKey(_Recorded, LoginWebAuthnForm):
    """A passkey alone; whose it is only its answer tells."""


class SameKeyAgain(_Recorded, ReauthenticateWebAuthnForm):
    """A passkey to show once more who it is."""


class InviteForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    email = forms.EmailField(label="E-mail address", help_text="The link to choose a password goes there.")
    role = forms.ChoiceField(label="Role", choices=FIRM_ROLES)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=FIRM_ROLES, help_text="Their sessions and API token end.")


class ResetForm(forms.Form):
    reason = forms.ChoiceField(label="Why", choices=LostBy.choices)
