"""Invitations as an admin gives them, and what becomes of an answer."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts import jobs
from accounts.models import AuditEvent, Message, User
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from accounts.roles import Role
from research.models import Fund, FundMember, Invitation, Participation, Programme
from research.services import invitations, seats
from research.services.people import add_member
from tests.factories import make_programme
from tests.research.conftest import events

OLIVE = {"name": "Olive Grant", "role": "Partner", "email": "olive@outsider.example", "note": "May we talk first?"}


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def invite(cast):
    def send(**more) -> Invitation:
        given = {"programme": cast.programme, "fund": cast.outsider, "email": "olive@outsider.example", "name": "Olive"}
        return invitations.invite(**{**given, "by": cast.ada, **more})

    return send


def state_of(row: Invitation) -> str:
    return Invitation.objects.get(pk=row.pk).state


def interested(row: Invitation, **more) -> None:
    assert invitations.answer(token=invitations.token_of(row), interested=True, **{**OLIVE, **more})
    jobs.drain()


# Inviting -------------------------------------------------------------------------------------------------------------


def test_invite_writes_one_message_with_a_link_that_holds_nothing_but_a_random_id(cast, invite, settings):
    row = invite()
    (message,) = Message.objects.all()
    path = message.link.removeprefix(settings.SITE_URL)
    assert path == reverse("invitation", args=[invitations.token_of(row)])
    assert path.split("/")[2].partition(".")[0] == row.pk.hex
    told = (message.link + message.subject + message.body).lower()
    hidden = ["outsider", cast.programme.slug, cast.programme.title, cast.programme.subject, "heron", "ibis", "seat"]
    assert [word for word in hidden if word.lower() in told.replace("olive@outsider.example", "")] == []
    assert cast.programme.question in message.body
    assert message.to == "olive@outsider.example"
    assert row.expires_at - row.sent_at == timedelta(days=14)


def test_invite_makes_the_one_participation_and_is_on_both_chains(cast, invite):
    row = invite()
    part = Participation.objects.get(programme=cast.programme, fund=cast.outsider)
    assert (part.state, row.participation) == ("invited", part)
    assert events(cast.programme.chain) == [("fund-invited", {"fund": str(cast.outsider.pk)})]
    assert events(part.chain) == [("fund-invited", {})]
    assert "olive" not in str(AuditEvent.objects.values_list("subject", "body")).lower()


@pytest.mark.parametrize("state", ["draft", "delivered", "closed"])
def test_invite_to_a_programme_that_takes_no_funds_says_so(cast, invite, state):
    Programme.objects.filter(pk=cast.programme.pk).update(state=state)
    with pytest.raises(IllegalMove, match="This programme is"):
        invite()


def test_invite_of_a_fund_with_a_seat_is_refused(cast, invite):
    with pytest.raises(IllegalMove, match="This fund has a seat already. Add its people on the fund's page."):
        invite(fund=cast.heron, email="x@heron.example")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"email": "olive@elsewhere.example"}, "People of this fund have addresses that end in @outsider.example."),
        ({"email": "olive@evil.outsider.example"}, "addresses that end in @outsider.example"),
        ({"email": "no address"}, "This is not an e-mail address."),
        ({"email": "a@outsider.example\nBcc: all@outsider.example"}, "This is not an e-mail address."),
        ({"email": ""}, "The e-mail address has no words."),
        ({"name": " "}, "The person's name has no words."),
        ({"name": "x" * 121}, "The person's name is 121 characters long"),
        ({"days": 0}, "The number of days must be a whole number from 1 to 60, not 0."),
        ({"days": 61}, "The number of days must be a whole number from 1 to 60, not 61."),
    ],
)
def test_invite_with_what_can_not_be_used_says_what_and_writes_nothing(invite, more, sentence):
    with pytest.raises(Invalid, match=sentence):
        invite(**more)
    assert (Invitation.objects.count(), Message.objects.count()) == (0, 0)


def test_name_with_lines_in_it_becomes_one_line(invite):
    row = invite(name="Olive\r\nBcc: all@example.com")
    assert row.name == "Olive Bcc: all@example.com"
    assert Message.objects.get().subject == "An invitation to take part in a research programme"


def test_second_open_invitation_of_one_person_is_refused_and_of_another_is_not(invite):
    invite()
    with pytest.raises(IllegalMove, match="olive@outsider.example has an open invitation already."):
        invite(email="OLIVE@outsider.example")
    invite(email="oscar@outsider.example", name="Oscar")
    Invitation.objects.filter(email="olive@outsider.example").update(expires_at=now())
    invite()
    assert Invitation.objects.count() == 3


@pytest.mark.parametrize("act", ["invite", "revoke", "resend", "admit"])
def test_only_an_admin_may(cast, invite, act):
    row = invite()
    for person in (cast.ana, cast.cora, cast.rita, cast.carl):
        with pytest.raises(Refused):
            if act == "invite":
                invite(email="oscar@outsider.example", by=person)
            else:
                getattr(invitations, act)(invitation=row, by=person)
    assert Invitation.objects.count() == 1


# Taking back and sending anew -----------------------------------------------------------------------------------------


def test_revoke_closes_the_link_and_takes_back_the_message(cast, invite):
    row = invite()
    token = invitations.token_of(row)
    assert invitations.open_invitation(token) == row
    invitations.revoke(invitation=row, by=cast.ada)
    assert (state_of(row), invitations.open_invitation(token), Message.objects.count()) == ("revoked", None, 0)
    with pytest.raises(IllegalMove, match="This invitation was taken back already."):
        invitations.revoke(invitation=row, by=cast.ada)


def test_resend_gives_a_new_link_and_closes_the_old_one(cast, invite):
    old = invite()
    Invitation.objects.filter(pk=old.pk).update(expires_at=now() - timedelta(days=1))
    new = invitations.resend(invitation=old, by=cast.ada)
    assert (state_of(old), new.email, new.name, new.state) == ("revoked", old.email, old.name, "sent")
    assert invitations.open_invitation(invitations.token_of(old)) is None
    assert invitations.open_invitation(invitations.token_of(new)) == new
    (message,) = Message.objects.all()
    assert invitations.token_of(new) in message.link
    assert events(cast.programme.chain)[-1][1]["instead"] == str(old.pk)


def test_answered_invitation_is_neither_taken_back_nor_sent_again(cast, invite):
    row = invite()
    interested(row)
    for act in (invitations.revoke, invitations.resend):
        with pytest.raises(IllegalMove, match="This invitation was answered already."):
            act(invitation=row, by=cast.ada)


# Answers --------------------------------------------------------------------------------------------------------------


def test_interest_is_kept_compared_afterwards_and_told_to_who_invited(cast, invite):
    row = invite()
    jobs.drain()
    assert invitations.answer(token=invitations.token_of(row), interested=True, **OLIVE)
    row.refresh_from_db()
    assert (row.state, row.answer) == ("interested", OLIVE)
    assert Message.objects.filter(key__startswith="answered").count() == 0
    jobs.drain()
    row.refresh_from_db()
    assert row.answer == OLIVE | {"standing": "new"}
    message = Message.objects.get(key__startswith="answered")
    assert (message.to, message.link) == (cast.ada.email, "")
    assert message.subject == f"{cast.programme.title}: an invitation was answered with interest"
    assert "Olive" not in message.body and "talk" not in message.body
    assert [verb for verb, _ in events(cast.programme.chain)] == ["fund-invited", "invitation-interested"]


@pytest.mark.parametrize(
    ("email", "standing"),
    [
        ("new@outsider.example", "new"),
        ("new@elsewhere.example", "outside"),
        ("olga@example.com", "member"),
        ("rita@example.com", "elsewhere"),
        ("ADA@example.com", "elsewhere"),
    ],
)
def test_comparison_tells_admins_whose_address_was_typed(invite, email, standing):
    row = invite()
    interested(row, email=email)
    assert Invitation.objects.get(pk=row.pk).answer["standing"] == standing


def test_when_who_invited_has_left_every_admin_is_told(cast, invite):
    row = invite()
    User.objects.filter(pk=cast.ada.pk).update(is_active=False)
    for name in ("Amy", "Abe"):
        User.objects.create(email=f"{name.lower()}@example.com", name=name, role=Role.ADMIN)
    interested(row)
    told = Message.objects.filter(key__startswith="answered").values_list("to", flat=True)
    assert sorted(told) == ["abe@example.com", "amy@example.com"]


def test_no_is_taken_without_a_name_and_ends_the_part_of_the_fund(cast, invite):
    row = invite()
    assert invitations.answer(token=invitations.token_of(row), interested=False)
    row.refresh_from_db()
    assert (row.state, row.answer, row.participation.state) == ("declined", {}, "declined")
    again = invite()
    assert Participation.objects.get(pk=again.participation_id).state == "invited"


def test_no_of_one_person_leaves_the_fund_invited_while_another_is_asked(invite):
    one, other = invite(), invite(email="oscar@outsider.example", name="Oscar")
    invitations.answer(token=invitations.token_of(one), interested=False)
    assert Participation.objects.get(pk=one.participation_id).state == "invited"
    invitations.answer(token=invitations.token_of(other), interested=False)
    assert Participation.objects.get(pk=one.participation_id).state == "declined"


def test_no_does_not_move_a_fund_that_waits_or_has_a_seat(cast, invite):
    row = invite()
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    assert invitations.answer(token=invitations.token_of(row), interested=False)
    assert Participation.objects.get(pk=row.participation_id).state == "seated"


def test_interest_without_a_name_or_with_a_huge_note_is_refused_and_the_link_stays_open(invite):
    row = invite()
    token = invitations.token_of(row)
    for more in ({"name": ""}, {"email": "x"}, {"note": "x" * 2001}, {"role": "x" * 121}):
        with pytest.raises(Invalid):
            invitations.answer(token=token, interested=True, **{**OLIVE, **more})
    assert invitations.open_invitation(token) == row


# From interest to an account ------------------------------------------------------------------------------------------


def test_admit_gives_a_lead_an_account_and_a_link_once_a_seat_is_held(cast, invite):
    row = invite()
    with pytest.raises(IllegalMove, match="This invitation was not answered with interest."):
        invitations.admit(invitation=row, by=cast.ada)
    interested(row)
    with pytest.raises(IllegalMove, match="No seat is held for this fund. Hold one first."):
        invitations.admit(invitation=row, by=cast.ada)
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    member = invitations.admit(invitation=row, by=cast.ada)
    assert (member.fund, member.user.email, member.user.name) == (cast.outsider, OLIVE["email"], OLIVE["name"])
    assert (member.user.role, member.user.has_usable_password()) == (Role.FUND_LEAD, False)
    assert Message.objects.filter(to=OLIVE["email"], key__startswith="password-link").count() == 1
    with pytest.raises(Invalid, match="An account with this address exists already."):
        invitations.admit(invitation=row, by=cast.ada)


def test_admit_of_an_address_outside_the_domain_is_refused_and_makes_nothing(cast, client, invite):
    row = invite()
    interested(row, email="olive@elsewhere.example")
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    assert "Invite an address inside the fund&#x27;s domain." in page_of(client, cast)
    with pytest.raises(Invalid, match="addresses that end in @outsider.example"):
        invitations.admit(invitation=row, by=cast.ada)
    assert not User.objects.filter(email="olive@elsewhere.example").exists()


# The admin's page -----------------------------------------------------------------------------------------------------


def page_of(client, cast, user=None) -> str:
    client.force_login(user or cast.ada)
    return client.get(reverse("invitations", args=[cast.programme.slug])).content.decode()


def test_page_leads_from_the_invitation_to_the_account(cast, client, invite):
    assert "Nobody invited yet" in page_of(client, cast)
    address = reverse("invitations", args=[cast.programme.slug])
    given = {"fund": cast.outsider.pk, "email": "olive@outsider.example", "name": "Olive", "days": 14}
    assert client.post(address, given | {"email": "olive@x.example"}).status_code == 400
    assert client.post(address, given).status_code == 302
    assert client.post(address, given).status_code == 409
    row = Invitation.objects.get()
    page = page_of(client, cast)
    assert "Open until" in page and "Take back" in page
    interested(row, note="<script>alert(1)</script>", name="<b>Olive</b>")
    page = page_of(client, cast)
    assert "Hold a seat" in page and "Give account" not in page
    assert "&lt;script&gt;" in page and "<script>alert" not in page and "<b>Olive" not in page
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    assert "Give account" in page_of(client, cast)
    client.post(reverse("invitation_admit", args=[cast.programme.slug, row.pk]))
    assert FundMember.objects.filter(fund=cast.outsider, user__role=Role.FUND_LEAD).count() == 1
    page = page_of(client, cast)
    assert "Give account" not in page and "The address has an account of this fund." in page


def test_page_shows_expired_and_taken_back(cast, client, invite):
    row, other = invite(), invite(email="oscar@outsider.example", name="Oscar")
    Invitation.objects.filter(pk=row.pk).update(expires_at=now())
    client.force_login(cast.ada)
    client.post(reverse("invitation_revoke", args=[cast.programme.slug, other.pk]))
    page = page_of(client, cast)
    assert "Expired" in page and "Revoked" in page and "Take back" not in page


def test_invitation_of_another_programme_is_not_found_under_this_one(cast, client, invite):
    row = invite()
    other = make_programme("other", state="open")
    client.force_login(cast.ada)
    for act in ("revoke", "resend", "admit"):
        assert client.post(reverse(f"invitation_{act}", args=[other.slug, row.pk])).status_code == 404
    assert state_of(row) == "sent"


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_any_number(cast, client, invite, django_assert_max_num_queries, count):
    for number in range(count):
        fund = Fund.objects.create(name=f"F{number}", domain=f"f{number}.example")
        interested(invite(fund=fund, email=f"a@f{number}.example"), email=f"b@f{number}.example")
    add_member(fund=cast.outsider, email="a@outsider.example", name="A", role=Role.FUND_LEAD, by=cast.ada)
    page_of(client, cast)
    with django_assert_max_num_queries(9):
        page_of_again = client.get(reverse("invitations", args=[cast.programme.slug]))
    assert page_of_again.content.count(b"Hold a seat") == count
