"""The pages of screening, and what of it stands beside calls and transcripts."""

from datetime import date

import pytest
from django.urls import reverse

from interviews.models import Credential, ScreeningQuestion, SubjectException, TopicCard
from interviews.services import questionnaires, screening, topics
from tests.factories import (
    grant_papers,
    make_candidate,
    make_cleared,
    make_expert,
    make_interview,
    make_question,
    make_transcript,
)
from tests.interviews.test_pages import text

SLUG = "kestrel"
KNOWLEDGE = {"kind": "knowledge", "text": "Which is a region?", "options": ["eu-west-1", "eu-blue-7"]}


@pytest.fixture
def candidate(cast):
    return make_candidate(cast.programme, make_expert())


@pytest.fixture
def asked(cast):
    return make_question(cast.programme), make_question(cast.programme, **KNOWLEDGE, wrong=["eu-blue-7"])


def page(client, user, name, *args, query=""):
    client.force_login(user)
    return client.get(reverse(name, args=[SLUG, *args]) + query)


def post(client, user, name, *args, **body):
    client.force_login(user)
    return client.post(reverse(name, args=[SLUG, *args]), body)


def test_queue_shows_who_waits_for_a_review_with_what_is_odd_about_the_answers(client, cast, candidate, asked):
    questionnaires.answer(candidate, {asked[0].pk: "No", asked[1].pk: "eu-blue-7"}, by=cast.ana)
    shown = text(page(client, cast.cora, "screening"))
    assert "To be reviewed 1 To be asked 0 May speak 0 Screened out 0" in shown
    assert "2 of 2 Flagged Which is a region? eu-blue-7" in shown
    out = make_candidate(cast.programme, make_expert("Former Vice President, bank, left 2024"))
    questionnaires.answer(out, {asked[0].pk: "Yes"})
    shown = text(page(client, cast.ana, "screening", query="?list=out"))
    assert "Former Vice President, bank, left 2024" in shown and "Knocks out Are you an official? Yes" in shown
    assert page(client, cast.ana, "screening", query="?list=odd").status_code == 404


def test_queue_asks_a_fixed_number_of_questions_of_the_database(client, cast, asked, django_assert_max_num_queries):
    for count in (1, 12):
        for _ in range(count):
            person = make_candidate(cast.programme, make_expert())
            questionnaires.answer(person, {asked[0].pk: "No", asked[1].pk: "eu-west-1"})
        client.force_login(cast.cora)
        with django_assert_max_num_queries(20):
            client.get(reverse("screening", args=[SLUG]))


def test_analyst_records_answers_and_compliance_passes_them_on_the_page(client, cast, candidate, asked):
    first, second = (f"answer-{question.pk}" for question in asked)
    wrong = post(client, cast.ana, "screening_answers", candidate.pk, **{first: "Perhaps"})
    assert wrong.status_code == 400
    sent = post(client, cast.ana, "screening_answers", candidate.pk, **{first: "No", second: "eu-blue-7"})
    assert sent.status_code == 302
    shown = text(page(client, cast.ana, "screening_candidate", candidate.pk))
    assert "Only a compliance reviewer may screen experts" in shown and "Flagged" in shown
    assert post(client, cast.ana, "screening_review", candidate.pk, **{"review-reason": "Me."}).status_code == 403
    body = {"review-reason": "A slip; knew the others.", "verdict": "passed"}
    assert post(client, cast.cora, "screening_review", candidate.pk, **body).status_code == 302
    candidate.refresh_from_db()
    assert candidate.state == "eligible"
    assert "A slip; knew the others." in text(page(client, cast.ana, "screening_candidate", candidate.pk))


def test_review_that_can_t_be_keeps_what_was_typed_and_says_why(client, cast, candidate, asked):
    body = {"review-reason": "Looks fine to me.", "verdict": "passed"}
    answer = post(client, cast.cora, "screening_review", candidate.pk, **body)
    assert answer.status_code == 409
    assert "2 questions are not answered yet." in text(answer) and "Looks fine to me." in text(answer)


def test_questionnaire_takes_questions_and_the_standard_set(client, cast):
    body = {
        "text": "Which is a region?",
        "kind": "knowledge",
        "options": "eu-west-1\r\neu-blue-7",
        "wrong": "eu-blue-9",
    }
    answer = post(client, cast.ana, "screening_questions", **body)
    assert (answer.status_code, "must be one of the options" in text(answer)) == (400, True)
    assert post(client, cast.ana, "screening_questions", **body | {"wrong": "eu-blue-7"}).status_code == 302
    row = ScreeningQuestion.objects.get()
    assert (row.options, row.wrong, row.segment) == (["eu-west-1", "eu-blue-7"], ["eu-blue-7"], None)
    assert post(client, cast.cora, "screening_exclusions").status_code == 302
    assert ScreeningQuestion.objects.count() == 7
    knock_out = ScreeningQuestion.objects.filter(kind="knock_out").first()
    assert post(client, cast.ana, "screening_question_drop", knock_out.pk).status_code == 403
    assert post(client, cast.ana, "screening_question_drop", row.pk).status_code == 302
    assert post(client, cast.cora, "screening_question_drop", knock_out.pk).status_code == 302
    assert ScreeningQuestion.objects.count() == 5


def test_card_exception_and_papers_are_kept_from_the_page(client, cast, candidate):
    type(cast.programme).objects.update(current_employees=True)
    card = {"card-may": "Hiring", "card-may_not": "Results"}
    assert post(client, cast.ana, "screening_card", candidate.pk, **card).status_code == 302
    assert post(client, cast.ana, "screening_card", candidate.pk, **card).status_code == 400
    paper = {"paper-kind": "training", "paper-on": "2026-01-05", "paper-method": "Course of the firm"}
    assert post(client, cast.ana, "screening_paper", candidate.pk, **paper).status_code == 302
    signed = {"exception-reason": "The only one who saw it.", "exception-until": "2090-01-01"}
    assert post(client, cast.ana, "screening_exception", candidate.pk, **signed).status_code == 403
    assert post(client, cast.cora, "screening_exception", candidate.pk, **signed).status_code == 302
    row = SubjectException.objects.get()
    assert post(client, cast.cora, "screening_exception_revoke", candidate.pk, row.pk).status_code == 302
    row.refresh_from_db()
    assert row.revoked_at and TopicCard.objects.get().may == "Hiring"
    assert Credential.objects.get().expires_on == date(2027, 1, 5)
    shown = text(page(client, cast.ana, "screening_candidate", candidate.pk))
    assert "Taken back until" in shown and "The only one who saw it." in shown and "Course of the firm" in shown


def test_candidate_of_another_programme_is_not_there(client, cast, candidate):
    for user in (cast.stranger, cast.rita):
        assert page(client, user, "screening_candidate", candidate.pk).status_code == 404
    assert page(client, cast.ada, "screening_candidate", candidate.pk).status_code == 403


def test_papers_that_are_missing_or_end_are_listed(client, cast, candidate):
    shown = text(page(client, cast.ana, "screening_papers"))
    assert shown.count("Never had Missing") == 2
    assert "asks no screening question yet" in shown
    grant_papers(candidate.expert, until=date(2090, 1, 1))
    assert "Nothing is missing" in text(page(client, cast.ana, "screening_papers"))


def test_call_shows_verdict_every_reason_and_the_history_of_its_checks(client, cast):
    call = make_interview(cast.programme, cast.ana, state="booked", chaperone=cast.cora)
    screening.recheck(call, "booking")
    make_question(cast.programme)
    shown = text(page(client, cast.ana, "interview", call.number))
    assert "May not be heard They have not answered 1 exclusion question that came later." in shown
    assert "Their compliance training is not on record." in shown and "They have not accepted the terms." in shown
    assert "1 check on record" in shown and "Nothing stands in the way." in shown


def test_reasons_are_not_for_an_admin(client, cast):
    call = make_interview(cast.programme, cast.ana, state="booked")
    screening.recheck(call, "booking")
    shown = text(page(client, cast.ada, "interview", call.number))
    assert "for analysts and compliance" in shown and "on record" not in shown.split("Identity")[0]


def test_card_stands_beside_the_call_the_transcript_the_desk_and_the_cleared_text(client, cast):
    call = make_interview(cast.programme, cast.ana)
    transcript = make_transcript(call)
    cleared = make_cleared(call)
    topics.set_card(candidate=call.expert.candidacies.get(), may="Hiring", may_not="Unpublished <results>", by=cast.ana)
    client.force_login(cast.cora)
    for address in (
        reverse("interview", args=[SLUG, call.number]),
        reverse("transcript", args=[SLUG, transcript.pk]),
        reverse("desk", args=[SLUG, transcript.pk]),
        reverse("read", args=[cleared.pk]),
    ):
        shown = text(client.get(address))
        assert "May not speak about Unpublished <results>" in shown, address
