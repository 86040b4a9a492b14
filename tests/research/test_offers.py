"""A fund's own page of what it is asked: its state in words, its clock, and its answer."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.moves import now
from accounts.roles import Role
from research.clock import left
from research.models import Fund, Participation, Seat, Signature
from research.services import seats
from research.services.cap import set_cap
from tests.factories import make_user, seat_fund

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"')
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def lead(cast):
    return make_user("Lea", Role.FUND_LEAD, fund=cast.outsider)


@pytest.fixture
def part(cast, lead) -> Participation:
    return Participation.objects.create(programme=cast.programme, fund=cast.outsider)


def page(client, user, name: str = "offers", *args) -> str:
    client.force_login(user)
    return client.get(reverse(name, args=args)).content.decode()


def post(client, user, view: str, /, *args, **data):
    client.force_login(user)
    return client.post(reverse(view, args=args), data)


def said(answer) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (timedelta(days=2, hours=4, minutes=30), "2 d 4 h left"),
        (timedelta(hours=4, minutes=10, seconds=59), "4 h 10 min left"),
        (timedelta(minutes=12), "12 min left"),
        (timedelta(seconds=59), "less than a minute left"),
        (timedelta(0), "less than a minute left"),
        (timedelta(seconds=-1), "run out"),
    ],
)
def test_clock_says_what_is_left_in_its_two_largest_units(after, words):
    assert left(AT + after, AT) == words


@pytest.mark.parametrize(
    ("state", "seat", "label", "open_"),
    [
        ("invited", None, "Invited", True),
        ("waiting", None, "On the wait-list", True),
        ("lapsed", None, "Hold ended", True),
        ("declined", None, "Declined", False),
        ("withdrawn", None, "Withdrawn", False),
        ("seated", "held", "Seat held", True),
        ("seated", "overdue", "Hold ended", True),
        ("seated", "signed", "Terms signed", False),
        ("seated", "active", "Active", False),
    ],
)
def test_offer_says_how_it_stands_and_asks_only_while_an_answer_is_wanted(
    cast, client, lead, state, seat, label, open_
):
    since = now() if state == "waiting" else None
    Participation.objects.create(programme=cast.programme, fund=cast.outsider, state=state, waiting_since=since)
    if seat:
        until = now() + timedelta(hours=-1 if seat == "overdue" else 50) if seat in ("held", "overdue") else None
        stored = "held" if seat == "overdue" else seat
        cast.programme.seats.filter(number=3).update(state=stored, fund=cast.outsider, held_until=until)
    shown = page(client, lead)
    assert label in shown
    assert ("Read and sign" in shown) is open_
    assert ("2 d 1 h left" in shown) is (seat == "held")


def test_page_of_a_fund_is_the_same_whatever_others_do(cast, client, lead, part):
    def shown() -> list[str]:
        pages = [page(client, lead), page(client, lead, "offer", part.pk)]
        return [TOKEN.sub("", text) for text in pages]

    before = shown()
    set_cap(programme=cast.programme, cap=2, by=cast.ada)
    assert shown() == before
    set_cap(programme=cast.programme, cap=4, by=cast.ada)
    seat_fund(cast.programme, Fund.objects.create(name="Kite"))
    assert shown() == before


def test_lead_reads_and_signs_and_the_seat_is_the_funds(cast, client, lead, part):
    assert "What is read here stays here." in page(client, lead, "offer", part.pk)
    sha256 = cast.programme.terms.get().sha256
    answer = post(client, lead, "offer", part.pk, name="Lea", sha256=sha256)
    assert (answer.url, said(answer)) == (
        reverse("offers"),
        ["You signed for your fund, and the seat is its own. The firm opens it and writes to you."],
    )
    assert Seat.objects.get(fund=cast.outsider).state == "signed"
    assert Signature.objects.get(user=lead).method == "page"


def test_full_programme_keeps_what_was_typed_and_offers_the_wait_list(cast, client, lead, part):
    set_cap(programme=cast.programme, cap=2, by=cast.ada)
    sha256 = cast.programme.terms.get().sha256
    answer = post(client, lead, "offer", part.pk, name="Lea", sha256=sha256)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "No seat is free at the moment. Your fund can join the wait-list." in text
    assert ('value="Lea"' in text, "Join the wait-list</button>" in text) == (True, True)
    assert said(post(client, lead, "offer_wait", part.pk)) == ["Your fund is on the wait-list."]
    assert said(post(client, lead, "offer_wait", part.pk))[-1:] == ["This fund is on the wait-list already."]


def test_fund_declines_and_a_held_seat_is_free_again(cast, client, lead, part):
    seats.hold_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    answer = post(client, lead, "offer_decline", part.pk)
    assert said(answer) == ["Your fund has declined to take part in “Programme kestrel”."]
    assert not Seat.objects.filter(fund=cast.outsider).exists()
    assert "Declined" in page(client, lead)


def test_offers_are_for_who_may_sign_for_the_fund(cast, client, lead, part):
    addresses = [reverse("offers"), reverse("offer", args=[part.pk])]
    codes = {}
    for user in [*cast.everyone(), lead]:
        client.force_login(user)
        codes[user.name] = [client.get(address).status_code for address in addresses]
    firm = dict.fromkeys(["Ana", "Ben", "Cora", "Cyrus", "Stranger", "Ada"], [403, 403])
    readers = dict.fromkeys(["Rita", "Bob", "Olga"], [404, 404])
    assert codes == firm | readers | {"Carl": [200, 404], "Lea": [200, 200]}


@pytest.mark.parametrize("rows", [1, 3])
def test_offers_cost_the_same_for_one_and_three(cast, client, lead, part, django_assert_num_queries, rows):
    from tests.factories import make_programme

    for number in range(rows - 1):
        Participation.objects.create(programme=make_programme(f"more-{number}"), fund=cast.outsider)
    client.force_login(lead)
    with django_assert_num_queries(4):
        client.get(reverse("offers"))
