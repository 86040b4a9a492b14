"""The API of suggestions, tags, runs and the matrix: the same services and the same sight as the pages."""

import pytest
from rest_framework.test import APIClient

from accounts import jobs
from accounts.models import Job
from accounts.moves import now
from interviews.models import ClearedTranscript
from synthesis.models import Tag
from tests.factories import make_cleared, make_interview, make_suggestion, make_tag

MOVED, CALM = "We moved two workloads after the outage.", "nobody panicked"
LISTS = ["suggestions/", "tags/", "runs/", "matrix/?programme=kestrel"]


@pytest.fixture
def q1(cast):
    return cast.programme.questions.get(code="Q1")


@pytest.fixture
def cleared(cast) -> ClearedTranscript:
    return make_cleared(make_interview(cast.programme, cast.ana))


@pytest.fixture
def suggestion(cleared, q1):
    return make_suggestion(cleared, MOVED, q1)


def call(user, verb: str, path: str, body=None):
    client = APIClient()
    client.force_authenticate(user)
    return getattr(client, verb)(f"/api/v1/{path}", body, format="json")


def rows(user, path: str) -> list:
    return call(user, "get", path).json()["results"]


def test_suggestion_shows_its_place_words_and_reason(cast, suggestion, cleared):
    assert rows(cast.ana, "suggestions/") == [
        {
            "id": str(suggestion.pk),
            "cleared": str(cleared.pk),
            "programme": "kestrel",
            "interview": "INT-001",
            "turn": 1,
            "start": suggestion.passage.start,
            "end": suggestion.passage.end,
            "text": MOVED,
            "question": "Q1",
            "score": 0.8,
            "stance": "bear",
            "basis": "first-hand",
            "reason": {"words": []},
            "run": str(suggestion.run_id),
            "model": "test-1",
            "codebook": 1,
        }
    ]


@pytest.mark.parametrize(
    ("query", "n"),
    [
        ("", 2),
        ("?open=true", 1),
        ("?open=false", 1),
        ("?question=Q2", 1),
        ("?min_score=0.7", 1),
        ("?stance=bull", 0),
        ("?programme=kestrel", 2),
        ("?programme=osprey", 0),
    ],
)
def test_suggestions_are_filtered(cast, suggestion, cleared, q1, query, n):
    make_suggestion(cleared, "three days", cast.programme.questions.get(code="Q2"), score=0.4)
    make_tag(cleared, MOVED, q1, cast.ben)
    assert len(rows(cast.ana, f"suggestions/{query}")) == n


def test_accept_reject_and_reassign(cast, suggestion, cleared, q1):
    answer = call(cast.ana, "post", f"suggestions/{suggestion.pk}/accept/", {"stance": "mixed"})
    assert (answer.status_code, answer.json()["stance"], answer.json()["decided_by"]) == (201, "mixed", "Ana")
    again = call(cast.ben, "post", f"suggestions/{suggestion.pk}/reject/")
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "Ana already accepted this passage for Q1. Reload the page and look again.",
    )
    other = make_suggestion(cleared, "three days", q1)
    moved = call(cast.ben, "post", f"suggestions/{other.pk}/reassign/", {"question": "Q2"})
    assert (moved.status_code, moved.json()["question"], moved.json()["verdict"]) == (201, "Q2", "accepted")


def test_tag_is_added_by_words_or_by_place_and_changed_and_withdrawn(cast, cleared):
    body = {"cleared": cleared.pk, "question": "Q1", "stance": "bull", "basis": "opinion"}
    added = call(cast.ana, "post", "tags/", body | {"words": CALM})
    assert (added.status_code, added.json()["text"], added.json()["origin"]) == (201, CALM, "person")
    start = cleared.text.index("three days")
    placed = call(cast.ana, "post", "tags/", body | {"start": start, "end": start + 10, "question": "Q2"})
    assert placed.json()["text"] == "three days"
    path = f"tags/{added.json()['id']}/"
    assert call(cast.ana, "patch", path, {"stance": "bear", "question": "Q2"}).json()["stance"] == "bear"
    assert call(cast.ben, "patch", path, {"stance": "bull"}).status_code == 403
    assert call(cast.ana, "delete", f"tags/{placed.json()['id']}/").status_code == 204
    assert [(t.question.code, t.stance) for t in Tag.objects.all()] == [("Q2", "bear")]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "Say which words"),
        ({"words": "never said"}, "did not say these words"),
        ({"words": CALM, "question": "Q9"}, "This programme has no question Q9."),
        ({"words": CALM, "stance": "odd"}, "is not a valid choice"),
        ({"start": 0, "end": 9}, "words of the interviewer"),
    ],
)
def test_unusable_tag_is_400_with_a_sentence(cast, cleared, change, said):
    body = {"cleared": cleared.pk, "question": "Q1", "stance": "bull", "basis": "opinion"} | change
    answer = call(cast.ana, "post", "tags/", body)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_run_is_asked_for_and_its_progress_told(cast, cleared, tagger):
    answer = call(cast.ana, "post", "runs/", {"programme": "kestrel"})
    waiting = {"done": 0, "total": 1, "waiting": 1, "running": 0, "failed": []}
    assert (answer.status_code, answer.json()) == (202, waiting)
    jobs.drain()
    done = {"done": 1, "total": 1, "waiting": 0, "running": 0, "failed": []}
    assert call(cast.cora, "get", "runs/progress/?programme=kestrel").json() == done
    run = rows(cast.ana, "runs/?current=true")[0]
    assert (run["interview"], run["codebook"], run["model"]) == ("INT-001", 1, "2026.1-words")
    assert call(cast.ana, "post", "runs/", {"programme": "kestrel", "cleared": cleared.pk}).json() == done


def test_matrix_and_its_words(cast, cleared, q1):
    make_tag(cleared, MOVED, q1, cast.ana)
    cells = call(cast.cora, "get", "matrix/?programme=kestrel").json()
    assert cells[0] == {
        "question": "Q1",
        "segment": "customers",
        "total": 1,
        "bear": 1,
        "bull": 0,
        "mixed": 0,
        "neutral": 0,
        "silent": 0,
    }
    people = call(cast.cora, "get", "matrix/passages/?programme=kestrel&question=Q1&stance=bear").json()
    assert [(p["interview"], [quote["text"] for quote in p["quotes"]]) for p in people] == [("INT-001", [MOVED])]
    assert call(cast.cora, "get", "matrix/").status_code == 400
    assert call(cast.cora, "get", "matrix/passages/?programme=kestrel&question=Q9").status_code == 400


@pytest.mark.parametrize(
    ("who", "lists"),
    [
        ("ana", [1, 1, 1, 8]),
        ("cora", [1, 1, 1, 8]),
        ("ada", [403, 403, 403, 403]),
        ("stranger", [0, 0, 0, 404]),
        ("rita", [404, 404, 404, 404]),
        ("carl", [404, 404, 404, 404]),
    ],
)
def test_lists_by_role(cast, suggestion, cleared, q1, who, lists):
    make_tag(cleared, CALM, q1, cast.ana)
    got = []
    for path in LISTS:
        answer = call(getattr(cast, who), "get", path)
        body = answer.json()
        shown = body["results"] if isinstance(body, dict) and "results" in body else body
        got.append(len(shown) if answer.status_code == 200 else answer.status_code)
    assert got == lists


@pytest.mark.parametrize(("who", "status"), [("cora", 403), ("ada", 403), ("stranger", 404), ("rita", 404)])
def test_writes_by_role(cast, suggestion, cleared, q1, who, status):
    tag, user = make_tag(cleared, CALM, q1, cast.ana), getattr(cast, who)
    body = {"cleared": cleared.pk, "question": "Q1", "stance": "bull", "basis": "opinion", "words": "three days"}
    answers = [
        call(user, "post", f"suggestions/{suggestion.pk}/accept/"),
        call(user, "post", "tags/", body),
        call(user, "patch", f"tags/{tag.pk}/", {"stance": "bull"}),
        call(user, "delete", f"tags/{tag.pk}/"),
        call(user, "post", "runs/", {"programme": "kestrel"}),
    ]
    assert [answer.status_code for answer in answers] == [status] * 5
    assert (Tag.objects.count(), Job.objects.count()) == (1, 0)


def test_recalled_text_is_in_no_list(cast, suggestion, cleared, q1):
    tag = make_tag(cleared, CALM, q1, cast.ana)
    ClearedTranscript.objects.update(recalled_at=now())
    assert [rows(cast.ana, path) for path in ("suggestions/", "tags/", "runs/")] == [[], [], []]
    for path in (f"suggestions/{suggestion.pk}/", f"tags/{tag.pk}/", f"runs/{suggestion.run_id}/"):
        assert call(cast.ana, "get", path).status_code == 404
    assert {cell["total"] for cell in call(cast.ana, "get", "matrix/?programme=kestrel").json()} == {0}


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize(("path", "queries"), [("suggestions/", 1), ("tags/", 1), ("runs/", 1)])
def test_lists_take_the_same_queries_for_one_row_and_three(cast, q1, n, path, queries, django_assert_num_queries):
    for _ in range(n):
        cleared = make_cleared(make_interview(cast.programme, cast.ana))
        make_suggestion(cleared, MOVED, q1)
        make_tag(cleared, CALM, q1, cast.ana)
    with django_assert_num_queries(queries):
        assert len(rows(cast.ana, path)) == n
