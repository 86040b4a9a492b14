import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from interviews.models import ClearedTranscript
from synthesis import portal, search
from synthesis.models import Reading
from synthesis.services import deliverables, summaries
from tests.factories import make_programme, seat_fund
from tests.synthesis.evidence import BEAR, make_evidence, make_frozen, make_released


@pytest.fixture
def evidence(cast):
    return make_evidence(cast)


@pytest.fixture
def version(evidence):
    summary = summaries.draft_summary(cleared=evidence.texts[0], by=evidence.cast.ana)
    summaries.approve_summary(summary=summary, by=evidence.cast.ben)
    return make_released(evidence)


@pytest.fixture
def rita(client, cast):
    client.force_login(cast.rita)
    return client


def page(url_name, cast, **more):
    return reverse(url_name, kwargs={"public_id": cast.programme.pk, **more})


def addresses(cast, version):
    """Every address of the portal under a programme, with real ids."""
    transcript = version.interviews.first().pk
    return [
        page("portal_report", cast),
        page("portal_report_pdf", cast),
        page("portal_file", cast, name="matrix.svg"),
        page("portal_interviews", cast),
        page("portal_interview", cast, transcript_id=transcript),
        page("portal_search", cast) + "?q=outage",
    ]


def test_portal_with_one_programme_goes_to_it(rita, cast):
    assert rita.get(reverse("portal")).url == page("portal_programme", cast)


def test_before_the_release_the_page_tells_the_day_of_delivery_and_nothing_else(rita, evidence):
    make_frozen(evidence)
    cast = evidence.cast
    response = rita.get(page("portal_programme", cast))
    said = response.content.decode()
    assert response.status_code == 200
    assert "31 Mar 2026" in said
    banned = ["moved", "Q1", "Customer confidence", cast.programme.question, "Report", "interview", "Interviews"]
    assert [word for word in banned if word in said] == []
    assert Reading.objects.count() == 0


def test_unreleased_foreign_recalled_and_nonexistent_are_the_same_bytes(client, evidence):
    cast = evidence.cast
    version = make_frozen(evidence)
    client.force_login(cast.rita)
    nothing = client.get("/portal/00000000-0000-4000-8000-000000000000/").content

    def answers(user):
        client.force_login(user)
        return {(client.get(a).status_code, client.get(a).content == nothing) for a in addresses(cast, version)}

    assert answers(cast.rita) == {(404, True)}
    deliverables.approve_report(deliverable=version, by=cast.cora)
    assert answers(cast.rita) == {(404, True)}
    deliverables.release(deliverable=version, by=cast.cora)
    assert answers(cast.rita) == {(200, False)}
    assert answers(cast.olga) == {(404, True)}
    version.refresh_from_db()
    deliverables.recall(deliverable=version, reason="A speaker withdrew.", by=cast.cora)
    assert answers(cast.rita) == {(404, True)}


def test_recalled_text_takes_the_whole_version_away(rita, evidence, version):
    ClearedTranscript.objects.filter(pk=evidence.texts[2].pk).update(recalled_at=evidence.texts[2].cleared_at)
    assert {rita.get(address).status_code for address in addresses(evidence.cast, version)} == {404}


def test_fund_that_gave_up_its_seat_reads_nothing_from_that_instant(rita, evidence, version):
    evidence.programme.seats.filter(fund=evidence.cast.heron).update(state="free", fund=None)
    assert {rita.get(address).status_code for address in addresses(evidence.cast, version)} == {404}
    assert Reading.objects.count() == 0


def test_report_shows_findings_with_both_sides_and_counts_people(rita, evidence, version):
    said = rita.get(page("portal_report", evidence.cast)).content.decode()
    transcript = portal.transcript_ids(version.whole)[version.snapshot["findings"][0]["supporting"][0]["interview"]]
    link = page("portal_interview", evidence.cast, transcript_id=transcript) + "#t1"
    for words in ("1 of 2 customers have moved work.", BEAR, "Director, insurer", "Orders lost", link, version.sha256):
        assert words in said


def test_every_reading_is_on_the_funds_own_record_and_on_no_other(rita, evidence, version):
    cast = evidence.cast
    for address in addresses(cast, version):
        assert rita.get(address).status_code == 200
    items = list(Reading.objects.order_by("pk").values_list("item", flat=True))
    codes = {f"transcript {row['id']}" for row in version.snapshot["interviews"]}
    assert items[:4] == ["report", "file report.pdf", "file matrix.svg", "interviews"]
    assert items[4] in codes and items[5] == "search"
    chain = f"seat:{cast.programme.pk}:{cast.heron.pk}"
    read = AuditEvent.objects.filter(verb="item-read").order_by("seq")
    assert [(event.chain, event.body["item"]) for event in read] == [(chain, item) for item in items]


def test_files_are_served_as_downloads_under_neutral_names(rita, evidence, version):
    response = rita.get(page("portal_report_pdf", evidence.cast))
    assert response.content == b"%PDF-1.7 the report"
    headers = ("Content-Disposition", "X-Content-Type-Options", "Cache-Control", "Content-Type")
    assert [response[name] for name in headers] == [
        'attachment; filename="report.pdf"',
        "nosniff",
        "no-store",
        "application/pdf",
    ]
    assert "sandbox" in response["Content-Security-Policy"]


def test_transcript_page_holds_the_cleared_words_with_role_labels(rita, evidence, version):
    transcript = portal.transcript(version.whole, version.interviews.get(cleared=evidence.texts[0]).pk)
    assert [(turn.label, turn.text) for turn in transcript.turns][:2] == [
        ("Interviewer", "What changed for you?"),
        ("Expert", BEAR),
    ]
    said = rita.get(
        page("portal_interview", evidence.cast, transcript_id=transcript.interview.transcript_id)
    ).content.decode()
    assert BEAR in said and "Dana Whitlock" not in said and "INT-" not in said


def test_interviews_page_shows_approved_summaries_only(rita, evidence, version):
    said = rita.get(page("portal_interviews", evidence.cast)).content.decode()
    assert said.count(BEAR) == 1
    assert said.count("No summary in this version.") == 2


def test_search_finds_turns_with_every_word_and_marks_them(evidence, version):
    found = search.search(version.whole, "OUTAGE moved")
    assert [(p.hit.label, p.hit.time, p.hit.anchor) for p in found.passages] == [("Expert", "0:10", "t1")]
    assert [words for words, is_hit in found.passages[0].parts if is_hit] == ["moved", "outage"]
    assert "".join(words for words, _ in found.passages[0].parts) == BEAR
    assert (found.total, found.interviews) == (1, 1)


def test_search_finds_sentences_of_the_report(evidence, version):
    found = search.search(version.whole, "customers")
    assert [(p.hit.place, p.hit.anchor) for p in found.passages] == [("The report", "F1")]


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("", 0),
        ('"two workloads"', 1),
        ('"workloads two"', 0),
        ("out", 2),
        (".*", 0),
        ("(", 0),
        ('"', 0),
        ("three", 2),
        ("what changed", 3),
    ],
)
def test_search_takes_words_as_they_are(evidence, version, query, total):
    assert search.search(version.whole, query).total == total


def test_search_shortens_long_turns_around_the_hit():
    text = "word " * 200 + "needle " + "word " * 200
    parts = search._parts(text, [search.re.compile("needle")])
    shown = "".join(words for words, _ in parts)
    assert ("needle", True) in parts
    assert shown.startswith("… word") and shown.endswith("word …") and len(shown) < 450


def test_search_reads_no_text_that_is_not_released(cast, evidence, version):
    from tests.factories import make_cleared, make_interview

    make_cleared(make_interview(cast.programme, cast.ana), turns=[("expert", "The canary sang after the outage.")])
    assert search.search(version.whole, "canary").total == 0


def test_portal_pages_take_few_queries_however_many_interviews(rita, evidence, version, django_assert_max_num_queries):
    for address in addresses(evidence.cast, version):
        with django_assert_max_num_queries(32):
            rita.get(address)


def test_staff_get_a_sentence_and_no_portal(client, cast):
    client.force_login(cast.ana)
    response = client.get(page("portal_report", cast))
    assert response.status_code == 403
    assert "Only a fund reader, fund lead or fund compliance may" in response.content.decode()


def test_list_of_programmes_takes_as_many_queries_for_three_as_for_one(
    rita, evidence, version, django_assert_num_queries
):
    def titles():
        with django_assert_num_queries(3):
            return [(row.title, row.released_at is not None) for row in portal.programmes(evidence.cast.rita)]

    assert titles() == [("Programme kestrel", True)]
    for slug in ("avocet", "merlin"):
        seat_fund(make_programme(slug), evidence.cast.heron)
    assert titles() == [("Programme avocet", False), ("Programme kestrel", True), ("Programme merlin", False)]
    said = rita.get(reverse("portal")).content.decode()
    assert "Programme merlin" in said and "To be delivered on" in said
    ClearedTranscript.objects.filter(pk=evidence.texts[2].pk).update(recalled_at=evidence.texts[2].cleared_at)
    assert titles()[1] == ("Programme kestrel", False)


def test_transcript_is_downloaded_as_plain_text_under_a_neutral_name(rita, evidence, version):
    type(evidence.programme).objects.update(synthetic=True)
    row = version.interviews.get(cleared=evidence.texts[0])
    response = rita.get(page("portal_transcript_file", evidence.cast, transcript_id=row.pk))
    code = {pk: code for code, pk in portal.transcript_ids(version.whole).items()}[row.pk]
    assert response["Content-Disposition"] == f'attachment; filename="transcript-{code}.txt"'
    assert response.content.decode().splitlines() == [
        "Synthetic sample data: this person and these words are made up.",
        "",
        "Director, insurer",
        "Customers, 2026-03-18, 60 minutes",
        "",
        "[0:00] Interviewer: What changed for you?",
        "",
        f"[0:10] Expert: {BEAR}",
        "",
        "[0:20] Interviewer: And?",
        "",
        "[0:30] Expert: Honestly, nobody panicked, but the board asked for a second provider.",
    ]
    assert Reading.objects.get().item == f"file transcript {code}"
