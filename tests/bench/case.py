"""A scratch installation with one long interview, for the measurements in this folder."""

import hashlib
import os
import random
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def scratch() -> Path:
    """Settings that point to an empty folder of their own; call it before anything of Django is imported."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    os.environ.update(DATA_DIR=str(folder), LOG_LEVEL="ERROR")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("STATIC_STORAGE", "django.contrib.staticfiles.storage.StaticFilesStorage")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return folder


WORDS = re.findall(
    r"\w+",
    "outage review approval cloud workload team quarter honestly pipeline migration second provider incident deploy engineer "
    "manager board budget latency rollback customer contract because really moved thought never",
)


def long_interview(words: int, tags: int, seed: int = 1) -> tuple[Any, Any]:
    """A cleared text of about `words` words in turns of natural length with `tags` items, some overlapping, some decided.

    Returns (cleared text, the analyst who may decide).
    """
    from accounts.roles import Role
    from synthesis.models import Passage, Suggestion, Tag
    from tests.factories import make_cleared, make_interview, make_programme, make_run, make_user

    rng = random.Random(seed)  # noqa: S311  a made-up text, not a secret
    turns, count = [], 0
    while count < words:
        for role, low, high in (("interviewer", 8, 45), ("expert", 30, 190)):
            n = rng.randint(low, high)
            count += n
            turns.append((role, " ".join(rng.choice(WORDS) for _ in range(n)).capitalize() + "."))
    programme = make_programme()
    ana = make_user("Ana", Role.ANALYST, programme=programme)
    cleared = make_cleared(make_interview(programme, ana), turns=turns)
    questions = list(programme.questions.all())
    run = make_run(cleared)
    expert = [turn for turn in cleared.turns.all() if turn.role == "expert"]
    spans: dict[tuple[int, int], int] = {}
    while len(spans) < tags:
        turn = rng.choice(expert)
        length = min(turn.end - turn.start, rng.randint(80, 420))
        start = turn.start + rng.randint(0, turn.end - turn.start - length)
        spans[start, start + length] = turn.index
    passages = Passage.objects.bulk_create(
        Passage(cleared=cleared, turn_index=index, start=a, end=b) for (a, b), index in spans.items()
    )
    reason = {"words": ["outage", "moved"], "lexical": 3.1, "similarity": 0.55, "stance": ["moved"], "basis": ["we"]}
    choose = rng.choice
    marks = [
        {"stance": choose(["bear", "bull", "mixed", "neutral"]), "basis": choose(["first-hand", "opinion"])}
        for _ in passages
    ]
    suggestions = Suggestion.objects.bulk_create(
        Suggestion(run=run, passage=p, question=choose(questions), score=0.5 + rng.random() / 2, reason=reason, **m)
        for p, m in zip(passages, marks, strict=True)
    )
    Tag.objects.bulk_create(
        Tag(
            passage=s.passage,
            question=s.question,
            stance=s.stance,
            basis=s.basis,
            verdict=choose(["accepted", "accepted", "rejected"]),
            origin="machine",
            suggestion=s,
            model=run.model,
            decided_by=ana,
            decided_at=datetime(2026, 3, 21, tzinfo=UTC),
        )
        for s in suggestions[::3]
    )
    return cleared, ana


def sign_in(user: Any) -> dict[str, str]:
    """A session cookie for this person."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(user)
    return {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
