"""How long the boards take with few calls and with many: `python -m tests.bench.boards [small] [large]`.

One programme of each size, with candidates, held and booked calls, transcripts, cleared texts and tags. Prints the
queries and the median server time of each board over the test client, and fails when a board asks more of the larger
programme than of the smaller, or takes longer than 300 ms. On SQLite in a scratch folder, or on the empty database of
DATABASE_URL.
"""

import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

RUNS = 9
MOST_MS = 300
BOARDS = {
    "overview": "programme",
    "field": "field",
    "interviews": "interviews",
    "experts": "experts",
    "transcripts": "transcripts",
    "calendar": "calendar",
    "honoraria": "honoraria",
    "field API": "/api/v1/field/?programme={slug}",
}
STATES = ("held", "held", "held", "held", "booked", "booked", "no_show", "open", "late_cancel", "held")


def programme_of(slug: str, calls: int, people: list[Any]) -> Any:
    """A programme with so many calls, spread over its days, half as many further candidates, and words cleared and tagged."""
    from interviews.models import Candidate, ClearedTranscript, Expert, Interview, Transcript
    from research.models import Assignment
    from synthesis.models import Passage, Tag
    from tests.factories import make_programme

    programme = make_programme(slug, synthetic=True)
    Assignment.objects.bulk_create(Assignment(programme=programme, user=user) for user in people)
    segments, question = list(programme.segments.all()), programme.questions.first()
    analysts = [user for user in people if user.role == "analyst"]
    experts = Expert.objects.bulk_create(
        Expert(descriptor=f"Former Director, insurer, left 2025 ({n})") for n in range(calls + calls // 2)
    )
    Candidate.objects.bulk_create(
        Candidate(
            programme=programme,
            expert=expert,
            segment=segments[n % 3],
            descriptor=expert.descriptor,
            state="eligible" if n < calls else ("invited", "screened", "listed")[n % 3],
        )
        for n, expert in enumerate(experts)
    )
    start = datetime(2026, 3, 17, 8, tzinfo=UTC)
    rows = []
    for n in range(calls):
        state = STATES[n % len(STATES)]
        day = 11 + n % 3 if state == "booked" else n % 9
        rows.append(
            Interview(
                programme=programme,
                number=n + 1,
                segment=segments[n % 3],
                expert=experts[n],
                interviewer=analysts[n % len(analysts)],
                descriptor=experts[n].descriptor,
                state=state,
                starts_at=None if state == "open" else start + timedelta(days=day, minutes=7 * (n % 80)),
                zone="Europe/London",
            )
        )
    held = [row for row in Interview.objects.bulk_create(rows) if row.state == "held"]
    texts = Transcript.objects.bulk_create(
        Transcript(
            programme=programme,
            interview=row,
            state="cleared" if n % 4 else "mapped",
            filename=f"{slug}-{n}.txt",
            size=1,
            sha256=f"{slug}-{n}"[:64],
            uploaded_by=row.interviewer,
            text="words " * 2000,
        )
        for n, row in enumerate(held)
    )
    cleared = ClearedTranscript.objects.bulk_create(
        ClearedTranscript(
            programme=programme,
            interview=text.interview,
            transcript=text,
            text=text.text,
            sha256=text.sha256,
            words=2000,
            cleared_at=text.interview.starts_at + timedelta(days=1),
        )
        for text in texts
        if text.state == "cleared"
    )
    passages = Passage.objects.bulk_create(
        Passage(cleared=text, turn_index=0, start=6 * n, end=6 * n + 5) for text in cleared for n in range(20)
    )
    Tag.objects.bulk_create(
        Tag(
            passage=passage,
            question=question,
            verdict="accepted",
            stance="bear",
            basis="opinion",
            origin="person",
            decided_by=analysts[0],
            decided_at=start,
        )
        for passage in passages
    )
    return programme


def address(target: str, slug: str) -> str:
    """Where a board is; empty when there is no such page."""
    from django.urls import NoReverseMatch, reverse

    if target.startswith("/"):
        return target.format(slug=slug)
    try:
        return reverse(target, args=[slug])
    except NoReverseMatch:
        return ""


def measure(client: Any, path: str) -> tuple[int, float, float]:
    """The number of queries of a page, and the medians of its server time and of the web process's own, in milliseconds."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(path)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(path).status_code == 200, path
        queries = len(seen)
    times, own = [], []
    for _ in range(RUNS):
        start, busy = time.perf_counter(), time.process_time()
        client.get(path)
        times.append(1000 * (time.perf_counter() - start))
        own.append(1000 * (time.process_time() - busy))
    return queries, statistics.median(times), statistics.median(own)


def main() -> int:
    sizes = [int(value) for value in sys.argv[1:3]] or [10, 1000]
    from tests.bench.case import scratch

    os.environ.setdefault("API_RATE", "100000/min")
    scratch()
    from django.db import connection
    from django.test import Client

    from accounts.roles import Role
    from tests.factories import make_user

    people = [make_user(name, Role.ANALYST) for name in ("Ana", "Ben", "Bea")]
    people.append(make_user("Cora", Role.COMPLIANCE))
    made = [programme_of(f"of-{size}", size, people) for size in sizes]
    client = Client()
    client.force_login(people[0])
    print(f"{connection.vendor}: queries, median server time of {RUNS} in ms, and that of the web process alone")
    print(f"{'board':<12}" + "".join(f"{size:>15} calls" for size in sizes))
    bad = []
    for board, target in BOARDS.items():
        paths = [address(target, programme.slug) for programme in made]
        if not all(paths):
            print(f"{board:<12} is not there")
            continue
        found = [measure(client, path) for path in paths]
        print(f"{board:<12}" + "".join(f"{queries:>7} {ms:>6.0f} {own:>6.0f}" for queries, ms, own in found))
        if len({queries for queries, *_ in found}) > 1:
            bad.append(f"{board} asks more of the larger programme.")
        if max(ms for _, ms, _ in found) > MOST_MS:
            bad.append(f"{board} takes longer than {MOST_MS} ms.")
    print("\n".join(bad) or f"Every board asks the same of both and takes less than {MOST_MS} ms.")
    return len(bad)


if __name__ == "__main__":
    sys.exit(main())
