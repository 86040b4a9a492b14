import csv
import io
import re

import pytest

from accounts import jobs
from accounts.moves import now
from interviews.models import ClearedTranscript
from synthesis.models import Chart
from synthesis.queries import cells, people_on
from synthesis.services.facts import frame
from tests.factories import make_cleared, make_expert, make_interview, make_tag

MOVED, CALM, WAIT = "We moved two workloads after the outage.", "nobody panicked", "approvals now take three days"


@pytest.fixture
def q1(cast):
    return cast.programme.questions.get(code="Q1")


@pytest.fixture
def q2(cast):
    return cast.programme.questions.get(code="Q2")


@pytest.fixture
def field(cast, q1, q2):
    """Four people: a bear with two passages, one who says both, a bull manager, and a customer who says nothing."""
    speak = lambda segment, name: make_cleared(  # noqa: E731
        make_interview(cast.programme, cast.ana, segment=segment, expert=make_expert(name))
    )
    bear, both, bull, silent = (
        speak(segment, f"Former {name}, insurer, left 2025")
        for segment, name in (
            ("customers", "Director"),
            ("customers", "VP"),
            ("managers", "Manager"),
            ("customers", "Analyst"),
        )
    )
    make_tag(bear, MOVED, q1, cast.ana)
    make_tag(bear, CALM, q1, cast.ana, stance="neutral")
    make_tag(both, MOVED, q1, cast.ana)
    make_tag(both, CALM, q1, cast.ana, stance="bull")
    make_tag(bull, CALM, q1, cast.ana, stance="bull")
    make_tag(silent, MOVED, q1, cast.ana, verdict="rejected")
    make_tag(bull, WAIT, q2, cast.ana, stance="bear", basis="second-hand")
    return {"bear": bear, "both": both, "bull": bull, "silent": silent}


def counted(cast) -> dict[tuple[str, str], tuple[int, ...]]:
    """Bear, bull, mixed, neutral, silent, N."""
    return {
        (c.question, c.segment): (c.bear, c.bull, c.mixed, c.neutral, c.silent, c.total) for c in cells(cast.programme)
    }


def test_cells_count_people_and_not_passages(cast, field):
    assert counted(cast) == {
        ("Q1", "customers"): (1, 0, 1, 0, 1, 3),
        ("Q1", "managers"): (0, 1, 0, 0, 0, 1),
        ("Q1", "competitors"): (0, 0, 0, 0, 0, 0),
        ("Q1", ""): (1, 1, 1, 0, 1, 4),
        ("Q2", "customers"): (0, 0, 0, 0, 3, 3),
        ("Q2", "managers"): (1, 0, 0, 0, 0, 1),
        ("Q2", "competitors"): (0, 0, 0, 0, 0, 0),
        ("Q2", ""): (1, 0, 0, 0, 3, 4),
    }


def test_cells_are_those_of_the_report(cast, field):
    from dataclasses import asdict

    assert [asdict(cell) for cell in cells(cast.programme)] == frame(cast.programme)["matrix"]


def test_person_interviewed_twice_is_one_voice(cast, field, q1):
    again = make_cleared(make_interview(cast.programme, cast.ana, expert=field["bear"].interview.expert))
    make_tag(again, CALM, q1, cast.ana, stance="bull")
    assert counted(cast)["Q1", "customers"] == (0, 0, 2, 0, 1, 3)


def test_an_aside_does_not_hide_what_a_person_says_most(cast, field, q1):
    make_tag(field["both"], "the board asked for a second provider", q1, cast.ana)
    assert counted(cast)["Q1", "customers"] == (2, 0, 0, 0, 1, 3)
    assert [p.stance for p in people_on(cast.programme, "Q1", "customers")] == ["bear", "bear", "silent"]


def test_recalled_text_counts_for_nobody(cast, field):
    ClearedTranscript.objects.filter(pk=field["bear"].pk).update(recalled_at=now())
    assert counted(cast)["Q1", ""] == (0, 1, 1, 0, 1, 3)
    assert "Director" not in str(people_on(cast.programme, "Q1"))


def test_people_on_groups_the_words_by_person(cast, field):
    people = people_on(cast.programme, "Q1", "customers")
    assert [(p.descriptor.split()[1], p.stance, [(q.words, q.stance) for q in p.quotes]) for p in people] == [
        ("Director,", "bear", [(MOVED, "bear"), (CALM, "neutral")]),
        ("VP,", "mixed", [(MOVED, "bear"), (CALM, "bull")]),
        ("Analyst,", "silent", []),
    ]
    assert people[0].quotes[0].start_ms == 10_000


# Pages


def get(client, user, address, status=200):
    client.force_login(user)
    response = client.get(f"/programmes/kestrel/{address}")
    assert response.status_code == status
    return response.content.decode()


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def test_page_shows_n_of_n_and_links_each_figure(client, cast, field):
    page = get(client, cast.ana, "analysis/")
    rows = [words(row) for row in re.findall(r"<tr>(.*?)</tr>", page.split("<tbody>", 1)[1], re.S)]
    assert rows[:3] == [
        "Q1 Customer confidence Everybody 1 1 0 1 1 3 of 4",
        "Customers 1 1 0 0 1 2 of 3",
        "Engineering managers 0 0 0 1 0 1 of 1",
    ]
    link = "/programmes/kestrel/analysis/passages/?question=Q1&amp;segment=customers&amp;stance=bear"
    assert f'href="{link}"' in page


def test_every_figure_opens_as_many_people(client, cast, field):
    page = get(client, cast.ana, "analysis/")
    links = re.findall(r'<a href="/programmes/kestrel/([^"]*stance=(\w+))"[^>]*>(\d+)</a>', page)
    assert len(links) == 12
    for address, stance, n in links:
        opened = get(client, cast.ana, address.replace("&amp;", "&"))
        active = re.search(r'aria-current="page"[^>]*>\s*(\w+)\s*<span class="count">(\d+)<', opened)
        assert (active[1].lower(), active[2]) == (stance, n)


def test_passages_show_the_other_side_beside_the_one_asked_for(client, cast, field):
    page = get(client, cast.ana, "analysis/passages/?question=Q1&stance=bear")
    assert re.findall(r'<section class="stack" aria-label="(\w+)"', page) == ["bear", "bull", "mixed"]
    left, right = page.split('aria-label="bull"')
    assert "Former Director, insurer, left 2025" in left
    assert "Former Manager, insurer, left 2025" in right
    tag_link = f"/read/{field['bull'].pk}/?state=all&amp;item="
    assert tag_link in right


def test_passages_of_the_silent_link_their_texts(client, cast, field):
    page = get(client, cast.ana, "analysis/passages/?question=Q1&stance=silent")
    assert f"/read/{field['silent'].pk}/?question=Q1" in page
    assert f"/read/{field['bear'].pk}/" not in page


@pytest.mark.parametrize("query", ["", "?question=Q9", "?question=Q1&segment=nobody"])
def test_passages_of_an_unknown_cell_are_404(client, cast, field, query):
    get(client, cast.ana, f"analysis/passages/{query}", 404)


def test_csv_holds_the_same_figures(client, cast, field):
    client.force_login(cast.ana)
    answer = client.get("/programmes/kestrel/analysis/matrix.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="kestrel-matrix.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    figures = ("bear", "bull", "mixed", "neutral", "silent", "total")
    assert {(r["question"], r["segment"]): tuple(int(r[f]) for f in figures) for r in rows} == counted(cast)


def test_picture_is_asked_for_drawn_once_and_shown(client, cast, field):
    page = get(client, cast.ana, "analysis/")
    assert 'hx-get="/programmes/kestrel/analysis/picture/"' in page
    assert "<svg" not in page.split("<main", 1)[1]
    assert jobs.drain() == 1
    picture = get(client, cast.ana, "analysis/picture/")
    assert "hx-get" not in picture
    assert "<title>Stance by question and segment</title>" in picture
    assert picture.count("<svg") == 1
    get(client, cast.ana, "analysis/")
    assert (jobs.drain(), Chart.objects.count()) == (0, 1)


def test_picture_of_other_figures_is_another_picture_and_comes_back(client, cast, field, q1):
    get(client, cast.ana, "analysis/")
    jobs.drain()
    tag = make_tag(field["silent"], CALM, q1, cast.ana)
    assert "hx-get" in get(client, cast.ana, "analysis/picture/")
    jobs.drain()
    tag.delete()
    assert "<svg" in get(client, cast.ana, "analysis/picture/")
    assert Chart.objects.count() == 2


def test_picture_that_failed_says_so_and_is_tried_again_by_opening_the_page(client, cast, field):
    get(client, cast.ana, "analysis/")
    Chart.objects.update(spec={"spec": {"mark": "nonsense"}, "title": "", "description": ""})
    jobs.drain()
    for _ in range(2):
        assert "could not be drawn" in get(client, cast.ana, "analysis/picture/")
    assert jobs.drain() == 0
    assert "is being drawn" in get(client, cast.ana, "analysis/")


def test_picture_can_be_downloaded(client, cast, field):
    get(client, cast.ana, "analysis/")
    jobs.drain()
    client.force_login(cast.cora)
    answer = client.get("/programmes/kestrel/analysis/picture/?download")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<svg")


def test_empty_analysis_says_what_comes_next(client, cast):
    assert "Nobody to count yet" in get(client, cast.ana, "analysis/")


@pytest.mark.parametrize(
    "address", ["analysis/", "analysis/picture/", "analysis/matrix.csv", "analysis/passages/?question=Q1"]
)
@pytest.mark.parametrize(
    ("who", "status"),
    [("ana", 200), ("cora", 200), ("ada", 403), ("stranger", 404), ("rita", 404), ("carl", 404), ("olga", 404)],
)
def test_pages_by_role(client, cast, field, who, status, address):
    get(client, getattr(cast, who), address, status)


@pytest.mark.parametrize("n", [1, 3])
def test_pages_take_the_same_queries_for_one_person_and_three(client, cast, q1, n, django_assert_num_queries):
    for _ in range(n):
        make_tag(make_cleared(make_interview(cast.programme, cast.ana)), MOVED, q1, cast.ana)
    get(client, cast.ana, "analysis/")
    jobs.drain()
    client.force_login(cast.ana)
    with django_assert_num_queries(9):
        client.get("/programmes/kestrel/analysis/")
    with django_assert_num_queries(9):
        client.get("/programmes/kestrel/analysis/passages/?question=Q1")
