"""What is read of the ledger of fees: lines of a period for the accountant, sums by currency, and a fund's own papers."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.sheet import csv_bytes
from research import fees
from research.models import CreditNote, Invoice, Programme
from research.states import InvoiceState

INVOICE, CREDIT = "invoice", "credit note"
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Line:
    """An invoice or a credit note as the accountant books it: a credit counts less than nothing, a void invoice nothing."""

    number: str
    kind: str
    fund: str
    programme: str
    issued_on: date
    due_on: date | None
    currency: str
    net_amount: Decimal
    status: str
    paid_on: date | None
    reference: str
    refers_to: str
    synthetic: bool

    @property
    def money(self) -> str:
        return fees.money(self.net_amount, self.currency)


COLUMNS = tuple(Line.__dataclass_fields__)


def lines(
    user: Any, today: date, *, first: date = date.min, last: date = date.max, programme: Programme | None = None
) -> list[Line]:
    """What was issued in a period, both ends included, by day and number. Empty for who doesn't keep the fees."""
    invoices = Invoice.objects.visible_to(user).exclude(number="")
    if programme is not None:
        invoices = invoices.filter(participation__programme=programme)
    issued = _with_names(invoices.filter(issued_on__gte=first, issued_on__lte=last))
    credited = invoices.filter(credit__issued_on__gte=first, credit__issued_on__lte=last)
    found = [_invoice(row, today) for row in issued]
    found += [_credit(row.credit, row) for row in _with_names(credited).select_related("credit")]
    return sorted(found, key=lambda line: (line.issued_on, line.number))


def csv(found: Iterable[Line]) -> bytes:
    """Lines as CSV, one column for each field of Line."""
    return csv_bytes(COLUMNS, map(asdict, found))


@dataclass(frozen=True)
class Sum:
    """What the lines of one currency come to. Sample data is summed apart: no money stands behind it."""

    currency: str
    synthetic: bool
    invoiced: Decimal
    credited: Decimal
    outstanding: Decimal

    @property
    def net(self) -> Decimal:
        return self.invoiced - self.credited

    @property
    def note(self) -> str:
        return "Synthetic sample data" if self.synthetic else ""

    def shown(self) -> dict[str, str]:
        """The figures as text."""
        names = ("invoiced", "credited", "net", "outstanding")
        return {name: fees.money(getattr(self, name), self.currency) for name in names}


def sums(listed: Iterable[Line]) -> list[Sum]:
    """The sums of lines, one for each currency."""
    grouped: dict[tuple[bool, str], list[Line]] = {}
    for line in listed:
        grouped.setdefault((line.synthetic, line.currency), []).append(line)
    found = []
    for (synthetic, currency), group in sorted(grouped.items()):
        invoices = [line for line in group if line.kind == INVOICE]
        invoiced = sum((line.net_amount for line in invoices), ZERO)
        outstanding = sum((line.net_amount for line in invoices if line.status in ("issued", "overdue")), ZERO)
        credited = invoiced - sum((line.net_amount for line in group), ZERO)
        found.append(Sum(currency, synthetic, invoiced, credited, outstanding))
    return found


def _with_names(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """With what is printed beside an invoice, in one query."""
    return rows.select_related("participation__fund", "participation__programme")


def _names(invoice: Invoice) -> dict[str, Any]:
    part = invoice.participation
    return {"fund": part.fund.name, "programme": part.programme.title, "synthetic": part.programme.synthetic}


def _invoice(row: Invoice, today: date) -> Line:
    assert row.issued_on is not None, "what has a number has its days: the database checks it"
    return Line(
        number=row.number,
        kind=INVOICE,
        issued_on=row.issued_on,
        due_on=row.due_on,
        currency=row.currency,
        net_amount=ZERO if row.state == InvoiceState.VOID else row.amount,
        status=row.status(today),
        paid_on=row.paid_on,
        reference=row.reference,
        refers_to="",
        **_names(row),
    )


def _credit(row: CreditNote, invoice: Invoice) -> Line:
    return Line(
        number=row.number,
        kind=CREDIT,
        issued_on=row.issued_on,
        due_on=None,
        currency=invoice.currency,
        net_amount=-row.amount,
        status="issued",
        paid_on=None,
        reference="",
        refers_to=invoice.number,
        **_names(invoice),
    )


# A fund's own papers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Credit:
    """A credit note as its fund reads it."""

    number: str
    issued_on: date
    money: str
    computed: str
    reckoning: str
    reason: str


@dataclass(frozen=True)
class Bill:
    """An invoice as its fund reads it: its own amount and days, and nothing of the plan but how to pay and what comes back."""

    id: UUID
    number: str
    programme: str
    synthetic: bool
    fund: str
    status: str
    issued_on: date
    due_on: date
    money: str
    pay_to: str
    refund_terms: str
    paid_on: date | None
    reference: str
    credit: Credit | None


def bills(user: Any, today: date, **lookup: Any) -> list[Bill]:
    """The invoices of this person's fund that were ever issued, newest number first."""
    rows = _with_names(Invoice.objects.visible_to(user).exclude(number="").filter(**lookup))
    return [_bill(row, today) for row in rows.select_related("plan", "credit").order_by("-issued_on", "-number")]


def _bill(row: Invoice, today: date) -> Bill:
    assert row.issued_on is not None and row.due_on is not None, "what has a number has its days"
    return Bill(
        id=row.pk,
        number=row.number,
        status=row.status(today),
        issued_on=row.issued_on,
        due_on=row.due_on,
        money=row.money,
        pay_to=row.plan.pay_to,
        refund_terms=row.refund_terms,
        paid_on=row.paid_on,
        reference=row.reference,
        credit=_credited(row),
        **_names(row),
    )


def _credited(row: Invoice) -> Credit | None:
    note = getattr(row, "credit", None)
    if note is None:
        return None
    computed = fees.money(note.computed, row.currency)
    return Credit(note.number, note.issued_on, note.money, computed, note.reckoning, note.reason)
