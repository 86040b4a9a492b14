import json
import re

import pytest

from accounts import jobs
from accounts.models import Job, JobState
from accounts.moves import now
from interviews.models import ClearedTranscript
from synthesis.models import Run, Tag
from synthesis.queries import Filters, queue, reviewed, rows_of, tagging
from synthesis.services import codebook, runs
from tests.factories import make_cleared, make_interview, make_suggestion, make_tag

MOVED = "We moved two workloads after the outage."
WAIT = "approvals now take three days"


@pytest.fixture
def q1(cast):
    return cast.programme.questions.get(code="Q1")


@pytest.fixture
def q2(cast):
    return cast.programme.questions.get(code="Q2")


@pytest.fixture
def customer(cast) -> ClearedTranscript:
    return make_cleared(make_interview(cast.programme, cast.ana))


@pytest.fixture
def manager(cast) -> ClearedTranscript:
    return make_cleared(make_interview(cast.programme, cast.ana, segment="managers"))


@pytest.fixture
def three(customer, manager, q1, q2):
    """Three open suggestions in two texts."""
    return [
        make_suggestion(customer, MOVED, q1, score=0.9, stance="bear", basis="first-hand"),
        make_suggestion(customer, WAIT, q2, score=0.48, stance="bull", basis="second-hand"),
        make_suggestion(manager, MOVED, q1, score=0.3, stance="mixed", basis="first-hand"),
    ]


def listed(cast, **filters) -> list[tuple]:
    rows = rows_of(queue(cast.programme, Filters(**filters))[:25], cast.ana)
    return [(row.label, row.item.question, row.item.state, row.item.stance) for row in rows]


FIRST, SECOND, THIRD = (
    ("INT-001", "Q1", "open", "bear"),
    ("INT-001", "Q2", "open", "bull"),
    ("INT-002", "Q1", "open", "mixed"),
)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [FIRST, SECOND, THIRD]),
        ({"order": "unsure"}, [SECOND, THIRD, FIRST]),
        ({"order": "text"}, [FIRST, SECOND, THIRD]),
        ({"question": "Q1"}, [FIRST, THIRD]),
        ({"segment": "managers"}, [THIRD]),
        ({"stance": "bull"}, [SECOND]),
        ({"basis": "second-hand"}, [SECOND]),
        ({"band": "high"}, [FIRST]),
        ({"band": "middle"}, [SECOND]),
        ({"band": "low"}, [THIRD]),
        ({"question": "Q2", "segment": "managers"}, []),
        ({"state": "accepted"}, []),
    ],
)
def test_queue_filters_and_orders(cast, three, filters, expected):
    assert listed(cast, **filters) == expected


def test_queue_moves_what_is_decided_to_its_state(cast, three, customer, q1):
    make_tag(customer, MOVED, q1, cast.ben)
    assert listed(cast) == [SECOND, THIRD]
    assert listed(cast, state="accepted") == [("INT-001", "Q1", "accepted", "bear")]


def test_filters_of_an_address_ignore_what_is_unknown():
    given = {"state": "odd", "order": "odd", "band": "odd", "question": "Q1", "page": "2", "evil": "1"}
    assert Filters.read(given) == Filters(question="Q1")


def test_row_shows_the_question_before_and_the_words_around(cast, three):
    row = rows_of(queue(cast.programme, Filters(question="Q2"))[:1], cast.ana)[0]
    assert (row.asked, row.before, row.words, row.after) == (
        "And how long did review take?",
        "I heard from a colleague that ",
        WAIT,
        ", up from one.",
    )


def test_row_of_a_long_turn_is_cut_at_words(cast, q1):
    turns = [("expert", "first " * 200 + "the outage " + "last " * 200)]
    make_suggestion(make_cleared(make_interview(cast.programme, cast.ana), turns=turns), "the outage", q1)
    row = rows_of(queue(cast.programme, Filters())[:1], cast.ana, around=20)[0]
    assert (row.before, row.words, row.after, row.asked) == (
        "…first first first ",
        "the outage",
        " last last last…",
        "",
    )


def page(client, user, query="") -> str:
    client.force_login(user)
    response = client.get(f"/programmes/kestrel/review/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_page_lists_with_forms_and_data(client, cast, three):
    text = page(client, cast.ana)
    assert re.findall(r'<li class="queue-row hue-(\w+) open"', text) == ["bear", "bull", "mixed"]
    data = json.loads(re.search(r"data-items>(.*?)</script>", text)[1])
    assert [(row["question"], row["text"], row["place"]) for row in data] == [
        ("Q1", MOVED, 0),
        ("Q2", WAIT, 1),
        ("Q1", MOVED, 2),
    ]
    assert {row["decide"] for row in data} == {f"/read/{s.passage.cleared_id}/decide/" for s in three}


def test_plain_form_decides_and_comes_back_to_the_filter(client, cast, three):
    text = page(client, cast.ana, "?question=Q1")
    assert text.count('name="next" value="/programmes/kestrel/review/?question=Q1"') == 2
    fields = {"action": "reject", "suggestion": three[0].pk, "next": "/programmes/kestrel/review/?question=Q1"}
    answer = client.post(f"/read/{three[0].passage.cleared_id}/decide/", fields)
    assert answer.url == "/programmes/kestrel/review/?question=Q1"
    assert Tag.objects.get().verdict == "rejected"


def test_plain_form_never_leads_to_another_site(client, cast, three):
    client.force_login(cast.ana)
    fields = {"action": "reject", "suggestion": three[0].pk, "next": "https://evil.example/"}
    answer = client.post(f"/read/{three[0].passage.cleared_id}/decide/", fields)
    assert answer.url.startswith("/read/")


@pytest.mark.parametrize("n", [1, 3])
def test_page_takes_the_same_queries_for_one_row_and_three(client, cast, q1, n, django_assert_num_queries):
    for _ in range(n):
        make_suggestion(make_cleared(make_interview(cast.programme, cast.ana)), MOVED, q1)
    client.force_login(cast.ana)
    with django_assert_num_queries(15):
        client.get("/programmes/kestrel/review/")


@pytest.mark.parametrize(
    ("who", "status"),
    [("ana", 200), ("cora", 403), ("ada", 403), ("stranger", 404), ("rita", 404), ("carl", 404)],
)
def test_page_is_for_the_analysts_of_the_programme(client, cast, three, who, status):
    client.force_login(getattr(cast, who))
    assert client.get("/programmes/kestrel/review/").status_code == status


def test_recalled_text_vanishes_from_every_list(client, cast, three, customer, manager, q1):
    make_tag(manager, "nobody panicked", q1, cast.ana)
    ClearedTranscript.objects.filter(pk=manager.pk).update(recalled_at=now())
    assert listed(cast) == [FIRST, SECOND]
    assert listed(cast, state="accepted") == []
    assert [(row.question, row.open, row.accepted) for row in reviewed(cast.programme)] == [("Q1", 1, 0), ("Q2", 1, 0)]
    assert str(manager.pk) not in page(client, cast.ana)
    client.force_login(cast.ana)
    assert str(manager.pk) not in client.get("/programmes/kestrel/runs/").content.decode()


def test_empty_queue_says_what_comes_next(client, cast):
    assert "No cleared transcript yet" in page(client, cast.ana)


def test_reviewed_counts_by_question(cast, three, customer, q1):
    make_tag(customer, MOVED, q1, cast.ana)
    make_tag(customer, "nobody panicked", q1, cast.ana, verdict="rejected")
    state = {row.question: (row.open, row.accepted, row.rejected, row.total) for row in reviewed(cast.programme)}
    assert state == {"Q1": (1, 1, 1, 3), "Q2": (1, 0, 0, 1)}


# Runs


def state_of(programme):
    state = tagging(programme, codebook.digest(codebook.wording(programme)), runs.model_version())
    return state.done, state.total, state.waiting, state.running, [job.message for job in state.failed]


def test_tagging_tells_done_waiting_and_stopped(cast, customer, manager, tagger):
    runs.request_all(cast.programme)
    assert state_of(cast.programme) == (0, 2, 2, 0, [])
    stopped = Job.objects.get(subject=str(manager.pk))
    Job.objects.filter(pk=stopped.pk).update(state=JobState.FAILED, message="It stopped.")
    jobs.drain()
    assert state_of(cast.programme) == (1, 2, 0, 0, ["It stopped."])


def test_progress_asks_again_only_while_there_is_work(client, cast, customer, tagger):
    runs.request_all(cast.programme)
    client.force_login(cast.ana)
    address = "/programmes/kestrel/review/tagging/"
    assert f'hx-get="{address}"' in client.get(address).content.decode()
    jobs.drain()
    assert "hx-get" not in client.get(address).content.decode()


def test_runs_page_says_why_one_stopped_and_starts_it_again(client, cast, customer, tagger):
    job = runs.request_run(customer)
    Job.objects.filter(pk=job.pk).update(state=JobState.QUARANTINED, message="It ended its worker twice.")
    client.force_login(cast.ana)
    assert "It ended its worker twice." in client.get("/programmes/kestrel/runs/").content.decode()
    answer = client.post("/programmes/kestrel/runs/again/", {"cleared": customer.pk}, follow=True)
    assert "INT-001 will be tagged again." in answer.content.decode()
    jobs.drain()
    assert "It ended its worker twice." not in client.get("/programmes/kestrel/runs/").content.decode()
    assert Run.objects.get().current


def test_runs_page_starts_all(client, cast, customer, manager, tagger):
    client.force_login(cast.ben)
    client.post("/programmes/kestrel/runs/again/")
    jobs.drain()
    text = client.get("/programmes/kestrel/runs/").content.decode()
    assert re.findall(r">(INT-\d+)<", text) == ["INT-001", "INT-002"]
    assert Run.objects.count() == 2


@pytest.mark.parametrize(
    ("who", "see", "start"),
    [("ana", 200, 302), ("cora", 200, 403), ("ada", 403, 403), ("stranger", 404, 404), ("rita", 404, 404)],
)
def test_runs_page_and_its_button_by_role(client, cast, customer, who, see, start):
    client.force_login(getattr(cast, who))
    assert client.get("/programmes/kestrel/runs/").status_code == see
    assert client.post("/programmes/kestrel/runs/again/").status_code == start
    assert Job.objects.exists() is (start == 302)
