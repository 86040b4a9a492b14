"""Whether tampering with the audit is found: `python -m tests.bench.audit --events 10000 --tamperings 1000 --seed 1`.

Builds a chain in a scratch database (SQLite, or PostgreSQL when DATABASE_URL is set), takes the triggers away, and tampers
with it in every way of KINDS, each undone before the next. Every one must be found, at the event that is named here. Beside
it each is checked without the heads outside the database: the last three kinds must then pass, or the control is worthless.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

CHAIN = "programme:bench"
FAR = 10**9
VERBS = ("tag-accepted", "finding-edited", "item-read", "seat-held", "interview-booked")


@dataclass(frozen=True)
class Stage:
    """A chain of `length` events, anchored after every event of `anchored`."""

    length: int
    anchored: tuple[int, ...]
    rng: random.Random

    def one(self, first: int = 1, last: int | None = None) -> int:
        """Some event."""
        return self.rng.randint(first, last or self.length)

    def next_anchor(self, seq: int) -> int:
        """The first anchored event from this one on."""
        return min(length for length in self.anchored if length >= seq)


def build(events: int, every: int, rng: random.Random) -> Stage:
    """Write a chain through the one writer, and anchor it as the hourly task does."""
    from django.db import transaction

    from accounts import audit
    from accounts.models import User

    people = [User(id=uuid.UUID(int=rng.getrandbits(128), version=4)) for _ in range(5)]
    anchored = [*range(every, events, every), events]
    done = 0
    for end in anchored:
        with transaction.atomic():
            for n in range(done, end):
                body = {"count": n, "codes": ["Q1", "Q2"], "sha256": f"{rng.getrandbits(256):064x}"}
                by = rng.choice([*people, None])
                audit.record(CHAIN, rng.choice(VERBS), f"tag:{uuid.UUID(int=rng.getrandbits(128))}", by=by, **body)
        audit.anchor()
        done = end
    return Stage(events, tuple(anchored), rng)


# What an intruder does. Each returns the first event that the check has to name. ------------------------------------


def rows(seq: int) -> Any:
    from accounts.models import AuditEvent

    return AuditEvent.objects.filter(chain=CHAIN, seq=seq)


def tail(first: int) -> Any:
    from accounts.models import AuditEvent

    return AuditEvent.objects.filter(chain=CHAIN, seq__gte=first)


def set_head(length: int, head: str) -> None:
    from accounts.models import AuditChain

    AuditChain.objects.filter(name=CHAIN).update(length=length, head=head)


def shift(first: int, by: int) -> None:
    """Renumber all from one event on, and the head with them; in two steps, as each number may be there once."""
    from django.db.models import F

    from accounts.models import AuditChain

    tail(first).update(seq=F("seq") + FAR)
    tail(FAR).update(seq=F("seq") - FAR + by)
    AuditChain.objects.filter(name=CHAIN).update(length=F("length") + by)


def edit_field(stage: Stage) -> int:
    seq = stage.one()
    if stage.rng.random() < 0.5:
        rows(seq).update(verb="nothing-done")
    else:
        rows(seq).update(subject=f"tag:{uuid.UUID(int=stage.rng.getrandbits(128))}")
    return seq


def edit_time(stage: Stage) -> int:
    event = rows(seq := stage.one()).get()
    rows(seq).update(at=event.at + timedelta(microseconds=stage.rng.choice([-1, 1, 10**6, -86400 * 10**6])))
    return seq


def edit_actor(stage: Stage) -> int:
    event = rows(seq := stage.one()).get()
    rows(seq).update(actor=None if event.actor else uuid.uuid4())
    return seq


def edit_body(stage: Stage) -> int:
    event = rows(seq := stage.one()).get()
    body = stage.rng.choice([{}, event.body | {"count": event.body["count"] + 1}, event.body | {"note": "x"}])
    rows(seq).update(body=body)
    return seq


def delete_one(stage: Stage) -> int:
    """With what follows renumbered, or with the gap left."""
    seq = stage.one(last=stage.length - 1)
    rows(seq).delete()
    if stage.rng.random() < 0.5:
        shift(seq + 1, -1)
    return seq


def delete_range(stage: Stage) -> int:
    first = stage.one()
    tail(first).filter(seq__lte=stage.one(first)).delete()
    return first


def insert(stage: Stage) -> int:
    """An event that was never written, between two that were; the intruder has no key."""
    seq = stage.one()
    event = rows(seq).get()
    shift(seq, 1)
    forged = f"{stage.rng.getrandbits(256):064x}"
    event.pk, event.seq, event.prev_hash, event.hash = None, seq, forged, forged[::-1]
    event.save(force_insert=True)
    return seq


def swap(stage: Stage) -> int:
    first, second = sorted(stage.rng.sample(range(1, stage.length + 1), 2))
    for old, new in ((first, FAR), (second, first), (FAR, second)):
        rows(old).update(seq=new)
    return first


def replay(stage: Stage) -> int:
    """An event of before once more at the end, with the head set to it."""
    event, last = rows(stage.one()).get(), rows(stage.length).get()
    event.pk, event.seq, event.prev_hash = None, stage.length + 1, last.hash
    event.save(force_insert=True)
    set_head(event.seq, event.hash)
    return event.seq


def cut_tail(stage: Stage) -> int:
    """The newest events away, and the stored head set back with them."""
    kept = stage.one(last=stage.length - 1)
    tail(kept + 1).delete()
    set_head(kept, rows(kept).get().hash)
    return kept + 1


def rewrite(stage: Stage) -> int:
    """Change one event and sign it and all that follow anew: the intruder has the key."""
    from django.db import connection

    from accounts import audit

    first, previous, changed = stage.one(), None, []
    for row in tail(first).order_by("seq").values_list(*audit.COLUMNS):
        seq, at, actor, verb, subject, body, prev, _ = row
        if previous is None:
            body, previous = body | {"count": -1}, prev
        new = (seq, at, actor, verb, subject, body, previous, "")
        previous = audit.sign(audit.fields_of(CHAIN, new))
        changed.append((new[6], previous, CHAIN, seq))
    event = rows(first).get()
    rows(first).update(body=event.body | {"count": -1})
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE accounts_auditevent SET prev_hash = %s, hash = %s WHERE chain = %s AND seq = %s", changed
        )
    set_head(stage.length, previous or "")
    return stage.next_anchor(first)


def restore(stage: Stage) -> int:
    """Put back the rows and the head as they were at some time, and let the application go on from there."""
    from accounts import audit

    kept = cut_tail(stage) - 1
    more = stage.rng.choice([0, stage.rng.randint(1, 50)])
    for _ in range(more):
        audit.record(CHAIN, "tag-accepted", "tag:0", by=None)
    return min(stage.next_anchor(kept + 1), kept + more + 1)


KINDS: dict[str, Callable[[Stage], int]] = {
    "edit a field": edit_field,
    "edit the time": edit_time,
    "edit the actor": edit_actor,
    "edit the body": edit_body,
    "delete one": delete_one,
    "delete a range": delete_range,
    "insert one": insert,
    "swap two": swap,
    "replay one": replay,
    "cut the tail": cut_tail,
    "rewrite with the key": rewrite,
    "restore an older copy": restore,
}
ANCHOR_ONLY = ("cut the tail", "rewrite with the key", "restore an older copy")


# The trial ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Score:
    """Of `tried` tamperings of a kind: found, named at the right event, found without the heads outside the database."""

    tried: int = 0
    found: int = 0
    right: int = 0
    alone: int = 0


def trial(stage: Stage, tamperings: int) -> dict[str, Score]:
    """Tamper so many times, each kind in turn; what was done is undone before the next."""
    scores = {name: Score() for name in KINDS}
    for number in range(tamperings):
        name = list(KINDS)[number % len(KINDS)]
        expected, found, alone = once(stage, KINDS[name])
        old = scores[name]
        scores[name] = replace(
            old,
            tried=old.tried + 1,
            found=old.found + (found is not None),
            right=old.right + (found == expected),
            alone=old.alone + (alone is not None),
        )
    return scores


def once(stage: Stage, tamper: Callable[[Stage], int]) -> tuple[int, int | None, int | None]:
    """One tampering: the event to be named, the event named, and the event named without the heads outside."""
    from django.db import transaction

    from accounts import audit

    with transaction.atomic():
        expected = tamper(stage)
        found, alone = audit.verify(CHAIN).bad, audit.verify(CHAIN, against=[]).bad
        transaction.set_rollback(True)
    return expected, found, alone


@contextmanager
def scratch() -> Iterator[None]:
    """A database and a data folder of its own; a PostgreSQL database is dropped afterwards."""
    made, server = "", os.environ.get("DATABASE_URL", "")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.environ.update(DATA_DIR=folder, LOG_LEVEL="ERROR", DJANGO_SETTINGS_MODULE="config.settings")
        if server:
            import psycopg

            made = f"bench_{uuid.uuid4().hex[:10]}"
            admin = psycopg.connect(server, autocommit=True)
            admin.execute(f"CREATE DATABASE {made}")
            os.environ.update(
                DATABASE_URL=f"{server.rsplit('/', 1)[0]}/{made}",
                SECRET_KEY="scratch",
                AUDIT_KEY="scratch",
                IDENTITY_KEY="M2tzY3JhdGNoc2NyYXRjaHNjcmF0Y2hzY3JhdGNoMTI=",
                ALLOWED_HOSTS="localhost",
                HTTPS="off",
            )
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connection.close()
            if made:
                connection.close_pool()
                admin.execute(f"DROP DATABASE {made} WITH (FORCE)")
                admin.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--tamperings", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with scratch():
        from django.db import connection

        from accounts import audit
        from tests.intruder import unlock

        stage = build(given.events, max(given.events // 10, 1), random.Random(given.seed))
        unlock()
        start = time.perf_counter()
        before = audit.verify(CHAIN)
        took = time.perf_counter() - start
        print(f"{connection.vendor}: {before.events} events verified in {took:.2f} s, seed {given.seed}")
        scores = trial(stage, given.tamperings)
        after = audit.verify(CHAIN)
    print(f"{'kind':24}{'tried':>7}{'found':>7}{'right event':>13}{'found without anchors':>23}")
    for name, score in scores.items():
        print(f"{name:24}{score.tried:7}{score.found:7}{score.right:13}{score.alone:23}")
    total = [sum(getattr(score, field) for score in scores.values()) for field in ("tried", "found", "right", "alone")]
    print(f"{'all':24}{total[0]:7}{total[1]:7}{total[2]:13}{total[3]:23}")
    whole = before.bad is None and after.bad is None
    print("The untouched chain holds before and after." if whole else "THE UNTOUCHED CHAIN DOES NOT HOLD.")
    control = all(scores[name].alone == 0 for name in ANCHOR_ONLY)
    if not control:
        print("THE CONTROL FAILS: without the anchors a kind that needs them was found.")
    return 0 if whole and control and total[0] == total[1] == total[2] else 1


if __name__ == "__main__":
    sys.exit(main())
