"""The walls around a fund: who has lost their place finds nothing, and nothing that others do shows on a fund's pages."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from rest_framework.authtoken.models import Token

from accounts.moves import Invalid
from research.models import Fund, FundMember, Seat
from research.services import people, policies, seats
from synthesis.services import deliverables, findings
from tests.factories import sign_on_paper
from tests.synthesis.evidence import make_approved, make_evidence, make_released

CHANGES = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"')


@pytest.fixture
def evidence(cast):
    return make_evidence(cast)


@pytest.fixture
def version(evidence):
    return make_released(evidence)


def addresses(version) -> list[str]:
    """Every address by which a fund reads a version, with its real ids."""
    text = version.interviews.first().pk
    page, api = f"/portal/{version.programme_id}/", f"/api/v1/portal/{version.programme_id}/"
    file = version.files.first().name
    return [
        *(page + rest for rest in ("", "report/", f"report/files/{file}", "interviews/", f"interviews/{text}/")),
        *(page + rest for rest in ("search/", "search/?q=outage")),
        *(api + rest for rest in ("", "report/", "interviews/", f"interviews/{text}/", "search/?q=outage")),
    ]


def bytes_of(client, address: str) -> tuple[int, bytes, dict[str, str]]:
    answer = client.get(address)
    kept = {name: value for name, value in answer.items() if name != "X-Request-ID"}
    return answer.status_code, CHANGES.sub(b"", answer.content), kept


def test_reader_with_a_seat_reads_every_address(client, evidence, version):
    client.force_login(evidence.cast.rita)
    assert {client.get(address).status_code for address in addresses(version)} == {200}


def leave(cast, version):
    FundMember.objects.filter(user=cast.rita).update(left_at=datetime(2026, 4, 1, tzinfo=UTC))


def hold(cast, version):
    Seat.objects.filter(fund=cast.heron).update(state="held", held_until=datetime(2030, 1, 1, tzinfo=UTC))


def free(cast, version):
    seats.free_seat(seat=Seat.objects.get(fund=cast.heron), by=cast.ada)


def take_back(cast, version):
    deliverables.recall(deliverable=version, reason="A mistake.", by=cast.ada)


@pytest.mark.parametrize("lost", [leave, hold, free, take_back])
def test_who_has_lost_the_place_finds_what_was_never_there(client, evidence, version, lost):
    cast, paths = evidence.cast, addresses(version)
    client.force_login(cast.rita)
    lost(cast, version)
    # After a recall the programme itself, with its date of delivery, is still theirs.
    open_still = {f"/portal/{version.programme_id}/", f"/api/v1/portal/{version.programme_id}/"}
    for path in paths:
        if lost is take_back and path in open_still:
            continue
        other = path.replace(str(version.programme_id), str(uuid.uuid4()))
        assert bytes_of(client, path) == bytes_of(client, other), path
        assert client.get(path).status_code == 404


def test_closed_account_has_neither_session_nor_token(client, evidence, version):
    rita = evidence.cast.rita
    key = Token.objects.create(user=rita).key
    client.force_login(rita)
    people.remove_member(member=FundMember.objects.get(user=rita), by=evidence.cast.ada)
    for path in addresses(version):
        assert client.get(path).status_code in (302, 401), path
    path = f"/api/v1/portal/{version.programme_id}/report/"
    assert client.get(path, headers={"Authorization": f"Token {key}"}).status_code == 401


def test_nothing_that_others_do_shows_on_a_fund_s_pages(client, evidence, version):
    cast, paths = (
        evidence.cast,
        [*addresses(version), "/portal/", "/api/v1/portal/", "/api/v1/seats/", "/api/v1/funds/"],
    )
    client.force_login(cast.rita)
    before = [bytes_of(client, path) for path in paths]
    seats.free_seat(seat=Seat.objects.get(fund=cast.ibis), by=cast.ada)
    kite = Fund.objects.create(name="Kite")
    sign_on_paper(cast.programme, kite)
    seats.take_seat(programme=cast.programme, fund=kite, by=cast.ada)
    policies.set_policy(fund=cast.heron, by=cast.carl, restricted=["Somebody"])
    findings.write_finding(programme=cast.programme, question=evidence.q1, sentence="An unsigned thought.", by=cast.ana)
    findings.write_answer(programme=cast.programme, text="An unsigned outage answer.", by=cast.ana)
    make_approved(evidence, "{Q1.bear} speak of one more outage.")
    deliverables.request_report(programme=cast.programme, by=cast.ana)
    client.force_login(cast.rita)
    assert [bytes_of(client, path) for path in paths] == before


def test_fund_without_a_domain_can_t_ask_who_has_an_account_here(cast):
    Fund.objects.filter(pk=cast.heron.pk).update(domain="")
    said = []
    for email in (cast.bob.email, "nobody@elsewhere.example"):
        with pytest.raises(Invalid) as refused:
            people.add_member(fund=cast.heron, email=email, name="Bob", role="fund_reader", by=cast.carl)
        said.append(str(refused.value))
    assert said[0] == said[1]
