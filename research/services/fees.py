"""The ledger of fees: a plan, an invoice for each fund that sits, payment in full, a credit note. No money moves here.

An amount comes from the plan and is frozen on the invoice when that is drafted. What is written to a fund's own chain,
and what it is mailed, holds its own invoice and nothing of the plan, from which the number of payers could be told.
"""

import secrets
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from accounts import audit, outbox
from accounts.models import User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from accounts.roles import Permission, Role
from research import fees
from research.models import (
    CreditNote,
    FeePlan,
    Fund,
    FundMember,
    Invoice,
    InvoiceSeries,
    Participation,
    Programme,
    Seat,
)
from research.models.fees import LIVE
from research.services.checks import day, lock, one_of, whole, words
from research.states import INVOICE, InvoiceState, SeatState

S = InvoiceState
SITTING = (SeatState.SIGNED, SeatState.ACTIVE)
LONGEST_DUE = 120
# Without letters and figures that are taken for one another when read out.
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
NO_PLAN = "There is no fee plan yet. Set it first."
NOBODY = "Each fund on a signed or active seat has its invoice."
NOTHING_BACK = "By the refund rule nothing comes back for this day, so there is no credit note to write."


def today() -> date:
    """The present day where the firm is."""
    return timezone.localdate()


# The plan -----------------------------------------------------------------------------------------------------------


def plan_of(programme: Programme) -> FeePlan | None:
    """The version of the fee plan that holds now."""
    return FeePlan.objects.filter(programme=programme).select_related("lead", "by").order_by("-version").first()


def checked(**given: Any) -> dict[str, Any]:
    """The fields of a plan, each as it is stored. Invalid for what can't be used; the preview shows the same sentence."""
    rule = one_of(given["rule"], fees.RULES, "The rule")
    lead = given.get("lead") if rule == fees.LEAD else None
    if rule == fees.LEAD and lead is None:
        raise Invalid("Choose the fund that leads, or equal shares.")
    fields = {
        "price": _amount(given["price"], "The price"),
        "currency": one_of(given["currency"], fees.CURRENCIES, "The currency"),
        "rule": rule,
        "lead": lead,
        "lead_percent": _amount(given.get("lead_percent"), "The lead's part") if lead else None,
        "payers": whole(given["payers"], "The number of payers", 1, fees.MOST_PAYERS),
        "due_days": whole(given["due_days"], "The number of days to pay", 0, LONGEST_DUE),
        "refund_rule": one_of(given["refund_rule"], fees.REFUND_RULES, "The refund rule"),
        "pay_to": words(given.get("pay_to"), "How to pay", longest=1000),
    }
    _shares(fields)
    return fields


@transaction.atomic
def set_plan(*, programme: Programme, by: User, **given: Any) -> FeePlan:
    """A new version of the fee plan: price, currency, rule, payers, due_days, refund_rule, lead, lead_percent, pay_to.

    Invoices that were drafted before keep their own version. The same plan again is the version that holds.
    """
    row = lock(programme, by, Permission.MANAGE_FEES)
    fields = checked(**given)
    present = plan_of(row)
    if present is not None and all(getattr(present, name) == value for name, value in fields.items()):
        return present
    newest = row.fee_plans.aggregate(newest=Max("version"))["newest"] or 0
    plan = FeePlan.objects.create(programme=row, version=newest + 1, at=now(), by=by, **fields)
    told = {name: fields[name] for name in ("price", "currency", "rule", "lead_percent", "payers", "refund_rule")}
    audit.record(row.chain, "fee-plan-set", plan, by=by, version=plan.version, lead=plan.lead_id, **told)
    return plan


def preview(**given: Any) -> fees.Shares:
    """The shares of a plan that is not saved. Invalid for one that can't be."""
    return _shares(checked(**given))


def _shares(fields: dict[str, Any]) -> fees.Shares:
    try:
        return fees.shares(**{name: fields[name] for name in ("price", "payers", "rule", "lead_percent")})
    except ValueError as wrong:
        raise Invalid(str(wrong)) from None


def _amount(value: Any, name: str) -> Decimal:
    """An amount with two decimals."""
    try:
        amount = Decimal(str(value).strip())
        exact = amount.is_finite() and amount == amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        exact = False
    if not exact or not 0 < amount < 10**10:
        raise Invalid(f"{name} must be a number above zero with at most two decimals, such as 30000.00.")
    return amount.quantize(Decimal("0.01"))


# Invoices -----------------------------------------------------------------------------------------------------------


def to_bill(programme: Programme) -> list[Participation]:
    """Those on a signed or active seat that have no invoice since they took it."""
    seated = Seat.objects.filter(programme=programme, state__in=SITTING).values("fund")
    # Who was paid back and came again later is asked again; who was paid back and stayed is not.
    refunded = Q(invoices__state=S.REFUNDED, invoices__since__gte=F("since"))
    billed = Participation.objects.filter(Q(invoices__state__in=LIVE) | refunded, programme=programme)
    rows = Participation.objects.filter(programme=programme, fund__in=seated).exclude(pk__in=billed.values("pk"))
    return list(rows.select_related("fund").order_by("pk"))


def draft_obstacle(programme: Programme, plan: FeePlan | None) -> str | None:
    """Why no invoice can be drafted now, or None."""
    if plan is None:
        return NO_PLAN
    return None if to_bill(programme) else NOBODY


@transaction.atomic
def draft_invoices(*, programme: Programme, by: User) -> list[Invoice]:
    """Draft an invoice for each fund on a signed or active seat that has none; those made. A second call makes none."""
    row = lock(programme, by, Permission.MANAGE_FEES)
    plan = plan_of(row)
    if plan is None:
        raise IllegalMove(NO_PLAN)
    shares = plan.shares()
    made = []
    for part in to_bill(row):
        invoice = Invoice.objects.create(
            plan=plan,
            participation=part,
            amount=shares.lead if part.fund_id == plan.lead_id else shares.other,
            currency=plan.currency,
            launch_on=row.launch_on,
            delivery_on=row.delivery_on,
            since=now(),
        )
        _record(invoice, "invoice-drafted", by, version=plan.version)
        made.append(invoice)
    return made


def issue_obstacle(invoice: Invoice) -> str | None:
    """Why an invoice can't be issued now, or None."""
    if sentence := INVOICE.obstacle(invoice.state, S.ISSUED):
        return sentence
    part = invoice.participation
    if Seat.objects.filter(programme=part.programme_id, fund=part.fund_id, state__in=SITTING).exists():
        return None
    return "This fund has no signed or active seat any more. Make the draft void."


@transaction.atomic
def issue_invoice(*, invoice: Invoice, by: User) -> Invoice:
    """Give a draft its number and its days, and write to the fund's leads."""
    row = _locked(invoice, by)
    if sentence := issue_obstacle(row):
        raise IllegalMove(sentence)
    issued_on = today()
    due_on = issued_on + timedelta(days=row.plan.due_days)
    number = _number(row.participation.fund)
    INVOICE.make(row, S.ISSUED, number=number, issued_on=issued_on, due_on=due_on, since=now())
    _tell(row)
    _record(row, "invoice-issued", by, number=number, due=due_on)
    return row


@transaction.atomic
def mark_paid(*, invoice: Invoice, on: date | str, reference: str, by: User) -> Invoice:
    """Note that the whole amount came in, on which day and under which reference of the bank."""
    row = _locked(invoice, by)
    if sentence := INVOICE.obstacle(row.state, S.PAID):
        raise IllegalMove(sentence)
    paid_on = _past(on, "The day of payment", row)
    reference = words(reference, "The payment's reference", longest=80, required=True)
    INVOICE.make(row, S.PAID, paid_on=paid_on, reference=reference, since=now())
    _record(row, "invoice-paid", by, paid=paid_on)
    return row


@transaction.atomic
def void_invoice(*, invoice: Invoice, reason: str, by: User) -> Invoice:
    """Take back a draft, or an invoice that was issued and not paid. The reason stays inside the firm."""
    row = _locked(invoice, by)
    if sentence := INVOICE.obstacle(row.state, S.VOID):
        raise IllegalMove(sentence)
    reason = words(reason, "The reason", longest=200, required=True)
    INVOICE.make(row, S.VOID, void_reason=reason, since=now())
    _record(row, "invoice-void", by)
    return row


@transaction.atomic
def refund_invoice(
    *, invoice: Invoice, on: date | str, by: User, amount: Decimal | str | None = None, reason: str = ""
) -> CreditNote:
    """Write the credit note of a paid invoice: what its refund rule gives for a day, or less with a reason."""
    row = _locked(invoice, by)
    if sentence := INVOICE.obstacle(row.state, S.REFUNDED):
        raise IllegalMove(sentence)
    left_on = _past(on, "The day of leaving", row)
    computed = row.refund(left_on)
    if computed.amount == 0:
        raise IllegalMove(NOTHING_BACK)
    given = computed.amount if amount in (None, "") else _amount(amount, "The amount")
    if given > computed.amount:
        most = fees.money(computed.amount, row.currency)
        raise Invalid(f"The refund rule gives {most} for this day. Give that or less.")
    reason = words(reason, "The reason", longest=200)
    if given < computed.amount and not reason:
        raise Invalid("Less than the refund rule gives needs a reason. Write it, or give the whole.")
    INVOICE.make(row, S.REFUNDED, since=now())
    credit = CreditNote.objects.create(
        invoice=row,
        number=_number(row.participation.fund),
        issued_on=today(),
        left_on=left_on,
        paid=row.amount,
        computed=computed.amount,
        amount=given,
        reckoning=computed.reckoning,
        reason=reason if given < computed.amount else "",
        by=by,
    )
    _record(row, "invoice-refunded", by, credit=credit.number, computed=computed.amount, refunded=given)
    return credit


# How it is done -----------------------------------------------------------------------------------------------------


def _locked(invoice: Invoice, by: User) -> Invoice:
    programme = invoice.plan.programme
    lock(programme, by, Permission.MANAGE_FEES)
    rows = Invoice.objects.visible_to(by).select_for_update(of=("self",))
    row = rows.select_related("plan", "participation__fund", "participation__programme").filter(pk=invoice.pk).first()
    if row is None:
        raise Refused("There is no such invoice.")
    return row


def _past(value: date | str, name: str, invoice: Invoice) -> date:
    """A day from that of the invoice to today."""
    found = day(value, name)
    first = invoice.issued_on
    if first is None or not first <= found <= today():
        raise Invalid(f"{name} must be from {fees.day(first or today())}, the day of the invoice, to today.")
    return found


def _number(fund: Fund) -> str:
    """The next number of a fund's own series."""
    code = "".join(secrets.choice(LETTERS) for _ in range(5))
    InvoiceSeries.objects.get_or_create(fund=fund, defaults={"code": code})
    InvoiceSeries.objects.filter(fund=fund).update(last=F("last") + 1)
    series = InvoiceSeries.objects.get(fund=fund)
    return f"{series.code}-{series.last:04}"


def _tell(invoice: Invoice) -> None:
    """Write to the fund's leads, of this invoice alone."""
    fund = invoice.participation.fund_id
    leads = FundMember.objects.filter(fund=fund, left_at__isnull=True, user__role=Role.FUND_LEAD, user__is_active=True)
    for member in leads.select_related("user"):
        outbox.post(
            to=member.user.email,
            template="invoice",
            key=f"invoice:{invoice.pk}:{member.user_id}",
            name=member.user.name,
            programme=invoice.participation.programme,
            invoice=invoice,
        )


def _record(invoice: Invoice, verb: str, by: User, **body: Any) -> None:
    """To the programme's chain; and to the fund's own once the fund has been shown the invoice, without the plan."""
    part = invoice.participation
    told = {"amount": invoice.amount, "currency": invoice.currency, **body}
    audit.record(part.programme.chain, verb, invoice, by=by, fund=part.fund_id, **told)
    if invoice.number:
        audit.record(part.chain, verb, invoice, by=by, **told)
