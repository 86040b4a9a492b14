"""The pages, the file and the endpoint of fees: what they show, to whom, and what they never tell a fund."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Message
from accounts.roles import Role
from accounts.sheet import cell
from research import ledger
from research.models import CreditNote, FeePlan, Fund, Invoice, Programme
from research.services import fees
from tests.factories import make_plan, make_programme, make_refunded, make_user, seat_fund

TODAY = date(2026, 3, 20)
PLAN = {
    "price": "100000.00",
    "currency": "GBP",
    "rule": "lead",
    "lead_percent": "40",
    "payers": "4",
    "due_days": "30",
    "refund_rule": "pro_rata",
    "pay_to": "Research Ltd",
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CHANGES = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"|nonce="[^"]*"')


@pytest.fixture(autouse=True)
def _on_a_day(monkeypatch):
    monkeypatch.setattr(fees, "today", lambda: TODAY)


@pytest.fixture
def ada(client, cast):
    client.force_login(cast.ada)
    return client


def as_user(client, user):
    client.force_login(user)
    return client


def page(name, cast, **more):
    return reverse(name, kwargs={"slug": cast.programme.slug, **more})


def issue_all(cast) -> dict[str, Invoice]:
    """An invoice for each fund on a seat, by the fund's name."""
    drafts = fees.draft_invoices(programme=cast.programme, by=cast.ada)
    return {row.participation.fund.name: fees.issue_invoice(invoice=row, by=cast.ada) for row in drafts}


# The admin's pages


def test_plan_is_shown_with_its_shares_before_it_is_saved(ada, cast):
    given = {**PLAN, "lead": str(cast.heron.pk)}
    shown = ada.post(page("fee_plan", cast), {**given, "how": "preview"})
    said = shown.content.decode()
    assert shown.status_code == 200 and not FeePlan.objects.exists()
    assert [words in said for words in ("Lead: Heron", "GBP 40,000.00", "GBP 20,000.00", "GBP 100,000.00")] == [
        True
    ] * 4
    assert ada.post(page("fee_plan", cast), {**given, "how": "save"}).url == page("fees", cast)
    assert FeePlan.objects.get().lead == cast.heron


@pytest.mark.parametrize("how", ["preview", "save"])
def test_plan_that_can_t_be_keeps_what_was_typed_and_says_why(ada, cast, how):
    shown = ada.post(page("fee_plan", cast), {**PLAN, "lead": str(cast.heron.pk), "lead_percent": "20", "how": how})
    assert shown.status_code == 400
    assert "must be above 25 per cent" in shown.content.decode() and "Research Ltd" in shown.content.decode()
    assert not FeePlan.objects.exists()


def test_lead_is_one_of_the_programmes_own_funds(ada, cast):
    form = ada.get(page("fee_plan", cast)).context["form"]
    assert {fund.name for fund in form.fields["lead"].queryset} == {"Heron", "Ibis"}


def test_fees_page_leads_from_draft_to_credit_note(ada, cast):
    assert "There is no fee plan yet. Set it first." in ada.get(page("fees", cast)).content.decode()
    make_plan(cast.programme, cast.ada)
    said = ada.post(page("fees_draft", cast), follow=True).content.decode()
    assert "2 invoices are drafted. Look at each, then issue it." in said
    assert "Each fund on a signed or active seat has its invoice." in said
    row = Invoice.objects.get(participation__fund=cast.heron)
    key = {"invoice": row.pk}
    ada.post(page("invoice_issue", cast, **key))
    wrong = ada.post(page("invoice_paid", cast, **key), {"on": "2026-03-20"}, follow=True).content.decode()
    assert "Reference: Reference has no words. Write it and save again." in wrong
    ada.post(page("invoice_paid", cast, **key), {"on": "2026-03-20", "reference": "BACS 77"})
    reckoned = ada.get(page("invoice", cast, **key) + "?left=2026-03-20").content.decode()
    assert "11/14 of GBP 30,000.00, rounded up, is GBP 23,571.43." in reckoned
    ada.post(page("invoice_refund", cast, **key), {"on": "2026-03-20", "amount": "23571.43"})
    said = ada.get(page("fees", cast)).content.decode()
    assert [w in said for w in ("Refunded", "Invoice refunded", CreditNote.objects.get().number, "Ada")] == [True] * 4
    other = {"invoice": Invoice.objects.get(participation__fund=cast.ibis).pk}
    ada.post(page("invoice_void", cast, **other), {"reason": "Not theirs."})
    assert "Not theirs." in ada.get(page("invoice", cast, **other)).content.decode()


def test_invoice_of_another_programme_is_not_found_under_this_one(ada, cast, draft):
    make_plan(cast.programme, cast.ada)
    row = fees.draft_invoices(programme=cast.programme, by=cast.ada)[0]
    assert ada.get(reverse("invoice", args=[draft.slug, row.pk])).status_code == 404
    assert ada.post(reverse("invoice_issue", args=[draft.slug, row.pk])).status_code == 404


@pytest.mark.parametrize("who", ["ana", "cora", "stranger"])
def test_nobody_else_of_the_firm_opens_fees_or_finds_a_link_to_them(client, cast, who):
    as_user(client, getattr(cast, who))
    for address in (page("fees", cast), reverse("ledger"), reverse("ledger_file"), reverse("fund_fees")):
        assert client.get(address).status_code == 403
    assert page("fees", cast) not in client.get(reverse("programmes")).content.decode()


# The accountant's file


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_file_and_page_of_a_period_hold_the_same_lines_and_sums(ada, cast, monkeypatch):
    make_plan(cast.programme, cast.ada)
    issued = issue_all(cast)
    heron, ibis = issued["Heron"], issued["Ibis"]
    fees.mark_paid(invoice=heron, on=TODAY, reference="BACS 77", by=cast.ada)
    credit = fees.refund_invoice(invoice=heron, on=TODAY, by=cast.ada)
    seat_fund(cast.programme, cast.outsider)
    fees.void_invoice(invoice=issue_all(cast)["Outsider"], reason="Wrong.", by=cast.ada)
    monkeypatch.setattr(fees, "today", lambda: TODAY + timedelta(60))
    period = "?first=2026-03-01&last=2026-03-31"
    answer = ada.get(reverse("ledger_file") + period)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="fees-2026-03-01-to-2026-03-31.csv"'
    rows = {row["number"]: row for row in rows_of(answer)}
    columns = (
        "number kind fund programme issued_on due_on currency net_amount status paid_on reference refers_to synthetic"
    )
    assert list(rows[heron.number]) == columns.split()
    wanted = {"kind": "invoice", "fund": "Ibis", "net_amount": "30000.00", "status": "overdue", "due_on": "2026-04-19"}
    assert {name: rows[ibis.number][name] for name in wanted} == wanted
    wanted = {"kind": "credit note", "net_amount": "-23571.43", "refers_to": heron.number, "paid_on": ""}
    assert {name: rows[credit.number][name] for name in wanted} == wanted
    wanted = {"status": "refunded", "paid_on": "2026-03-20", "reference": "BACS 77", "synthetic": "no"}
    assert {name: rows[heron.number][name] for name in wanted} == wanted
    assert [row["net_amount"] for row in rows.values() if row["status"] == "void"] == ["0.00"]
    shown = ada.get(reverse("ledger") + period)
    assert shown.context["sums"] == [
        (
            "",
            {
                "invoiced": "GBP 60,000.00",
                "credited": "GBP 23,571.43",
                "net": "GBP 36,428.57",
                "outstanding": "GBP 30,000.00",
            },
        )
    ]
    assert sum(D(row["net_amount"]) for row in rows.values()) == D("36428.57")
    assert rows_of(ada.get(reverse("ledger_file") + "?first=2026-04-01&last=2026-04-30")) == []


def test_period_of_a_credit_note_is_that_of_its_own_day(ada, cast, monkeypatch):
    make_plan(cast.programme, cast.ada)
    row = fees.mark_paid(invoice=issue_all(cast)["Heron"], on=TODAY, reference="BACS 77", by=cast.ada)
    monkeypatch.setattr(fees, "today", lambda: date(2026, 4, 2))
    credit = fees.refund_invoice(invoice=row, on=TODAY, by=cast.ada)
    lines = rows_of(ada.get(reverse("ledger_file") + "?first=2026-04-01&last=2026-04-30"))
    assert [line["number"] for line in lines] == [credit.number]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?first=2026-03-01",
        "?first=x&last=y",
        "?first=2026-04-01&last=2026-03-01",
        "?first=0001-01-01&last=9999-12-31",
    ],
)
def test_period_that_can_t_be_is_refused_with_a_sentence(ada, cast, query):
    answer = ada.get(reverse("ledger_file") + query)
    assert (answer.status_code, b"Give the first and the last day of the period" in answer.content) == (400, True)
    assert ada.get(reverse("ledger") + query).status_code == (400 if query else 200)


def test_no_cell_of_the_file_is_a_formula(ada, cast):
    Fund.objects.filter(pk=cast.heron.pk).update(name='=HYPERLINK("http://example.com","x")')
    Programme.objects.filter(pk=cast.programme.pk).update(title="@SUM(1+1)")
    make_plan(cast.programme, cast.ada)
    row = issue_all(cast)['=HYPERLINK("http://example.com","x")']
    fees.mark_paid(invoice=row, on=TODAY, reference="+1\t|cmd", by=cast.ada)
    line = next(
        row for row in rows_of(ada.get(reverse("ledger_file") + "?first=2026-03-01&last=2026-03-31")) if row["paid_on"]
    )
    assert (line["fund"], line["programme"], line["reference"]) == (
        '\'=HYPERLINK("http://example.com","x")',
        "'@SUM(1+1)",
        "'+1\t|cmd",
    )
    assert cell(D("-5.00")) == "-5.00"


def test_sample_money_is_summed_apart(cast):
    Programme.objects.filter(pk=cast.programme.pk).update(synthetic=True)
    make_plan(cast.programme, cast.ada)
    issue_all(cast)
    assert [total.note for total in ledger.sums(ledger.lines(cast.ada, TODAY))] == ["Synthetic sample data"]


# A fund's own pages


def own_addresses(row: Invoice) -> list[str]:
    """Every address at which a fund reads its fees, with real ids."""
    return [
        reverse("fund_fees"),
        reverse("fund_invoice", args=[row.pk]),
        reverse("fund_credit", args=[row.pk]),
        reverse("v1:invoice-list"),
        reverse("v1:invoice-detail", args=[row.pk]),
    ]


def test_fund_reads_its_own_papers_and_finds_no_other(client, cast):
    mine, theirs = (make_refunded(cast.programme, fund, cast.ada).invoice for fund in (cast.heron, cast.ibis))
    as_user(client, cast.carl)
    for address in own_addresses(mine):
        answer = client.get(address)
        assert (answer.status_code, mine.number in answer.content.decode()) == (200, True)
        assert theirs.number not in answer.content.decode()
    nothing = client.get("/portal/fund/fees/00000000-0000-4000-8000-000000000000/")
    for address in own_addresses(theirs)[1:3]:
        assert (client.get(address).status_code, client.get(address).content == nothing.content) == (404, True)
    assert client.get(reverse("v1:invoice-detail", args=[theirs.pk])).status_code == 404
    assert [row["number"] for row in client.get(reverse("v1:invoice-list")).json()["results"]] == [mine.number]


def test_reader_of_the_fund_and_who_has_left_find_nothing(client, cast):
    mine = make_refunded(cast.programme, cast.heron, cast.ada).invoice
    assert {as_user(client, cast.rita).get(address).status_code for address in own_addresses(mine)} == {404}
    cast.carl.membership.left_at = mine.since
    cast.carl.membership.save()
    as_user(client, cast.carl)
    assert [client.get(address).status_code for address in own_addresses(mine)] == [200, 404, 404, 200, 404]
    assert client.get(reverse("v1:invoice-list")).json()["results"] == []


def test_draft_and_what_was_never_issued_are_not_there_for_the_fund(client, cast):
    make_plan(cast.programme, cast.ada)
    row = next(
        r for r in fees.draft_invoices(programme=cast.programme, by=cast.ada) if r.participation.fund == cast.heron
    )
    as_user(client, cast.carl)
    for _ in range(2):
        assert [client.get(address).status_code for address in own_addresses(row)] == [200, 404, 404, 200, 404]
        assert client.get(reverse("v1:invoice-list")).json()["results"] == []
        if row.state == "draft":
            row = fees.void_invoice(invoice=row, reason="Wrong.", by=cast.ada)


def test_fund_reads_nothing_of_the_plan_or_of_why_an_invoice_is_void(client, cast):
    make_plan(cast.programme, cast.ada, rule="lead", lead=cast.heron, lead_percent=40, payers=5, price=100_000)
    row = issue_all(cast)["Heron"]
    fees.void_invoice(invoice=row, reason="Ibis pays it.", by=cast.ada)
    as_user(client, cast.carl)
    said = " ".join(client.get(address).content.decode() for address in own_addresses(row)).lower()
    assert "gbp 40,000.00" in said
    for banned in ("ibis", "100,000", "100000", "lead sponsor", "payer", "share", "version", "40 per cent", "pays it"):
        assert banned not in said


def test_withdrawn_fund_still_reads_its_papers(client, cast):
    row = make_refunded(cast.programme, cast.heron, cast.ada).invoice
    cast.programme.seats.filter(fund=cast.heron).update(state="free", fund=None)
    assert {as_user(client, cast.carl).get(address).status_code for address in own_addresses(row)} == {200}


# Two worlds


def world_of(client, cast, others: int) -> dict[str, object]:
    """All that Heron's people can reach of fees when `others` more funds sit, in a world that is then undone."""
    seen: dict[str, object] = {}
    with transaction.atomic():
        for number in range(others - 1):
            fund = Fund.objects.create(name=f"Other {number}", domain=f"other{number}.example")
            seat_fund(cast.programme, fund)
            make_user(f"Lead{number}", Role.FUND_LEAD, fund=fund)
        make_plan(cast.programme, cast.ada, payers=4)
        issued = issue_all(cast)
        assert len(issued) == others + 1
        row = issued["Heron"]
        for number, other in enumerate(issued.values()):
            if other.pk != row.pk and number % 2:
                fees.void_invoice(invoice=other, reason="Left.", by=cast.ada)
        fees.mark_paid(invoice=row, on=TODAY, reference="BACS 77", by=cast.ada)
        fees.refund_invoice(invoice=row, on=TODAY, by=cast.ada)
        code = row.number.split("-")[0]
        for person in (cast.carl, cast.lena):
            as_user(client, person)
            for step, address in enumerate(own_addresses(row)):
                answer = client.get(address)
                kept = {
                    name: value
                    for name, value in answer.items()
                    if name not in ("X-Request-ID", "Content-Security-Policy")
                }
                seen[f"{person} {step}"] = (answer.status_code, kept, plain(answer.content.decode(), code))
        mails = Message.objects.filter(to=cast.lena.email)
        seen["mail"] = [plain(mail.subject + mail.body, code) for mail in mails]
        chain = AuditEvent.objects.filter(chain=row.participation.chain).order_by("seq")
        seen["chain"] = [(e.seq, e.actor, e.verb, plain(f"{e.subject}{e.body}", code)) for e in chain]
        transaction.set_rollback(True)
    return seen


def plain(text: str, code: str) -> str:
    """A text with what is random in it named by its order: ids, the fund's code, tokens of a form."""
    names: dict[str, str] = {}
    text = UUID.sub(lambda found: names.setdefault(found[0], f"id {len(names)}"), CHANGES.sub("", text))
    return text.replace(code, "CODE")


@pytest.fixture
def with_lead(cast):
    cast.lena = make_user("Lena", Role.FUND_LEAD, fund=cast.heron)
    return cast


def test_a_fund_s_fees_are_the_same_bytes_with_one_other_fund_and_with_four(client, with_lead):
    few, many = world_of(client, with_lead, 1), world_of(client, with_lead, 4)
    assert len(few["mail"]) == 1 and [verb for _, _, verb, _ in few["chain"]] == [
        "invoice-issued",
        "invoice-paid",
        "invoice-refunded",
    ]
    assert all(status == 200 for key, (status, *_) in few.items() if key not in ("mail", "chain"))
    assert few == many


def test_lists_ask_the_database_as_often_for_three_funds_as_for_one(client, cast):
    make_refunded(cast.programme, cast.heron, cast.ada)
    addresses = {cast.ada: [page("fees", cast), reverse("ledger") + "?first=2026-03-01&last=2026-03-31"]}
    addresses[cast.carl] = [reverse("fund_fees"), reverse("v1:invoice-list")]

    def asked() -> list[int]:
        found = []
        for person, listed in addresses.items():
            as_user(client, person)
            for address in listed:
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(address).status_code == 200
                found.append(len(queries))
        return found

    few = asked()
    for fund in (cast.ibis, cast.outsider):
        if fund is cast.outsider:
            seat_fund(cast.programme, fund)
        make_refunded(cast.programme, fund, cast.ada)
    second = make_programme("second")
    seat_fund(second, cast.heron)
    make_refunded(second, cast.heron, cast.ada)
    assert asked() == few
