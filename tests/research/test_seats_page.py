"""The page of seats: what each reader is shown, what each button does, and why one can't be pressed."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.moves import now
from accounts.roles import Role
from research.models import Fund, Participation, Programme
from research.services import seats
from research.services.cap import set_cap
from tests.factories import make_user, sign_on_paper


def page(client, user, **query) -> str:
    client.force_login(user)
    return client.get(reverse("seats", args=["kestrel"]), query).content.decode()


def post(client, user, view: str, *args, **data) -> str:
    """Press a button; the last sentence that the page then shows."""
    client.force_login(user)
    answer = client.post(reverse(view, args=["kestrel", *args]), data)
    return str(list(get_messages(answer.wsgi_request))[-1])


def words(text: str) -> str:
    """A page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def history(text: str) -> list[str]:
    table = text.split("History of the seats")[-1].split("</table>")[0]
    return re.findall(r"<td>([^<]+)</td></tr>", table)


@pytest.fixture
def waiting(cast) -> list[Participation]:
    """Three seats, all taken, and two funds that wait: the one that was put on the list later has waited longer."""
    set_cap(programme=cast.programme, cap=3, by=cast.ada)
    seats.hold_seat(
        programme=cast.programme, fund=cast.outsider, by=cast.ada, until=now() + timedelta(hours=50, minutes=1)
    )
    rows = [
        Participation.objects.create(
            programme=cast.programme,
            fund=Fund.objects.create(name=name),
            state="waiting",
            waiting_since=now() - timedelta(days=days),
        )
        for name, days in (("Kite", 1), ("Lark", 2))
    ]
    return rows[::-1]


def test_page_shows_clock_wait_list_in_order_and_history(cast, client, waiting):
    Participation.objects.create(programme=cast.programme, fund=Fund.objects.create(name="Merlin"), state="declined")
    text = page(client, cast.ada)
    assert "2 d 2 h left" in text
    assert 'data-clock="' in text
    names = re.findall(r"<th scope=\"row\"><a [^>]+>([^<]+)</a>", text)
    assert names == ["Lark", "Kite", "Merlin"]
    lines = history(text)
    assert lines[0].startswith("Seat 3 held for Outsider until ")
    assert lines[1:] == ["Number of seats set from 5 to 3"]


def test_who_may_not_name_funds_sees_states_and_counts_alone(cast, client, waiting):
    for user in (cast.ana, cast.cora):
        text = page(client, user)
        assert [name for name in ("Heron", "Ibis", "Outsider", "Kite", "Lark") if name in text] == []
        told = words(text)
        assert ("Waiting 2" in told, "2 d 2 h left" in told) == (True, True)
        assert "<form" not in text.split('id="main"')[1]
    assert history(page(client, cast.cora))[0].startswith("Seat 3 held for a fund until ")
    assert "History" not in page(client, cast.ana).split('id="main"')[1]


def test_number_of_seats_says_what_stands_in_the_way_before_it_is_tried(cast, client, waiting):
    text = page(client, cast.ada)
    control = text.split('aria-label="Number of seats"')[1].split("</form>")[0]
    assert re.findall(r'name="cap" value="(\d)"', control) == ["4", "5"]
    sentence = (
        "Seats 1 (active), 2 (active), 3 (held) are in use, so there can&#x27;t be only 2. Free one of them first."
    )
    assert sentence in control


def test_raised_number_goes_to_who_waits_and_the_page_says_so(cast, client, waiting):
    assert post(client, cast.ada, "seats_cap", cap=4) == "The programme has 4 seats."
    assert history(page(client, cast.ada))[0].startswith("Seat 4 offered to Lark from the wait-list, held until ")


def test_freed_seat_is_said_to_be_held_for_the_next(cast, client, waiting):
    said = post(client, cast.ada, "seat_free", 3)
    assert said == "Seat 3 was freed and is held for the fund that has waited longest."


def test_hold_is_extended_and_a_fund_put_on_and_off_the_list(cast, client, waiting):
    day = f"{now() + timedelta(days=20):%Y-%m-%d}"
    assert post(client, cast.ada, "seat_extend", 3, until=day).startswith("Seat 3 is held for 20 d ")
    assert post(client, cast.ada, "seat_extend", 3, until="soon") == "Give the day as a date."
    assert post(client, cast.ada, "seat_extend", 1) == "Only a hold can be extended, and this seat is not held."
    merlin = Fund.objects.create(name="Merlin")
    assert post(client, cast.ada, "seat_give", fund=merlin.pk, how="wait") == "Merlin is on the wait-list."
    assert post(client, cast.ada, "wait_leave", waiting[0].pk) == "Lark is off the wait-list."
    assert post(client, cast.ada, "wait_leave", waiting[0].pk) == "This fund is not on the wait-list."


def test_button_that_can_not_be_pressed_says_why(cast, client, waiting):
    told = words(page(client, cast.ada))
    assert "Activate Outsider. Not available: The fund has not signed the terms in force." in told
    assert "Not available: All 3 seats are taken." in told
    sign_on_paper(cast.programme, cast.outsider)
    assert "Activate Outsider. Not available" not in words(page(client, cast.ada))
    cast.programme.seats.filter(number=2).update(state="free", fund=None)
    assert "Free Heron. Not available: This is the last active fund of a programme that was launched." in words(
        page(client, cast.ada)
    )
    Programme.objects.update(state="closed")
    assert "Not available: This programme is closed and takes no more funds." in words(page(client, cast.ada))


def test_history_has_pages(cast, client):
    for cap in [4, 5] * 11:
        set_cap(programme=cast.programme, cap=cap, by=cast.ada)
    assert len(history(page(client, cast.ada))) == 20
    assert history(page(client, cast.ada, page=2)) == [
        "Number of seats set from 4 to 5",
        "Number of seats set from 5 to 4",
    ]


def test_readers_own_signatures_are_no_history_of_seats(cast, client):
    from research.services.terms import sign_terms

    terms = cast.programme.terms.get()
    reader = make_user("Rhea", Role.FUND_READER, fund=cast.heron, signed=False)
    compliance = make_user("Cleo", Role.FUND_COMPLIANCE, fund=cast.heron, signed=False)
    sign_terms(terms=terms, name="Rhea", sha256=terms.sha256, by=reader)
    sign_terms(terms=terms, name="Cleo", sha256=terms.sha256, by=compliance)
    assert history(page(client, cast.ada)) == ["Heron signed the terms, version 1"]
