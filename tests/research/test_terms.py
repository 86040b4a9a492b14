"""Terms: versions, signatures with all that is kept of them, and a new version that asks again."""

import hashlib

import pytest

from accounts.models import Message
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from accounts.roles import Role
from research import signing
from research.models import Programme, Seat, Signature, Terms
from research.services import people, seats, terms
from research.services.programmes import advance
from research.services.questions import add_question
from tests.factories import make_programme, make_user, seat_fund, sign_on_paper
from tests.research.conftest import events

TEXT = "Nothing leaves the fund.\nNobody asks who else is here."


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def lea(cast):
    return make_user("Lea", Role.FUND_LEAD, fund=cast.heron)


@pytest.fixture
def second(cast) -> Terms:
    """A second version, which nobody has signed."""
    return terms.publish_terms(programme=cast.programme, text=TEXT, by=cast.ada)


def sign(row: Terms, by, **more):
    return terms.sign_terms(**{"terms": row, "name": by.name, "sha256": row.sha256, "by": by, **more})


def test_published_version_is_kept_word_for_word_with_its_hash_and_replaces_the_one_before(cast):
    row = terms.publish_terms(programme=cast.programme, text=f"  {TEXT}\r\n", by=cast.ada, language="de-DE")
    assert (row.version, row.text, row.sha256, row.language, row.by) == (2, TEXT, digest(TEXT), "de-DE", cast.ada)
    assert [(one.version, one.in_force) for one in cast.programme.terms.all()] == [(2, True), (1, False)]
    assert events(cast.programme.chain) == [("terms-published", {"version": 2, "sha256": digest(TEXT)})]


def test_publish_is_for_admins(cast):
    for user in cast.everyone():
        if user != cast.ada:
            with pytest.raises(Refused):
                terms.publish_terms(programme=cast.programme, text=TEXT, by=user)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"text": " "}, "The text of the terms has no words. Write it and save again."),
        ({"text": TEXT, "language": "xx"}, "The language must be one of en-GB, de-DE, fr-FR."),
        (
            {"text": "What is read here stays here."},
            "These are the terms in force already, word for word. Change the text, or leave it.",
        ),
    ],
)
def test_publish_with_bad_input_says_what_to_do(cast, given, sentence):
    with pytest.raises(Invalid) as wrong:
        terms.publish_terms(programme=cast.programme, by=cast.ada, **given)
    assert str(wrong.value) == sentence


def test_signature_keeps_text_hash_language_time_address_and_method(cast, second):
    row = sign(second, cast.rita, address="192.0.2.7", method="api")
    assert (row.sha256, row.language, row.address, row.method) == (second.sha256, "en-GB", "192.0.2.7", "api")
    assert (row.name, row.user, row.fund, row.binding) == ("Rita", cast.rita, cast.heron, False)
    told = {"version": 2, "sha256": second.sha256, "binding": False, "method": "api"}
    assert events(cast.programme.participations.get(fund=cast.heron).chain) == [("terms-signed", told)]
    assert events(cast.programme.chain)[-1] == ("terms-signed", {**told, "fund": str(cast.heron.pk)})


def test_only_who_may_bind_the_fund_binds_it(cast, lea, second):
    assert [sign(second, user).binding for user in (cast.rita, lea, cast.carl)] == [False, True, True]


def test_reader_who_becomes_lead_signs_again_for_the_fund_and_sees_the_programme_once(cast, second):
    assert not sign(second, cast.rita).binding
    people.change_role(member=cast.rita.membership, role="fund_lead", by=cast.carl)
    cast.rita.refresh_from_db()
    assert signing.met(cast.rita, second).waits
    assert sign(second, cast.rita).binding
    assert sign(second, cast.rita).binding
    assert Signature.objects.filter(terms=second, user=cast.rita).count() == 2
    assert list(Programme.objects.visible_to(cast.rita)) == [cast.programme]
    assert not signing.met(cast.rita, second).waits


def test_signing_twice_is_signing_once(cast, second):
    assert sign(second, cast.rita) == sign(second, cast.rita)
    assert len(events(cast.programme.participations.get(fund=cast.heron).chain)) == 1


def test_what_is_signed_is_what_was_shown(cast, second):
    first = cast.programme.terms.get(version=1)
    for row, sha256 in ((first, first.sha256), (second, first.sha256), (second, "")):
        with pytest.raises(IllegalMove, match="These are not the terms in force any more."):
            sign(row, cast.rita, sha256=sha256)
    with pytest.raises(Invalid, match="Type your name as it stands on your account: Rita."):
        sign(second, cast.rita, name="Bob")


def test_nobody_signs_what_their_fund_is_not_asked_for(cast, second):
    for user in (cast.olga, cast.ada, cast.ana):
        with pytest.raises(Refused):
            sign(second, user)
    seats.free_seat(seat=Seat.objects.get(fund=cast.ibis), by=cast.ada)
    with pytest.raises(Refused):
        sign(second, cast.bob)


def test_new_version_asks_everybody_again_and_closes_until_they_sign(cast, lea, second):
    people_of_heron = [cast.rita, lea, cast.carl]
    assert [Programme.objects.visible_to(user).exists() for user in people_of_heron] == [False] * 3
    sign(second, lea)
    assert [Programme.objects.visible_to(user).exists() for user in people_of_heron] == [False, True, False]
    sign(second, cast.rita)
    assert [Programme.objects.visible_to(user).exists() for user in people_of_heron] == [True, True, False]


def test_reader_of_an_active_seat_reads_on_their_own_signature_before_the_fund_signs_anew(cast, second):
    sign(second, cast.rita)
    assert not terms.signed_by_fund(cast.programme, cast.heron)
    assert list(Programme.objects.visible_to(cast.rita)) == [cast.programme]


def test_each_is_mailed_alone_of_a_new_version_and_hears_of_nobody_else(cast, second):
    people.remove_member(member=cast.carl.membership, by=cast.ada)
    Message.objects.all().delete()
    third = terms.publish_terms(programme=cast.programme, text=TEXT + " Ever.", by=cast.ada)
    sent = {message.to: message for message in Message.objects.all()}
    assert set(sent) == {cast.rita.email, cast.bob.email}
    letters = [
        (message.subject, message.body.replace(user.name, "NAME"), message.link)
        for user in (cast.rita, cast.bob)
        for message in [sent[user.email]]
    ]
    assert letters[0] == letters[1]
    assert letters[0][2].endswith(f"/portal/fund/terms/{third.pk}/")
    for word in ("Heron", "Ibis", "Rita", "Bob", "seat", str(cast.heron.pk)):
        assert word not in letters[0][0] + letters[0][1]


def test_binding_signature_turns_a_hold_into_signed_and_a_reader_s_does_not(cast):
    programme = make_programme("harrier", state="open")
    seat_fund(programme, cast.outsider, state="held")
    lead = make_user("Liv", Role.FUND_LEAD, fund=cast.outsider, signed=False)
    row = programme.terms.get()
    sign(row, cast.olga)
    with pytest.raises(IllegalMove, match="The fund has not signed the terms in force."):
        seats.activate_seat(seat=programme.seats.get(fund=cast.outsider), by=cast.ada)
    sign(row, lead)
    assert programme.seats.get(fund=cast.outsider).state == "signed"
    seats.activate_seat(seat=programme.seats.get(fund=cast.outsider), by=cast.ada)


def test_seat_signed_under_an_older_version_is_not_activated_on_it(cast):
    programme = make_programme("harrier", state="open")
    seat = seat_fund(programme, cast.outsider, state="held")
    sign_on_paper(programme, cast.outsider)
    terms.publish_terms(programme=programme, text=TEXT, by=cast.ada)
    with pytest.raises(IllegalMove, match="The fund has not signed the terms in force."):
        seats.activate_seat(seat=seat, by=cast.ada)


def test_paper_is_filed_by_an_admin_for_the_fund(cast, second):
    part = cast.programme.participations.get(fund=cast.heron)
    row = terms.file_paper(participation=part, name="Paula Hand", note="Cabinet 3", by=cast.ada)
    assert (row.binding, row.user, row.method, row.note, row.address) == (True, None, "paper", "Cabinet 3", None)
    assert terms.signed_by_fund(cast.programme, cast.heron)
    # Paper binds the fund; each reader still signs for themselves.
    assert not Programme.objects.visible_to(cast.rita).exists()
    for user in cast.everyone():
        if user != cast.ada:
            with pytest.raises(Refused):
                terms.file_paper(participation=part, name="X", note="Y", by=user)


def test_programme_opens_to_funds_only_with_terms(draft, cast):
    add_question(programme=draft, title="Q", text="Q?", by=cast.ana)
    with pytest.raises(IllegalMove, match="Publish the terms that funds sign before you open it to them."):
        advance(programme=draft, to="open", by=cast.ada)
    terms.publish_terms(programme=draft, text=signing.standard_text(draft), by=cast.ada)
    assert advance(programme=draft, to="open", by=cast.ada).state == "open"


def test_waiting_names_what_waits_for_this_person(cast, lea, second):
    harrier = make_programme("harrier")
    seat_fund(harrier, cast.ibis)
    assert [one.terms for one in signing.waiting(cast.rita)] == [second]
    sign(second, cast.rita)
    assert signing.waiting(cast.rita) == []
    # A lead waits until somebody has bound the fund.
    sign(second, cast.carl)
    assert [one.terms for one in signing.waiting(lea)] == [second]
    assert signing.waiting(cast.olga) == []


def test_wanted_is_only_what_a_signature_alone_would_open(cast, second):
    assert signing.wanted(cast.rita, cast.programme.pk) == second
    assert signing.wanted(cast.olga, cast.programme.pk) is None
    assert signing.wanted(cast.ana, cast.programme.pk) is None
    Seat.objects.filter(fund=cast.heron).update(state="held", held_until="2030-01-01T00:00Z")
    assert signing.wanted(cast.rita, cast.programme.pk) is None
    sign(second, cast.bob)
    assert signing.wanted(cast.bob, cast.programme.pk) is None


def test_history_names_signers_to_admins_alone(cast, second):
    sign(second, cast.rita)
    assert [(v.terms.version, len(v.signatures)) for v in signing.history(cast.programme, cast.ada)] == [(2, 1), (1, 3)]
    for user in (cast.ana, cast.cora):
        assert [(v.terms.version, v.signatures) for v in signing.history(cast.programme, user)] == [(2, ()), (1, ())]
    assert signing.history(cast.programme, cast.stranger) == []


def test_people_of_a_fund_in_one_count_of_queries(cast, django_assert_num_queries, second):
    def rows():
        with django_assert_num_queries(4):
            return signing.people_of(cast.heron)

    assert [(one.user.name, one.unsigned, one.second_factor) for one in rows()] == [
        ("Carl", 1, True),
        ("Rita", 1, False),
    ]
    for number in range(3):
        make_user(f"R{number}", Role.FUND_READER, fund=cast.heron)
    people.remove_member(member=cast.rita.membership, by=cast.carl)
    assert [one.user.name for one in rows()] == ["Carl", "R0", "R1", "R2", "Rita"]
