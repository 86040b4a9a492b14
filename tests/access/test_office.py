"""The office: who gets in, that nothing can be changed there, and that its acts are those of the services."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.office import site
from research.admin import site as registered
from research.models import Fund, Invitation, Participation, Programme, Seat
from tests.access.calls import _walk
from tests.access.policy import OFFICE
from tests.factories import make_user, sign_on_paper
from tests.research.conftest import events


@pytest.fixture
def addresses(cast) -> list[str]:
    """Every address of the office, with the ids of real rows."""
    part = Participation.objects.get(fund=cast.heron)
    Invitation.objects.create(
        participation=part, email="a@heron.example", name="A", expires_at="2030-01-01T00:00Z", by=cast.ada
    )
    found = [reverse("office:index"), reverse("office:jsi18n"), reverse("office:app_list", args=["research"])]
    for model in registered._registry:
        name = f"office:research_{model._meta.model_name}"
        found += [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[model.objects.first().pk])]
    return found


def test_office_has_these_addresses_and_no_other():
    assert {name for name, *_ in _walk(get_resolver()) if name.startswith("office:")} == set(OFFICE)


def test_only_an_admin_gets_in_and_for_others_it_is_not_there(cast, client, addresses):
    for user in cast.everyone():
        client.force_login(user)
        missing = client.get("/office/nothing/here/")
        for address in addresses:
            answer = client.get(address)
            if user == cast.ada:
                assert answer.status_code == 200, address
            else:
                assert (answer.status_code, missing.status_code) == (404, 404), (user.name, address)
                assert b"Heron" not in answer.content
    for address in addresses:
        assert Client().get(address).url.startswith("/accounts/login/")


def test_admin_without_a_second_factor_does_not_get_in(cast, client, settings, addresses):
    settings.MFA_REQUIRED = True
    Authenticator.objects.filter(user=cast.ada).delete()
    client.force_login(cast.ada)
    assert {client.get(address).status_code for address in addresses} == {302}
    request = client.get("/healthz").wsgi_request
    request.user = cast.ada
    assert site.has_permission(request) is False


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/", "{pk}/history/", "{pk}/password/"])
def test_what_would_edit_is_not_there(cast, client, path):
    client.force_login(cast.ada)
    for model in registered._registry:
        row = model.objects.first()
        address = f"/office/research/{model._meta.model_name}/{path.format(pk=row.pk if row else 1)}"
        assert (client.get(address).status_code, client.post(address).status_code) == (404, 404), address


def test_form_of_a_row_changes_nothing(cast, client):
    client.force_login(cast.ada)
    answer = client.post(reverse("office:research_fund_change", args=[cast.heron.pk]), {"name": "Crane"})
    assert answer.status_code == 403
    assert Fund.objects.get(pk=cast.heron.pk).name == "Heron"


def act(client, model: str, name: str, *rows) -> list[str]:
    """Choose an act for rows; the sentences that the page then shows."""
    data = {"action": name, "index": "0", "_selected_action": [str(row.pk) for row in rows]}
    answer = client.post(reverse(f"office:research_{model}_changelist"), data, follow=True)
    return [str(message) for message in answer.context.get("messages", [])] if answer.status_code == 200 else []


def test_acts_on_seats_are_those_of_the_services_with_their_refusals(cast, client):
    client.force_login(cast.ada)
    part = Participation.objects.create(programme=cast.programme, fund=cast.outsider)
    assert act(client, "participation", "take", part) == [
        "Outsider in Programme kestrel: The fund has not signed the terms in force. It signs first; then the seat can be made active."
    ]
    assert act(client, "participation", "hold", part) == ["Seat 3 is held for Outsider in Programme kestrel."]
    seat = Seat.objects.get(fund=cast.outsider)
    assert act(client, "seat", "extend", seat) == ["The hold of Seat 3 was extended."]
    sign_on_paper(cast.programme, cast.outsider)
    assert act(client, "seat", "activate", seat) == ["Seat 3 is active."]
    assert act(client, "participation", "wait", part) == [
        "Outsider in Programme kestrel: This fund already has a seat in this programme."
    ]
    assert act(client, "seat", "free", seat) == ["Seat 3 was freed."]
    verbs = [verb for verb, _ in events(cast.programme.chain)]
    assert verbs == ["seat-held", "hold-extended", "seat-activated", "seat-freed"]


def test_number_of_seats_goes_up_and_down_between_its_limits(cast, client):
    client.force_login(cast.ada)
    name = "Programme kestrel"
    assert act(client, "programme", "raise_cap", cast.programme) == [
        f"{name}: The number of seats must be a whole number from 1 to 5, not 6."
    ]
    for cap in (4, 3, 2):
        assert act(client, "programme", "lower_cap", cast.programme) == [f"{name}: the number of seats is {cap}."]
    assert act(client, "programme", "lower_cap", cast.programme) == [
        f"{name}: Seats 1 (active), 2 (active) are in use, so there can't be only 1. Free one of them first."
    ]
    assert act(client, "programme", "raise_cap", cast.programme) == [f"{name}: the number of seats is 3."]


def test_acts_are_done_to_nobody_elses_request(cast, client):
    seat = Seat.objects.get(fund=cast.heron)
    for user in cast.everyone():
        if user != cast.ada:
            client.force_login(user)
            assert act(client, "seat", "free", seat) == []
    assert Seat.objects.get(pk=seat.pk).fund == cast.heron


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_and_three(cast, client, django_assert_max_num_queries, rows):
    client.force_login(cast.ada)
    for number in range(rows):
        fund = Fund.objects.create(name=f"F{number}")
        Participation.objects.create(programme=cast.programme, fund=fund)
        make_user(f"Reader{number}", "fund_reader", fund=fund)
    for model in ("programme", "seat", "participation", "fundmember", "signature"):
        with django_assert_max_num_queries(8):
            client.get(reverse(f"office:research_{model}_changelist"))


def test_programmes_in_the_office_are_those_that_an_admin_sees(cast, client):
    client.force_login(cast.ada)
    shown = client.get(reverse("office:research_programme_changelist")).content.decode()
    assert [row.title in shown for row in Programme.objects.all()] == [True]
