"""Sixteen writers append to one chain at once: no fork, no gap. Beside it, the same race with lock and index off.

The threads run on the test database, the processes on a scratch installation of their own; SQLite, or PostgreSQL when
DATABASE_URL is set.
"""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.models import AuditChain, AuditEvent
from tests.concurrency.conftest import ROOT

CHAIN = "programme:race"
WRITERS, EACH = 16, 100


def race(work: Callable[[], None], writers: int = WRITERS) -> list[str]:
    """Start every writer at one instant, each in a thread with a connection of its own; what went wrong."""
    gate, faults = threading.Barrier(writers), []

    def run() -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            work()
        except Exception as fault:
            faults.append(f"{type(fault).__name__}: {fault}")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return faults


@pytest.fixture(autouse=True)
def _room_for_every_writer(request, monkeypatch):
    """On PostgreSQL the pool of connections must not be what serialises the race."""
    if connection.vendor == "postgresql" and "transactional_db" in request.fixturenames:
        connection.close_pool()
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", {"min_size": 1, "max_size": WRITERS + 4})
        # The queue is what is tested here, not how long one waits in it.
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c lock_timeout=60000")
        yield
        connection.close_pool()
    else:
        yield


def forks(hashes: list[str]) -> int:
    """How many events follow an event that another follows already."""
    return sum(count - 1 for count in Counter(hashes).values())


def test_sixteen_threads_append_a_hundred_events_each_without_fork_or_gap(transactional_db):
    def append() -> None:
        for n in range(EACH):
            with transaction.atomic():
                audit.record(CHAIN, "counted", "thing:1", by=None, n=n)

    assert race(append) == []
    rows = list(AuditEvent.objects.filter(chain=CHAIN).order_by("seq").values_list("seq", "prev_hash"))
    assert [seq for seq, _ in rows] == list(range(1, WRITERS * EACH + 1))
    assert forks([previous for _, previous in rows]) == 0
    assert audit.verify(CHAIN) == audit.Verdict(CHAIN, WRITERS * EACH, None)


def test_chain_that_grows_while_it_is_checked_holds_each_time(transactional_db):
    """An append between reading the events and reading the head is no cut tail."""
    done, verdicts = threading.Event(), []

    def append() -> None:
        for n in range(200):
            with transaction.atomic():
                audit.record(CHAIN, "counted", "thing:1", by=None, n=n)

    def check() -> None:
        while not done.is_set():
            verdicts.append(audit.verify(CHAIN, against=[]).bad)
        connection.close()

    checker = threading.Thread(target=check)
    checker.start()
    faults = race(append, writers=2)
    done.set()
    checker.join(timeout=60)
    assert faults == []
    assert len(verdicts) > 3
    assert set(verdicts) == {None}


WRITE = """
import sys
import django; django.setup()
from django.db import transaction
from accounts import audit
sys.stdin.readline()
for n in range(int(sys.argv[1])):
    with transaction.atomic():
        audit.record("programme:race", "counted", "thing:1", by=None, n=n)
"""


def test_sixteen_processes_append_a_hundred_events_each_without_fork_or_gap(workplace):
    env = {**workplace.env, "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", WRITE, str(EACH)]
    pipes = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen(command, cwd=ROOT, env=env, **pipes) for _ in range(WRITERS)]
    # All are started before any is told to begin.
    for writer in writers:
        writer.stdin.write("\n")
        writer.stdin.flush()
    assert [writer.communicate(timeout=300)[1] for writer in writers] == [""] * WRITERS
    rows = workplace.query("SELECT seq, prev_hash FROM accounts_auditevent WHERE chain = 'programme:race' ORDER BY seq")
    assert [seq for seq, _ in rows] == list(range(1, WRITERS * EACH + 1))
    assert forks([previous for _, previous in rows]) == 0
    assert f"{WRITERS * EACH} events, whole" in workplace.manage("verify_audit", "--chain", CHAIN)


# The control: a writer that reads the head and appends to what it saw -----------------------------------------------


@pytest.fixture
def heads(transactional_db):
    """A chain with one event, whose head two writers read before either has written."""
    with transaction.atomic():
        audit.record(CHAIN, "counted", "thing:1", by=None)
    return threading.Barrier(2)


def naive(heads: threading.Barrier, insert: Callable[[int, str, str], None]) -> None:
    head = AuditChain.objects.get(name=CHAIN)
    heads.wait(timeout=60)
    insert(head.length + 1, head.head, f"{threading.get_ident():064x}")


def test_control_writer_without_the_lock_is_refused_by_the_index(heads):
    def insert(seq: int, previous: str, fingerprint: str) -> None:
        AuditEvent.objects.create(
            chain=CHAIN, seq=seq, at="2026-01-01T00:00Z", verb="x", subject="y", prev_hash=previous, hash=fingerprint
        )

    faults = race(lambda: naive(heads, insert), writers=2)
    assert [fault.split(":")[0] for fault in faults] == [IntegrityError.__name__]
    assert AuditEvent.objects.filter(chain=CHAIN).count() == 2


def test_control_writer_without_lock_and_index_forks(heads):
    """The same two writers on a copy of the table that has no index: both follow the one event."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE naive_event AS SELECT * FROM accounts_auditevent WHERE 1 = 0")

    def insert(seq: int, previous: str, fingerprint: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO naive_event (chain, seq, prev_hash, hash) VALUES (%s, %s, %s, %s)",
                [CHAIN, seq, previous, fingerprint],
            )

    try:
        assert race(lambda: naive(heads, insert), writers=2) == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT prev_hash FROM naive_event")
            assert forks([previous for (previous,) in cursor.fetchall()]) == 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE naive_event")
