import uuid
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import allowed
from accounts.roles import Permission
from research import fees
from research.models.funds import Fund
from research.models.participations import Participation
from research.models.programmes import Programme
from research.states import InvoiceState

LIVE = (InvoiceState.DRAFT, InvoiceState.ISSUED, InvoiceState.PAID)
SETTLED = (InvoiceState.PAID, InvoiceState.REFUNDED)


def _choices(labels: dict[str, str]) -> list[tuple[str, str]]:
    return list(labels.items())


REFUNDS = {code: rule.label for code, rule in fees.REFUND_RULES.items()}


class FeePlanQuerySet(models.QuerySet["FeePlan"]):
    def visible_to(self, user: Any) -> "FeePlanQuerySet":
        """Who keeps the fees sees all; nobody else sees any, for a plan tells how many payers there are to be."""
        return self if allowed(user, Permission.MANAGE_FEES) else self.none()


class FeePlan(models.Model):
    """One version of what a programme costs and how that is shared. The newest holds; an invoice keeps its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="fee_plans")
    version = models.PositiveIntegerField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, choices=_choices(fees.CURRENCIES))
    rule = models.CharField(max_length=8, choices=_choices(fees.RULES))
    lead = models.ForeignKey(Fund, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lead_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    payers = models.PositiveSmallIntegerField()
    due_days = models.PositiveSmallIntegerField()
    refund_rule = models.CharField(max_length=16, choices=_choices(REFUNDS))
    pay_to = models.TextField(blank=True, help_text="How to pay, as it stands on the invoice.")
    at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = FeePlanQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "version"], name="fee_plan_version_once"),
            models.CheckConstraint(condition=Q(price__gt=0), name="fee_plan_price_positive"),
            models.CheckConstraint(condition=Q(currency__in=list(fees.CURRENCIES)), name="fee_plan_currency_known"),
            models.CheckConstraint(condition=Q(refund_rule__in=list(fees.REFUND_RULES)), name="fee_plan_refund_known"),
            models.CheckConstraint(
                condition=Q(payers__gte=1) & Q(payers__lte=fees.MOST_PAYERS), name="fee_plan_payers_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(rule=fees.EQUAL, lead__isnull=True, lead_percent__isnull=True)
                | Q(rule=fees.LEAD, lead__isnull=False, lead_percent__gt=0, lead_percent__lt=100),
                name="fee_plan_rule_has_its_lead",
            ),
        ]

    def __str__(self) -> str:
        return f"Fee plan, version {self.version}"

    def shares(self) -> fees.Shares:
        """What the lead and each other fund pay under this version."""
        return fees.shares(price=self.price, payers=self.payers, rule=self.rule, lead_percent=self.lead_percent)


class InvoiceSeries(models.Model):
    """A fund's own series of numbers, for its invoices and credit notes of all programmes.

    The code is drawn at random and the count is the fund's alone, so a number tells nothing of other funds.
    """

    fund = models.OneToOneField(Fund, on_delete=models.CASCADE, primary_key=True, related_name="invoice_series")
    code = models.CharField(max_length=8, unique=True)
    last = models.PositiveIntegerField(default=0)


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def visible_to(self, user: Any) -> "InvoiceQuerySet":
        """Who keeps the fees sees all; a fund's lead and compliance what was ever issued to their own fund."""
        if allowed(user, Permission.MANAGE_FEES):
            return self
        if not allowed(user, Permission.SEE_FEES):
            return self.none()
        own = Q(participation__fund__members__user=user, participation__fund__members__left_at__isnull=True)
        return self.filter(own).exclude(number="")


class Invoice(models.Model):
    """What one fund is asked to pay for one programme, with amount, days and terms frozen when it was drafted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(FeePlan, on_delete=models.CASCADE, related_name="invoices")
    participation = models.ForeignKey(Participation, on_delete=models.CASCADE, related_name="invoices")
    number = models.CharField(max_length=16, blank=True)
    state = models.CharField(max_length=8, choices=InvoiceState.choices, default=InvoiceState.DRAFT)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3, choices=_choices(fees.CURRENCIES))
    launch_on = models.DateField()
    delivery_on = models.DateField()
    since = models.DateTimeField(default=timezone.now, help_text="When it came into its state.")
    issued_on = models.DateField(null=True, blank=True)
    due_on = models.DateField(null=True, blank=True)
    paid_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="Of the payment, as on the bank statement.")
    void_reason = models.CharField(max_length=200, blank=True, help_text="For the firm alone.")

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ["issued_on", "number", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["participation"], condition=Q(state__in=LIVE), name="invoice_one_live"),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="invoice_number_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_amount_positive"),
            models.CheckConstraint(condition=Q(state__in=InvoiceState.values), name="invoice_state_known"),
            models.CheckConstraint(condition=Q(currency__in=list(fees.CURRENCIES)), name="invoice_currency_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "void"], number="", issued_on__isnull=True, due_on__isnull=True)
                | (~Q(state="draft") & ~Q(number="") & Q(issued_on__isnull=False, due_on__gte=F("issued_on"))),
                name="invoice_issued_has_number_and_days",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=SETTLED, paid_on__isnull=False) & ~Q(reference=""))
                | (~Q(state__in=SETTLED) & Q(paid_on__isnull=True, reference="")),
                name="invoice_paid_has_day_and_reference",
            ),
            models.CheckConstraint(
                condition=(Q(state="void") & ~Q(void_reason="")) | (~Q(state="void") & Q(void_reason="")),
                name="invoice_void_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.number or "Draft"

    @property
    def money(self) -> str:
        return fees.money(self.amount, self.currency)

    def overdue(self, today: date) -> bool:
        """True when it is issued, not paid, and its day has passed."""
        return self.state == InvoiceState.ISSUED and self.due_on is not None and self.due_on < today

    def status(self, today: date) -> str:
        """The state as a word, with "overdue" for an issued one whose day has passed."""
        return "overdue" if self.overdue(today) else str(self.state)

    def refund(self, on: date) -> fees.Refund:
        """What the refund rule gives back for a day."""
        return fees.refund(
            paid=self.amount,
            currency=self.currency,
            rule=self.plan.refund_rule,
            on=on,
            launch_on=self.launch_on,
            delivery_on=self.delivery_on,
        )

    @property
    def refund_terms(self) -> str:
        return fees.refund_terms(self.plan.refund_rule, self.launch_on, self.delivery_on)


class CreditNote(models.Model):
    """What a fund gets back of a paid invoice, with how that was reckoned. `paid` repeats the invoice's amount, for the check."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    invoice = models.OneToOneField(Invoice, on_delete=models.CASCADE, related_name="credit")
    number = models.CharField(max_length=16, unique=True)
    issued_on = models.DateField()
    left_on = models.DateField(help_text="The day for which the rule was asked.")
    paid = models.DecimalField(max_digits=12, decimal_places=2)
    computed = models.DecimalField(max_digits=12, decimal_places=2)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    reckoning = models.CharField(max_length=300)
    reason = models.CharField(
        max_length=200, blank=True, help_text="Why it is less than the rule gives; the fund reads it."
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["issued_on", "number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, amount__lte=F("computed"), computed__lte=F("paid")),
                name="credit_within_what_was_paid",
            ),
            models.CheckConstraint(condition=Q(amount=F("computed")) | ~Q(reason=""), name="credit_less_has_reason"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> str:
        return fees.money(self.amount, self.invoice.currency)
