"""The pages of experts: what each link shows and does, that what is closed is closed alike, and that nothing of a client shows."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client

from accounts import jobs
from accounts.models import AuditEvent, Message
from accounts.moves import now
from interviews import expert_words, texts
from interviews.models import Attestation, Consent, ExpertLink, HoursException, Interview, ScreeningQuestion, Slot
from interviews.services import candidates, consent, links
from research.models import Vehicle
from tests.factories import make_candidate, make_expert, make_identity, make_interview

pytestmark = pytest.mark.django_db
CLOSED = "This link is no longer open."
HREF = re.compile(r'href="(?:https?://[^/"]+)?(/e/[^"]+)"')


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(jobs, "ring", lambda pk: None)


@pytest.fixture
def web() -> Client:
    """A browser that nobody has signed in with, and that would send a cookie if it were given one."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def candidate(cast):
    expert = make_expert()
    make_identity(expert)
    cast.programme.codename = "Larkspur"
    cast.programme.save()
    return make_candidate(cast.programme, expert, state="listed")


@pytest.fixture
def call(cast, candidate):
    """A call of the candidate that is to be booked."""
    call = make_interview(cast.programme, cast.ana, state="open", expert=candidate.expert, starts_at=None)
    type(candidate).objects.filter(pk=candidate.pk).update(state="eligible")
    return call


@pytest.fixture
def booked(call):
    return at(call, tomorrow() + timedelta(days=1))


def tomorrow() -> datetime:
    """Eleven o'clock in London on a day not before the day after tomorrow that is no weekend."""
    day = (
        (now() + timedelta(days=2))
        .astimezone(ZoneInfo("Europe/London"))
        .replace(hour=11, minute=0, second=0, microsecond=0)
    )
    while day.weekday() > 2:
        day += timedelta(days=1)
    return day.astimezone(UTC)


def at(call: Interview, starts_at: datetime) -> Interview:
    """The call booked at an instant, as its row says it."""
    Interview.objects.filter(pk=call.pk).update(state="booked", starts_at=starts_at)
    call.refresh_from_db()
    return call


def path_of(url: str) -> str:
    return urlsplit(url).path


def page_of(answer) -> str:
    return answer.content.decode()


def whole(answer) -> tuple[int, bytes, dict[str, str]]:
    """Everything of an answer but the request's own id."""
    return answer.status_code, answer.content, {k: v for k, v in answer.items() if k != "X-Request-ID"}


def next_of(answer) -> str:
    """The next link that a page carries, which must be that of the newest letter too."""
    (found,) = HREF.findall(page_of(answer))
    assert Message.objects.exclude(link="").order_by("created_at").last().link.endswith(found)
    return found


def value_of(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%MZ")


# The invitation -------------------------------------------------------------------------------------------------------


@pytest.fixture
def invite(cast, candidate) -> str:
    return path_of(links.send_invite(candidate, cast.ana))


def state_of(candidate) -> str:
    candidate.refresh_from_db()
    return candidate.state


def test_interest_without_questions_goes_to_a_person_to_look_at(web, candidate, invite):
    answer = web.post(invite, {"act": "interested"})
    assert "A person looks at your answer" in page_of(answer)
    assert state_of(candidate) == "screened" and HREF.findall(page_of(answer)) == []


def test_interest_takes_the_answers_to_the_questions_of_the_segment(web, cast, candidate, invite):
    ask = ScreeningQuestion.objects.create
    mine = ask(programme=cast.programme, kind="plain", text="For how long?", segment=candidate.segment)
    other = ask(programme=cast.programme, kind="plain", text="Not yours?", segment=cast.programme.segments.last())
    cut = ask(
        programme=cast.programme, kind="knock_out", text="An official?", options=["Yes", "No"], wrong=["Yes"], order=1
    )
    page = page_of(web.get(invite))
    assert "For how long?" in page and "An official?" in page and "Not yours?" not in page
    answer = web.post(invite, {"act": "interested", str(mine.pk): "Nine years"})
    assert answer.status_code == 400 and "Nine years" in page_of(answer) and not candidate.answers.exists()
    answer = web.post(invite, {"act": "interested", str(mine.pk): "Nine years", str(cut.pk): "No", str(other.pk): "x"})
    assert answer.status_code == 200 and state_of(candidate) == "screened"
    given = set(candidate.answers.values_list("question", "text", "by"))
    assert given == {(mine.pk, "Nine years", None), (cut.pk, "No", None)}


def test_no_to_this_call_declines_and_no_for_ever_opts_out(web, cast, candidate, invite):
    assert "link is closed" in page_of(web.post(invite, {"act": "no"}))
    assert state_of(candidate) == "declined"
    type(candidate).objects.filter(pk=candidate.pk).update(state="invited")
    answer = web.post(path_of(links.send_invite(candidate, cast.ana)), {"act": "never"})
    assert "Nobody of our firm writes to you from now on." in page_of(answer)
    candidate.expert.refresh_from_db()
    assert candidate.expert.opted_out_at and state_of(candidate) == "declined"
    assert not ExpertLink.objects.filter(used_at=None, revoked_at=None).exists()


# A time ---------------------------------------------------------------------------------------------------------------


def test_times_are_shown_on_the_expert_s_clock_by_day_and_booked_at_the_instant(web, cast, call):
    call.expert.zone = "Asia/Kolkata"
    call.expert.save()
    path = path_of(links.send_choose(call, cast.ana))
    slot = tomorrow()
    there = slot.astimezone(ZoneInfo("Asia/Kolkata"))
    page = page_of(web.get(path))
    assert f"{there:%A %-d %B}" in page and "UTC+5:30" in page and f"<b>{there:%H:%M}</b>" in page
    assert f'value="{value_of(slot)}"' in page and "60 minutes with Ana" in page
    answer = web.post(path, {"act": "choose", "at": value_of(slot), "zone": "Asia/Kolkata"})
    assert "Your call is booked." in page_of(answer) and f"{there:%H:%M} (Asia/Kolkata, UTC+5:30)" in page_of(answer)
    call.refresh_from_db()
    assert (call.state, call.starts_at, call.zone) == ("booked", slot, "Asia/Kolkata")
    assert Slot.objects.filter(interview=call).count() == 2
    assert links.open_link(next_of(answer).split("/")[-2]).purpose == "manage"
    assert AuditEvent.objects.get(verb="interview-booked").actor is None


def test_zone_of_the_page_is_chosen_by_a_form_that_changes_nothing(web, cast, call):
    path = path_of(links.send_choose(call, cast.ana))
    before = ExpertLink.objects.values().get()
    page = page_of(web.get(path, {"zone": "America/New_York"}))
    assert '<option value="America/New_York" selected>New York</option>' in page and "UTC−" in page
    assert "Europe/London" in page_of(web.get(path, {"zone": "Nowhere/At_All"}))
    assert ExpertLink.objects.values().get() == before


def test_time_that_somebody_took_meanwhile_is_refused_without_a_name_and_the_link_stays(web, cast, call):
    path, slot = path_of(links.send_choose(call, cast.ana)), tomorrow()
    other = make_interview(cast.programme, cast.ana, state="booked", starts_at=slot)
    Slot.objects.create(
        interview=other, part="interviewer", who=cast.ana.pk, starts_at=slot, ends_at=slot + timedelta(hours=1)
    )
    answer = web.post(path, {"act": "choose", "at": value_of(slot), "zone": "Europe/London"})
    page = page_of(answer)
    assert answer.status_code == 400 and "This time can&#x27;t be booked any more." in page
    assert f'value="{value_of(slot)}"' not in page and "another call" not in page
    call.refresh_from_db()
    assert call.state == "open"
    late = slot + timedelta(hours=2)
    assert web.post(path, {"act": "choose", "at": value_of(late), "zone": "Europe/London"}).status_code == 200


def test_day_that_a_rule_bars_is_refused_without_the_rule_and_stays_on_record(web, cast, call):
    spell = call.expert.spells.get()
    spell.end = None
    spell.save()
    path = path_of(links.send_choose(call, cast.ana))
    answer = web.post(path, {"act": "choose", "at": value_of(tomorrow()), "zone": "Europe/London"})
    page = page_of(answer)
    assert answer.status_code == 400 and "This time can&#x27;t be booked any more." in page
    assert "Harrow" not in page and "unknown" not in page
    assert AuditEvent.objects.filter(verb="screening-refused").exists()
    assert not ExpertLink.objects.filter(used_at__isnull=False).exists()


def test_full_segment_is_refused_without_its_title(web, cast, call):
    type(call.segment).objects.filter(pk=call.segment_id).update(quota=1)
    make_interview(cast.programme, cast.ana, state="held")
    path = path_of(links.send_choose(call, cast.ana))
    answer = web.post(path, {"act": "choose", "at": value_of(tomorrow()), "zone": "Europe/London"})
    assert answer.status_code == 400 and "Customers" not in page_of(answer)


@pytest.mark.parametrize("given", [{}, {"at": "now"}, {"at": "2026-03-18T14:00Z"}, {"at": "2099-01-01T10:00Z"}])
def test_time_that_is_none_of_the_open_ones_books_nothing(web, cast, call, given):
    path = path_of(links.send_choose(call, cast.ana))
    answer = web.post(path, {"act": "choose", "zone": "Europe/London", **given})
    assert answer.status_code == 400
    assert not Slot.objects.exists() and web.get(path).status_code == 200


def test_own_hours_are_kept_for_the_firm_and_a_new_link_comes(web, cast, call):
    path, day = path_of(links.send_choose(call, cast.ana)), tomorrow().date()
    row = {"act": "offer", "zone": "Europe/London", "day1": day, "from1": "19:00", "until1": "21:30"}
    answer = web.post(path, row)
    assert "We have your times" in page_of(answer)
    kept = HoursException.objects.get(expert=call.expert)
    assert (kept.day, kept.start.hour, kept.end.hour, kept.zone) == (day, 19, 21, "Europe/London")
    again = next_of(answer)
    assert web.get(path).status_code == 410
    assert web.post(again, row | {"from1": "18:00"}).status_code == 200
    assert HoursException.objects.get(expert=call.expert).start.hour == 18


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"from1": "19:00", "until1": "19:30"}, "too short"),
        ({"from1": "19:00", "until1": "18:00"}, "ends before it starts"),
        ({"from1": "19:00", "until1": "21:00", "day1": "2026-03-18"}, "past or too soon"),
        ({"from1": "19:00", "until1": "", "day1": "2026-03-18"}, "This field is required"),
        ({"from1": "19:00", "until1": "21:00", "day2": "2027-01-05"}, "Fill this in too"),
        # The last Sunday of March 2027: the clocks of London go from 01:00 to 02:00.
        ({"day1": "2027-03-28", "from1": "01:30", "until1": "04:00"}, "go forward and skip 01:30"),
    ],
)
def test_own_hours_that_make_no_sense_are_refused_in_words(web, cast, call, row, sentence):
    path = path_of(links.send_choose(call, cast.ana))
    answer = web.post(path, {"act": "offer", "zone": "Europe/London", "day1": tomorrow().date(), **row})
    assert answer.status_code == 400 and sentence in page_of(answer)
    assert not HoursException.objects.exists()


def test_times_of_an_hour_that_comes_twice_are_told_apart():
    zone = ZoneInfo("America/New_York")
    times = [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)]
    (day,) = expert_words.days(times, zone)
    assert [(one.clock, one.offset, one.note) for one in day.moments] == [
        ("01:30", "UTC−4", "the first time"),
        ("01:30", "UTC−5", "the second time"),
    ]
    assert day.change == "The clocks go back on this day: from UTC−4 to UTC−5. Each time says which it is."
    assert "the second time that the clock shows it" in expert_words.in_words(times[1], zone)
    (spring,) = expert_words.days([datetime(2027, 3, 14, 7, tzinfo=UTC)], zone)
    assert spring.moments[0].clock == "03:00" and "go forward" in spring.change


def test_every_zone_on_offer_is_one_and_those_of_people_are_there():
    names = [name for _, places in expert_words.zones() for name, _ in places]
    assert len(names) == len(set(names)) > 400
    assert {"Europe/London", "America/Argentina/Ushuaia", "Pacific/Chatham", "UTC"} <= set(names)
    for name in names:
        ZoneInfo(name)


# The booked call ------------------------------------------------------------------------------------------------------


def test_booked_call_is_moved_and_the_old_link_gives_way_to_a_new_one(web, cast, booked):
    path = path_of(links.send_manage(booked, cast.ana))
    links.send_consent(booked, cast.ana)
    page = page_of(web.get(path))
    assert expert_words.in_words(booked.starts_at, ZoneInfo("Europe/London")) in page
    slot = tomorrow()
    answer = web.post(path, {"act": "choose", "at": value_of(slot), "zone": "Europe/London"})
    assert "Your call is moved." in page_of(answer)
    booked.refresh_from_db()
    assert (booked.state, booked.starts_at) == ("booked", slot)
    (again,) = HREF.findall(page_of(answer))
    assert web.get(path).status_code == 410 and web.get(again).status_code == 200
    open_now = {sent.link.purpose for sent in links.sent(booked) if sent.state == "Open"}
    assert open_now == {"manage", "consent"}


@pytest.mark.parametrize(("hours", "state"), [(72, "cancelled"), (23, "late_cancel")])
def test_cancelling_gives_the_time_back_and_closes_every_link(web, cast, booked, hours, state):
    at(booked, now() + timedelta(hours=hours))
    for send in (links.send_attest, links.send_consent):
        send(booked, cast.ana)
    path = path_of(links.send_manage(booked, cast.ana))
    assert ("counts as cancelled late" in page_of(web.get(path))) == (state == "late_cancel")
    answer = web.post(path, {"act": "cancel"})
    assert "Your call is cancelled." in page_of(answer) and HREF.findall(page_of(answer)) == []
    booked.refresh_from_db()
    assert booked.state == state and not Slot.objects.filter(interview=booked).exists()
    assert {sent.state for sent in links.sent(booked)} == {"Used", "Taken back"}


def test_statement_is_confirmed_as_it_stood_on_the_page_and_consent_comes_next(web, cast, booked):
    at(booked, now() + timedelta(hours=3))
    path = path_of(links.send_attest(booked, cast.ana))
    wording = texts.current("attestation")
    page = page_of(web.get(path))
    assert wording.title in page and "I may stop at any time" in page and wording.sha256 in page
    assert web.post(path, {"act": "confirm", "seen": wording.sha256}).status_code == 400
    assert web.post(path, {"act": "confirm", "true": "yes", "seen": "0" * 64}).status_code == 400
    assert not Attestation.objects.exists()
    answer = web.post(path, {"act": "confirm", "true": "yes", "seen": wording.sha256}, REMOTE_ADDR="203.0.113.9")
    given = consent.attested(booked)
    assert (given.method, given.address, given.by, given.sha256) == ("page", "203.0.113.9", None, wording.sha256)
    assert "What may be kept of the call" in page_of(web.get(next_of(answer)))


def test_statement_too_early_says_from_when_and_takes_nothing(web, cast, booked):
    path = path_of(links.send_attest(booked, cast.ana))
    assert "It is too early to confirm" in page_of(web.get(path))
    seen = texts.current("attestation").sha256
    answer = web.post(path, {"act": "confirm", "true": "yes", "seen": seen})
    assert answer.status_code == 400 and not Attestation.objects.exists() and web.get(path).status_code == 200


def test_each_consent_is_given_and_withdrawn_by_itself(web, cast, booked):
    seen = {f"seen_{purpose}": texts.consent_of(purpose).sha256 for purpose in texts.CONSENTS}
    path = path_of(links.send_consent(booked, cast.ana))
    assert " checked>" not in page_of(web.get(path))
    assert web.post(path, {"act": "agree", **seen}).status_code == 400
    answer = web.post(path, {"act": "agree", "record": "yes", "transcribe": "yes", "quote": "no", **seen})
    assert consent.standing(booked) == {"record", "transcribe"}
    path = next_of(answer)
    assert page_of(web.get(path)).count("You agreed") == 2
    answer = web.post(path, {"act": "agree", "transcribe": "no", **seen})
    assert consent.standing(booked) == {"record"}
    assert [row.purpose for row in consent.withdrawn(booked)] == ["transcribe"]
    assert "You withdrew" in page_of(web.get(next_of(answer)))


def test_consent_to_a_text_that_was_not_on_the_page_is_refused(web, cast, booked):
    path = path_of(links.send_consent(booked, cast.ana))
    answer = web.post(path, {"act": "agree", "record": "yes", "seen_record": "0" * 64})
    assert answer.status_code == 400 and "Please read it again" in page_of(answer) and not Consent.objects.exists()


def test_act_that_another_kind_of_link_has_is_not_done(web, cast, booked):
    path = path_of(links.send_consent(booked, cast.ana))
    for act in ("cancel", "choose", "confirm", "never", ""):
        assert web.post(path, {"act": act, "at": value_of(tomorrow())}).status_code == 400
    booked.refresh_from_db()
    assert booked.state == "booked" and web.get(path).status_code == 200


# What opens, and what is closed alike ---------------------------------------------------------------------------------


def test_opening_a_link_however_often_and_by_whatever_looking_method_changes_nothing(web, cast, booked):
    at(booked, now() + timedelta(hours=3))
    paths = [path_of(send(booked, cast.ana)) for send in (links.send_manage, links.send_attest, links.send_consent)]
    events, rows = AuditEvent.objects.count(), list(ExpertLink.objects.order_by("pk").values())
    for path in paths:
        for ask in (web.get, web.head, web.options, web.get):
            assert ask(path).status_code == 200
    assert AuditEvent.objects.count() == events and list(ExpertLink.objects.order_by("pk").values()) == rows


def dead_links(cast, call, candidate) -> dict[str, str]:
    """One link of every kind that is not open."""
    found = {"unknown": "/e/" + "0" * 43 + "/", "short": "/e/x/"}
    for name, field in (("used", "used_at"), ("revoked", "revoked_at"), ("expired", "expires_at")):
        url = links.issue(candidate=candidate, interview=call, purpose="consent", by=cast.ana)
        ExpertLink.objects.filter(revoked_at=None, used_at=None, expires_at__gt=now()).update(**{field: now()})
        found[name] = path_of(url)
    found["moved on"] = path_of(links.issue(candidate=candidate, interview=call, purpose="choose", by=cast.ana))
    return found


def test_every_link_that_is_not_open_is_one_page_to_the_byte(web, cast, booked, candidate):
    dead = dead_links(cast, booked, candidate)
    for ask in (web.get, web.head, web.post):
        cache.clear()
        answers = {name: whole(ask(path)) for name, path in dead.items()}
        assert {answer[0] for answer in answers.values()} == {410}
        assert [name for name, answer in answers.items() if answer != answers["unknown"]] == []
    assert CLOSED in page_of(web.get(dead["used"]))


def test_dead_link_costs_the_same_queries_as_one_that_never_was(
    web, cast, booked, candidate, django_assert_num_queries
):
    for path in dead_links(cast, booked, candidate).values():
        for ask in (web.get, web.post):
            with django_assert_num_queries(1):
                ask(path)


def test_second_answer_by_one_link_changes_nothing_and_gets_the_closed_page(web, candidate, invite):
    assert web.post(invite, {"act": "interested"}).status_code == 200
    events = AuditEvent.objects.count()
    assert whole(web.post(invite, {"act": "never"})) == whole(web.post("/e/" + "0" * 43 + "/", {"act": "never"}))
    candidate.expert.refresh_from_db()
    assert candidate.expert.opted_out_at is None and AuditEvent.objects.count() == events


def test_too_many_tries_are_stopped_whatever_the_link_is_worth(web, invite):
    for path, most in ((invite, 30), ("/e/unknown/", 30)):
        cache.clear()
        answers = [web.get(path).status_code for _ in range(most + 1)]
        assert answers[-1] == 429 and 429 not in answers[:-1]
    cache.clear()
    guesses = [web.get(f"/e/{n}/").status_code for n in range(61)]
    assert guesses == [410] * 60 + [429]


def test_pages_keep_apart_from_caches_search_other_sites_scripts_and_cookies(web, cast, booked, invite):
    at(booked, now() + timedelta(hours=3))
    paths = [path_of(send(booked, cast.ana)) for send in links.SENDERS.values() if send is not links.send_choose]
    for answer in [web.get(path) for path in [invite, *paths, "/e/x/"]] + [web.post(invite, {"act": "no"})]:
        assert answer["Cache-Control"] == "no-store" and answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Robots-Tag"] == "noindex, nofollow" and not answer.cookies
        policy = answer["Content-Security-Policy"]
        assert "script-src 'none'" in policy and "default-src 'none'" in policy and "unsafe" not in policy
        assert "<script" not in page_of(answer) and "style=" not in page_of(answer)


# What nobody outside may read -----------------------------------------------------------------------------------------


def test_whole_way_of_an_expert_tells_nothing_of_client_subject_programme_segment_or_fund(web, cast, candidate):
    canaries = {
        "title": "SEKRETTITLE",
        "slug": "sekretslug",
        "subject": "SEKRETSUBJECT plc",
        "question": "SEKRETQUESTION?",
        "thesis": "SEKRETTHESIS",
    }
    type(cast.programme).objects.filter(pk=cast.programme.pk).update(**canaries)
    cast.programme.segments.update(title="SEKRETSEGMENT")
    for n, fund in enumerate((cast.heron, cast.ibis, cast.outsider)):
        type(fund).objects.filter(pk=fund.pk).update(name=f"SEKRETFUND{n}", domain=f"sekret{n}.example")
        Vehicle.objects.create(fund=fund, name=f"SEKRETVEHICLE{n}")
    for person in cast.everyone():
        type(person).objects.filter(pk=person.pk).update(name=f"{person.name} SEKRETSURNAME")
    cast.programme.refresh_from_db()
    candidate.refresh_from_db()
    candidates.invite(candidate=candidate, by=cast.ana)
    pages = []

    def ask(path: str, **body: str) -> str:
        cache.clear()
        answers = [web.get(path)] + ([web.post(path, body)] if body else [])
        pages.extend(page_of(answer) + str(dict(answer.items())) for answer in answers)
        assert answers[-1].status_code == 200, pages[-1]
        return page_of(answers[-1])

    ask(path_of(Message.objects.get().link), act="interested")
    call = make_interview(
        cast.programme,
        type(cast.ana).objects.get(pk=cast.ana.pk),
        state="open",
        expert=candidate.expert,
        starts_at=None,
    )
    call.chaperone = type(cast.cora).objects.get(pk=cast.cora.pk)
    call.save()
    slot, later = tomorrow(), tomorrow() + timedelta(hours=2)
    page = ask(path_of(links.send_choose(call, None)), act="choose", at=value_of(slot), zone="Europe/London")
    page = ask(HREF.findall(page)[0], act="choose", at=value_of(later), zone="Europe/London")
    manage = HREF.findall(page)[0]
    call = at(Interview.objects.get(pk=call.pk), now() + timedelta(hours=3))
    page = ask(path_of(links.send_attest(call)), act="confirm", true="yes", seen=texts.current("attestation").sha256)
    seen_texts = {f"seen_{purpose}": texts.consent_of(purpose).sha256 for purpose in texts.CONSENTS}
    page = ask(HREF.findall(page)[0], act="agree", record="yes", transcribe="yes", quote="yes", **seen_texts)
    page = ask(HREF.findall(page)[0], act="agree", quote="no", **seen_texts)
    ask(manage, act="cancel")
    mails = [message for message in Message.objects.all() if message.to.endswith("@expert.invalid")]
    assert len(mails) >= 5 and len(pages) >= 14
    told = pages + [f"{mail.subject}\n{mail.body}\n{mail.key}" for mail in mails]
    told += [mail.calendar for mail in mails if mail.calendar]
    assert [text[:400] for text in told if "sekret" in text.casefold() or "dana" in text.casefold()] == []
    assert all("Larkspur" in text for text in pages[:4])


def test_programme_whose_code_name_gives_it_away_is_called_nothing(web, cast, candidate):
    type(cast.programme).objects.filter(pk=cast.programme.pk).update(codename="Subject plc", subject="Subject plc")
    candidate.refresh_from_db()
    page = page_of(web.get(path_of(links.send_invite(candidate, cast.ana))))
    assert "Subject" not in page and expert_words.NO_NAME in page
