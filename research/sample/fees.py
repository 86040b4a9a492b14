"""The fees of the sample: a plan, an invoice for each seated fund, and the payment of those that have paid."""

from typing import Any

from accounts.models import User
from research.models import Fund, Programme
from research.services import fees


def bill(programme: Programme, by: User, given: dict[str, Any]) -> None:
    """Set the plan, then draft, issue and settle invoices as written down in programme.json."""
    plan = given["plan"]
    lead = Fund.objects.get(name=plan["lead"])
    fees.set_plan(programme=programme, by=by, **{**plan, "lead": lead})
    for invoice in fees.draft_invoices(programme=programme, by=by):
        issued = fees.issue_invoice(invoice=invoice, by=by)
        if reference := given["paid"].get(invoice.participation.fund.name):
            fees.mark_paid(invoice=issued, on=fees.today(), reference=reference, by=by)
