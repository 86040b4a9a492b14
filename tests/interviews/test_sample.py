import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings

from accounts import audit
from interviews import importers, queries, sample
from interviews.models import ClearedTranscript, Interview, Redaction, Transcript
from research import sample as research_sample

CODING = Path(sample.HERE).parents[1] / "synthesis" / "sample" / "coding.json"


@pytest.fixture(scope="module")
def the_sample(django_db_setup, django_db_blocker, tmp_path_factory):
    """The sample, loaded once for the reading tests of this module and rolled back after them."""
    files = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path_factory.mktemp("f")},
    }
    with django_db_blocker.unblock(), override_settings(STORAGES={"default": files}), transaction.atomic():
        programme = research_sample.load(demo=False)
        sample.load(programme)
        yield programme
        transaction.set_rollback(True)


@pytest.fixture
def loaded(the_sample, db):
    return the_sample


def test_sample_shows_a_programme_in_mid_field(loaded):
    states = Counter(Interview.objects.values_list("segment__code", "state"))
    assert states == {
        ("customers", "held"): 6,
        ("managers", "held"): 6,
        ("competitors", "held"): 6,
        ("customers", "booked"): 10,
        ("managers", "booked"): 6,
        ("competitors", "booked"): 5,
        ("customers", "no_show"): 1,
        ("competitors", "no_show"): 1,
        ("customers", "cancelled"): 1,
        ("managers", "cancelled"): 1,
        ("customers", "open"): 2,
        ("managers", "open"): 2,
        ("competitors", "open"): 1,
    }
    assert queries.reference_day(loaded) == date(2026, 3, 26)
    assert queries.calls(loaded, loaded.team.first(), date(2026, 3, 26)).unlogged == 0


def test_sample_transcripts_come_in_nine_formats_and_lose_no_word(loaded):
    rows = Transcript.objects.all()
    assert Counter(rows.values_list("format", flat=True)) == {
        "webvtt": 4,
        "srt": 2,
        "docx": 2,
        "text": 2,
        "markdown": 2,
        "assemblyai-json": 2,
        "deepgram-json": 2,
        "rev-json": 2,
    }
    assert [row.loss["words_in"] - row.loss["words_out"] for row in rows] == [0] * 18
    assert all(900 <= row.loss["words_out"] <= 2500 for row in rows)
    assert {row.state for row in rows} == {"cleared"}


def test_sample_is_cleared_by_two_people_who_sat_in_neither_chair(loaded):
    for row in Transcript.objects.select_related("clearance", "interview"):
        chairs = {row.interview.interviewer_id, row.interview.chaperone_id}
        assert {row.clearance.first_by_id, row.clearance.second_by_id}.isdisjoint(chairs)


def test_sample_names_no_expert_in_cleared_text(loaded):
    by_number = dict(enumerate(sample.calls(), 1))
    for cleared in ClearedTranscript.objects.select_related("interview__expert"):
        who = by_number[cleared.interview.number]["expert"]["name"]
        assert not [part for part in who.split() if part in cleared.text]
        assert who.split()[-1] not in cleared.interview.expert.descriptor


def test_sample_coding_quotes_expert_words_of_the_cleared_text_once(loaded):
    rows = ClearedTranscript.objects.select_related("transcript").prefetch_related("turns")
    by_key = {row.transcript.filename.split(".")[0]: row for row in rows}
    coding = json.loads(CODING.read_text(encoding="utf-8"))
    assert {row["call"].replace("/", "-") for row in coding} == set(by_key)
    for row in coding:
        cleared = by_key[row["call"].replace("/", "-")]
        said = [cleared.text[t.start : t.end] for t in cleared.turns.all() if t.role == "expert"]
        assert [c["quote"] for c in row["codes"] if sum(c["quote"] in words for words in said) != 1] == []
        assert len(row["codes"]) >= 5


def test_sample_descriptors_tell_the_post_that_matters(loaded):
    seen = dict(Interview.objects.filter(state="held").values_list("number", "expert__descriptor"))
    by_key = {call["key"]: seen[number] for number, call in enumerate(sample.calls(), 1) if "key" in call}
    assert by_key["managers-01"] == "Former Engineering Manager, hyperscaler, left 2025"
    assert by_key["competitors-01"] == "Former Sales Director, hyperscaler, left 2025"
    assert by_key["customers-01"] == "Current Vice President, insurer"


def test_sample_loaded_twice_is_there_once(loaded):
    def counts():
        return [model.objects.count() for model in (Interview, Transcript, ClearedTranscript, Redaction)]

    before = counts()
    sample.load(loaded)
    assert counts() == before == [48, 18, 18, before[3]]
    assert audit.verify(loaded.chain).bad is None


@pytest.mark.parametrize("suffix", [".vtt", ".docx", ".md", ".json"])
def test_sample_files_say_that_they_are_synthetic_where_the_format_has_room(suffix):
    for path in (sample.HERE / "transcripts").glob(f"*{suffix}"):
        data = path.read_bytes()
        told = b"Synthetic sample transcript" in data if suffix != ".docx" else _docx_says(data)
        assert told and "Synthetic" not in "".join(t.text for t in importers.parse(data).turns)


def _docx_says(data):
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(data)) as box:
        return b"Synthetic sample transcript" in box.read("docProps/core.xml")


def test_sample_is_cleared_on_its_own_calendar_after_each_call(loaded):
    rows = ClearedTranscript.objects.values_list("interview__starts_at", "cleared_at")
    assert all(held.date() <= cleared.date() <= date(2026, 3, 26) for held, cleared in rows)
    days = Counter(cleared.date().isoformat() for _, cleared in rows)
    assert days == {"2026-03-20": 3, "2026-03-23": 3, "2026-03-24": 3, "2026-03-25": 3, "2026-03-26": 6}
