"""The planner's pages and endpoint: what is asked, what is shown, and what the buttons do."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse

from accounts import jobs
from interviews.models import Interview, PlanRun, Proposal
from interviews.services import planning
from tests.factories import make_candidate, make_expert, make_planned
from tests.interviews.test_planning import candidate, made, monday, wishes


def url(name: str, cast, *args) -> str:
    return reverse(name, args=[cast.programme.slug, *args])


def given(cast, **changed):
    """The form as a browser sends it."""
    fields = {"first": monday().isoformat(), "last": (monday() + timedelta(days=4)).isoformat(), "minutes": "60"}
    more = {"step": "15", "most_a_day": "", "pause": "", "most_moved": "0"}
    return fields | more | {"interviewers": [str(cast.ana.pk), str(cast.ben.pk)]} | changed


@pytest.fixture
def ana(cast, client):
    client.force_login(cast.ana)
    return client


def words(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_form_offers_the_team_s_analysts_and_the_next_fortnight(cast, ana):
    page = words(ana.get(url("plans", cast)))
    assert "Ana" in page and "Ben" in page and "Cora" not in page.split('<form class="form"')[1]
    assert "No plan yet" in page


def test_asking_leads_to_a_page_that_shows_progress_and_then_the_plan(cast, ana):
    person = candidate(cast)
    answer = ana.post(url("plans", cast), given(cast))
    run = PlanRun.objects.get()
    assert answer.url == url("plan", cast, run.pk)
    assert run.wishes["interviewers"] == [], "all of them is whoever is there"
    waiting = words(ana.get(answer.url))
    assert url("plan_progress", cast, run.pk) in waiting and "Being made" in waiting
    assert "HX-Refresh" not in ana.get(url("plan_progress", cast, run.pk)).headers
    jobs.drain()
    assert ana.get(url("plan_progress", cast, run.pk)).headers["HX-Refresh"] == "true"
    page = words(ana.get(answer.url))
    assert "1 of 1" in page and "No plan places more." in page and person.descriptor in page


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"interviewers": []}, "This field is required"),
        ({"first": "2026-01-01"}, "in the past"),
        ({"minutes": "500"}, "less than or equal to 240"),
    ],
)
def test_wishes_that_cannot_be_come_back_with_a_sentence(cast, ana, changed, said):
    answer = ana.post(url("plans", cast), given(cast, **changed))
    assert answer.status_code == 400 and said in words(answer)
    assert not PlanRun.objects.exists()


def test_plan_that_failed_says_why_and_offers_to_ask_again(cast, ana):
    run = planning.ask(programme=cast.programme, wishes=wishes(), by=cast.ana)
    planning.note_failure(str(run.pk), "The work stopped.")
    planning.job_of(run).delete()
    page = words(ana.get(url("plan", cast, run.pk)))
    assert "The work stopped." in page and f"?again={run.pk}" in page
    again = words(ana.get(f"{url('plans', cast)}?again={run.pk}"))
    assert f'value="{monday().isoformat()}"' in again and 'name="most_moved" value="3"' in again


def test_accept_decline_and_accept_all_from_the_page(cast, ana):
    for _ in range(3):
        candidate(cast)
    run = made(cast)
    first, second, _third = run.proposals.order_by("starts_at", "pk")
    assert "Accept all 3" in words(ana.get(url("plan", cast, run.pk)))
    ana.post(url("proposal_accept", cast, run.pk, first.pk))
    ana.post(url("proposal_decline", cast, run.pk, second.pk))
    answer = ana.post(url("plan_accept", cast, run.pk), follow=True)
    assert "1 call is booked." in words(answer)
    assert sorted(run.proposals.values_list("state", flat=True)) == ["accepted", "accepted", "declined"]
    assert Interview.objects.filter(state="booked").count() == 2


def test_what_moves_is_shown_from_where_to_where(cast, ana):
    there = make_candidate(cast.programme, make_expert())
    call = Interview.objects.create(
        programme=cast.programme,
        number=7,
        segment=there.segment,
        expert=there.expert,
        interviewer=cast.ana,
        state="booked",
        starts_at=datetime.fromisoformat("2027-03-08T09:00+00:00"),
    )
    proposal = make_planned(there, cast.ana, interview=call)
    proposal.run.outcome["from"] = {str(there.pk): call.starts_at.isoformat()}
    proposal.run.save()
    page = words(ana.get(url("plan", cast, proposal.run.pk)))
    moves = page.split("What moves")[1].split("</table>")[0]
    assert "INT-007" in moves and moves.index("09:00") < moves.index("14:00")


def test_reasons_stand_beside_who_has_no_place(cast, ana):
    person = candidate(cast, hours=(20, 21))
    run = made(cast)
    page = words(ana.get(url("plan", cast, run.pk)))
    assert "Nobody could be placed" in page
    assert "No common free time with any interviewer between" in page and url("candidate", cast, person.pk) in page


def test_proposal_of_another_plan_is_not_found_under_this_one(cast, ana):
    one, other = (make_planned(make_candidate(cast.programme, make_expert()), cast.ana) for _ in range(2))
    assert ana.post(url("proposal_accept", cast, one.run.pk, other.pk)).status_code == 404


def test_page_asks_the_same_number_of_questions_however_many_are_proposed(cast, ana, django_assert_max_num_queries):
    proposal = make_planned(make_candidate(cast.programme, make_expert()), cast.ana)
    for _ in range(20):
        person = make_candidate(cast.programme, make_expert())
        Proposal.objects.create(
            run=proposal.run, candidate=person, interviewer=cast.ben, starts_at=proposal.starts_at, minutes=60
        )
    with django_assert_max_num_queries(25):
        ana.get(url("plan", cast, proposal.run.pk))


# By program -----------------------------------------------------------------------------------------------------------


def test_program_asks_reads_and_accepts(cast, ana):
    candidate(cast)
    body = {"programme": "kestrel", "first": monday().isoformat(), "last": monday().isoformat()}
    answer = ana.post("/api/v1/plans/", body | {"interviewers": ["ben@example.com"]}, content_type="application/json")
    assert answer.status_code == 201, answer.content
    made_by = answer.json()
    assert made_by["done_at"] is None and made_by["progress"] == [0, 0]
    jobs.drain()
    plan = ana.get(f"/api/v1/plans/{made_by['id']}/").json()
    assert plan["outcome"]["placed"] == 1 and plan["proposals"][0]["interviewer"] == "Ben"
    done = ana.post(f"/api/v1/plans/{made_by['id']}/accept/", {}, content_type="application/json")
    assert done.status_code == 200 and done.json()["proposals"][0]["state"] == "accepted"
    assert ana.get("/api/v1/plans/?programme__slug=kestrel").json()["results"][0]["id"] == made_by["id"]


def test_program_accepts_some_and_is_told_why_one_cannot_be(cast, ana):
    for _ in range(3):
        candidate(cast)
    run = made(cast)
    one, two, three = run.proposals.order_by("pk")
    to = f"/api/v1/plans/{run.pk}/accept/"
    done = ana.post(to, {"proposals": [one.pk, two.pk]}, content_type="application/json")
    assert sorted(row["state"] for row in done.json()["proposals"]) == ["accepted", "accepted", "open"]
    three.candidate.expert.spells.update(end=None, current=False)
    refused = ana.post(to, {"proposals": [three.pk]}, content_type="application/json")
    assert refused.status_code == 409 and "heard" in refused.content.decode()
    assert ana.post(to, {"proposals": [10**6]}, content_type="application/json").status_code == 400


def test_program_is_told_what_cannot_be_asked(cast, ana):
    body = {"programme": "kestrel", "first": monday().isoformat(), "last": monday().isoformat()}
    stranger = ana.post(
        "/api/v1/plans/", body | {"interviewers": ["stranger@example.com"]}, content_type="application/json"
    )
    assert stranger.status_code == 400 and "team" in stranger.content.decode()
    past = ana.post("/api/v1/plans/", body | {"first": "2026-01-01"}, content_type="application/json")
    assert past.status_code == 400 and "past" in past.content.decode()
