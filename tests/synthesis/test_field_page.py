"""The field of a programme read from the database: who counts where, the page, its files, the picture and the endpoint."""

import csv
import io
import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import jobs
from accounts.roles import Role
from interviews.models import CalendarSettings, ClearedTranscript
from synthesis import field_queries
from synthesis.field import STAGES
from synthesis.models import Deliverable, Edition, ReleasedInterview
from tests.factories import (
    make_candidate,
    make_cleared,
    make_expert,
    make_interview,
    make_programme,
    make_tag,
    make_transcript,
    make_user,
)

DAY = date(2026, 3, 24)


def at(day: int) -> datetime:
    return datetime(2026, 3, day, 14, tzinfo=UTC)


def funnel_of(programme, code: str = "") -> dict[str, int]:
    found = field_queries.standing(programme, DAY)
    return next(line.funnel for line in [*found.lines, found.whole] if line.standing.code == code)


def counts(**given) -> dict[str, int]:
    return {code: given.get(code, 0) for code, _ in STAGES}


# The funnel ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "given", "stages"),
    [
        ("listed", {}, {}),
        ("invited", {}, {"invited": 1}),
        ("screened", {}, {"invited": 1, "screened": 1}),
        ("refused", {}, {"invited": 1, "screened": 1}),
        ("eligible", {}, {"invited": 1, "screened": 1, "eligible": 1}),
        ("declined", {}, {"invited": 1}),
        ("declined", {"screened_at": at(18)}, {"invited": 1, "screened": 1}),
    ],
)
def test_candidate_counts_at_each_stage_passed(cast, state, given, stages):
    make_candidate(cast.programme, make_expert(), state=state, **given)
    assert funnel_of(cast.programme, "customers") == counts(**stages)
    assert funnel_of(cast.programme, "managers") == counts()
    assert funnel_of(cast.programme) == counts(**stages)


@pytest.mark.parametrize(
    ("state", "last"),
    [
        ("open", "eligible"),
        ("tentative", "eligible"),
        ("cancelled", "eligible"),
        ("booked", "booked"),
        ("started", "booked"),
        ("no_show", "booked"),
        ("late_cancel", "booked"),
        ("ended_early", "booked"),
        ("stopped", "booked"),
        ("held", "held"),
    ],
)
def test_call_counts_its_person_as_far_as_it_went(cast, state, last):
    make_interview(cast.programme, cast.ana, state=state)
    passed = [code for code, _ in STAGES]
    passed = passed[: passed.index(last) + 1]
    assert funnel_of(cast.programme) == counts(**dict.fromkeys(passed, 1))


def test_funnel_counts_people_and_not_calls_and_the_furthest_call(cast):
    expert = make_expert()
    for state in ("no_show", "held", "booked"):
        make_interview(cast.programme, cast.ana, expert=expert, state=state)
    assert (funnel_of(cast.programme)["booked"], funnel_of(cast.programme)["held"]) == (1, 1)


def test_held_call_moves_on_with_its_words(cast):
    heard = make_interview(cast.programme, cast.ana)
    told = [funnel_of(cast.programme)]
    make_transcript(heard, state="received")
    told.append(funnel_of(cast.programme))
    make_transcript(heard, state="mapped")
    told.append(funnel_of(cast.programme))
    cleared = make_cleared(heard)
    told.append(funnel_of(cast.programme))
    make_tag(cleared, "nobody panicked", cast.programme.questions.get(code="Q1"), cast.ana, verdict="rejected")
    told.append(funnel_of(cast.programme))
    release(cleared, cast, state="approved")
    told.append(funnel_of(cast.programme))
    Deliverable.objects.update(state="released", released_by=cast.cora, released_at=at(30))
    told.append(funnel_of(cast.programme))
    late = [[one[code] for code, _ in STAGES[4:]] for one in told]
    assert late == [
        [1, 0, 0, 0, 0],
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
    ]
    ClearedTranscript.objects.update(recalled_at=at(31))
    assert [funnel_of(cast.programme)[code] for code, _ in STAGES[4:]] == [1, 1, 0, 0, 0]


def release(cleared, cast, *, state):
    version = Deliverable.objects.create(
        programme=cast.programme,
        version=1,
        state=state,
        built_by=cast.ana,
        approved_by=cast.cora,
        approved_at=at(30),
    )
    edition = Edition.objects.create(deliverable=version, number=1, key="whole")
    ReleasedInterview.objects.create(edition=edition, cleared=cleared)


# What stands --------------------------------------------------------------------------------------------------------


def test_only_cleared_people_fill_the_quota_and_calls_too_late_are_told_apart(cast):
    make_cleared(make_interview(cast.programme, cast.ana))
    make_transcript(make_interview(cast.programme, cast.ana), state="reviewed")
    for day in (24, 27, 30):
        make_interview(cast.programme, cast.ana, state="booked", starts_at=at(day))
    make_candidate(cast.programme, make_expert(), state="eligible")
    row = field_queries.standing(cast.programme, DAY).lines[0].standing
    assert (row.cleared, row.held, row.ahead, row.late, row.free, row.missing, row.days) == (1, 2, 2, 1, 1, 33, 3)


def test_outcomes_are_counted_in_calls_and_clearance_in_people_whose_text_was_decided(cast):
    for state in ("no_show", "late_cancel", "ended_early", "stopped", "held", "cancelled", "booked"):
        make_interview(cast.programme, cast.ana, state=state)
    make_cleared(make_interview(cast.programme, cast.ana))
    make_transcript(make_interview(cast.programme, cast.ana), state="recalled")
    found = field_queries.standing(cast.programme, DAY)
    ended = found.whole.outcomes
    assert (ended.show.n, ended.show.total, ended.due) == (3, 6, 7)
    # One cleared; one recalled and one stopped are lost; the one that waits says nothing yet.
    assert (found.clears.n, found.clears.total) == (1, 3)


def test_capacity_and_holidays_are_those_of_the_analysts(cast):
    assert field_queries.standing(cast.programme, DAY).capacity == 10
    CalendarSettings.objects.create(user=cast.ana, most_a_day=3, holidays="GB-ENG")
    CalendarSettings.objects.create(user=cast.cora, most_a_day=9)
    cast.programme.delivery_on = date(2026, 4, 7)
    found = field_queries.standing(cast.programme, DAY)
    # Good Friday and Easter Monday are the third and the sixth of April.
    assert (found.capacity, found.plan.call, found.days) == (8, date(2026, 4, 1), 6)
    CalendarSettings.objects.create(user=cast.ben, holidays="US")
    found = field_queries.standing(cast.programme, DAY)
    assert (found.plan.call, found.days) == (date(2026, 4, 3), 8)


def test_place_that_the_calendar_of_holidays_does_not_know_has_none(cast):
    CalendarSettings.objects.create(user=cast.ana, holidays="XX-YY")
    assert field_queries.standing(cast.programme, DAY).plan.release == date(2026, 3, 31)


def test_burn_up_counts_people_on_their_first_day(cast):
    expert = make_expert()
    for day in (18, 19):
        make_cleared(make_interview(cast.programme, cast.ana, expert=expert, starts_at=at(day)))
    make_interview(cast.programme, cast.ana, state="booked", expert=expert, starts_at=at(26))
    make_interview(cast.programme, cast.ana, state="booked", starts_at=at(26))
    days = {row.day.day: row for row in field_queries.standing(cast.programme, DAY).burn_up}
    assert [(days[n].booked, days[n].held, days[n].cleared) for n in (17, 18, 19, 20, 25, 26)] == [
        (0, 0, 0),
        (1, 1, 0),
        (1, 1, 0),
        (1, 1, 1),
        (1, None, None),
        (2, None, None),
    ]


def test_sample_data_is_cleared_no_later_than_its_calendar_stands(cast):
    type(cast.programme).objects.update(synthetic=True)
    cast.programme.refresh_from_db()
    make_cleared(make_interview(cast.programme, cast.ana))
    ClearedTranscript.objects.update(cleared_at=datetime(2026, 11, 1, tzinfo=UTC))
    found = field_queries.standing(cast.programme)
    assert (found.day, found.whole.standing.cleared) == (date(2026, 3, 18), 1)
    assert [row.cleared for row in found.burn_up[:3]] == [0, 1, None]


def test_another_programme_counts_nowhere(cast):
    other = make_programme("avocet")
    make_cleared(make_interview(other, cast.ana))
    found = field_queries.standing(cast.programme, DAY)
    assert (found.whole.funnel, found.told) == (counts(), False)


# The page -----------------------------------------------------------------------------------------------------------


def get(client, user, name="field", *args, query=""):
    client.force_login(user)
    return client.get(reverse(name, args=["kestrel", *args]) + query)


def text(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


@pytest.fixture
def sample(cast):
    """A programme in mid-field on 24 March whose calendar stands still there."""
    type(cast.programme).objects.update(synthetic=True)
    for day in (18, 19, 20):
        make_cleared(make_interview(cast.programme, cast.ana, starts_at=at(day)))
    make_transcript(make_interview(cast.programme, cast.ana, starts_at=at(24), zone="America/New_York"), state="mapped")
    make_interview(cast.programme, cast.ana, state="no_show", starts_at=at(23))
    for day in (26, 30):
        make_interview(cast.programme, cast.ana, state="booked", segment="managers", starts_at=at(day))
    make_candidate(cast.programme, make_expert(), state="screened")
    return cast


@pytest.mark.parametrize(
    ("who", "status"), [("ana", 200), ("cora", 200), ("ada", 200), ("stranger", 404), ("rita", 404), ("carl", 404)]
)
@pytest.mark.parametrize("name", ["field", "field_csv", "field_picture"])
def test_field_is_open_to_the_team_and_to_nobody_else(client, sample, name, who, status):
    args = ["funnel"] if name == "field_csv" else []
    assert get(client, getattr(sample, who), name, *args).status_code == status


def test_page_says_how_the_field_stands(client, sample):
    page = text(get(client, sample.ana))
    for words in [
        "Only a cleared interview fills a quota here",
        "1 booked call comes after 27 March, the last day for calls",
        "Out of reach even if all 10 calls a day were theirs: Customers.",
        "3 cleared · 1 heard · 0 booked in time · of 35",
        "31 missing: 10.3 a day needed, 0.7 so far; 31 still to be booked. Out of reach since 25 March.",
        "in reach if calls begin by 26 March, in 2 working days",
        "4 of 5 3 to 10 in 10",
        "Last booking 26 Mar 2026 in 2 working days",
        "Release 31 Mar 2026 in 5 working days",
        "Calls on 24 March 2026",
        "INT-004 24 Mar 2026, 10:00 EDT",
        "1 person whose answers are to be reviewed for compliance",
        "1 transcript ready for the first review for compliance",
        "out of reach since 25 March out of reach: full on 28 May",
        "3 of 3 decided",
    ]:
        assert words in page, words
    assert "%" not in page.replace("90%", "")


def test_page_without_calls_promises_nothing_and_says_what_to_do(client, cast):
    page = text(get(client, cast.ana))
    assert "Nobody has been invited yet" in page and "The forecast begins with the first call that ends" in page
    assert "no call has ended yet" in page and "No calls on this day" in page


def test_page_without_segments_leads_to_the_key_questions(client, cast):
    cast.programme.segments.all().delete()
    page = text(get(client, cast.ana))
    assert "No segments yet" in page and "Run-rate" not in page


def test_page_after_the_delivery_says_that_no_day_is_left(client, sample):
    type(sample.programme).objects.update(synthetic=False)
    page = text(get(client, sample.ana))
    assert "31 missing and no working day left for calls." in page
    assert "Out of reach even if all" in page


def test_overview_leads_to_the_field(client, sample):
    assert f'href="{reverse("field", args=["kestrel"])}"' in get(client, sample.ana, "programme").content.decode()


@pytest.mark.parametrize(("name", "expected"), [("field", 11), ("field_csv", 6)])
def test_field_asks_the_same_number_of_questions_for_one_call_and_for_three(client, cast, name, expected):
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert get(client, cast.ana, name, *(["quotas"] if name == "field_csv" else [])).status_code == 200
        return len([q for q in seen if "session" not in q["sql"].lower() and "SAVEPOINT" not in q["sql"]])

    make_cleared(make_interview(cast.programme, cast.ana))
    one = count()
    for _ in range(2):
        make_cleared(make_interview(cast.programme, cast.ben))
        make_candidate(cast.programme, make_expert(), state="eligible")
    make_user("Another", Role.ANALYST, programme=cast.programme)
    assert (one, count()) == (expected, expected)


def test_field_loads_no_words(client, sample):
    with CaptureQueriesContext(connection) as seen:
        get(client, sample.ana)
    assert not [q["sql"] for q in seen if re.search(r'"(interviews_\w+"\."text|notes)"', q["sql"])]


# Files and picture --------------------------------------------------------------------------------------------------


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_files_have_the_figures_of_the_page(client, sample):
    funnel = rows_of(get(client, sample.ada, "field_csv", "funnel"))
    assert [row["segment"] for row in funnel] == ["Customers", "Engineering managers", "Competitors", "All"]
    assert list(funnel[0].values())[1:] == ["6", "6", "5", "5", "4", "4", "3", "0", "0"]
    quotas = {row["segment"]: row for row in rows_of(get(client, sample.ada, "field_csv", "quotas"))}
    assert (quotas["managers"]["booked_in_time"], quotas["managers"]["booked_too_late"]) == ("1", "1")
    assert (quotas["customers"]["shown"], quotas["customers"]["due"], quotas["customers"]["missing"]) == (
        "4",
        "5",
        "31",
    )
    burn_up = {row["day"]: row for row in rows_of(get(client, sample.ada, "field_csv", "burn-up"))}
    assert (burn_up["2026-03-24"]["held"], burn_up["2026-03-25"]["held"], burn_up["2026-03-31"]["booked"]) == (
        "4",
        "",
        "6",
    )
    assert get(client, sample.ada, "field_csv", "other").status_code == 404


def test_picture_is_asked_for_by_its_page_drawn_once_and_shown(client, sample):
    assert 'hx-get="/programmes/kestrel/field/picture/?again"' in get(client, sample.ada).content.decode()
    get(client, sample.ada, "field_picture", query="?again")
    assert jobs.drain() == 1
    shown = get(client, sample.ada, "field_picture").content.decode()
    assert ("hx-get" in shown, shown.count("<svg")) == (False, 1)
    assert "4 of 70 people heard and 3 cleared by 2026-03-24" in shown
    assert get(client, sample.ada, "field_picture", query="?download").content.startswith(b"<svg")


# The endpoint -------------------------------------------------------------------------------------------------------


def test_endpoint_gives_the_figures_of_the_page_to_the_firm(client, sample):
    client.force_login(sample.cora)
    body = client.get("/api/v1/field/?programme=kestrel").json()
    assert (body["day"], body["last_call"], body["capacity_a_day"], body["days_for_calls"]) == (
        "2026-03-24",
        "2026-03-27",
        10,
        3,
    )
    row = body["lines"][0]
    assert (row["segment"], row["cleared"], row["held"], row["missing"], row["lost_at_best_pace"]) == (
        "customers",
        3,
        4,
        31,
        "2026-03-25",
    )
    assert row["forecast_low"] <= row["forecast_middle"] <= row["forecast_high"] <= 35
    assert row["funnel"]["held"] == 4
    assert [line["segment"] for line in body["lines"]] == ["customers", "managers", "competitors", ""]
    assert body["burn_up"][-1] == {"day": "2026-03-31", "planned": 70.0, "booked": 6, "held": None, "cleared": None}


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("rita", 404), ("carl", 404)])
def test_endpoint_is_not_there_for_others(client, sample, who, status):
    client.force_login(getattr(sample, who))
    assert client.get("/api/v1/field/?programme=kestrel").status_code == status
