"""The pages of a chain: narrowed, exported as what is shown, checked; a fund's own record tells of no other fund."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from accounts import anchors, audit, audit_file
from accounts.models import AuditChain, AuditEvent
from accounts.moves import now
from accounts.roles import Role
from research.models import Participation, Seat
from research.services import policies, programmes, seats
from synthesis.services.access import record_reading
from tests.factories import make_user
from tests.intruder import unlock
from tests.synthesis.evidence import make_evidence, make_released


def write(chain: str, count: int, verb: str = "counted", by=None, **body) -> None:
    with transaction.atomic():
        for n in range(count):
            audit.record(chain, verb, f"thing:{n}", by=by, n=n, **body)


def part_of(cast, fund) -> Participation:
    return Participation.objects.get(programme=cast.programme, fund=fund)


def record_of(cast, fund) -> str:
    return reverse("fund_record", args=[part_of(cast, fund).pk])


def body_of(answer) -> str:
    return b"".join(answer.streaming_content).decode()


def numbers(client, address: str) -> list[int]:
    """The sequence numbers in the JSON lines of a page."""
    lines = body_of(client.get(address)).splitlines()
    return [json.loads(line)["seq"] for line in lines[:-1]]


@pytest.fixture
def house(cast, client):
    """Nine events of the house: five of Ada's, two of Rita's, two of nobody's."""
    write(audit.HOUSE, 5, "role-changed", by=cast.ada)
    write(audit.HOUSE, 2, "signed-in", by=cast.rita)
    write(audit.HOUSE, 2, "sign-in-failed")
    client.force_login(cast.cora)
    return reverse("audit_house")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("verb=signed-in", [6, 7]),
        ("actor=none", [8, 9]),
        ("actor={rita}", [6, 7]),
        ("subject=thing:4", [5]),
        ("subject=thing:0&verb=role-changed", [1]),
        ("last=2000-01-01", []),
        ("first=2000-01-01&actor={ada}", [1, 2, 3, 4, 5]),
    ],
)
def test_export_holds_exactly_what_the_filter_shows(house, cast, client, query, expected):
    query = query.format(rita=cast.rita.pk, ada=cast.ada.pk)
    page = client.get(f"{house}?{query}")
    assert [event.seq for event, *_ in page.context["rows"]] == expected[::-1]
    assert numbers(client, f"{house}?{query}&as=jsonl") == expected
    rows = list(csv.reader(io.StringIO(body_of(client.get(f"{house}?{query}&as=csv")).removeprefix("\ufeff"))))
    assert [int(row[0]) for row in rows[1:]] == expected
    assert audit_file.verify(body_of(client.get(f"{house}?{query}&as=jsonl")).splitlines()).bad is None


def test_export_with_a_filter_that_cannot_be_read_is_refused(house, client):
    answer = client.get(f"{house}?first=yesterday&as=csv")
    assert answer.status_code == 400
    assert "give days as dates" in answer.content.decode()


def test_export_names_people_of_funds_only_to_who_may_name_funds(house, cast, client):
    assert "Someone of a fund" in body_of(client.get(f"{house}?as=csv"))
    assert "Rita" not in client.get(house).content.decode()
    client.force_login(cast.ada)
    assert "Rita" in body_of(client.get(f"{house}?as=csv"))


def test_csv_never_holds_a_formula(cast, client):
    write(audit.HOUSE, 1, '=HYPERLINK("http://x")')
    with transaction.atomic():
        audit.record(audit.HOUSE, "noted", "+1", by=None)
    client.force_login(cast.cora)
    rows = list(csv.reader(io.StringIO(body_of(client.get(reverse("audit_house") + "?as=csv")))))
    assert [row[3:5] for row in rows[1:]] == [['\'=HYPERLINK("http://x")', "thing:0"], ["noted", "'+1"]]


def test_export_anchors_the_head_that_leaves_the_house(house, client):
    client.get(f"{house}?as=jsonl")
    assert [anchor.length for anchor in anchors.of(audit.HOUSE)] == [9]


def test_verifying_says_what_was_compared_and_the_page_keeps_the_result(house, client):
    audit.anchor()
    said = client.post(house).content.decode()
    assert "The chain holds" in said and "9 events were read again" in said and "after event 9, written" in said
    assert "Whole" in client.get(house).content.decode()
    unlock()
    AuditEvent.objects.filter(chain=audit.HOUSE, seq=4).update(verb="forgot")
    said = client.post(house).content.decode()
    assert "The first event that does not hold is number 4." in said and "newest after event 9, written" in said
    assert "at event 4" in client.get(house).content.decode()


def test_chain_that_does_not_hold_is_not_anchored(house):
    unlock()
    AuditEvent.objects.filter(chain=audit.HOUSE, seq=4).update(verb="forgot")
    assert audit.check(audit.HOUSE).bad == 4
    assert anchors.of(audit.HOUSE) == []


def test_list_of_chains_shows_each_reader_theirs(cast, client, django_assert_num_queries):
    programmes.edit_programme(programme=cast.programme, by=cast.ben, title="Renamed")
    write(audit.HOUSE, 3)
    write("programme:other", 2)
    write(part_of(cast, cast.heron).chain, 4)

    def labels(person) -> list[str]:
        client.force_login(person)
        return [row.label for row in client.get(reverse("audit_chains")).context["rows"]]

    assert labels(cast.cora) == ["The house", "Renamed"]
    assert labels(cast.ada) == ["The house", "Renamed", "Heron in Renamed", "programme:other"]
    answer = client.post(reverse("audit_chains"))
    assert "4 chains were read again" in answer.content.decode()
    assert set(AuditChain.objects.values_list("broken_at", flat=True)) == {None}


# A fund's own record ------------------------------------------------------------------------------------------------


@pytest.fixture
def busy(cast):
    """Two funds to whom the same was done, and more to one of them; Carl and Bob have read."""
    version = make_released(make_evidence(cast))
    for fund, compliance in (
        (cast.ibis, make_user("Iris", Role.FUND_COMPLIANCE, fund=cast.ibis)),
        (cast.heron, cast.carl),
    ):
        for months in (6, 9):
            policies.set_policy(fund=fund, by=compliance, cooling_off={"listed": months})
    for person, item in ((cast.bob, "report"), (cast.carl, "overview"), (cast.rita, "report"), (cast.bob, "file x")):
        record_reading(deliverable=version, item=item, by=person)
    seats.free_seat(seat=Seat.objects.get(fund=cast.ibis), by=cast.ada)
    return cast


def test_fund_record_opens_for_lead_and_compliance_of_that_fund_alone(cast, client):
    lead = make_user("Lena", Role.FUND_LEAD, fund=cast.heron)
    got = {}
    for person in (cast.carl, lead, cast.rita, cast.bob, cast.olga, cast.ana, cast.cora, cast.ada):
        client.force_login(person)
        got[person.name] = (
            client.get(record_of(cast, cast.heron)).status_code,
            client.get(reverse("fund_records")).status_code,
        )
    assert got == {"Carl": (200, 200), "Lena": (200, 200)} | dict.fromkeys(("Rita", "Bob", "Olga"), (404, 404)) | (
        dict.fromkeys(("Ana", "Cora", "Ada"), (403, 403))
    )
    iris = make_user("Iris", Role.FUND_COMPLIANCE, fund=cast.ibis)
    client.force_login(iris)
    assert client.get(record_of(cast, cast.heron)).status_code == 404
    assert client.post(record_of(cast, cast.heron)).status_code == 404


def test_fund_record_shows_its_people_by_name_and_the_firm_as_the_firm(busy, client):
    client.force_login(busy.carl)
    page = client.get(record_of(busy, busy.heron))
    text = page.content.decode()
    assert {who for _, _, who, *_ in page.context["rows"]} == {"Carl", "Rita", "The firm"}
    assert "Item read" in text and "Policy set" in text and "Report released" in text
    assert [event.verb for event, *_ in client.get(record_of(busy, busy.heron) + "?actor=none").context["rows"]] == [
        "report-released"
    ]


def test_fund_record_holds_nothing_of_another_fund_nor_of_the_firms_people(busy, client):
    """No id, name or number of another: a chain's own fields are its own fund's, and its numbers count from one."""
    firm = (busy.ana, busy.ben, busy.cora, busy.cyrus, busy.ada)
    for fund, other in ((busy.heron, busy.ibis), (busy.ibis, busy.heron)):
        chain = part_of(busy, fund).chain
        events = list(AuditEvent.objects.filter(chain=chain).order_by("seq"))
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        text = "".join(audit_file.lines(chain, AuditEvent.objects.all()))
        strangers = [other, part_of(busy, other), *other.policies.all(), *firm, *(m.user for m in other.members.all())]
        ids = [str(row.pk) for row in strangers if not isinstance(row.pk, int)]
        assert [found for found in [*ids, other.name] if found in text] == []
        # An integer id counts over all funds.
        assert [event.subject for event in events if event.subject.split(":")[1].isdigit()] == []
        assert {event.actor for event in events} <= {None, *fund.members.values_list("user", flat=True)}


def test_release_stands_at_one_instant_on_every_funds_chain(busy):
    """The moments of writing would tell a fund how many seats were written before its own."""
    released = AuditEvent.objects.filter(verb="report-released", chain__startswith="seat:")
    assert len(released) == 2
    assert {event.at for event in released} == {released[0].at}
    assert released[0].body["released_at"] == released[0].at.isoformat()


def test_fund_record_is_the_same_to_the_byte_whatever_is_done_to_others(busy, client):
    client.force_login(busy.carl)
    address = record_of(busy, busy.heron)
    client.post(address)

    def seen() -> tuple[str, str]:
        page = client.get(address).context
        rows = [(event.seq, event.at, who, what, details) for event, what, who, _, details in page["rows"]]
        exported = body_of(client.get(address + "?as=jsonl")).splitlines()[:-1]
        return str((rows, page["head"].length, page["head"].head, page["head"].checked_at, page["anchor"])), exported

    before = seen()
    write(part_of(busy, busy.ibis).chain, 7, by=busy.bob)
    write(busy.programme.chain, 5, by=busy.ana)
    audit.check(part_of(busy, busy.ibis).chain)
    audit.anchor(part_of(busy, busy.ibis).chain)
    assert seen() == before


def test_fund_chain_verifies_alone(busy, client):
    """Every other chain is gone, rows and heads, and the programme's is forged: the fund's own still holds."""
    chain = part_of(busy, busy.heron).chain
    audit.anchor()
    unlock()
    AuditEvent.objects.exclude(chain=chain).delete()
    AuditChain.objects.exclude(name=chain).update(head="0" * 64)
    assert audit.verify(chain).bad is None
    client.force_login(busy.carl)
    assert "The chain holds" in client.post(record_of(busy, busy.heron)).content.decode()


def test_fund_record_does_not_tell_the_title_before_the_fund_has_a_seat(cast, client):
    part = part_of(cast, cast.heron)
    client.force_login(cast.carl)
    assert cast.programme.title in client.get(record_of(cast, cast.heron)).content.decode()
    Seat.objects.filter(fund=cast.heron).update(state="free", fund=None)
    Participation.objects.filter(pk=part.pk).update(state="invited")
    for address in (record_of(cast, cast.heron), reverse("fund_records")):
        assert cast.programme.title not in client.get(address).content.decode()


def test_fund_that_withdrew_keeps_its_record(busy, client):
    client.force_login(busy.ibis.members.get(user__role=Role.FUND_COMPLIANCE).user)
    page = client.get(record_of(busy, busy.ibis))
    assert page.context["rows"][0][1] == "Seat freed"


# Files --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def exported(db):
    """The lines of a chain of ten."""
    write("programme:x", 10)
    return "".join(audit_file.lines("programme:x", AuditEvent.objects.all())).splitlines()


def check(capsys, path, lines) -> tuple[int, str]:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    try:
        call_command("verify_audit", "--file", str(path))
    except CommandError as error:
        return error.returncode, capsys.readouterr().err.strip()
    return 0, capsys.readouterr().out.splitlines()[0]


def test_exported_file_verifies_without_the_rows(exported, capsys, tmp_path):
    unlock()
    AuditEvent.objects.all().delete()
    AuditChain.objects.all().delete()
    assert check(capsys, tmp_path / "f", exported) == (0, "programme:x: 10 events, whole")


def reforged(line: str, **fields) -> str:
    return json.dumps(json.loads(line) | fields)


FILES = {
    "a field was edited": (lambda x: [*x[:3], reforged(x[3], verb="forgot"), *x[4:]], 4, "was changed after"),
    "the time was edited": (
        lambda x: [reforged(x[0], at="2026-01-01T00:00:00.000000+00:00"), *x[1:]],
        1,
        "was changed",
    ),
    "a line was taken out": (lambda x: [*x[:4], *x[5:]], 5, "is missing"),
    "two lines changed places": (lambda x: [*x[:1], x[2], x[1], *x[3:]], 2, "is missing"),
    "a line stands twice": (lambda x: [*x[:6], x[5], *x[6:]], 7, "is missing"),
    "the tail was cut, the head kept": (lambda x: [*x[:7], x[10]], 8, "is missing"),
    "the tail was cut with the head": (lambda x: x[:7], 8, "no last line with the head"),
    "only the head was cut": (lambda x: x[:10], 11, "no last line with the head"),
    "the head was shortened": (
        lambda x: [*x[:7], reforged(x[10], length=7, events=[[1, 7]], head=json.loads(x[6])["hash"])],
        8,
        "The last line, which holds the head, was changed",
    ),
    "a line can't be read": (lambda x: [*x[:2], "{", *x[3:]], 3, "can't be read"),
    "an event of another chain": (lambda x: [*x[:2], reforged(x[2], chain="programme:y"), *x[3:]], 3, "is missing"),
    "nothing is left": (lambda x: [], 1, "no last line with the head"),
}


@pytest.mark.parametrize("how", FILES)
def test_file_that_was_tampered_with_is_found_at_the_right_event(how, exported, capsys, tmp_path):
    tamper, bad, reason = FILES[how]
    status, said = check(capsys, tmp_path / "f", tamper(exported))
    assert status == 1
    assert f"broken at event {bad}." in said and reason in said


def test_filtered_file_holds_and_misses_what_was_taken_out(db, capsys, tmp_path):
    write("programme:x", 4, "a")
    write("programme:x", 3, "b")
    write("programme:x", 4, "a")
    lines = "".join(audit_file.lines("programme:x", AuditEvent.objects.filter(verb="a"))).splitlines()
    assert check(capsys, tmp_path / "f", lines) == (0, "programme:x: 8 events, whole")
    assert "broken at event 9." in check(capsys, tmp_path / "f", [*lines[:5], *lines[6:]])[1]


def test_file_signed_with_another_key_does_not_hold(exported, capsys, tmp_path, settings):
    settings.AUDIT_KEY = "another"
    assert "broken at event 1." in check(capsys, tmp_path / "f", exported)[1]


def test_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(CommandError, match="can't be read"):
        call_command("verify_audit", "--file", str(tmp_path / "nothing"))


def test_file_names_the_moment_of_the_export(exported):
    assert json.loads(exported[-1])["at"][:10] == now().date().isoformat()
