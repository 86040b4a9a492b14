"""Some of each kind of tampering with the audit; the bench of the same name does a thousand of a larger chain."""

import random

import pytest

from accounts import audit
from tests.bench.audit import ANCHOR_ONLY, CHAIN, KINDS, build, once
from tests.intruder import unlock

EVENTS = 60


@pytest.fixture
def stage(db):
    stage = build(EVENTS, 20, random.Random(7))
    unlock()
    return stage


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found_at_the_right_event(stage, kind):
    """Without the heads outside the database three kinds would pass: whoever has the key can sign anew."""
    for _ in range(4):
        expected, found, alone = once(stage, KINDS[kind])
        assert found == expected
        assert alone == (None if kind in ANCHOR_ONLY else expected)
    assert audit.verify(CHAIN).bad is None


def test_older_anchor_finds_what_was_rewritten_before_a_newer_one(stage):
    """The intruder waits for the next anchor, which then agrees with the forged chain; the one before does not."""
    from tests.bench.audit import rewrite

    rewritten = rewrite(stage)
    audit.anchor()
    verdict = audit.verify(CHAIN)
    assert verdict.bad == rewritten
    assert verdict.reason.startswith(f"Event {rewritten} is not the one that was anchored outside the database.")


def test_reason_of_a_rewriting_names_the_events_since_the_last_anchor_that_agrees(stage):
    stage.rng.randint = lambda low, high: 27
    KINDS["rewrite with the key"](stage)
    assert audit.verify(CHAIN).reason.endswith("Events 21 to 40 may have been rewritten.")
