import pytest

from accounts.models import User
from accounts.moves import Invalid
from accounts.permissions import Refused
from research.models import Fund, FundMember, FundPolicy, Programme
from research.services import funds
from tests.research.conftest import events

PERSON = {"email": "New@Heron.example", "name": "Nora", "role": "fund_reader"}


def test_add_fund_is_for_admins_and_its_name_is_its_own(cast):
    fund = funds.add_fund(name=" Kite ", domain="@Kite.example", by=cast.ada)
    assert (fund.name, fund.domain) == ("Kite", "kite.example")
    assert events("house") == [("fund-added", {})]
    with pytest.raises(Invalid, match="There is a fund called Kite already."):
        funds.add_fund(name="Kite", by=cast.ada)
    with pytest.raises(Invalid, match="The fund's name has no words. Write it and save again."):
        funds.add_fund(name="", by=cast.ada)
    for user in cast.everyone():
        if user != cast.ada:
            with pytest.raises(Refused):
                funds.add_fund(name="Lark", by=user)


def test_member_is_added_by_admin_or_the_funds_own_compliance(cast):
    added = set()
    for number, user in enumerate(cast.everyone()):
        try:
            funds.add_member(fund=cast.heron, by=user, **{**PERSON, "email": f"p{number}@heron.example"})
            added.add(user.name)
        except Refused:
            pass
    assert added == {"Ada", "Carl"}


def test_compliance_of_one_fund_has_no_hand_in_another(cast):
    for act in (
        lambda: funds.add_member(fund=cast.ibis, by=cast.carl, **{**PERSON, "email": "x@ibis.example"}),
        lambda: funds.remove_member(member=cast.bob.membership, by=cast.carl),
        lambda: funds.set_policy(fund=cast.ibis, by=cast.carl, restricted=["X"]),
    ):
        with pytest.raises(Refused, match="This is not your fund."):
            act()
    assert FundMember.objects.get(user=cast.bob).left_at is None


def test_new_member_can_not_sign_in_without_a_password_and_sees_what_the_fund_sees(cast):
    member = funds.add_member(fund=cast.heron, by=cast.ada, **PERSON)
    assert member.user.email == "new@heron.example"
    assert not member.user.has_usable_password()
    assert list(Programme.objects.visible_to(member.user)) == [cast.programme]
    seat = cast.programme.seats.get(fund=cast.heron)
    assert events("house") == [("member-added", {"fund": str(cast.heron.pk), "role": "fund_reader"})]
    assert events(seat.chain_of(cast.heron.pk)) == [("member-added", {"role": "fund_reader"})]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "nora@gmail.example"}, "People of this fund have addresses that end in @heron.example."),
        ({"email": "nora"}, "Enter a valid email address."),
        ({"email": "rita@example.com"}, "People of this fund have addresses that end in @heron.example."),
        ({"role": "admin"}, "The role must be one of fund_compliance, fund_reader."),
        ({"name": ""}, "The person's name has no words. Write it and save again."),
        ({"password": "short"}, "This password is too short. It must contain at least 12 characters."),
    ],
)
def test_add_member_with_bad_input_says_what_to_do(cast, fields, sentence):
    with pytest.raises(Invalid) as wrong:
        funds.add_member(fund=cast.heron, by=cast.ada, **{**PERSON, **fields})
    assert str(wrong.value) == sentence


def test_one_address_is_one_account(cast):
    funds.add_member(fund=cast.heron, by=cast.ada, **PERSON)
    with pytest.raises(Invalid, match="An account with this address exists already."):
        funds.add_member(fund=cast.heron, by=cast.ada, **PERSON)


def test_remove_member_closes_the_account_and_keeps_the_record(cast):
    funds.remove_member(member=cast.rita.membership, by=cast.carl)
    rita = User.objects.get(pk=cast.rita.pk)
    assert rita.is_active is False
    assert not Programme.objects.visible_to(rita).exists()
    assert not Fund.objects.visible_to(rita).exists()
    assert [verb for verb, _ in events("house")] == ["member-removed"]
    with pytest.raises(Invalid, match="Rita has left already."):
        funds.remove_member(member=FundMember.objects.get(user=rita), by=cast.carl)


def test_policy_is_versioned_and_set_by_the_funds_own_compliance_only(cast):
    for restricted in ("Acme plc, Bolt\nAcme plc", ["Bolt"]):
        funds.set_policy(fund=cast.heron, by=cast.carl, cooling_off={"listed": "12"}, restricted=restricted)
    rows = FundPolicy.objects.filter(fund=cast.heron).order_by("version")
    assert [(p.version, p.cooling_off, p.restricted, p.by) for p in rows] == [
        (1, {"listed": 12}, ["Acme plc", "Bolt"], cast.carl),
        (2, {"listed": 12}, ["Bolt"], cast.carl),
    ]
    for user in cast.everyone():
        if user != cast.carl:
            with pytest.raises(Refused):
                funds.set_policy(fund=cast.heron, by=user, restricted=["X"])
    assert FundPolicy.objects.count() == 2


def test_policy_event_holds_the_version_and_never_the_list(cast):
    funds.set_policy(fund=cast.heron, by=cast.carl, restricted=["Secretive plc"])
    seat = cast.programme.seats.get(fund=cast.heron)
    assert events(seat.chain_of(cast.heron.pk)) == [("policy-set", {"version": 1})]
    assert events("house") == [("policy-set", {"version": 1, "fund": str(cast.heron.pk)})]


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (
            {"cooling_off": {"listed": 61}},
            "The cooling-off for listed companies, in months, must be a whole number from 0 to 60, not 61.",
        ),
        (
            {"cooling_off": {"listed": "a while"}},
            "The cooling-off for listed companies, in months, must be a whole number from 0 to 60.",
        ),
        ({"cooling_off": [6]}, "The cooling-off names a number of months for each type of company."),
        ({"restricted": ["x" * 121]}, "The restricted list is 121 characters long; the most is 120. Shorten it."),
        ({"restricted": [str(n) for n in range(501)]}, "The restricted list has 501 entries; the most is 500."),
    ],
)
def test_policy_with_bad_input_says_what_to_do(cast, policy, sentence):
    with pytest.raises(Invalid) as wrong:
        funds.set_policy(fund=cast.heron, by=cast.carl, **policy)
    assert str(wrong.value) == sentence
