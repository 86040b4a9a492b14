"""Forms about what experts are paid. Money is typed as people write it and handed on in the smallest unit."""

from decimal import Decimal
from typing import Any

from django import forms

from interviews.honoraria import CENT
from interviews.models import HonorariumRule
from interviews.states import HonorariumState
from research.fees import CURRENCIES


class RuleForm(forms.Form):
    currency = forms.ChoiceField(choices=list(CURRENCIES.items()))
    hourly = forms.DecimalField(label="Rate an hour", min_value=0, max_value=10_000, decimal_places=2)
    first_percent = forms.IntegerField(
        label="First part, % of the rate", min_value=0, max_value=100, help_text="Due as soon as a call has begun."
    )
    first_minutes = forms.IntegerField(label="Minutes that the first part covers", min_value=0, max_value=60)
    step = forms.IntegerField(
        label="Then in steps of minutes", min_value=1, max_value=60, help_text="A step that has begun counts whole."
    )
    ceiling = forms.DecimalField(
        label="At most for one call", min_value=Decimal("0.01"), max_value=100_000, decimal_places=2
    )

    @classmethod
    def of(cls, rule: HonorariumRule | None) -> "RuleForm":
        """The form with the rule in force, or with what is usual."""
        if rule is None:
            return cls(initial={"currency": "GBP", "first_percent": 25, "first_minutes": 15, "step": 5})
        money = {name: Decimal(getattr(rule, name)) / CENT for name in ("hourly", "ceiling")}
        plain = {name: getattr(rule, name) for name in ("currency", "first_percent", "first_minutes", "step")}
        return cls(initial=plain | money)

    def given(self) -> dict[str, Any]:
        """What the service takes."""
        found = self.cleaned_data
        return found | {name: int(found[name] * CENT) for name in ("hourly", "ceiling")}


class LedgerFilter(forms.Form):
    state = forms.ChoiceField(choices=[("", "All states"), *HonorariumState.choices], required=False)
    currency = forms.ChoiceField(choices=[("", "All currencies"), *CURRENCIES.items()], required=False)
    only = forms.ChoiceField(choices=[("", "All calls"), ("out", "Only what stands out")], required=False, label="Show")


class PayForm(forms.Form):
    on = forms.DateField(label="Paid on", widget=forms.DateInput({"type": "date"}))
    reference = forms.CharField(max_length=80, help_text="Under which the payment is found at the bank.")


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=100)


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(label="Minutes really heard", min_value=0, max_value=240)
    reason = forms.CharField(max_length=100, help_text="The payer reads it: no names, nothing of what was said.")
