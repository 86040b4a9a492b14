"""Links of experts: what the database keeps of them, when they open, and what closes them."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from accounts import jobs
from accounts.models import AuditEvent, Message
from accounts.moves import IllegalMove, Invalid, now
from accounts.permissions import Refused
from interviews.models import ExpertLink
from interviews.services import links
from interviews.services.links import L
from tests.factories import make_candidate, make_expert, make_identity, make_interview

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def expert(cast):
    expert = make_expert()
    make_identity(expert)
    return expert


@pytest.fixture
def candidate(cast, expert):
    return make_candidate(cast.programme, expert, state="invited")


@pytest.fixture
def call(cast, expert, candidate):
    """A call booked for the day after tomorrow."""
    starts_at = now().replace(microsecond=0) + timedelta(days=2)
    return make_interview(cast.programme, cast.ana, state="booked", expert=expert, starts_at=starts_at)


def token_of(url: str) -> str:
    return urlsplit(url).path.split("/")[-2]


# What is kept ---------------------------------------------------------------------------------------------------------


def test_link_is_256_random_bits_of_which_only_a_digest_is_kept(cast, candidate):
    urls = [links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana) for _ in range(2)]
    first, second = (token_of(url) for url in urls)
    assert first != second and len(first) == len(second) == 43
    for link in ExpertLink.objects.all():
        row = " ".join(str(value) for value in ExpertLink.objects.filter(pk=link.pk).values().get().values())
        assert len(link.digest) == 64 and first not in row and second not in row
    told = " ".join(str(event.body) for event in AuditEvent.objects.all())
    assert first not in told and second not in told


def test_link_is_opened_by_its_secret_and_shows_what_it_is_about(cast, candidate):
    found = links.open_link(token_of(links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana)))
    assert (found.candidate, found.interview, found.purpose, found.by) == (candidate, None, "invite", cast.ana)


@pytest.mark.parametrize("token", ["", "x", "é", "a" * 10_000, "0" * 43, "\x00", "../../x"])
def test_token_that_was_never_given_out_opens_nothing(cast, candidate, token):
    links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana)
    assert links.open_link(token) is None


@pytest.mark.parametrize("kind", ["open", "unknown", "used", "revoked", "expired"])
def test_look_up_costs_one_query_whatever_the_token_is_worth(cast, candidate, kind, django_assert_num_queries):
    token = token_of(links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana))
    field = {"used": "used_at", "revoked": "revoked_at", "expired": "expires_at"}.get(kind)
    if field:
        ExpertLink.objects.update(**{field: now()})
    with django_assert_num_queries(1):
        found = links.open_link("0" * 43 if kind == "unknown" else token)
    assert (found is not None) == (kind == "open")


# Giving out -----------------------------------------------------------------------------------------------------------


def test_new_link_closes_the_one_before_it_to_the_same_end_and_no_other(cast, candidate, call):
    invite = links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana)
    first, second = (links.issue(candidate=candidate, interview=call, purpose=L.MANAGE, by=cast.ana) for _ in range(2))
    stands = [links.open_link(token_of(url)) is not None for url in (invite, first, second)]
    assert stands == [True, False, True]


def test_link_is_open_as_long_as_its_purpose_wants(cast, candidate, call):
    ends = {}
    for purpose in (L.MANAGE, L.ATTEST, L.CONSENT):
        links.issue(candidate=candidate, interview=call, purpose=purpose, by=cast.ana)
        ends[purpose] = ExpertLink.objects.get(purpose=purpose).expires_at
    assert ends[L.MANAGE] == call.starts_at
    assert ends[L.ATTEST] == call.starts_at + timedelta(minutes=60)
    assert ends[L.CONSENT] > call.starts_at + timedelta(days=300)
    links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana, hours=2)
    assert ExpertLink.objects.get(purpose=L.INVITE).expires_at - now() < timedelta(hours=2)


def test_link_that_lacks_its_call_or_names_another_s_is_refused(cast, candidate, call):
    other = make_interview(cast.programme, cast.ana, state="booked")
    for given in (
        {"purpose": L.MANAGE},
        {"purpose": L.INVITE, "interview": call},
        {"purpose": L.MANAGE, "interview": other},
        {"purpose": "sell", "interview": call},
        {"purpose": L.INVITE, "hours": 0},
        {"purpose": L.INVITE, "hours": 9_999},
    ):
        with pytest.raises(Invalid):
            links.issue(candidate=candidate, by=cast.ana, **given)
    assert not ExpertLink.objects.exists()


def test_only_who_recruits_in_the_programme_gives_links_out(cast, candidate):
    for person in (cast.cora, cast.ada, cast.stranger, cast.rita):
        with pytest.raises(Refused):
            links.issue(candidate=candidate, purpose=L.INVITE, by=person)


def test_mail_goes_to_the_sealed_address_and_holds_its_link_until_it_is_sent(cast, call, expert, settings, mailoutbox):
    url = links.send_manage(call, cast.ana)
    message = Message.objects.get()
    assert message.to == f"{expert.pk}@expert.invalid" and message.link == url
    assert url.startswith(settings.SITE_URL + "/e/") and url not in message.body
    jobs.drain()
    message.refresh_from_db()
    assert message.sent_at and message.link == ""
    (letter,) = mailoutbox
    assert letter.to == ["dana@example.org"] and url in letter.body


def test_nobody_is_written_to_who_has_no_address_or_asked_to_be_left_alone(cast, call, expert):
    expert.sealed.delete()
    with pytest.raises(Invalid, match="No e-mail address"):
        links.send_manage(call, cast.ana)
    make_identity(expert)
    expert.opted_out_at = now()
    expert.save()
    with pytest.raises(IllegalMove, match="asked not to be contacted"):
        links.send_manage(call, cast.ana)
    assert not ExpertLink.objects.exists() and not Message.objects.exists()


@pytest.mark.parametrize(
    ("state", "may"),
    [
        ("open", {"choose", "consent"}),
        ("tentative", {"choose", "manage", "attest", "consent"}),
        ("booked", {"manage", "attest", "consent"}),
        ("started", {"attest", "consent"}),
        ("held", {"consent"}),
        ("cancelled", {"consent"}),
    ],
)
def test_each_state_of_a_call_has_its_links_and_the_others_are_not_sent(cast, call, state, may):
    type(call).objects.filter(pk=call.pk).update(state=state, held_until=now(), started_at=now())
    call.refresh_from_db()
    done = set()
    for purpose, send in links.SENDERS.items():
        try:
            opened = links.open_link(token_of(send(call, cast.ana)))
        except IllegalMove:
            continue
        assert opened.purpose == purpose
        done.add(purpose)
    assert done == may


# Using ----------------------------------------------------------------------------------------------------------------


def test_link_is_spent_once_and_given_back_when_nothing_was_done(cast, candidate):
    token = token_of(links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana))
    assert links.take(token, [L.CHOOSE]) is None
    taken = links.take(token, [L.INVITE])
    assert taken.candidate == candidate and links.take(token, [L.INVITE]) is None
    links.give_back(taken)
    assert links.take(token, [L.INVITE]).pk == taken.pk
    verbs = list(AuditEvent.objects.filter(subject=f"expertlink:{taken.pk}").values_list("verb", flat=True))
    assert verbs == ["link-issued", "link-used", "link-kept-open", "link-used"]


def test_link_opens_no_more_from_the_instant_of_its_end(cast, candidate, monkeypatch):
    token = token_of(links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana))
    end = ExpertLink.objects.get().expires_at
    monkeypatch.setattr(links, "now", lambda: end - timedelta(microseconds=1))
    assert links.open_link(token)
    monkeypatch.setattr(links, "now", lambda: end)
    assert links.open_link(token) is None and links.take(token, [L.INVITE]) is None


def test_link_opens_no_more_once_the_programme_is_over_but_consent_can_be_taken_back(cast, candidate, call):
    invite = token_of(links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana))
    consent = token_of(links.issue(candidate=candidate, interview=call, purpose=L.CONSENT, by=cast.ana))
    type(cast.programme).objects.filter(pk=cast.programme.pk).update(state="closed")
    assert links.open_link(invite) is None and links.open_link(consent)


# Closing --------------------------------------------------------------------------------------------------------------


def stands(call) -> set[str]:
    return {sent.link.purpose for sent in links.sent(call) if sent.state == "Open"}


@pytest.fixture
def all_links(cast, call, candidate):
    for purpose in (L.MANAGE, L.ATTEST, L.CONSENT):
        links.issue(candidate=candidate, interview=call, purpose=purpose, by=cast.ana)
    return call


@pytest.mark.parametrize(
    ("state", "left"),
    [
        ("cancelled", set()),
        ("late_cancel", set()),
        ("open", {"consent"}),
        ("no_show", {"consent"}),
        ("stopped", {"consent"}),
        ("held", {"manage", "attest", "consent"}),
    ],
)
def test_change_of_a_call_closes_the_links_that_it_makes_untrue(all_links, state, left):
    all_links.state = state
    links.follow(all_links, "anything", by=None)
    assert stands(all_links) == left and not Message.objects.exists()


def test_booking_mails_the_link_to_manage_and_a_move_closes_it_and_mails_a_new_one(call):
    links.follow(call, "booked", by=None)
    (first,) = ExpertLink.objects.all()
    links.follow(call, "moved", by=None)
    first.refresh_from_db()
    assert first.revoked_at and stands(call) == {"manage"}
    # The letter of the first had not gone out, and never will.
    assert [message.key for message in Message.objects.all()] == [
        links.mail_key(ExpertLink.objects.get(revoked_at=None).pk)
    ]


def test_move_replaces_the_other_links_that_were_open_as_far_as_they_are_of_use(all_links):
    links.follow(all_links, "moved", by=None)
    assert stands(all_links) == {"manage", "consent"}
    all_links.starts_at = now() + timedelta(hours=3)
    all_links.save()
    links.send_attest(all_links)
    links.follow(all_links, "moved", by=None)
    assert stands(all_links) == {"manage", "attest", "consent"}


def test_nobody_is_written_to_about_a_call_that_is_past(cast):
    call = make_interview(cast.programme, cast.ana, state="booked", starts_at=datetime(2026, 3, 18, tzinfo=UTC))
    make_identity(call.expert)
    links.follow(call, "booked", by=cast.ana)
    assert not Message.objects.exists() and not ExpertLink.objects.exists()


def test_page_carries_the_link_of_the_mail_of_the_same_transaction(call):
    url = links.send_manage(call)
    assert links.carry(call, L.MANAGE) == url
    Message.objects.update(sent_at=now(), link="")
    assert links.carry(call, L.MANAGE) != url and links.open_link(token_of(url)) is None


def test_who_declines_loses_every_link_but_that_to_take_consent_back(cast, all_links, candidate):
    invite = token_of(links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana))
    links.close_all(candidate, by=None)
    assert links.open_link(invite) is None and stands(all_links) == {"consent"}


def test_firm_sees_how_each_link_stands_and_never_its_secret(cast, call, candidate):
    for purpose, fields in (
        (L.MANAGE, {"used_at": now()}),
        (L.ATTEST, {"revoked_at": now()}),
        (L.CHOOSE, {"expires_at": now()}),
        (L.CONSENT, {}),
    ):
        links.issue(candidate=candidate, interview=call, purpose=purpose, by=cast.ana)
        ExpertLink.objects.filter(purpose=purpose).update(**fields)
    links.issue(candidate=candidate, purpose=L.INVITE, by=cast.ana)
    found = {sent.link.purpose: sent.state for sent in links.sent(call)}
    assert found == {
        "manage": "Used",
        "attest": "Taken back",
        "choose": "Run out",
        "consent": "Open",
        "invite": "Open",
    }
