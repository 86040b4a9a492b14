"""Screening questions, answers and reviews."""

import pytest

from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from interviews.exclusions import EXCLUSIONS
from interviews.models import Answer, Review, ScreeningQuestion
from interviews.services import questionnaires
from tests.factories import make_candidate, make_expert, make_question

KNOWLEDGE = {"kind": "knowledge", "text": "Which of these is a region?", "options": ["eu-west-1", "eu-blue-7"]}


@pytest.fixture
def candidate(cast):
    return make_candidate(cast.programme, make_expert())


def answer(candidate, *pairs, by=None):
    rows = questionnaires.answer(candidate, {question.pk: text for question, text in pairs}, by)
    candidate.refresh_from_db()
    return rows


def review(candidate, by, passed=True, reason="Knows the matter."):
    row = questionnaires.review(candidate=candidate, passed=passed, reason=reason, by=by)
    candidate.refresh_from_db()
    return row


def test_all_answers_send_the_candidate_to_the_review_and_a_second_person_passes_them(cast, candidate):
    first, second = make_question(cast.programme), make_question(cast.programme, **KNOWLEDGE, wrong=["eu-blue-7"])
    answer(candidate, (first, "No"), by=cast.ana)
    assert (candidate.state, candidate.screened_at) == ("listed", None)
    answer(candidate, (second, "eu-west-1"), by=cast.ana)
    assert candidate.state == "screened" and candidate.screened_at
    review(candidate, cast.cora)
    assert (candidate.state, questionnaires.obstacle(candidate)) == ("eligible", None)
    verbs = AuditEvent.objects.filter(chain=cast.programme.chain, verb__startswith="candidate").order_by("seq")
    assert [(e.verb, e.body) for e in verbs] == [
        ("candidate-answered", {"answers": 1, "state": "listed"}),
        ("candidate-answered", {"answers": 1, "state": "screened"}),
        ("candidate-reviewed", {"passed": True, "flags": 0}),
    ]


def test_knock_out_screens_out_at_once_and_no_reviewer_overrules_it(cast, candidate):
    out, later = make_question(cast.programme), make_question(cast.programme, text="A later one?")
    answer(candidate, (out, "Yes"))
    assert candidate.state == "refused"
    found = questionnaires.screening_of(candidate)
    assert found.refusal == "They answered “Yes” to “Are you an official?”"
    with pytest.raises(IllegalMove, match="can't be overruled: record new answers"):
        review(candidate, cast.cora)
    answer(candidate, (out, "No"), (later, "No"), by=cast.ana)
    assert candidate.state == "screened"
    assert review(candidate, cast.cora).passed and candidate.state == "eligible"
    assert list(Answer.objects.filter(question=out).order_by("pk").values_list("text", flat=True)) == ["Yes", "No"]


def test_wrong_answer_to_a_check_of_knowledge_is_a_flag_that_the_reviewer_may_overrule(cast, candidate):
    question = make_question(cast.programme, **KNOWLEDGE, wrong=["eu-blue-7"])
    answer(candidate, (question, "eu-blue-7"), by=cast.ana)
    found = questionnaires.screening_of(candidate)
    assert (candidate.state, [row.mark for row in found.rows]) == ("screened", ["flagged"])
    review(candidate, cast.cora, reason="Slip of the tongue; told the regions in the call.")
    assert candidate.state == "eligible"


def test_who_entered_answers_does_not_review_them(cast, candidate):
    question = make_question(cast.programme)
    answer(candidate, (question, "No"), by=cast.cora)
    with pytest.raises(Refused, match="You entered answers of this candidate"):
        review(candidate, cast.cora)
    assert review(candidate, cast.cyrus).by == cast.cyrus
    answer(candidate, (question, "No"), by=cast.ana)
    assert candidate.state == "screened"
    assert review(candidate, cast.cora).by == cast.cora


def test_only_compliance_of_the_programme_reviews_and_an_analyst_or_the_expert_answers(cast, candidate):
    question = make_question(cast.programme)
    for nobody in (cast.ada, cast.stranger, cast.rita):
        with pytest.raises(Refused):
            answer(candidate, (question, "No"), by=nobody)
    answer(candidate, (question, "No"))
    assert Answer.objects.get().by is None
    for nobody in (cast.ana, cast.ada, cast.stranger):
        with pytest.raises(Refused):
            review(candidate, nobody)
    with pytest.raises(Invalid, match="The reason"):
        review(candidate, cast.cora, reason="  ")
    assert not Review.objects.exists()


def test_review_that_screens_out_holds_until_new_answers(cast, candidate):
    question = make_question(cast.programme)
    answer(candidate, (question, "No"))
    review(candidate, cast.cora, passed=False, reason="Could not name a single service.")
    assert (candidate.state, questionnaires.screening_of(candidate).refusal) == (
        "refused",
        "Could not name a single service.",
    )
    with pytest.raises(IllegalMove, match="screened out, so it can't become may speak"):
        review(candidate, cast.cora)
    answer(candidate, (question, "No"))
    review(candidate, cast.cora)
    assert [row.passed for row in questionnaires.screening_of(candidate).reviews] == [True, False]


def test_candidate_who_passed_goes_back_to_the_review_with_every_new_answer(cast, candidate):
    question = make_question(cast.programme)
    answer(candidate, (question, "No"))
    review(candidate, cast.cora)
    answer(candidate, (question, "No"))
    assert candidate.state == "screened"


def test_review_waits_until_everything_asked_is_answered(cast, candidate):
    make_question(cast.programme)
    with pytest.raises(IllegalMove, match="1 question is not answered yet"):
        review(candidate, cast.cora)
    assert review(candidate, cast.cora, passed=False, reason="Known to sell slides.") and candidate.state == "refused"


def test_candidate_of_a_programme_without_questions_is_passed_by_a_review_alone(cast, candidate):
    assert review(candidate, cast.cora).passed and candidate.state == "eligible"


def test_answer_must_be_one_of_the_options_to_a_question_that_is_asked_of_them(cast, candidate):
    mine, others = make_question(cast.programme), make_question(cast.programme, segment="managers")
    with pytest.raises(Invalid, match="Answer “Are you an official\\?” with one of: No, Yes."):
        answer(candidate, (mine, "Perhaps"))
    with pytest.raises(Invalid, match="not asked of this candidate any more"):
        answer(candidate, (mine, "No"), (others, "No"))
    with pytest.raises(Invalid, match="no answer to keep"):
        answer(candidate, (mine, " "))
    assert not Answer.objects.exists()


def test_candidate_who_declined_answers_nothing(cast, candidate):
    question = make_question(cast.programme)
    type(candidate).objects.filter(pk=candidate.pk).update(state="declined")
    with pytest.raises(IllegalMove, match="declined"):
        answer(candidate, (question, "No"))


def test_answered_question_is_retired_and_an_unanswered_one_removed(cast, candidate):
    kept, gone = make_question(cast.programme), make_question(cast.programme, text="Another?")
    answer(candidate, (kept, "No"))
    with pytest.raises(Refused, match="compliance reviewer"):
        questionnaires.drop_question(question=gone, by=cast.ana)
    assert questionnaires.drop_question(question=gone, by=cast.cora) is True
    assert questionnaires.drop_question(question=kept, by=cast.cora) is False
    assert list(ScreeningQuestion.objects.values_list("text", flat=True)) == ["Are you an official?"]
    assert Answer.objects.count() == 1 and not questionnaires.asked_of(candidate)
    with pytest.raises(IllegalMove, match="retired already"):
        questionnaires.drop_question(question=kept, by=cast.cora)


def test_standard_exclusions_are_added_once(cast):
    rows = questionnaires.add_exclusions(programme=cast.programme, by=cast.ana)
    assert (len(rows), [row.order for row in rows]) == (len(EXCLUSIONS), list(range(len(EXCLUSIONS))))
    assert questionnaires.add_exclusions(programme=cast.programme, by=cast.cora) == []
    asked = " ".join(row.text for row in rows).casefold()
    for theme in ("secrecy", "official", "clinical trial", "lawsuit", "tender", "audit"):
        assert theme in asked


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"kind": "odd"}, "Say what the question is"),
        ({"options": ["Yes"]}, "between 2 and 12 options"),
        ({"wrong": ["Perhaps"]}, "must be one of the options"),
        ({"wrong": []}, "decides nothing"),
        ({"wrong": ["No", "Yes"]}, "At least one option must be left"),
        ({"kind": "plain"}, "no wrong answers"),
        ({"text": " "}, "The question has no words"),
    ],
)
def test_question_that_can_t_be_asked_is_refused_with_a_sentence(cast, fields, told):
    plain = {"kind": "knock_out", "text": "Are you?", "options": ["No", "Yes"], "wrong": ["Yes"]}
    with pytest.raises(Invalid, match=told):
        questionnaires.add_question(programme=cast.programme, by=cast.ana, **{**plain, **fields})
    with pytest.raises(Refused):
        questionnaires.add_question(programme=cast.programme, by=cast.ada, **plain)


def test_many_screenings_are_read_in_a_fixed_number_of_queries(cast, django_assert_num_queries):
    question = make_question(cast.programme)
    people = [make_candidate(cast.programme, make_expert()) for _ in range(4)]
    for person in people:
        questionnaires.answer(person, {question.pk: "No"})
    asked = questionnaires.by_segment(cast.programme)
    for count in (1, 4):
        with django_assert_num_queries(2):
            assert len(questionnaires.screenings(people[:count], asked)) == count
