"""Tagging under kill -9: what stands in the end is what an undisturbed run gives, without help."""

import random
import time
from pathlib import Path

import pytest

from tests.concurrency.conftest import Workplace
from tests.concurrency.tagging import TEXTS

pytestmark = pytest.mark.crash

KILLS, SEED = 6, 20260317
INSIDE = "from tests.concurrency import tagging\n"
DONE = "print(Job.objects.filter(kind='tag', state='done').count())"
SIZES = "SELECT run_id, count(*) FROM synthesis_suggestion GROUP BY run_id"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    """The encoder's folder, built before the killing starts; empty where its weights are not installed."""
    from synthesis.nlp.graph import EncoderMissing, build_encoder

    folder = tmp_path_factory.mktemp("encoder")
    try:
        return build_encoder(folder)
    except EncoderMissing:
        return folder


@pytest.fixture
def undisturbed(tmp_path_factory, encoder, migrated) -> str:
    """What the same texts give when one process does all the work and nobody disturbs it."""
    place = Workplace(tmp_path_factory.mktemp("undisturbed"), migrated)
    place.env["ENCODER_DIR"] = str(encoder)
    try:
        place.python(INSIDE + "tagging.fill(); tagging.ask(); jobs.drain()")
        return place.python(INSIDE + "print(tagging.found())")
    finally:
        place.close()


def test_kills_during_tagging_lose_no_tag_and_double_none(workplace, encoder, undisturbed):
    workplace.env["ENCODER_DIR"] = str(encoder)
    workplace.python(INSIDE + "tagging.fill(); tagging.ask()")
    decided = workplace.python(INSIDE + "print(tagging.decided())")
    moments, seen = random.Random(SEED), []
    print(f"seed {SEED}")
    for _ in range(KILLS):
        workplace.start_worker(app="config")
        workplace.wait_for_live_owner()
        time.sleep(moments.uniform(0, 1.5))
        workplace.wait_for_live_owner()
        workplace.kill_worker()
        seen.append(dict(workplace.query(SIZES)))
    workplace.start_worker(app="config")
    workplace.wait(DONE, str(TEXTS), patience=180)
    workplace.kill_worker()

    found = workplace.python(INSIDE + "print(tagging.found())")
    assert len(undisturbed.splitlines()) > TEXTS, "there must be something to lose"
    assert sorted(found.splitlines()) == sorted(undisturbed.splitlines())
    sizes = dict(workplace.query(SIZES))
    assert all(sizes[run] == count for moment in seen for run, count in moment.items()), "a run was seen half written"
    shown = workplace.query("SELECT count(*), count(DISTINCT cleared_id) FROM synthesis_run")
    assert shown == [(TEXTS, TEXTS)]
    assert workplace.python(INSIDE + "print(tagging.decided())") == decided
    tagged = workplace.query("SELECT count(*) FROM accounts_auditevent WHERE verb = 'transcript-tagged'")
    assert tagged == [(TEXTS,)]
    interrupted = workplace.query("SELECT sum(expiries) FROM accounts_job")[0][0]
    assert interrupted >= KILLS, "the kills must have hit running work, otherwise this test shows nothing"
