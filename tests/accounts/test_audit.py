import threading

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import AuditChain, AuditEvent

CHAIN = "programme:test"


def write(count: int, chain: str = CHAIN, by=None) -> None:
    for n in range(count):
        with transaction.atomic():
            audit.record(chain, "counted", "thing:1", by=by, n=n)


@pytest.fixture
def unlocked(db):
    """An intruder with full rights on the database: the triggers are gone."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_update")
            cursor.execute("DROP TRIGGER IF EXISTS audit_no_delete")
        else:
            cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER audit_no_change")


def test_record_outside_a_transaction_is_refused(transactional_db):
    with pytest.raises(RuntimeError, match="in the transaction"):
        audit.record(CHAIN, "counted", "thing:1", by=None)


def test_record_chains_events_and_verify_holds(cast):
    write(3, by=cast.ana)
    events = list(AuditEvent.objects.filter(chain=CHAIN))
    assert [e.seq for e in events] == [1, 2, 3]
    assert [e.prev_hash for e in events[1:]] == [e.hash for e in events[:-1]]
    assert events[0].actor == cast.ana.pk
    assert audit.verify(CHAIN) == audit.Verdict(CHAIN, 3, None)


def test_chains_are_apart(db):
    write(2, "seat:a")
    write(1, "seat:b")
    assert [(v.chain, v.events, v.bad) for v in audit.verify_all()] == [("seat:a", 2, None), ("seat:b", 1, None)]


@pytest.mark.parametrize("statement", ["UPDATE accounts_auditevent SET verb = 'x'", "DELETE FROM accounts_auditevent"])
def test_database_refuses_change_and_removal(db, statement):
    write(1)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE TRIGGER IF NOT EXISTS audit_no_delete BEFORE DELETE ON accounts_auditevent "
                "BEGIN SELECT RAISE(ABORT, 'Audit events can only be added.'); END"
            )
        with pytest.raises(DatabaseError, match="only be added"), transaction.atomic():
            cursor.execute(statement)


TAMPERINGS = {
    "a verb is edited": ("UPDATE accounts_auditevent SET verb = 'x' WHERE seq = 4", 4),
    "an actor is edited": ("UPDATE accounts_auditevent SET actor = NULL WHERE seq = 4", 4),
    "a body is edited": ("UPDATE accounts_auditevent SET body = '{}' WHERE seq = 6", 6),
    "an event is deleted": ("DELETE FROM accounts_auditevent WHERE seq = 5", 5),
    "a range is deleted": ("DELETE FROM accounts_auditevent WHERE seq IN (2, 3)", 2),
    "the tail is cut": ("DELETE FROM accounts_auditevent WHERE seq > 8", 9),
    "the first is deleted": ("DELETE FROM accounts_auditevent WHERE seq = 1", 1),
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_verify_names_the_first_bad_event_when(how, unlocked, cast):
    write(10, by=cast.ana)
    statement, first_bad = TAMPERINGS[how]
    with connection.cursor() as cursor:
        cursor.execute(statement)
    assert audit.verify(CHAIN).bad == first_bad


def test_verify_finds_two_events_that_changed_places(unlocked):
    write(5)
    with connection.cursor() as cursor:
        for old, new in ((2, 99), (3, 2), (99, 3)):
            cursor.execute("UPDATE accounts_auditevent SET seq = %s WHERE seq = %s", [new, old])
    assert audit.verify(CHAIN).bad == 2


def test_only_the_anchor_finds_a_chain_rewritten_with_its_head(unlocked):
    """Whoever holds the key and the database can rewrite both; the file outside still tells."""
    write(6)
    audit.anchor()
    AuditEvent.objects.filter(seq__gt=4).delete()
    last = AuditEvent.objects.get(seq=4)
    AuditChain.objects.filter(name=CHAIN).update(length=4, head=last.hash)
    assert audit.verify(CHAIN).bad is None
    assert [v.bad for v in audit.verify_all()] == [5]


def test_anchor_writes_only_chains_that_moved(db):
    write(2)
    assert (audit.anchor(), audit.anchor()) == (1, 0)
    write(1)
    assert audit.anchor() == 1
    assert audit.anchors()[CHAIN][0] == 3


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_make_one_chain_without_fork_or_gap():
    faults = []

    def work() -> None:
        try:
            write(10)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert audit.verify(CHAIN) == audit.Verdict(CHAIN, 160, None)
