"""The pages of this app: who gets them, what stands on them, how many queries they cost, what a refused form keeps."""

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.urls import reverse

from research.models import Claim, Fund, FundMember, KeyQuestion, Programme
from research.services import policies, programmes, questions, register, seats
from tests.factories import make_programme, make_terms, make_user, seat_fund, sign_on_paper
from tests.research.conftest import events

FIRM = ["Ana", "Ben", "Cora", "Cyrus", "Ada"]
EDITORS = ["Ana", "Ben", "Ada"]
ADMIN = ["Ada"]
AUDITORS = ["Cora", "Cyrus", "Ada"]
EVERYONE = [*FIRM, "Stranger", "Rita", "Carl", "Bob", "Olga"]


@pytest.fixture
def filled(cast):
    """The cast's programme with a register of one row each."""
    source = register.add_source(programme=cast.programme, by=cast.ana, code="A", title="Paper A")
    incident = register.add_incident(
        programme=cast.programme,
        by=cast.ana,
        title="Down",
        when="May 2026",
        date_from="2026-05-01",
        date_to="2026-05-31",
    )
    claim = register.add_claim(programme=cast.programme, by=cast.ana, title="Sales grew")
    register.add_statement(source=source, about=claim, text="USD 5bn", by=cast.ana)
    register.add_statement(source=source, about=incident, text="6 hours", aspect="lasted", by=cast.ana)
    register.add_disagreement(programme=cast.programme, by=cast.ana, title="How long", about=incident, aspect="lasted")
    return cast


def address(name: str, cast) -> str:
    one = ["kestrel"]
    first = cast.programme.questions.get(code="Q1")
    extra = {
        "question_edit": [first.code],
        "segment_edit": ["customers"],
        "statement_new": ["claim", Claim.objects.get().pk],
        "statement_correct": [Claim.objects.get().statements.get().pk],
        "seat": [1],
    }
    if name in ("programmes", "programme_new", "funds"):
        return reverse(name)
    if name == "fund":
        return reverse(name, args=[cast.heron.pk])
    return reverse(name, args=[*one, *extra.get(name, [])])


READ = {
    "programmes": [*FIRM, "Stranger"],
    "questions": FIRM,
    "register": FIRM,
    "seats": FIRM,
    "seat": ADMIN,
    "audit": AUDITORS,
    "programme_new": [*EDITORS, "Stranger"],
    "programme_edit": EDITORS,
    "question_new": EDITORS,
    "question_edit": EDITORS,
    "segment_new": EDITORS,
    "segment_edit": EDITORS,
    "source_new": EDITORS,
    "incident_new": EDITORS,
    "claim_new": EDITORS,
    "disagreement_new": EDITORS,
    "statement_new": EDITORS,
    "statement_correct": EDITORS,
    "funds": ADMIN,
    "fund": ADMIN,
}


@pytest.mark.parametrize("name", READ)
def test_page_opens_for_these_people_only(filled, client, name):
    """403 tells a person of the firm who may; a fund's people and those without sight of the programme get 404."""
    got = {}
    for user in filled.everyone():
        client.force_login(user)
        got[user.name] = client.get(address(name, filled)).status_code
    outside = ["Rita", "Carl", "Bob", "Olga"]
    staff_wide = name in ("programmes", "programme_new", "funds", "fund")
    # Who may not at all is told so before the programme is looked up.
    may_by_role = {"seat": ADMIN, "audit": AUDITORS}.get(name, [*FIRM, "Stranger"])
    expected = {}
    for person in EVERYONE:
        if person in outside:
            expected[person] = 404
        elif person in READ[name]:
            expected[person] = 200
        elif person == "Stranger" and not staff_wide and person in may_by_role:
            expected[person] = 404
        else:
            expected[person] = 403
    assert got == expected


@pytest.mark.parametrize("name", READ)
def test_page_sends_a_visitor_to_the_sign_in(filled, client, name):
    target = address(name, filled)
    answer = client.get(target)
    assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("account_login"))


def text_of(client, user, url: str, status: int = 200) -> str:
    client.force_login(user)
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_list_of_programmes_counts_in_one_query_whatever_its_length(cast, client, django_assert_num_queries, rows):
    for number in range(rows - 1):
        make_programme(f"other-{number}", cap=2)
    client.force_login(cast.ada)
    with django_assert_num_queries(3):
        page = client.get(reverse("programmes")).content.decode()
    assert page.count("of 5</span>") == 1
    assert page.count("of 2</span>") == rows - 1
    assert page.count('data-label="Planned calls">70</td>') == rows


def test_list_without_programmes_says_what_to_do(db, client):
    page = text_of(client, make_user("Solo", "analyst"), reverse("programmes"))
    assert "No programme yet" in page
    assert reverse("programme_new") in page
    page = text_of(client, make_user("Rev", "compliance"), reverse("programmes"))
    assert "Ask an analyst or an admin to assign you." in page
    assert "Only an analyst or admin may set up or change a programme." in page


@pytest.mark.parametrize("rows", [1, 3])
def test_questions_page_costs_the_same_for_one_and_three(cast, client, django_assert_num_queries, rows):
    KeyQuestion.objects.filter(programme=cast.programme, code="Q2").delete()
    for number in range(2, rows + 1):
        KeyQuestion.objects.create(programme=cast.programme, code=f"Q{number}", title="t", text="t")
    client.force_login(cast.cora)
    with django_assert_num_queries(7):
        page = client.get(reverse("questions", args=["kestrel"])).content.decode()
    assert page.count('<article class="panel question"') == rows


def test_questions_page_shows_signposts_segments_and_amendments(cast, client):
    questions.lock_questions(programme=cast.programme, by=cast.ana)
    question = cast.programme.questions.get(code="Q1")
    questions.amend_question(question=question, by=cast.ana, reason="Learnt more.", bear_signpost="They walk.")
    page = text_of(client, cast.cora, reverse("questions", args=["kestrel"]))
    for words in ("They walk.", "Learnt more.", "<del>customers leave</del>", "Engineering managers", "1 amendment"):
        assert words in page
    assert "Lock the questions" not in page


def test_lock_button_says_why_not_with_the_sentence_of_the_refusal(cast, draft, client):
    page = text_of(client, cast.ana, reverse("questions", args=[draft.slug]))
    assert "There is no key question to lock yet. Add one first." in page
    assert "No key question yet" in page


def post(client, who, page: str, /, *args, **data):
    client.force_login(who)
    return client.post(reverse(page, args=args), data)


def said(answer) -> list[str]:
    """What the page that follows says about this request; words of earlier ones may still wait before it."""
    return [str(message) for message in get_messages(answer.wsgi_request)][-1:]


def test_new_programme_with_delivery_before_launch_keeps_what_was_typed(cast, client):
    given = {
        "title": "Cedar",
        "question": "Does it hold?",
        "subject": "Subject plc",
        "launch_on": "2026-05-15",
        "delivery_on": "2026-05-01",
    }
    answer = post(client, cast.ana, "programme_new", **given)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The delivery date (1 May 2026) must come after the launch date (15 May 2026)." in page
    assert 'value="Cedar"' in page
    assert Programme.objects.count() == 1
    answer = post(client, cast.ana, "programme_new", **{**given, "delivery_on": "2026-05-30"})
    assert (answer.status_code, answer.url) == (302, reverse("questions", args=["cedar"]))


def test_question_with_no_words_is_refused_at_its_field(cast, draft, client):
    answer = post(client, cast.ana, "question_new", draft.slug, title="Confidence", text="  ")
    assert answer.status_code == 400
    assert "Key question has no words. Write it and save again." in answer.content.decode()
    assert not draft.questions.exists()


def test_questions_are_added_edited_locked_and_amended_on_their_pages(cast, draft, client):
    segment = draft.segments.get()
    given = {"title": "Confidence", "text": "Do they stay?", "terms": "outage, exit", "segments": [str(segment.pk)]}
    assert post(client, cast.ana, "question_new", draft.slug, **given).status_code == 302
    question = draft.questions.get()
    assert (question.code, question.terms, list(question.segments.all())) == ("Q1", ["outage", "exit"], [segment])
    post(client, cast.ana, "question_edit", draft.slug, "Q1", **{**given, "title": "Trust"})
    assert said(post(client, cast.ana, "questions_lock", draft.slug)) == [
        "The key questions are locked. Later changes are dated amendments."
    ]
    answer = post(client, cast.ana, "question_edit", draft.slug, "Q1", **{**given, "title": "Faith"})
    assert answer.status_code == 400
    assert "Reason has no words. Write it and save again." in answer.content.decode()
    post(client, cast.ana, "question_edit", draft.slug, "Q1", **{**given, "title": "Faith", "reason": "Clearer."})
    question.refresh_from_db()
    assert question.title == "Faith"
    assert [(a.field, a.old, a.new) for a in question.amendments.all()] == [("title", "Trust", "Faith")]
    assert said(post(client, cast.ana, "question_remove", draft.slug, "Q1")) == [questions.LOCKED]


def test_segments_are_added_edited_and_removed_on_their_pages(cast, draft, client):
    post(client, cast.ana, "segment_new", draft.slug, title="Brokers", quota=4)
    post(client, cast.ana, "segment_edit", draft.slug, "brokers", title="Brokers", quota=6)
    assert draft.segments.get(code="brokers").quota == 6
    assert said(post(client, cast.ana, "segment_remove", draft.slug, "brokers")) == ["The segment brokers was removed."]
    answer = post(client, cast.ana, "segment_new", draft.slug, title="Brokers", quota=0)
    assert answer.status_code == 400


def test_set_up_page_moves_the_programme_and_says_why_it_can_not(cast, draft, client):
    page = text_of(client, cast.ana, reverse("programme_edit", args=[draft.slug]))
    sentence = "Add at least one key question before you open it to funds."
    assert sentence in page
    assert said(post(client, cast.ana, "programme_move", draft.slug, to="open")) == [sentence]
    questions.add_question(programme=draft, by=cast.ana, title="t", text="t")
    make_terms(draft)
    assert said(post(client, cast.ana, "programme_move", draft.slug, to="open")) == [
        "The programme is now open to funds."
    ]
    assert said(post(client, cast.ana, "programme_move", draft.slug, to="bogus"))[0].startswith("The state must be")


def test_team_is_changed_on_the_set_up_page_and_an_analyst_can_leave(cast, draft, client):
    assert said(post(client, cast.ana, "team_add", draft.slug, user=cast.cora.pk)) == ["Cora is on the team."]
    refused = ["Choose a person of the firm who is not on the team yet."]
    assert said(post(client, cast.ana, "team_add", draft.slug, user=cast.rita.pk)) == refused
    answer = post(client, cast.ana, "team_remove", draft.slug, cast.ana.pk)
    assert answer.url == reverse("programmes")
    assert not Programme.objects.visible_to(cast.ana).filter(pk=draft.pk).exists()


def test_register_shows_accounts_side_by_side_and_marks_the_difference_in_words(filled, client):
    other = register.add_source(programme=filled.programme, by=filled.ana, code="B", title="Paper B")
    incident = filled.programme.incidents.get()
    register.add_statement(source=other, about=incident, text="Nearly 7 hours", aspect="lasted", by=filled.ana)
    point = filled.programme.disagreements.get()
    register.add_statement(source=other, about=point, text="Seven", by=filled.ana)
    page = text_of(client, filled.cora, reverse("register", args=["kestrel"]))
    for words in ("Source A", "Source B", "6 hours", "Nearly 7 hours", "Sources differ", "B says", "Seven", "Reported"):
        assert words in page
    assert f'href="#dispute-{point.pk}"' in page
    assert "Not known: no source says." in page
    assert "Correct" not in page


def test_register_offers_corrections_to_editors_who_ask(filled, client):
    url = reverse("register", args=["kestrel"]) + "?edit=1"
    assert "Add a figure" in text_of(client, filled.ana, url)
    assert "Add a figure" not in text_of(client, filled.cora, url)


def test_empty_register_says_to_begin_with_a_source(cast, client):
    page = text_of(client, cast.ana, reverse("register", args=["kestrel"]))
    assert "Begin with a source" in page
    assert reverse("source_new", args=["kestrel"]) in page


def test_register_is_filled_by_its_forms(cast, client):
    post(client, cast.ana, "source_new", "kestrel", code="A", title="Paper")
    when = {"when": "May 2026", "date_from": "2026-05-01", "date_to": "2026-05-31"}
    answer = post(client, cast.ana, "incident_new", "kestrel", title="Down", hours="6", **when)
    incident = cast.programme.incidents.get()
    assert answer.url == reverse("statement_new", args=["kestrel", "incident", incident.pk])
    source = cast.programme.sources.get()
    said_so = {"source": source.pk, "aspect": "lasted", "text": "6 hours", "standing": "reported"}
    post(client, cast.ana, "statement_new", "kestrel", "incident", incident.pk, **said_so)
    post(client, cast.ana, "disagreement_new", "kestrel", title="How long", cell=f"incident:{incident.pk}:lasted")
    point = cast.programme.disagreements.get()
    assert (point.incident, point.aspect) == (incident, "lasted")
    statement = incident.statements.get()
    post(client, cast.ana, "statement_correct", "kestrel", statement.pk, text="7 hours", standing="disputed")
    statement.refresh_from_db()
    assert (statement.text, statement.standing) == ("7 hours", "disputed")
    answer = post(client, cast.ana, "statement_new", "kestrel", "incident", incident.pk, **said_so)
    assert answer.status_code == 400
    assert "Source A has a statement about this already." in answer.content.decode()
    client.force_login(cast.ana)
    assert client.get(reverse("statement_new", args=["kestrel", "rumour", incident.pk])).status_code == 404


def test_statement_of_another_programme_is_not_found(filled, draft, client):
    statement = Claim.objects.get().statements.get()
    client.force_login(filled.ana)
    assert client.get(reverse("statement_correct", args=[draft.slug, statement.pk])).status_code == 404


def test_seats_page_names_funds_to_admins_alone(cast, client):
    url = reverse("seats", args=["kestrel"])
    assert ("Heron" in text_of(client, cast.ada, url), "Ibis" in text_of(client, cast.ada, url)) == (True, True)
    page = text_of(client, cast.ana, url)
    assert ("Heron" in page, "Ibis" in page, "Outsider" in page) == (False, False, False)
    assert page.count("A fund</p>") == 2
    assert "Only an admin may give, hold or free seats." in page


def test_seats_page_costs_the_same_for_two_and_five_taken(cast, client, django_assert_num_queries):
    client.force_login(cast.ada)
    url = reverse("seats", args=["kestrel"])
    with django_assert_num_queries(11):
        client.get(url)
    for number in range(3):
        seat_fund(cast.programme, Fund.objects.create(name=f"F{number}"))
    with django_assert_num_queries(12):
        page = client.get(url).content.decode()
    assert "All 5 seats are taken." in page


def test_seats_are_held_activated_freed_and_counted_on_their_page(cast, client):
    give = {"fund": cast.outsider.pk, "how": "hold"}
    sign_on_paper(cast.programme, cast.outsider)
    assert said(post(client, cast.ada, "seat_give", "kestrel", **give)) == ["Seat 3 is held for Outsider."]
    assert said(post(client, cast.ada, "seat_activate", "kestrel", 3)) == ["Seat 3 is active."]
    assert said(post(client, cast.ada, "seat_free", "kestrel", 3)) == ["Seat 3 is free."]
    assert said(post(client, cast.ada, "seat_give", "kestrel", fund=cast.outsider.pk)) == ["Outsider has seat 3."]
    assert said(post(client, cast.ada, "seats_cap", "kestrel", cap=3)) == ["The programme has 3 seats."]
    assert said(post(client, cast.ada, "seats_cap", "kestrel", cap=6)) == [
        "The number of seats must be a whole number from 1 to 5, not 6."
    ]
    assert said(post(client, cast.ada, "seat_give", "kestrel", fund=cast.heron.pk)) == [
        "Choose a fund without a seat here."
    ]
    other = Fund.objects.create(name="Late")
    assert said(post(client, cast.ada, "seat_give", "kestrel", fund=other.pk)) == ["All 3 seats are taken."]


@pytest.mark.parametrize("name", ["seat_give", "seat_free", "seat_activate", "seats_cap"])
def test_seat_actions_are_refused_to_everybody_but_admins(cast, client, name):
    number = [1] if name in ("seat_free", "seat_activate") else []
    got = {}
    for user in cast.everyone():
        if user != cast.ada:
            answer = post(client, user, name, "kestrel", *number, fund=cast.outsider.pk, cap=2)
            got[user.name] = answer.status_code
    firm = dict.fromkeys(["Ana", "Ben", "Cora", "Cyrus", "Stranger"], 403)
    assert got == firm | dict.fromkeys(["Rita", "Carl", "Bob", "Olga"], 404)
    assert events(cast.programme.chain) == []


def test_seat_record_names_its_own_fund_only_and_checks_its_chain(cast, client):
    sign_on_paper(cast.programme, cast.outsider)
    seat = seats.take_seat(programme=cast.programme, fund=cast.outsider, by=cast.ada)
    page = text_of(client, cast.ada, reverse("seat", args=["kestrel", seat.number]))
    assert ("Outsider" in page, "Olga" in page, "The chain holds" in page) == (True, True, True)
    assert ("Heron" in page, "Ibis" in page, "Seat 3" in page) == (False, False, False)
    client.force_login(cast.ada)
    assert client.get(reverse("seat", args=["kestrel", 5])).status_code == 404


def test_funds_and_their_people_are_managed_without_a_sight_of_the_policy(cast, client):
    policies.set_policy(fund=cast.heron, by=cast.carl, cooling_off={"listed": 7}, restricted=["Secretive plc"])
    answer = post(client, cast.ada, "funds", name="Kite", domain="kite.example")
    kite = Fund.objects.get(name="Kite")
    assert answer.url == reverse("fund", args=[kite.pk])
    post(client, cast.ada, "fund", kite.pk, name="Kim", email="kim@kite.example", role="fund_reader")
    member = FundMember.objects.get(fund=kite)
    wrong = post(client, cast.ada, "fund", kite.pk, name="Kim", email="kim@kite.example", role="fund_reader")
    assert wrong.status_code == 400
    assert "An account with this address exists already." in wrong.content.decode()
    assert said(post(client, cast.ada, "member", kite.pk, member.user_id, act="leave")) == [
        "Kim has left; the account is closed."
    ]
    assert said(post(client, cast.ada, "member", kite.pk, member.user_id, act="leave")) == ["Kim has left already."]
    for url in (reverse("funds"), reverse("fund", args=[cast.heron.pk]), reverse("seats", args=["kestrel"])):
        page = text_of(client, cast.ada, url)
        assert ("Secretive" in page, "Heron" in page) == (False, True)


@pytest.mark.parametrize("rows", [1, 3])
def test_list_of_funds_costs_the_same_for_any_length(db, client, django_assert_num_queries, rows):
    for number in range(rows):
        Fund.objects.create(name=f"F{number}")
    client.force_login(make_user("Ada", "admin"))
    with django_assert_num_queries(4):
        client.get(reverse("funds"))


def test_audit_lists_narrows_pages_and_verifies(cast, client, django_assert_num_queries):
    for number in range(60):
        register.add_claim(programme=cast.programme, by=cast.ana, title=f"c{number}")
    programmes.edit_programme(programme=cast.programme, by=cast.ben, title="Renamed")
    url = reverse("audit", args=["kestrel"])
    client.force_login(cast.cora)
    with django_assert_num_queries(8):
        page = client.get(url).content.decode()
    assert "1–50 of 61 events" in page
    assert "Programme edited" in page
    assert "11–" not in page
    assert text_of(client, cast.cora, url + "?page=2").count("Claim added") == 11
    assert "1–1 of 1 events" in text_of(client, cast.cora, f"{url}?actor={cast.ben.pk}")
    assert "No event matches" in text_of(client, cast.cora, url + "?last=2000-01-01")
    assert "The filter can't be read" in text_of(client, cast.cora, url + "?first=yesterday")
    assert "61 events were read again" in client.post(url).content.decode()


def test_audit_page_names_the_first_event_that_does_not_hold(cast, client):
    for number in range(3):
        register.add_claim(programme=cast.programme, by=cast.ana, title=f"c{number}")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_update")
        else:
            cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE accounts_auditevent SET verb = 'forgot' WHERE seq = 2")
    client.force_login(cast.cora)
    page = client.post(reverse("audit", args=["kestrel"])).content.decode()
    assert "The chain does not hold" in page
    assert "The first event that does not hold is number 2." in page
