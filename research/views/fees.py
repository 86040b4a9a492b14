"""Fees: the plan of a programme, its invoices, and the ledger of all programmes, for who keeps them."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.models import AuditEvent
from accounts.moves import Invalid
from accounts.roles import Permission
from research import ledger
from research.fees import EQUAL, Shares, money
from research.forms import FeePlanForm, LeavingForm, PaymentForm, PeriodForm, RefundForm, VoidForm
from research.models import Invoice
from research.queries import audit_actors
from research.services import fees
from research.states import INVOICE, InvoiceState
from research.views.audit import said
from research.views.pages import Act, Page, ProgrammeFormPage, ProgrammePage

S = InvoiceState
TONES = {"draft": "idle", "issued": "active", "overdue": "bad", "paid": "good", "void": "plain", "refunded": "warn"}
PLAN_FIELDS = ("price", "currency", "payers", "rule", "lead", "lead_percent", "due_days", "refund_rule", "pay_to")
LATEST = 30
Rows = list[tuple[str, int, str]]


def share_rows(shares: Shares, rule: str, lead: Any, currency: str) -> Rows:
    """Who pays, how many of them are planned, and what each pays."""
    each = money(shares.other, currency)
    if rule == EQUAL:
        return [("Each fund", shares.payers, each)]
    return [(f"Lead: {lead}", 1, money(shares.lead, currency)), ("Each other fund", shares.payers - 1, each)]


class FeesPage(ProgrammePage):
    """The plan with its shares, the invoices by fund, and what was done."""

    permission = Permission.MANAGE_FEES
    template = "research/fees.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        today, plan = fees.today(), fees.plan_of(self.programme)
        context: dict[str, Any] = {"plan": plan, "draft_refusal": fees.draft_obstacle(self.programme, plan)}
        if plan is not None:
            shares = plan.shares()
            context["shares"] = share_rows(shares, plan.rule, plan.lead, plan.currency)
            context["price"] = money(plan.price, plan.currency)
            context["total"] = money(shares.total, plan.currency)
            context["payers"] = shares.payers
        rows = Invoice.objects.visible_to(self.actor).filter(participation__programme=self.programme)
        invoices = list(
            rows.select_related("participation__fund", "plan").order_by("participation__fund__name", "since")
        )
        found = ledger.lines(self.actor, today, programme=self.programme)
        return self.draw(
            **context,
            rows=[(row, row.status(today), TONES[row.status(today)]) for row in invoices],
            sums=[(total.note, total.shown()) for total in ledger.sums(found)],
            history=history(self, {row.pk: row for row in invoices}),
        )


def history(page: ProgrammePage, invoices: dict[Any, Invoice]) -> list[dict[str, Any]]:
    """The newest events of the plan and of these invoices, from the programme's chain."""
    chain = page.programme.chain
    actors = audit_actors(chain, page.actor)
    events = AuditEvent.objects.filter(Q(verb="fee-plan-set") | Q(verb__startswith="invoice-"), chain=chain)
    by_subject = {f"invoice:{pk}": row for pk, row in invoices.items()}
    shown = []
    for event in events.order_by("-seq")[:LATEST]:
        invoice = by_subject.get(event.subject)
        what = {"invoice": invoice, "version": event.body.get("version"), "number": event.body.get("credit")}
        shown.append({"at": event.at, "what": said(event.verb), "by": actors.get(event.actor, "The system"), **what})
    return shown


class FeePlanEdit(ProgrammeFormPage):
    """The plan; "Show the shares" reckons them for what was typed and saves nothing."""

    permission = Permission.MANAGE_FEES
    template = "research/fees_plan.html"
    heading = "Fee plan"
    lead = "A change makes a new version. Invoices that were drafted before keep the amount and the terms they have."
    submit = "Save the plan"
    saved = "The fee plan is saved."

    def make_form(self, data: Any = None) -> Form:
        plan = fees.plan_of(self.programme)
        initial = {name: getattr(plan, name) for name in PLAN_FIELDS} if plan else None
        return FeePlanForm(data, programme=self.programme, initial=initial)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if request.POST.get("how") != "preview":
            return super().post(request, **kwargs)
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.draw(form=form, status=400)
        given = form.cleaned_data
        try:
            shares = fees.preview(**given)
        except Invalid as wrong:
            form.add_error(None, str(wrong))
            return self.draw(form=form, status=400)
        total = money(shares.total, given["currency"])
        return self.draw(
            form=form,
            shares=share_rows(shares, given["rule"], given["lead"], given["currency"]),
            price=money(given["price"], given["currency"]),
            total=total,
            payers=shares.payers,
        )

    def save(self, given: dict[str, Any]) -> str:
        fees.set_plan(programme=self.programme, by=self.actor, **given)
        return self.back()

    def back(self) -> str:
        return reverse("fees", args=[self.programme.slug])

    def context(self) -> dict[str, Any]:
        return super().context() | {"section": "fees"}


class FeesDraft(Act):
    """Draft what is to be drafted."""

    permission = Permission.MANAGE_FEES

    def act(self) -> str:
        made = fees.draft_invoices(programme=self.programme, by=self.actor)
        if not made:
            return fees.NOBODY
        return f"{len(made)} invoice{' is' if len(made) == 1 else 's are'} drafted. Look at each, then issue it."

    def back(self) -> str:
        return reverse("fees", args=[self.programme.slug])


class OfInvoice(ProgrammePage):
    """A page or button of one invoice of this programme."""

    permission = Permission.MANAGE_FEES

    @property
    def invoice(self) -> Invoice:
        rows = {"pk": self.kwargs["invoice"], "participation__programme": self.programme}
        return self.see(Invoice, **rows)

    def back(self) -> str:
        return reverse("invoice", args=[self.programme.slug, self.kwargs["invoice"]])


class InvoicePage(OfInvoice):
    """One invoice with what can be done with it; `?left=` reckons the refund for a day."""

    template = "research/fees_invoice.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        invoice, today = self.invoice, fees.today()
        status = invoice.status(today)
        refused = {state: INVOICE.obstacle(invoice.state, state) for state in (S.PAID, S.VOID, S.REFUNDED)}
        context: dict[str, Any] = {
            "issue_refusal": fees.issue_obstacle(invoice),
            "paid_refusal": refused[S.PAID],
            "void_refusal": refused[S.VOID],
            "refund_refusal": refused[S.REFUNDED],
            "payment_form": PaymentForm(initial={"on": today}),
            "void_form": VoidForm(),
        }
        if not refused[S.REFUNDED]:
            leaving = LeavingForm(request.GET if "left" in request.GET else None, initial={"left": today})
            context["leaving_form"] = leaving
            if leaving.is_bound and leaving.is_valid():
                refund = invoice.refund(left := leaving.cleaned_data["left"])
                context["refund"] = refund
                context["refund_form"] = RefundForm(initial={"on": left, "amount": refund.amount})
        credit = getattr(invoice, "credit", None)
        return self.draw(
            **context,
            invoice=invoice,
            fund=invoice.participation.fund,
            word=status,
            tone=TONES[status],
            credit=credit,
            history=[row for row in history(self, {invoice.pk: invoice}) if row["invoice"]],
            section="fees",
        )


class InvoiceAct(OfInvoice, Act):
    permission = Permission.MANAGE_FEES
    form: type[Form] = Form

    def given(self) -> dict[str, Any]:
        """What was typed; Invalid with the first sentence that a field has to say."""
        form = self.form(self.request.POST)
        if not form.is_valid():
            name, wrong = next(iter(form.errors.items()))
            label = form.fields[name].label or "The form" if name in form.fields else "The form"
            raise Invalid(f"{label}: {wrong[0]}")
        return form.cleaned_data


class InvoiceIssue(InvoiceAct):
    def act(self) -> str:
        invoice = fees.issue_invoice(invoice=self.invoice, by=self.actor)
        return f"Invoice {invoice.number} is issued; the fund's leads are written to."


class InvoicePaid(InvoiceAct):
    form = PaymentForm

    def act(self) -> str:
        invoice = fees.mark_paid(invoice=self.invoice, by=self.actor, **self.given())
        return f"Invoice {invoice.number} is paid."


class InvoiceVoid(InvoiceAct):
    form = VoidForm

    def act(self) -> str:
        fees.void_invoice(invoice=self.invoice, by=self.actor, **self.given())
        return "The invoice is void."


class InvoiceRefund(InvoiceAct):
    form = RefundForm

    def act(self) -> str:
        credit = fees.refund_invoice(invoice=self.invoice, by=self.actor, **self.given())
        return f"Credit note {credit.number} is written."


# The ledger of all programmes ---------------------------------------------------------------------------------------


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of a day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


class Ledger(Page):
    """Invoices and credit notes of a period, and what they come to; the present month when none is given."""

    permission = Permission.MANAGE_FEES
    template = "research/fees_ledger.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        today = fees.today()
        first, last = month_of(today)
        form = PeriodForm(request.GET if request.GET else None, initial={"first": first, "last": last})
        if form.is_bound and form.is_valid():
            first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        found = ledger.lines(self.actor, today, first=first, last=last)
        return self.draw(
            form=form,
            first=first,
            last=last,
            before=month_of(first.replace(day=1) - timedelta(days=1)),
            after=month_of(month_of(last)[1] + timedelta(days=1)),
            rows=[(line, TONES[line.status]) for line in found],
            sums=[(total.note, total.shown()) for total in ledger.sums(found)],
            status=200 if form.is_valid() or not form.is_bound else 400,
        )


class LedgerFile(Page):
    """The same lines as CSV."""

    permission = Permission.MANAGE_FEES

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = PeriodForm(request.GET)
        if not form.is_valid():
            raise Invalid("Give the first and the last day of the period, in order, such as 2026-03-01 and 2026-03-31.")
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        body = ledger.csv(ledger.lines(self.actor, fees.today(), first=first, last=last))
        name = {"Content-Disposition": f'attachment; filename="fees-{first}-to-{last}.csv"'}
        return HttpResponse(body, content_type="text/csv; charset=utf-8", headers=name)


# The fund's own -----------------------------------------------------------------------------------------------------


class FundFees(Page):
    """The invoices and credit notes of this person's fund."""

    permission = Permission.SEE_FEES
    template = "portal/fees.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        found = ledger.bills(self.actor, fees.today())
        return self.draw(rows=[(bill, TONES[bill.status]) for bill in found])


class FundInvoice(Page):
    """One invoice, set out for print."""

    permission = Permission.SEE_FEES
    template = "portal/invoice.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = self.see(Invoice, pk=self.kwargs["invoice"])
        bill = ledger.bills(self.actor, fees.today(), pk=row.pk)[0]
        return self.draw(bill=bill, tone=TONES[bill.status])


class FundCredit(FundInvoice):
    """The credit note of an invoice, set out for print; 404 without one."""

    template = "portal/credit_note.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.see(Invoice, pk=self.kwargs["invoice"], credit__isnull=False)
        return super().get(request, **kwargs)
