"""The ledger's services: each move, each refusal, what the database refuses, what is written down and what is mailed."""

from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent, Message
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from research.models import CreditNote, FeePlan, Invoice, Participation, Programme, Seat
from research.services import fees, seats
from research.states import INVOICE
from tests.factories import make_user, seat_fund, sign_on_paper
from tests.research.conftest import events

STATES = ["draft", "issued", "paid", "void", "refunded"]
MATRIX = {
    #          draft issued paid void refunded
    "draft": [0, 1, 0, 1, 0],
    "issued": [0, 0, 1, 1, 0],
    "paid": [0, 0, 0, 0, 1],
    "void": [0, 0, 0, 0, 0],
    "refunded": [0, 0, 0, 0, 0],
}
PLAN = {
    "price": "100000",
    "currency": "GBP",
    "rule": "equal",
    "payers": 3,
    "due_days": 30,
    "refund_rule": "pro_rata",
    "pay_to": "Research Ltd, account 1",
}
TODAY = date(2026, 3, 20)


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    monkeypatch.setattr(fees, "today", lambda: TODAY)


@pytest.fixture
def plan(cast):
    return fees.set_plan(programme=cast.programme, by=cast.ada, **PLAN)


@pytest.fixture
def invoice(cast, plan):
    """Heron's, in draft."""
    fees.draft_invoices(programme=cast.programme, by=cast.ada)
    return Invoice.objects.get(participation__fund=cast.heron)


def issued(cast, invoice):
    return fees.issue_invoice(invoice=invoice, by=cast.ada)


def paid(cast, invoice):
    return fees.mark_paid(invoice=issued(cast, invoice), on=TODAY, reference="BACS 77", by=cast.ada)


def own_chain(cast):
    return f"seat:{cast.programme.pk}:{cast.heron.pk}"


def test_invoice_moves_are_this_matrix():
    assert {old: [int(INVOICE.lawful(old, new)) for new in STATES] for old in STATES} == MATRIX


# The plan


def test_plan_is_kept_by_version_and_told_to_the_programmes_chain_alone(cast, plan):
    assert (plan.version, plan.price, plan.lead, plan.lead_percent) == (1, D("100000.00"), None, None)
    told = {"price": "100000.00", "currency": "GBP", "rule": "equal", "payers": 3, "refund_rule": "pro_rata"}
    body = {"version": 1, "lead": None, "lead_percent": None, **told}
    assert events(cast.programme.chain) == [("fee-plan-set", body)]
    assert events(own_chain(cast)) == []
    change = {"rule": "lead", "lead": cast.heron, "lead_percent": "50"}
    second = fees.set_plan(programme=cast.programme, by=cast.ada, **{**PLAN, **change})
    assert (second.version, fees.plan_of(cast.programme).pk) == (2, second.pk)
    assert (second.shares().lead, second.shares().other) == (D("50000.00"), D("25000.00"))


def test_same_plan_again_is_the_version_that_holds(cast, plan):
    assert fees.set_plan(programme=cast.programme, by=cast.ada, **PLAN).pk == plan.pk
    assert len(events(cast.programme.chain)) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"price": "0"}, "The price must be a number above zero with at most two decimals"),
        ({"price": "1.005"}, "The price must be a number above zero with at most two decimals"),
        ({"price": "much"}, "The price must be a number above zero"),
        ({"price": "1e12"}, "The price must be a number above zero"),
        ({"price": "NaN"}, "The price must be a number above zero"),
        ({"currency": "CHF"}, "The currency must be one of EUR, GBP, USD."),
        ({"rule": "half"}, "The rule must be one of equal, lead."),
        ({"rule": "lead"}, "Choose the fund that leads, or equal shares."),
        ({"payers": 6}, "The number of payers must be a whole number from 1 to 5, not 6."),
        ({"due_days": 121}, "The number of days to pay must be a whole number from 0 to 120, not 121."),
        ({"refund_rule": "ask"}, "The refund rule must be one of"),
    ],
)
def test_plan_that_can_t_be_is_refused_and_nothing_is_kept(cast, change, sentence):
    with pytest.raises(Invalid, match=sentence):
        fees.set_plan(programme=cast.programme, by=cast.ada, **{**PLAN, **change})
    assert not FeePlan.objects.exists()


def test_leads_part_below_the_equal_share_is_refused(cast):
    with pytest.raises(Invalid, match="must be above 33.33 per cent"):
        change = {"rule": "lead", "lead": cast.heron, "lead_percent": "30"}
        fees.set_plan(programme=cast.programme, by=cast.ada, **{**PLAN, **change})


# Drafts


def test_draft_makes_one_invoice_for_each_signed_or_active_seat_and_no_second_one(cast, plan):
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    made = fees.draft_invoices(programme=cast.programme, by=cast.ada)
    assert {row.participation.fund for row in made} == {cast.heron, cast.ibis}
    assert {(row.amount, row.currency, row.state, row.number) for row in made} == {(D("33333.34"), "GBP", "draft", "")}
    assert fees.draft_invoices(programme=cast.programme, by=cast.ada) == []
    assert fees.draft_obstacle(cast.programme, plan) == "Each fund on a signed or active seat has its invoice."
    Seat.objects.filter(fund=cast.outsider).update(state="signed", held_until=None)
    assert [row.participation.fund for row in fees.draft_invoices(programme=cast.programme, by=cast.ada)] == [
        cast.outsider
    ]


def test_draft_without_a_plan_says_to_set_it(cast):
    with pytest.raises(IllegalMove, match="There is no fee plan yet. Set it first."):
        fees.draft_invoices(programme=cast.programme, by=cast.ada)
    assert fees.draft_obstacle(cast.programme, None) == "There is no fee plan yet. Set it first."


def test_lead_pays_the_leads_share(cast):
    change = {"rule": "lead", "lead": cast.ibis, "lead_percent": "60"}
    fees.set_plan(programme=cast.programme, by=cast.ada, **{**PLAN, **change})
    made = fees.draft_invoices(programme=cast.programme, by=cast.ada)
    assert {row.participation.fund.name: row.amount for row in made} == {"Heron": D("20000.00"), "Ibis": D("60000.00")}


def test_invoice_keeps_amount_days_and_terms_when_plan_and_programme_change(cast, invoice):
    Programme.objects.filter(pk=cast.programme.pk).update(launch_on=date(2026, 5, 1), delivery_on=date(2026, 6, 1))
    fees.set_plan(programme=cast.programme, by=cast.ada, **{**PLAN, "payers": 5, "refund_rule": "never"})
    row = paid(cast, invoice)
    assert (row.amount, row.plan.version) == (D("33333.34"), 1)
    assert row.refund(date(2026, 3, 24)).amount == D("16666.67")


def test_fund_that_was_paid_back_is_asked_again_only_when_it_comes_again(cast, invoice):
    fees.refund_invoice(invoice=paid(cast, invoice), on=TODAY, by=cast.ada)
    assert fees.draft_invoices(programme=cast.programme, by=cast.ada) == []
    seats.free_seat(seat=Seat.objects.get(fund=cast.heron), by=cast.ada)
    sign_on_paper(cast.programme, cast.heron)
    assert fees.draft_invoices(programme=cast.programme, by=cast.ada) == []
    seats.take_seat(programme=cast.programme, fund=cast.heron, by=cast.ada)
    assert [row.participation.fund for row in fees.draft_invoices(programme=cast.programme, by=cast.ada)] == [
        cast.heron
    ]


def test_void_invoice_makes_room_for_another(cast, invoice):
    fees.void_invoice(invoice=invoice, reason="Wrong price.", by=cast.ada)
    assert len(fees.draft_invoices(programme=cast.programme, by=cast.ada)) == 1


# Issue


def test_issue_gives_number_and_days_and_writes_to_the_funds_leads_alone(cast, invoice):
    lead = make_user("Lena", Role.FUND_LEAD, fund=cast.heron)
    make_user("Bea", Role.FUND_LEAD, fund=cast.ibis)
    row = issued(cast, invoice)
    assert (row.state, row.issued_on, row.due_on) == ("issued", TODAY, TODAY + timedelta(30))
    mail = Message.objects.get()
    assert (mail.to, mail.subject) == (lead.email, f"Programme kestrel: invoice {row.number}")
    assert "GBP 33,333.34, to be paid by 19 April 2026" in mail.body
    told = {"amount": "33333.34", "currency": "GBP", "number": row.number, "due": "2026-04-19"}
    assert events(own_chain(cast)) == [("invoice-issued", told)]
    assert events(cast.programme.chain)[-1] == ("invoice-issued", {"fund": str(cast.heron.pk), **told})


def test_numbers_count_on_within_a_fund_and_tell_nothing_of_another(cast, invoice):
    other = issued(cast, Invoice.objects.get(participation__fund=cast.ibis))
    row = paid(cast, invoice)
    credit = fees.refund_invoice(invoice=row, on=TODAY, by=cast.ada)
    code, count = row.number.split("-")
    assert (count, credit.number) == ("0001", f"{code}-0002")
    assert other.number.endswith("-0001") and not other.number.startswith(code)


def test_draft_of_a_fund_that_has_left_is_not_issued(cast, invoice):
    seats.free_seat(seat=Seat.objects.get(fund=cast.heron), by=cast.ada)
    with pytest.raises(IllegalMove, match="This fund has no signed or active seat any more. Make the draft void."):
        issued(cast, invoice)
    assert Message.objects.filter(key__startswith="invoice:").count() == 0


def test_second_issue_is_refused_and_writes_nothing(cast, invoice):
    issued(cast, invoice)
    with pytest.raises(IllegalMove, match="This invoice is issued, so it can't become issued."):
        issued(cast, invoice)
    assert len(events(own_chain(cast))) == 1


# Payment, void, refund


def test_payment_is_noted_with_day_and_reference(cast, invoice):
    row = paid(cast, invoice)
    assert (row.state, row.paid_on, row.reference) == ("paid", TODAY, "BACS 77")
    assert events(own_chain(cast))[-1] == (
        "invoice-paid",
        {"amount": "33333.34", "currency": "GBP", "paid": "2026-03-20"},
    )


@pytest.mark.parametrize("on", [TODAY - timedelta(1), TODAY + timedelta(1)])
def test_payment_and_leaving_lie_between_the_invoice_and_today(cast, invoice, on):
    row = issued(cast, invoice)
    with pytest.raises(Invalid, match="The day of payment must be from 20 Mar 2026, the day of the invoice, to today."):
        fees.mark_paid(invoice=row, on=on, reference="BACS 77", by=cast.ada)
    row = fees.mark_paid(invoice=row, on=TODAY, reference="BACS 77", by=cast.ada)
    with pytest.raises(Invalid, match="The day of leaving must be from 20 Mar 2026"):
        fees.refund_invoice(invoice=row, on=on, by=cast.ada)


def test_payment_without_a_reference_or_a_day_is_refused(cast, invoice):
    row = issued(cast, invoice)
    with pytest.raises(Invalid, match="The payment's reference has no words."):
        fees.mark_paid(invoice=row, on=TODAY, reference=" ", by=cast.ada)
    with pytest.raises(Invalid, match="The day of payment must be a date such as"):
        fees.mark_paid(invoice=row, on="soon", reference="BACS 77", by=cast.ada)


def test_void_needs_a_reason_that_reaches_no_chain(cast, invoice):
    row = issued(cast, invoice)
    with pytest.raises(Invalid, match="The reason has no words."):
        fees.void_invoice(invoice=row, reason="", by=cast.ada)
    row = fees.void_invoice(invoice=row, reason="Ibis pays for it.", by=cast.ada)
    assert (row.state, row.void_reason) == ("void", "Ibis pays for it.")
    assert "Ibis" not in str(list(AuditEvent.objects.values()))


def test_draft_that_is_made_void_never_reaches_the_funds_chain(cast, invoice):
    fees.void_invoice(invoice=invoice, reason="Wrong price.", by=cast.ada)
    assert events(own_chain(cast)) == []
    assert [verb for verb, _ in events(cast.programme.chain)][-1] == "invoice-void"


def test_refund_is_what_the_rule_gives_and_the_credit_note_says_how(cast, invoice):
    credit = fees.refund_invoice(invoice=paid(cast, invoice), on="2026-03-20", by=cast.ada)
    assert (credit.amount, credit.computed, credit.paid) == (D("26190.49"), D("26190.49"), D("33333.34"))
    assert credit.reckoning.startswith("On 20 Mar 2026, 11 of the 14 days from launch to delivery were left")
    assert Invoice.objects.get(pk=invoice.pk).state == "refunded"
    told = {"credit": credit.number, "computed": "26190.49", "refunded": "26190.49"}
    assert events(own_chain(cast))[-1] == ("invoice-refunded", {"amount": "33333.34", "currency": "GBP", **told})


def test_less_than_the_rule_gives_needs_a_reason_and_more_is_refused(cast, invoice):
    row = paid(cast, invoice)
    with pytest.raises(Invalid, match="The refund rule gives GBP 26,190.49 for this day. Give that or less."):
        fees.refund_invoice(invoice=row, on=TODAY, amount="26190.50", by=cast.ada)
    with pytest.raises(Invalid, match="Less than the refund rule gives needs a reason."):
        fees.refund_invoice(invoice=row, on=TODAY, amount="1000", by=cast.ada)
    with pytest.raises(Invalid, match="The amount must be a number above zero"):
        fees.refund_invoice(invoice=row, on=TODAY, amount="-1", by=cast.ada)
    credit = fees.refund_invoice(invoice=row, on=TODAY, amount="1000", reason="As agreed.", by=cast.ada)
    assert (credit.amount, credit.reason) == (D("1000.00"), "As agreed.")


def test_nothing_to_give_back_makes_no_credit_note(cast, invoice, monkeypatch):
    row = paid(cast, invoice)
    monkeypatch.setattr(fees, "today", lambda: date(2026, 4, 2))
    with pytest.raises(IllegalMove, match="By the refund rule nothing comes back for this day"):
        fees.refund_invoice(invoice=row, on=date(2026, 3, 31), by=cast.ada)
    assert Invoice.objects.get(pk=row.pk).state == "paid" and not CreditNote.objects.exists()


@pytest.mark.parametrize("state", STATES)
def test_each_step_from_each_state_follows_the_matrix(cast, invoice, state):
    steps = {
        "issued": lambda row: fees.issue_invoice(invoice=row, by=cast.ada),
        "paid": lambda row: fees.mark_paid(invoice=row, on=TODAY, reference="R", by=cast.ada),
        "void": lambda row: fees.void_invoice(invoice=row, reason="R", by=cast.ada),
        "refunded": lambda row: fees.refund_invoice(invoice=row, on=TODAY, by=cast.ada),
    }
    ways = {"draft": [], "issued": ["issued"], "paid": ["issued", "paid"], "void": ["void"]}
    for step in {**ways, "refunded": ["issued", "paid", "refunded"]}[state]:
        steps[step](invoice)
    for new, step in steps.items():
        with transaction.atomic():
            if MATRIX[state][STATES.index(new)]:
                step(invoice)
                assert Invoice.objects.get(pk=invoice.pk).state == new
            else:
                with pytest.raises(IllegalMove, match=f"This invoice is {state}, so it can't become {new}."):
                    step(invoice)
                assert Invoice.objects.get(pk=invoice.pk).state == state
            transaction.set_rollback(True)


def test_overdue_is_reckoned_from_the_day(cast, invoice):
    row = issued(cast, invoice)
    assert [row.status(row.due_on + timedelta(n)) for n in (0, 1)] == ["issued", "overdue"]
    row = fees.mark_paid(invoice=row, on=TODAY, reference="R", by=cast.ada)
    assert row.status(date(2027, 1, 1)) == "paid"


# Who


@pytest.mark.parametrize("who", ["ana", "cora", "rita", "carl", "bob", "stranger"])
def test_nobody_but_who_keeps_the_fees_does_any_of_it(cast, invoice, who):
    by = getattr(cast, who)
    for act in (
        lambda: fees.set_plan(programme=cast.programme, by=by, **PLAN),
        lambda: fees.draft_invoices(programme=cast.programme, by=by),
        lambda: fees.issue_invoice(invoice=invoice, by=by),
        lambda: fees.mark_paid(invoice=invoice, on=TODAY, reference="R", by=by),
        lambda: fees.void_invoice(invoice=invoice, reason="R", by=by),
        lambda: fees.refund_invoice(invoice=invoice, on=TODAY, by=by),
    ):
        with pytest.raises(Refused):
            act()


# The database


def refuses(rows, **fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**fields)


def test_database_refuses_what_must_never_be(cast, plan, invoice):
    mine = Invoice.objects.filter(pk=invoice.pk)
    refuses(mine, amount=0)
    refuses(mine, state="issued")
    refuses(mine, state="void")
    refuses(mine, state="lost")
    refuses(mine, currency="CHF")
    refuses(mine, number="A-0001")
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.create(
            plan=plan, participation=invoice.participation, amount=1, currency="GBP", launch_on=TODAY, delivery_on=TODAY
        )
    row = issued(cast, invoice)
    refuses(mine, due_on=TODAY - timedelta(1))
    refuses(mine, number="")
    refuses(mine, state="paid")
    refuses(mine, state="paid", paid_on=TODAY)
    refuses(mine, reference="R")
    other = issued(cast, Invoice.objects.get(participation__fund=cast.ibis))
    refuses(Invoice.objects.filter(pk=other.pk), number=row.number)
    refuses(FeePlan.objects.filter(pk=plan.pk), price=0)
    refuses(FeePlan.objects.filter(pk=plan.pk), payers=6)
    refuses(FeePlan.objects.filter(pk=plan.pk), rule="lead")
    refuses(FeePlan.objects.filter(pk=plan.pk), lead=cast.heron)


def test_database_refuses_a_credit_above_what_was_paid_or_less_without_a_reason(cast, invoice):
    credit = fees.refund_invoice(invoice=paid(cast, invoice), on=TODAY, by=cast.ada)
    mine = CreditNote.objects.filter(pk=credit.pk)
    refuses(mine, amount=credit.computed + 1)
    refuses(mine, amount=credit.paid + 1, computed=credit.paid + 1)
    refuses(mine, amount=0)
    refuses(mine, amount=credit.amount - 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNote.objects.create(
            **{
                name: getattr(credit, name)
                for name in ("invoice", "issued_on", "left_on", "paid", "computed", "amount", "by")
            },
            number="OTHER-0001",
        )


def test_participation_of_a_fund_that_joins_later_is_billed_by_the_same_plan(cast, invoice):
    seat_fund(cast.programme, cast.outsider)
    late = fees.draft_invoices(programme=cast.programme, by=cast.ada)
    assert [row.amount for row in late] == [invoice.amount]
    assert Participation.objects.filter(invoices__isnull=False).count() == 3
