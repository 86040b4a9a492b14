import threading

import pytest
from django.db import connection

from accounts import audit
from accounts.models import AuditEvent
from accounts.moves import IllegalMove, Invalid, Moved, now
from accounts.permissions import Refused
from interviews.models import ClearedTranscript
from synthesis.models import Citation, Finding, Passage, Suggestion, Tag
from synthesis.services import review
from tests.conftest import make_cast
from tests.factories import TURNS, make_cleared, make_interview, make_programme, make_suggestion, make_tag

QUOTE = "We moved two workloads after the outage."


@pytest.fixture
def cleared(cast) -> ClearedTranscript:
    return make_cleared(make_interview(cast.programme, cast.ana))


@pytest.fixture
def q1(cast):
    return cast.programme.questions.get(code="Q1")


@pytest.fixture
def q2(cast):
    return cast.programme.questions.get(code="Q2")


@pytest.fixture
def suggestion(cleared, q1) -> Suggestion:
    return make_suggestion(cleared, QUOTE, q1)


def facts(tag: Tag) -> tuple:
    return tag.question.code, tag.verdict, tag.stance, tag.basis, tag.origin, tag.model, tag.decided_by.name


def cite(tag: Tag, author, *, state: str = "draft", approver=None) -> Finding:
    signed = {"approved_by": approver, "approved_at": now()} if approver else {}
    finding = Finding.objects.create(
        programme=tag.question.programme, question=tag.question, sentence="So.", author=author, state=state, **signed
    )
    Citation.objects.create(finding=finding, tag=tag, side="supports")
    return finding


# Deciding


def test_accept_keeps_what_was_suggested(suggestion, cast):
    tag = review.accept(suggestion=suggestion, by=cast.ben)
    assert facts(tag) == ("Q1", "accepted", "bear", "first-hand", "machine", "test-1", "Ben")
    assert (tag.passage, tag.suggestion) == (suggestion.passage, suggestion)
    assert not Suggestion.objects.open().exists()


def test_accept_takes_the_stance_and_basis_given(suggestion, cast):
    tag = review.accept(suggestion=suggestion, by=cast.ben, stance="mixed", basis="opinion")
    assert facts(tag)[2:4] == ("mixed", "opinion")


def test_reject_counts_as_no_evidence(suggestion, cast):
    assert facts(review.reject(suggestion=suggestion, by=cast.ben))[:2] == ("Q1", "rejected")
    assert not Tag.objects.accepted().exists()


def test_reassign_rejects_one_question_and_accepts_the_other(suggestion, cast, q2):
    review.reassign(suggestion=suggestion, question=q2, by=cast.ben)
    assert {facts(t)[:2] for t in Tag.objects.all()} == {("Q1", "rejected"), ("Q2", "accepted")}


def test_reassign_to_a_question_of_another_programme_is_refused(suggestion, cast):
    other = make_programme("osprey").questions.first()
    with pytest.raises(Invalid, match="belongs to another programme"):
        review.reassign(suggestion=suggestion, question=other, by=cast.ben)
    assert not Tag.objects.exists()


def test_accept_of_an_unknown_stance_is_refused_with_the_known_ones(suggestion, cast):
    with pytest.raises(Invalid, match="“bullish” is not one of bear, bull, mixed, neutral."):
        review.accept(suggestion=suggestion, by=cast.ben, stance="bullish")


def test_second_decision_is_told_who_was_first(suggestion, cast):
    review.accept(suggestion=suggestion, by=cast.ana)
    with pytest.raises(Moved, match="Ana already accepted this passage for Q1. Reload the page and look again."):
        review.reject(suggestion=suggestion, by=cast.ben)
    assert facts(Tag.objects.get())[1] == "accepted"


def test_decision_is_audited_with_ids_and_without_words(suggestion, cast):
    tag = review.accept(suggestion=suggestion, by=cast.ben)
    event = AuditEvent.objects.get()
    assert (event.verb, event.subject, event.actor) == ("tag-accepted", f"tag:{tag.pk}", cast.ben.pk)
    assert event.body == {
        "cleared": str(suggestion.passage.cleared_id),
        "passage": suggestion.passage_id,
        "question": "Q1",
        "suggestion": str(suggestion.pk),
        "stance": "bear",
        "basis": "first-hand",
    }
    assert audit.verify(cast.programme.chain).bad is None


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("cora", "Only an analyst may accept, reject or add tags."),
        ("ada", "Only an analyst may accept, reject or add tags."),
        ("rita", "Only an analyst may accept, reject or add tags."),
        ("carl", "Only an analyst may accept, reject or add tags."),
        ("stranger", "You do not work on this programme."),
    ],
)
def test_others_may_decide_nothing(suggestion, cleared, cast, q1, who, sentence):
    user, tag = getattr(cast, who), make_tag(cleared, "the board asked", q1, cast.ana)
    for attempt in (
        lambda: review.accept(suggestion=suggestion, by=user),
        lambda: review.reject(suggestion=suggestion, by=user),
        lambda: review.reassign(suggestion=suggestion, question=q1, by=user),
        lambda: review.add(cleared=cleared, start=40, end=60, question=q1, stance="bear", basis="opinion", by=user),
        lambda: review.change(tag=tag, by=user, stance="bull"),
        lambda: review.withdraw(tag=tag, by=user),
    ):
        with pytest.raises(Refused, match=sentence):
            attempt()
    assert [t.pk for t in Tag.objects.all()] == [tag.pk]


def test_recalled_text_and_closed_programme_are_not_decided(suggestion, cleared, cast):
    ClearedTranscript.objects.update(recalled_at=now())
    with pytest.raises(IllegalMove, match="clearance of this text was recalled"):
        review.accept(suggestion=suggestion, by=cast.ana)
    ClearedTranscript.objects.update(recalled_at=None)
    cast.programme.state = "closed"
    cast.programme.save()
    with pytest.raises(IllegalMove, match="programme is closed"):
        review.accept(suggestion=suggestion, by=cast.ana)


# Adding


def add(cleared, words, q, by, **more):
    start = cleared.text.index(words)
    values = {"stance": "bull", "basis": "opinion", "start": start, "end": start + len(words), **more}
    return review.add(cleared=cleared, question=q, by=by, **values)


def said(tag: Tag) -> str:
    return tag.passage.cleared.text[tag.passage.start : tag.passage.end]


@pytest.mark.parametrize(
    ("selected", "kept"),
    [
        ("nobody panicked", "nobody panicked"),
        ("body pan", "nobody panicked"),
        (" nobody panicked, ", "nobody panicked"),
        (", but the board", "but the board"),
        ("a second provider.", "a second provider."),
        ("p", "workloads after the outage. Honestly, nobody panicked"),
    ],
)
def test_add_widens_to_whole_words(cleared, cast, q1, selected, kept):
    if selected == "p":
        start = cleared.text.index("orkloads")
        tag = add(cleared, selected, q1, cast.ana, start=start, end=cleared.text.index("anicked") + 1)
    else:
        tag = add(cleared, selected, q1, cast.ana)
    assert said(tag) == kept
    assert facts(tag) == ("Q1", "accepted", "bull", "opinion", "person", "", "Ana")
    assert tag.passage.turn_index == 1


def test_snap_counts_code_points_and_keeps_words_whole():
    text = "👩‍💻 naïve re\u0301sume\u0301 don’t multi-cloud"
    words = [text[slice(*review.snap(text, at, at + 1))] for at in (4, 11, 21, 30)]
    assert words == ["naïve", "re\u0301sume\u0301", "don’t", "multi-cloud"]


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        (0, 9, "words of the interviewer"),
        (30, 60, "more than one turn"),
        (-1, 5, "not in this text"),
        (5, 5, "not in this text"),
        (5, 100_000, "not in this text"),
    ],
)
def test_add_of_unusable_words_is_refused_with_a_sentence(cleared, cast, q1, start, end, sentence):
    with pytest.raises(Invalid, match=sentence):
        review.add(cleared=cleared, start=start, end=end, question=q1, stance="bear", basis="opinion", by=cast.ana)
    assert not Tag.objects.exists()


def test_add_of_no_word_is_refused(cast, q1):
    cleared = make_cleared(make_interview(cast.programme, cast.ana), turns=[("expert", "So — — yes.")])
    with pytest.raises(Invalid, match="Select at least one word."):
        review.add(cleared=cleared, start=3, end=6, question=q1, stance="bear", basis="opinion", by=cast.ana)


def test_add_over_an_accepted_tag_is_refused_but_over_a_rejected_one_is_not(suggestion, cleared, cast, q1):
    review.reject(suggestion=suggestion, by=cast.ana)
    first = add(cleared, "moved two workloads", q1, cast.ben)
    with pytest.raises(Moved, match="Ben already tagged these words for Q1"):
        add(cleared, "moved two workloads after", q1, cast.ana)
    assert said(first) == "moved two workloads"


def test_locate_finds_the_one_place_of_the_experts_words(cleared):
    start, end = review.locate(cleared, "  nobody\n panicked ")
    assert cleared.text[start:end] == "nobody panicked"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (" ", "Write or paste the words"),
        ("What did the outage", "did not say these words"),
        ("the", "stand in 3 places"),
    ],
)
def test_locate_of_other_words_says_why(cast, words, sentence):
    turns = [*TURNS, ("expert", "Again the outage.")]
    with pytest.raises(Invalid, match=sentence):
        review.locate(make_cleared(make_interview(cast.programme, cast.ana), turns=turns), words)


# Changing one's mind


def test_change_keeps_what_is_not_given(cleared, cast, q1):
    tag = make_tag(cleared, QUOTE, q1, cast.ana)
    assert facts(review.change(tag=tag, by=cast.ana, stance="bull"))[1:4] == ("accepted", "bull", "first-hand")
    assert facts(review.change(tag=tag, by=cast.ana, verdict="rejected"))[1:4] == ("rejected", "bull", "first-hand")


def test_change_of_another_persons_decision_is_refused_until_they_have_left(cleared, cast, q1):
    tag = make_tag(cleared, QUOTE, q1, cast.ana)
    with pytest.raises(Refused, match="Ana decided this. Only they may change it; ask them."):
        review.change(tag=tag, by=cast.ben, stance="bull")
    with pytest.raises(Refused, match="Ana decided this"):
        review.withdraw(tag=tag, by=cast.ben)
    cast.ana.is_active = False
    cast.ana.save()
    assert facts(review.change(tag=tag, by=cast.ben, stance="bull"))[-1] == "Ben"


def test_change_of_question_moves_a_suggested_passage_and_back(suggestion, cast, q1, q2):
    tag = review.accept(suggestion=suggestion, by=cast.ana)
    moved = review.change(tag=tag, by=cast.ana, question=q2, stance="bull")
    assert {facts(t)[:3] for t in Tag.objects.all()} == {("Q1", "rejected", "bear"), ("Q2", "accepted", "bull")}
    review.change(tag=moved, by=cast.ana, question=q1)
    assert {facts(t)[:3] for t in Tag.objects.all()} == {("Q1", "accepted", "bull")}


def test_change_of_question_moves_an_added_passage(cleared, cast, q1, q2):
    tag = add(cleared, "nobody panicked", q1, cast.ana)
    review.change(tag=tag, by=cast.ana, question=q2)
    assert [facts(t) for t in Tag.objects.all()] == [("Q2", "accepted", "bull", "opinion", "person", "", "Ana")]


def test_withdraw_opens_the_suggestion_again(suggestion, cast):
    review.withdraw(tag=review.accept(suggestion=suggestion, by=cast.ana), by=cast.ana)
    assert list(Suggestion.objects.open()) == [suggestion]
    assert [e.verb for e in AuditEvent.objects.all()] == ["tag-accepted", "tag-withdrawn"]


def test_withdraw_of_a_reassignment_takes_back_both_halves(suggestion, cast, q2):
    review.withdraw(tag=review.reassign(suggestion=suggestion, question=q2, by=cast.ana), by=cast.ana)
    assert not Tag.objects.exists()
    assert list(Suggestion.objects.open()) == [suggestion]


def test_withdraw_twice_says_it_is_gone(suggestion, cast):
    tag = review.accept(suggestion=suggestion, by=cast.ana)
    review.withdraw(tag=Tag.objects.get(pk=tag.pk), by=cast.ana)
    with pytest.raises(Moved, match="withdrawn a moment ago"):
        review.withdraw(tag=tag, by=cast.ana)


def test_cited_tag_may_not_vanish(suggestion, cast, q2):
    tag = review.reassign(suggestion=suggestion, question=q2, by=cast.ana)
    cite(tag, cast.ben)
    other_half = Tag.objects.exclude(pk=tag.pk).get()
    for attempt in (
        lambda: review.withdraw(tag=tag, by=cast.ana),
        lambda: review.withdraw(tag=other_half, by=cast.ana),
        lambda: review.change(tag=tag, by=cast.ana, verdict="rejected"),
    ):
        with pytest.raises(IllegalMove, match="A finding cites this passage. Take it out of the finding first."):
            attempt()
    assert review.change(tag=tag, by=cast.ana, stance="bull").stance == "bull"


def test_tag_cited_by_an_approved_finding_keeps_its_stance(cleared, cast, q1):
    tag = make_tag(cleared, QUOTE, q1, cast.ana)
    cite(tag, cast.ben, state="approved", approver=cast.cora)
    with pytest.raises(IllegalMove, match="Return the finding to draft first"):
        review.change(tag=tag, by=cast.ana, stance="bull")


# Two at once


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_leave_one_decision():
    """Eight threads decide the same suggestion: one writes, seven are told who was first."""
    cast = make_cast()
    cleared = make_cleared(make_interview(cast.programme, cast.ana))
    suggestion = make_suggestion(cleared, QUOTE, cast.programme.questions.get(code="Q1"))
    start, answers = threading.Barrier(8), []

    def decide(number: int) -> None:
        try:
            start.wait()
            act = review.accept if number % 2 else review.reject
            act(suggestion=Suggestion.objects.get(pk=suggestion.pk), by=cast.ana if number % 3 else cast.ben)
            answers.append("written")
        except Moved as moved:
            answers.append(str(moved).split(" already")[1].split(" ", 2)[2])
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["this passage for Q1. Reload the page and look again."] * 7 + ["written"]
    assert (Tag.objects.count(), Passage.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(verb__startswith="tag-").count() == 1
