import pytest
from django.db import IntegrityError, transaction

from accounts.moves import IllegalMove, Invalid
from accounts.permissions import Refused
from research.models import Amendment, KeyQuestion, Programme
from research.services import questions, segments
from research.signals import questions_amended
from tests.research.conftest import events


@pytest.fixture
def news():
    """The programme ids that questions_amended carried."""
    heard = []

    def hear(sender, programme_id, **kwargs):
        heard.append(programme_id)

    questions_amended.connect(hear)
    yield heard
    questions_amended.disconnect(hear)


@pytest.fixture
def locked(cast):
    return questions.lock_questions(programme=cast.programme, by=cast.ana)


def add(cast, programme, **fields):
    given = {"title": "Confidence", "text": "Do customers stay?"} | fields
    return questions.add_question(programme=programme, by=cast.ana, **given)


def test_add_numbers_the_question_and_keeps_terms_as_a_list(cast, draft):
    first = add(cast, draft, terms="outage, multi-cloud\n outage ,", segments=list(draft.segments.all()))
    second = add(cast, draft, title="Speed")
    assert [(q.code, q.order) for q in (first, second)] == [("Q1", 1), ("Q2", 2)]
    assert first.terms == ["outage", "multi-cloud"]
    assert [s.code for s in first.segments.all()] == ["customers"]
    assert events(draft.chain)[-2:] == [("question-added", {"code": "Q1"}), ("question-added", {"code": "Q2"})]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " \n "}, "The key question has no words. Write it and save again."),
        ({"title": ""}, "The question's title has no words. Write it and save again."),
        (
            {"code": "Q 1"},
            "The code is made of letters and digits, such as Q1, and is not a word of the pages' addresses.",
        ),
        (
            {"code": "new"},
            "The code is made of letters and digits, such as Q1, and is not a word of the pages' addresses.",
        ),
        ({"code": "QUESTION1"}, "The code is 9 characters long; the most is 8. Shorten it."),
        ({"code": "Q1"}, "This programme has a question Q1 already. Choose another code."),
        ({"terms": 7}, "The terms must be a list of words."),
    ],
)
def test_add_with_bad_input_says_what_to_do(cast, draft, fields, sentence):
    add(cast, draft, code="Q1")
    with pytest.raises(Invalid) as wrong:
        add(cast, draft, **fields)
    assert str(wrong.value) == sentence
    assert draft.questions.count() == 1


def test_database_refuses_a_question_without_words(cast, draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyQuestion.objects.create(programme=draft, code="Q9", title="x", text="")


def test_question_names_only_segments_of_its_own_programme(cast, draft):
    with pytest.raises(Invalid, match="A key question can name only segments of its own programme."):
        add(cast, draft, segments=list(cast.programme.segments.all()))


def test_edit_before_the_lock_changes_without_amendment(cast, draft):
    question = add(cast, draft)
    questions.edit_question(question=question, by=cast.ana, bear_signpost="They leave.")
    question.refresh_from_db()
    assert question.bear_signpost == "They leave."
    assert events(draft.chain)[-1] == ("question-edited", {"code": "Q1", "fields": ["bear_signpost"]})
    assert not Amendment.objects.exists()


def test_lock_ends_adding_editing_and_removing(cast, locked):
    question = locked.questions.first()
    for act in (
        lambda: add(cast, locked),
        lambda: questions.edit_question(question=question, by=cast.ana, title="x"),
        lambda: questions.remove_question(question=question, by=cast.ana),
    ):
        with pytest.raises(
            IllegalMove, match="The key questions are locked. Amend the question instead, with a reason."
        ):
            act()
    assert locked.questions.count() == 2


def test_lock_twice_or_without_questions_says_why(cast, draft, locked):
    with pytest.raises(IllegalMove, match="The key questions are locked already."):
        questions.lock_questions(programme=locked, by=cast.ana)
    with pytest.raises(IllegalMove, match="There is no key question to lock yet. Add one first."):
        questions.lock_questions(programme=draft, by=cast.ana)


def test_remove_before_the_lock_frees_the_code(cast, draft):
    questions.remove_question(question=add(cast, draft), by=cast.ana)
    assert add(cast, draft).code == "Q1"


def test_amend_keeps_old_and_new_of_each_changed_field_and_tells_after_commit(
    cast, locked, news, django_capture_on_commit_callbacks
):
    question = locked.questions.get(code="Q1")
    segment = segments.add_segment(programme=locked, by=cast.ana, title="Brokers", quota=2)
    with django_capture_on_commit_callbacks(execute=True):
        made = questions.amend_question(
            question=question,
            by=cast.ana,
            reason="Customers spoke of brokers.",
            text="Are outages shifting how cloud is bought?",
            title=question.title,
            terms=["outage", "broker"],
            segments=[segment],
        )
        assert news == []
    assert news == [locked.pk]
    assert [(a.field, a.old, a.new, a.reason, a.by) for a in made] == [
        (
            "text",
            "Are outages shifting cloud procurement?",
            "Are outages shifting how cloud is bought?",
            "Customers spoke of brokers.",
            cast.ana,
        ),
        ("terms", "outage, multi-cloud", "outage, broker", "Customers spoke of brokers.", cast.ana),
        ("segments", "", "Brokers", "Customers spoke of brokers.", cast.ana),
    ]
    assert len({a.at for a in made}) == 1
    question.refresh_from_db()
    assert question.text == "Are outages shifting how cloud is bought?"
    assert events(locked.chain)[-1] == ("question-amended", {"code": "Q1", "fields": ["segments", "terms", "text"]})


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": " ", "title": "x"}, "The reason of the amendment has no words. Write it and save again."),
        ({"reason": "r"}, "Nothing was changed, so there is nothing to amend."),
        ({"reason": "r", "text": ""}, "The key question has no words. Write it and save again."),
        ({"reason": "r", "code": "Q7"}, "A key question has no field code that can be changed."),
    ],
)
def test_amend_with_bad_input_changes_nothing(cast, locked, news, fields, sentence, django_capture_on_commit_callbacks):
    question = locked.questions.get(code="Q1")
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(Invalid) as wrong:
        questions.amend_question(question=question, by=cast.ana, **fields)
    assert str(wrong.value) == sentence
    assert (Amendment.objects.count(), news) == (0, [])


def test_amend_before_the_lock_or_after_delivery_is_the_wrong_moment(cast, draft, locked):
    question = add(cast, draft)
    with pytest.raises(IllegalMove, match="The key questions are not locked yet."):
        questions.amend_question(question=question, by=cast.ana, reason="r", title="x")
    Programme.objects.filter(pk=locked.pk).update(state="delivered")
    with pytest.raises(
        IllegalMove, match="This programme is delivered, so its key questions can't be changed any more."
    ):
        questions.amend_question(question=locked.questions.first(), by=cast.ana, reason="r", title="x")


def test_every_change_of_questions_is_for_the_team_and_admins(cast):
    question = cast.programme.questions.first()
    may = set()
    for user in cast.everyone():
        try:
            questions.edit_question(question=question, by=user, title=f"By {user.name}")
            may.add(user.name)
        except Refused:
            with pytest.raises(Refused):
                questions.lock_questions(programme=cast.programme, by=user)
            with pytest.raises(Refused):
                questions.add_question(programme=cast.programme, by=user, title="t", text="t")
            with pytest.raises(Refused):
                questions.amend_question(question=question, by=user, reason="r", title="t")
            with pytest.raises(Refused):
                questions.remove_question(question=question, by=user)
    assert may == {"Ana", "Ben", "Ada"}
