"""The page of a running call, and the pages of honoraria: who opens them, what they show, and what their buttons do."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from interviews.models import Honorarium, Interview, Note, TopicCard
from interviews.services import conduct, consent, honoraria, notebook
from tests.factories import make_attestation, make_honorarium, make_interview, make_rule
from tests.interviews.test_honoraria import agreed, computed
from tests.interviews.test_the_call import booked, running

SLUG = "kestrel"


def get(client, user, name, *args, query="", **headers):
    client.force_login(user)
    return client.get(reverse(name, args=[SLUG, *args]) + query, headers=headers)


def post(client, user, name, *args, data=None, **headers):
    client.force_login(user)
    return client.post(reverse(name, args=[SLUG, *args]), data or {}, headers=headers)


def text(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def state_of(call):
    return Interview.objects.get(pk=call.pk).state


@pytest.mark.parametrize(
    ("who", "status"),
    {"ana": 200, "cora": 200, "cyrus": 200, "ben": 403, "ada": 403, "stranger": 404, "rita": 404, "olga": 404}.items(),
)
@pytest.mark.parametrize("page", ["call", "call_live"])
def test_page_of_a_call_opens_to_who_may_read_its_notes(client, cast, page, who, status):
    call = running(cast)
    notebook.note(interview=call, text="SECRET words", by=cast.ana)
    answer = get(client, getattr(cast, who), page, call.number)
    assert answer.status_code == status
    assert ("SECRET" in answer.content.decode()) is (status == 200)


@pytest.mark.parametrize(
    "state",
    ["open", "tentative", "booked", "started", "held", "ended_early", "stopped", "no_show", "cancelled", "late_cancel"],
)
def test_page_of_a_call_opens_in_every_state(client, cast, state):
    call = make_interview(cast.programme, cast.ana, state=state, notes="As it was said")
    shown = text(get(client, cast.ana, "call", call.number))
    assert "As it was said" in shown


def test_call_goes_from_attestation_to_end_by_its_buttons_without_a_script(client, cast):
    make_rule(cast.programme, cast.cora)
    call = booked(cast, attested=False)
    shown = text(get(client, cast.ana, "call", call.number))
    assert "Start the call . Not available: The expert has not attested for this call yet" in shown
    assert post(client, cast.ana, "call_start", call.number).status_code == 302
    assert state_of(call) == "booked"
    post(client, cast.ana, "call_attest", call.number, data={"method": "spoken"})
    post(client, cast.ana, "call_consent", call.number, data={"purpose": "record"})
    post(client, cast.ana, "call_start", call.number)
    assert (state_of(call), consent.standing(call)) == ("started", {"record"})
    post(client, cast.ana, "call_note", call.number, data={"text": "They moved two.", "question": "Q1", "at_ms": ""})
    post(client, cast.ana, "call_cover", call.number, data={"question": "Q1", "covered": "yes"})
    post(client, cast.ana, "call_recording", call.number, data={"on": "yes"})
    shown = text(get(client, cast.ana, "call", call.number))
    for words in ("They moved two.", "1 of 2 covered", "Recording", "customers leave", "End the call"):
        assert words in shown
    post(client, cast.ana, "call_end", call.number, data={"minutes": ""})
    call.refresh_from_db()
    assert (call.state, call.minutes) == ("held", 1)


def test_page_shows_the_topic_card_before_and_in_the_call(client, cast):
    for call in (booked(cast), running(cast)):
        candidate = cast.programme.candidates.get(expert=call.expert)
        TopicCard.objects.create(candidate=candidate, version=1, may="Their choice.", may_not="Spend.", by=cast.cora)
        shown = text(get(client, cast.ana, "call", call.number))
        assert "May speak about Their choice. May not speak about Spend." in shown


def test_note_that_is_refused_keeps_its_words_in_the_field(client, cast):
    call = running(cast)
    long = "word " * 1_200
    answer = post(client, cast.ana, "call_note", call.number, data={"text": long})
    assert (answer.status_code, long in unescape(answer.content.decode())) == (400, True)
    told = post(client, cast.ana, "call_note", call.number, data={"text": long}, **{"HX-Request": "true"})
    assert (told.status_code, told["Content-Type"].split(";")[0]) == (400, "text/plain")
    call = make_interview(cast.programme, cast.ana, state="booked")
    assert post(client, cast.ana, "call_note", call.number, data={"text": "early"}).status_code == 409
    unknown = post(client, cast.ana, "call_note", running(cast).number, data={"text": "so", "question": "Q9"})
    assert (unknown.status_code, Note.objects.count()) == (400, 0)


def test_fragment_answers_with_what_changed_and_with_nothing_when_nothing_did(client, cast):
    call = running(cast, chaperone=cast.cora)
    htmx = {"HX-Request": "true"}
    first = post(client, cast.ana, "call_note", call.number, data={"text": "hers", "at_ms": "1000"}, **htmx)
    seen = re.search(r"\?seen=(\w+)", first.content.decode())[0]
    assert get(client, cast.ana, "call_live", call.number, query=seen, **htmx).status_code == 204
    post(client, cast.cora, "call_note", call.number, data={"text": "the chaperone's", "at_ms": "2000"}, **htmx)
    answer = get(client, cast.ana, "call_live", call.number, query=seen, **htmx)
    assert ("hers" in text(answer), "the chaperone's" in text(answer)) == (True, True)
    conduct.stop_for_compliance(interview=call, by=cast.cora)
    assert "no longer running: stopped for compliance" in text(
        get(client, cast.ana, "call_live", call.number, query=seen)
    )


def test_page_says_notes_only_without_consent_and_stop_when_it_was_withdrawn(client, cast):
    call = running(cast)
    assert "Notes only No consent to record: leave the recorder off." in text(
        get(client, cast.ana, "call", call.number)
    )
    answer = post(client, cast.ana, "call_recording", call.number, data={"on": "yes"}, **{"HX-Request": "true"})
    assert answer.status_code == 409
    consent.give(interview=call, purpose="record", method="spoken", by=cast.ana)
    notebook.mark_recording(interview=call, on=True, by=cast.ana)
    consent.withdraw(interview=call, purpose="record", by=cast.ana)
    assert "Stop the recorder The consent to record was withdrawn." in text(get(client, cast.ana, "call", call.number))


def test_stop_and_its_review_go_through_the_page(client, cast):
    call = running(cast)
    assert "This can’t be taken back." in text(get(client, cast.cora, "call", call.number))
    post(client, cast.ana, "call_stop", call.number)
    assert state_of(call) == "stopped"
    assert "Waits for compliance." in text(get(client, cast.ana, "call", call.number))
    assert post(client, cast.ana, "call_review", call.number, data={"found": "x"}).status_code == 403
    post(client, cast.cora, "call_review", call.number, data={"found": "Kept apart"})
    assert "Reviewed by Cora" in text(get(client, cast.ana, "call", call.number))


def test_call_that_ended_early_says_why(client, cast):
    call = running(cast)
    post(client, cast.ana, "call_end_early", call.number, data={"reason": ""})
    assert state_of(call) == "started"
    post(client, cast.ana, "call_end_early", call.number, data={"reason": "The line broke", "minutes": "7"})
    call.refresh_from_db()
    assert (call.state, call.minutes) == ("ended_early", 7)


def test_minutes_that_are_no_number_end_no_call(client, cast):
    call = running(cast)
    for odd in ("many", "-1", "99999999"):
        assert post(client, cast.ana, "call_end", call.number, data={"minutes": odd}).status_code == 302
    assert state_of(call) == "started"


def test_interview_page_leads_to_the_call_and_asks_how_the_expert_attested(client, cast):
    call = make_interview(cast.programme, cast.ana, state="booked")
    page = get(client, cast.ana, "interview", call.number).content.decode()
    assert reverse("call", args=[SLUG, call.number]) in page
    assert 'name="attested"' in page
    make_attestation(call)
    assert 'name="attested"' not in get(client, cast.ana, "interview", call.number).content.decode()
    assert "Go to the call" not in text(get(client, cast.ben, "interview", call.number))


def test_timed_notes_stand_on_the_interview_page_for_those_who_may_read_them(client, cast):
    call = running(cast)
    notebook.note(interview=call, text="SECRET words", by=cast.ana)
    seen = {
        who: "SECRET" in text(get(client, getattr(cast, who), "interview", call.number))
        for who in ("ana", "cora", "ben", "ada")
    }
    assert seen == {"ana": True, "cora": True, "ben": False, "ada": False}


@pytest.mark.parametrize(("hours", "offered"), [(2, True), (48, False)])
def test_late_cancellation_is_offered_only_within_a_day(client, cast, hours, offered):
    call = booked(cast, starts_at=timezone.now() + timedelta(hours=hours))
    assert ("We cancelled late" in text(get(client, cast.ana, "interview", call.number))) is offered


# Honoraria


@pytest.mark.parametrize(
    ("who", "status"),
    {"ana": 200, "ben": 200, "cora": 200, "ada": 200, "stranger": 404, "rita": 404, "carl": 404}.items(),
)
@pytest.mark.parametrize("page", ["honoraria", "honoraria_file"])
def test_ledger_opens_to_the_firm_s_people_of_the_programme(client, cast, page, who, status):
    computed(cast)
    answer = get(client, getattr(cast, who), page)
    assert answer.status_code == status
    body = answer.content.decode()
    assert ("333.33" in body) is (who in ("ana", "cora", "ada"))


def test_ledger_without_a_rule_says_what_to_do(client, cast):
    assert "Ask compliance or an admin to set it." in text(get(client, cast.ana, "honoraria"))
    assert "Set the rule below" in text(get(client, cast.cora, "honoraria"))


def test_rule_is_set_on_the_page_and_booked_calls_are_agreed(client, cast):
    make_interview(cast.programme, cast.ana, state="booked")
    given = {
        "currency": "EUR",
        "hourly": "412.50",
        "first_percent": 25,
        "first_minutes": 15,
        "step": 5,
        "ceiling": "900",
    }
    assert post(client, cast.ana, "honoraria_rule", data=given).status_code == 403
    assert post(client, cast.ada, "honoraria_rule", data=given | {"hourly": "lots"}).status_code == 400
    assert post(client, cast.ada, "honoraria_rule", data=given).status_code == 302
    rule = honoraria.rule_of(cast.programme)
    assert (rule.hourly, rule.currency, rule.ceiling, rule.by) == (41_250, "EUR", 90_000, cast.ada)
    shown = text(get(client, cast.cora, "honoraria"))
    assert "60 minutes at EUR 412.50 an hour" in shown and "1 booked call agreed on no pay." in shown
    post(client, cast.cora, "honoraria_agree")
    assert Honorarium.objects.get().rule == rule


def test_ledger_is_narrowed_and_sums_what_it_shows(client, cast):
    computed(cast)
    agreed(cast)
    shown = text(get(client, cast.cora, "honoraria", query="?state=computed"))
    assert "INT-001" in shown and "INT-002" not in shown and "GBP 333.33 1 call" in shown
    assert "No call fits" in text(get(client, cast.cora, "honoraria", query="?currency=USD"))
    odd = make_honorarium(
        make_interview(cast.programme, cast.ana), cast.cora, state="computed", amount=90_000, minutes=135
    )
    shown = text(get(client, cast.cora, "honoraria", query="?only=out"))
    assert f"{odd.interview.label}" in shown and "135 minutes recorded, 60 agreed." in shown and "INT-001" not in shown


def test_file_has_the_lines_of_the_page_and_no_formula(client, cast):
    row = computed(cast, descriptor="=cmd()")
    agreed(cast)
    answer = get(client, cast.cora, "honoraria_file", query="?state=computed")
    head, line, *rest = answer.content.decode("utf-8-sig").split("\r\n")
    assert head.split(",")[:4] == ["call", "programme", "day", "segment"] and rest == [""]
    assert line.startswith(
        "INT-001,Programme kestrel,2026-03-18,Customers,'=cmd(),Ana,Held,60,47,GBP,333.33,To be approved"
    )
    assert row.interview.expert_id.hex not in line and str(row.interview.expert_id) not in line


@pytest.mark.parametrize(
    ("who", "status"),
    {"ana": 200, "ben": 404, "cora": 200, "ada": 200, "stranger": 404, "rita": 404}.items(),
)
def test_pay_of_one_call_opens_to_approvers_and_its_interviewer(client, cast, who, status):
    assert get(client, getattr(cast, who), "honorarium", computed(cast).interview.number).status_code == status


def test_pay_goes_from_approval_to_payment_on_its_page(client, cast):
    row = computed(cast)
    number = row.interview.number
    assert "Only a compliance reviewer or admin may approve what experts are paid." in text(
        get(client, cast.ana, "honorarium", number)
    )
    assert post(client, cast.ana, "honorarium_approve", number).status_code == 403
    post(client, cast.cora, "honorarium_approve", number, data={"amount": "1"})
    assert Honorarium.objects.get().state == "computed"
    post(client, cast.cora, "honorarium_approve", number, data={"amount": "33333"})
    assert "Approved by Cora" in text(get(client, cast.ada, "honorarium", number))
    post(client, cast.ada, "honorarium_pay", number, data={"on": "nonsense", "reference": "FP 12"})
    assert Honorarium.objects.get().state == "approved"
    post(client, cast.ada, "honorarium_pay", number, data={"on": "2026-04-01", "reference": "FP 12"})
    assert "FP 12" in text(get(client, cast.cora, "honorarium", number))


def test_minutes_are_mended_by_the_interviewer_and_not_by_the_approver(client, cast):
    number = computed(cast).interview.number
    given = {"minutes": "60", "reason": "Started late"}
    assert post(client, cast.cora, "honorarium_minutes", number, data=given).status_code == 403
    post(client, cast.ana, "honorarium_minutes", number, data={"minutes": "60", "reason": ""})
    assert Honorarium.objects.get().minutes == 47
    post(client, cast.ana, "honorarium_minutes", number, data=given)
    assert Honorarium.objects.get().minutes == 60
    post(client, cast.cora, "honorarium_void", number, data={"reason": "The network pays"})
    assert "Void: The network pays" in text(get(client, cast.cora, "honorarium", number))


def test_payer_sees_neither_notes_nor_tags_nor_who_the_expert_is(client, cast):
    row = computed(cast)
    notebook.note(interview=row.interview, text="SECRET words", by=cast.ana)
    Interview.objects.update(notes="SECRET notes")
    for answer in (
        get(client, cast.ada, "honoraria"),
        get(client, cast.ada, "honorarium", row.interview.number),
        get(client, cast.ada, "honoraria_file"),
    ):
        body = answer.content.decode()
        assert "SECRET" not in body and str(row.interview.expert_id) not in body
        assert not re.search(r"\b(bear|bull|stance)\b", body)


def test_ledger_asks_the_database_as_often_for_many_calls_as_for_one(client, cast, django_assert_max_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    computed(cast)
    get(client, cast.cora, "honoraria")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            get(client, cast.cora, "honoraria")
        counts.append(len(asked))
        for _ in range(8):
            computed(cast)
    assert counts[0] == counts[1]
