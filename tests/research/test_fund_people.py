"""A fund's people: who joins, who leaves, who takes whose place, and what each of them is told."""

import pytest
from rest_framework.authtoken.models import Token

from accounts.models import Message, User
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from research.models import Fund, FundMember, Programme, Signature
from research.services import people
from tests.factories import make_signature, make_user
from tests.research.conftest import events

PERSON = {"email": "New@Heron.example", "name": "Nora", "role": "fund_reader"}


@pytest.fixture
def lea(cast) -> User:
    return make_user("Lea", Role.FUND_LEAD, fund=cast.heron)


def test_member_is_added_by_admin_or_the_funds_own_compliance(cast):
    added = set()
    for number, user in enumerate(cast.everyone()):
        try:
            people.add_member(fund=cast.heron, by=user, **{**PERSON, "email": f"p{number}@heron.example"})
            added.add(user.name)
        except Refused:
            pass
    assert added == {"Ada", "Carl"}


def test_compliance_of_one_fund_has_no_hand_in_another(cast):
    for act in (
        lambda: people.add_member(fund=cast.ibis, by=cast.carl, **{**PERSON, "email": "x@ibis.example"}),
        lambda: people.remove_member(member=cast.bob.membership, by=cast.carl),
        lambda: people.change_role(member=cast.bob.membership, role="fund_lead", by=cast.carl),
        lambda: people.transfer_access(member=cast.bob.membership, email="x@ibis.example", name="X", by=cast.carl),
        lambda: people.send_link(member=cast.bob.membership, by=cast.carl),
    ):
        with pytest.raises(Refused, match="This is not your fund."):
            act()
    assert FundMember.objects.get(user=cast.bob).left_at is None
    assert not Message.objects.exists()


def test_new_member_can_not_sign_in_without_a_password_and_sees_what_the_fund_sees_once_they_signed(cast):
    member = people.add_member(fund=cast.heron, by=cast.ada, **PERSON)
    assert member.user.email == "new@heron.example"
    assert not member.user.has_usable_password()
    assert not Programme.objects.visible_to(member.user).exists()
    make_signature(cast.programme.terms.get(), member.user)
    assert list(Programme.objects.visible_to(member.user)) == [cast.programme]
    seat = cast.programme.seats.get(fund=cast.heron)
    assert events("house") == [
        ("password-link-sent", {}),
        ("member-added", {"fund": str(cast.heron.pk), "role": "fund_reader"}),
    ]
    assert events(seat.chain_of(cast.heron.pk)) == [("member-added", {"role": "fund_reader"})]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "nora@gmail.example"}, "People of this fund have addresses that end in @heron.example."),
        ({"email": "nora"}, "Enter a valid email address."),
        ({"email": "rita@example.com"}, "People of this fund have addresses that end in @heron.example."),
        ({"role": "admin"}, "The role must be one of fund_compliance, fund_lead, fund_reader."),
        ({"name": ""}, "The person's name has no words. Write it and save again."),
    ],
)
def test_add_member_with_bad_input_says_what_to_do(cast, fields, sentence):
    with pytest.raises(Invalid) as wrong:
        people.add_member(fund=cast.heron, by=cast.ada, **{**PERSON, **fields})
    assert str(wrong.value) == sentence


def test_one_address_is_one_account(cast):
    people.add_member(fund=cast.heron, by=cast.ada, **PERSON)
    with pytest.raises(Invalid, match="An account with this address exists already."):
        people.add_member(fund=cast.heron, by=cast.ada, **PERSON)


def test_remove_member_closes_the_account_and_keeps_the_record(cast):
    people.remove_member(member=cast.rita.membership, by=cast.carl)
    rita = User.objects.get(pk=cast.rita.pk)
    assert rita.is_active is False
    assert not Programme.objects.visible_to(rita).exists()
    assert not Fund.objects.visible_to(rita).exists()
    assert [verb for verb, _ in events("house")] == ["account-closed", "member-removed"]
    with pytest.raises(IllegalMove, match="Rita has left already."):
        people.remove_member(member=FundMember.objects.get(user=rita), by=cast.carl)


def barred(company: str) -> dict:
    return {"company": company, "from": None, "to": None}


def test_joiner_is_mailed_a_link_and_nothing_of_anybody_else(cast):
    people.add_member(fund=cast.heron, by=cast.carl, **PERSON)
    message = Message.objects.get()
    assert message.to == "new@heron.example"
    assert "/accounts/password/reset/key/" in message.link
    assert "Ibis" not in message.subject + message.body
    assert "Heron" not in message.subject + message.body


def test_everybody_but_admin_and_own_compliance_is_refused_every_change(cast, lea):
    member = cast.rita.membership
    acts = {
        "remove": lambda by: people.remove_member(member=member, by=by),
        "role": lambda by: people.change_role(member=member, role="fund_lead", by=by),
        "transfer": lambda by: people.transfer_access(member=member, email="j@heron.example", name="J", by=by),
        "link": lambda by: people.send_link(member=member, by=by),
    }
    for user in [*cast.everyone(), lea]:
        if user not in (cast.ada, cast.carl):
            for act in acts.values():
                with pytest.raises(Refused):
                    act(user)
    assert events("house") == []


def test_changed_role_ends_sessions_and_token_and_is_on_the_fund_s_record(client, cast):
    Token.objects.create(user=cast.rita)
    client.force_login(cast.rita)
    seat = cast.programme.seats.get(fund=cast.heron)
    people.change_role(member=cast.rita.membership, role="fund_lead", by=cast.carl)
    assert User.objects.get(pk=cast.rita.pk).role == Role.FUND_LEAD
    assert client.get("/portal/").status_code == 302
    assert not Token.objects.exists()
    told = {"before": "fund_reader", "role": "fund_lead"}
    assert events(seat.chain_of(cast.heron.pk)) == [("member-role-changed", told)]
    assert events("house") == [
        ("role-changed", told),
        ("member-role-changed", {**told, "fund": str(cast.heron.pk)}),
    ]


@pytest.mark.parametrize("role", ["admin", "analyst", "", "nothing"])
def test_member_never_becomes_one_of_the_firm(cast, role):
    with pytest.raises(Invalid, match="The role must be one of fund_compliance, fund_lead, fund_reader."):
        people.change_role(member=cast.rita.membership, role=role, by=cast.carl)


def test_nobody_changes_their_own_place_and_the_only_compliance_is_sent_to_the_firm(cast):
    acts = (
        lambda: people.remove_member(member=cast.carl.membership, by=cast.carl),
        lambda: people.change_role(member=cast.carl.membership, role="fund_reader", by=cast.carl),
        lambda: people.transfer_access(member=cast.carl.membership, email="j@heron.example", name="J", by=cast.carl),
    )
    for act in acts:
        with pytest.raises(IllegalMove, match="You are the only one of your fund's compliance.*ask the firm."):
            act()
    other = make_user("Cleo", Role.FUND_COMPLIANCE, fund=cast.heron)
    for act in acts:
        with pytest.raises(IllegalMove, match="Another person of your fund's compliance can do it."):
            act()
    people.remove_member(member=cast.carl.membership, by=other)
    assert not User.objects.get(pk=cast.carl.pk).is_active


def test_who_was_demoted_meanwhile_changes_nobody_any_more(cast):
    other = make_user("Cleo", Role.FUND_COMPLIANCE, fund=cast.heron)
    people.change_role(member=other.membership, role="fund_reader", by=cast.carl)
    assert other.role == Role.FUND_COMPLIANCE, "the request of hers that waited still believes it"
    with pytest.raises(Refused):
        people.change_role(member=cast.carl.membership, role="fund_reader", by=other)
    assert User.objects.get(pk=cast.carl.pk).role == Role.FUND_COMPLIANCE


def test_transfer_moves_a_place_in_one_step_and_tells_both_ids(client, cast):
    client.force_login(cast.rita)
    seat = cast.programme.seats.get(fund=cast.heron)
    joiner = people.transfer_access(member=cast.rita.membership, email="jo@heron.example", name="Jo", by=cast.carl)
    assert (joiner.user.role, joiner.fund) == ("fund_reader", cast.heron)
    assert not User.objects.get(pk=cast.rita.pk).is_active
    assert client.get("/portal/").status_code == 302
    both = {"leaver": str(cast.rita.pk), "joiner": str(joiner.user_id), "role": "fund_reader"}
    assert events(seat.chain_of(cast.heron.pk)) == [("access-transferred", both)]
    assert events("house")[-1] == ("access-transferred", {**both, "fund": str(cast.heron.pk)})
    # The leaver's signature is the leaver's: the joiner reads nothing before they sign for themselves.
    assert not Programme.objects.visible_to(joiner.user).exists()
    assert Signature.objects.filter(user=cast.rita).exists()
    assert [message.to for message in Message.objects.all()] == ["jo@heron.example"]


def test_transfer_that_can_t_seat_the_joiner_leaves_the_leaver_where_they_were(cast):
    with pytest.raises(Invalid, match="An account with this address exists already."):
        User.objects.filter(pk=cast.carl.pk).update(email="carl@heron.example")
        people.transfer_access(member=cast.rita.membership, email="carl@heron.example", name="Jo", by=cast.carl)
    assert User.objects.get(pk=cast.rita.pk).is_active
    assert FundMember.objects.get(user=cast.rita).left_at is None
    assert not Message.objects.exists()


def test_who_comes_back_has_the_account_they_had(cast):
    User.objects.filter(pk=cast.rita.pk).update(email="rita@heron.example")
    people.remove_member(member=cast.rita.membership, by=cast.carl)
    given = {**PERSON, "email": "rita@heron.example", "role": "fund_lead"}
    member = people.add_member(fund=cast.heron, by=cast.carl, **given)
    assert (member.user_id, member.left_at, member.user.role) == (cast.rita.pk, None, "fund_lead")
    assert User.objects.get(pk=cast.rita.pk).is_active
    assert list(Programme.objects.visible_to(member.user)) == [cast.programme]


def test_former_person_of_another_fund_is_not_taken_over(cast):
    Fund.objects.filter(pk=cast.heron.pk).update(domain="")
    people.remove_member(member=cast.bob.membership, by=cast.ada)
    with pytest.raises(Invalid, match="An account with this address exists already."):
        people.add_member(fund=cast.heron, by=cast.ada, **{**PERSON, "email": cast.bob.email})
    assert FundMember.objects.get(user=cast.bob).fund == cast.ibis


def test_link_is_for_who_is_here_and_may_be_sent_to_oneself(cast):
    people.send_link(member=cast.carl.membership, by=cast.carl)
    assert Message.objects.get().to == cast.carl.email
    people.remove_member(member=cast.rita.membership, by=cast.carl)
    with pytest.raises(IllegalMove, match="Rita has left already."):
        people.send_link(member=FundMember.objects.get(user=cast.rita), by=cast.carl)
