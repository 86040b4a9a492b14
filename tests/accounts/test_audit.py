import json
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import anchors, audit
from accounts.models import AuditChain, AuditEvent
from tests.intruder import unlock

CHAIN = "programme:test"


def write(count: int, chain: str = CHAIN, by=None) -> None:
    for n in range(count):
        with transaction.atomic():
            audit.record(chain, "counted", "thing:1", by=by, n=n)


@pytest.fixture
def unlocked(db):
    """An intruder with full rights on the database: the triggers are gone."""
    unlock()


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


@pytest.fixture
def guarded(db):
    """The triggers as the migrations leave them: tests that empty tables have put some of them away."""
    if connection.vendor == "sqlite":
        unlock()
        with connection.cursor() as cursor:
            editor = SimpleNamespace(connection=connection, execute=cursor.execute)
            for name in ("0002_audit_append_only", "0006_audit_heads_only_grow"):
                import_module(f"accounts.migrations.{name}").add(None, editor)
    else:
        with connection.cursor() as cursor:
            for table, function in (("auditevent", "audit_append_only"), ("auditchain", "audit_head_only_grows")):
                cursor.execute(
                    f"CREATE TRIGGER no_truncate BEFORE TRUNCATE ON accounts_{table} EXECUTE FUNCTION {function}()"
                )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET verb = 'x'",
        "DELETE FROM accounts_auditevent",
        "UPDATE accounts_auditchain SET length = 1",
        "UPDATE accounts_auditchain SET head = 'x'",
        "UPDATE accounts_auditchain SET name = 'x', length = 9",
        "DELETE FROM accounts_auditchain",
        "TRUNCATE accounts_auditevent",
        "TRUNCATE accounts_auditchain",
    ],
)
def test_database_refuses_change_and_removal(guarded, statement):
    if statement.startswith("TRUNCATE") and connection.vendor == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    write(2)
    with (
        connection.cursor() as cursor,
        pytest.raises(DatabaseError, match="only be added|only grows"),
        transaction.atomic(),
    ):
        cursor.execute(statement)
    write(1)
    assert audit.check(CHAIN).events == 3


def test_actor_of_the_firm_stays_off_a_funds_own_chain(cast):
    """The chain can be handed to the fund as it stands; who it was is on the programme's."""
    write(1, "seat:a:b", by=cast.ada)
    write(1, "seat:a:b", by=cast.rita)
    write(1, by=cast.ada)
    assert [event.actor for event in AuditEvent.objects.order_by("chain", "seq")] == [
        cast.ada.pk,
        None,
        cast.rita.pk,
    ]


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
    assert audit.verify(CHAIN, against=[]).bad is None
    assert [v.bad for v in audit.verify_all()] == [5]


def test_anchor_writes_only_chains_that_moved(db):
    write(2)
    assert (audit.anchor(), audit.anchor()) == (1, 0)
    write(1)
    assert audit.anchor() == 1
    assert [anchor.length for anchor in anchors.of(CHAIN)] == [2, 3]


def test_event_added_behind_the_head_is_named(unlocked):
    write(3)
    last = AuditEvent.objects.get(seq=3)
    last.pk, last.seq, last.prev_hash = None, 4, last.hash
    last.hash = audit.sign(audit.fields_of(CHAIN, tuple(getattr(last, name) for name in audit.COLUMNS)))
    last.save(force_insert=True)
    assert audit.verify(CHAIN).bad == 4
    AuditChain.objects.filter(name=CHAIN).update(length=4, head="0" * 64)
    assert audit.verify(CHAIN).bad == 4


# The file outside the database --------------------------------------------------------------------------------------


@pytest.fixture
def copies(settings, tmp_path):
    """The file in the data folder and a copy on what stands for another disk."""
    (tmp_path / "disk").mkdir()
    settings.AUDIT_ANCHORS = [tmp_path / "disk" / "heads.jsonl"]
    return anchors.paths()


def test_anchor_is_written_to_every_copy_and_either_is_enough(db, copies):
    write(2)
    audit.anchor()
    assert copies[0].read_text() == copies[1].read_text()
    copies[0].unlink()
    assert [anchor.length for anchor in anchors.of(CHAIN)] == [2]


def test_copy_that_was_away_catches_up(db, copies, caplog):
    write(2)
    copies[1].mkdir()
    assert audit.anchor() == 1
    assert "can't be written" in caplog.text
    copies[1].rmdir()
    assert audit.anchor() == 1
    assert json.loads(copies[1].read_text())["length"] == 2


def test_anchor_that_nowhere_can_be_written_is_an_error(db, copies):
    write(1)
    for path in copies:
        path.mkdir()
    with pytest.raises(OSError):
        audit.anchor()


def test_line_that_a_crash_tore_is_passed_over_and_the_next_is_whole(db, copies):
    write(2)
    audit.anchor()
    with copies[0].open("a") as out:
        out.write('{"at": "2026-0')
    write(1)
    audit.anchor()
    found = anchors.read(copies[0])
    assert found.unreadable == (2,)
    assert [anchor.length for anchor in found.anchors[CHAIN]] == [2, 3]


def test_two_anchors_that_differ_at_one_length_do_not_hold(db):
    write(3)
    audit.anchor()
    anchors.write([(CHAIN, 3, "0" * 64)])
    assert audit.verify(CHAIN).bad == 3
