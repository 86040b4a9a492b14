"""Tampering with the audit behind the program's back is found, and the first event that does not hold is named."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts import audit
from accounts.models import AuditChain, AuditEvent
from tests.intruder import unlock

CHAIN = "programme:test"


@pytest.fixture
def chain(db):
    """Six events in a chain, its head anchored outside."""
    with transaction.atomic():
        for number in range(6):
            audit.record(CHAIN, "counted", f"thing:{number}", by=None, number=number)
    audit.anchor()
    return CHAIN


@pytest.fixture
def tamper(chain):
    """Run a statement with the append-only triggers out of the way, as somebody with the database in hand would."""

    def run(statement: str, values: list) -> None:
        unlock()
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    return run


def verdict(capsys) -> tuple[int, str, str]:
    """Exit status and the output of the command."""
    try:
        call_command("verify_audit", "--chain", CHAIN)
    except CommandError as error:
        seen = capsys.readouterr()
        return error.returncode, seen.out, seen.err
    seen = capsys.readouterr()
    return 0, seen.out, seen.err


def test_untouched_chain_holds(chain, capsys):
    assert verdict(capsys) == (
        0,
        f"{CHAIN}: 6 events, whole; agrees with the anchors up to event 6.\nThe chain holds.\n",
        "",
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [("verb", "forgot"), ("at", "2026-01-01 00:00:00+00:00"), ("body", '{"number": 99}'), ("subject", "thing:x")],
)
def test_edited_event_is_named(tamper, capsys, column, value):
    tamper(f"UPDATE accounts_auditevent SET {column} = %s WHERE chain = %s AND seq = 3", [value, CHAIN])
    assert verdict(capsys) == (1, "", f"{CHAIN}: broken at event 3. Event 3 was changed after it was written.\n")


def test_event_resigned_without_the_key_is_named(tamper, capsys):
    tamper("UPDATE accounts_auditevent SET hash = %s WHERE chain = %s AND seq = 4", ["0" * 64, CHAIN])
    assert verdict(capsys) == (1, "", f"{CHAIN}: broken at event 4. Event 4 was changed after it was written.\n")


def test_deleted_event_is_named(tamper, capsys):
    tamper("DELETE FROM accounts_auditevent WHERE chain = %s AND seq = 2", [CHAIN])
    assert verdict(capsys) == (1, "", f"{CHAIN}: broken at event 2. Event 2 is missing.\n")


def test_deleted_event_with_the_rest_renumbered_is_named(tamper, capsys):
    tamper("DELETE FROM accounts_auditevent WHERE chain = %s AND seq = 2", [CHAIN])
    for seq in range(3, 7):
        tamper("UPDATE accounts_auditevent SET seq = %s WHERE chain = %s AND seq = %s", [seq - 1, CHAIN, seq])
    said = "Event 2 does not follow the event before it."
    assert verdict(capsys) == (1, "", f"{CHAIN}: broken at event 2. {said}\n")


def test_reordered_events_are_named(tamper, capsys):
    for old, new in ((2, 100), (3, 2), (100, 3)):
        tamper("UPDATE accounts_auditevent SET seq = %s WHERE chain = %s AND seq = %s", [new, CHAIN, old])
    said = "Event 2 does not follow the event before it."
    assert verdict(capsys) == (1, "", f"{CHAIN}: broken at event 2. {said}\n")


def test_tail_that_was_cut_off_is_seen_against_the_head(tamper, capsys):
    tamper("DELETE FROM accounts_auditevent WHERE chain = %s AND seq > 4", [CHAIN])
    said = "The chain ends after event 4, but later events are on record."
    assert verdict(capsys) == (1, "", f"{CHAIN}: broken at event 5. {said}\n")


def test_tail_cut_off_together_with_the_head_is_seen_against_the_anchor_alone(tamper, capsys, settings):
    tamper("DELETE FROM accounts_auditevent WHERE chain = %s AND seq > 4", [CHAIN])
    last = AuditEvent.objects.get(chain=CHAIN, seq=4)
    AuditChain.objects.filter(name=CHAIN).update(length=4, head=last.hash)
    said = "The chain ends after event 4, but later events are on record."
    assert verdict(capsys) == (1, "", f"{CHAIN}: broken at event 5. {said}\n")
    # Without the anchor the cut would pass: the file outside the database is what finds it.
    (kept := settings.DATA_DIR / "audit-heads.jsonl").unlink()
    assert verdict(capsys) == (
        0,
        f"{CHAIN}: 4 events, whole; no anchor outside the database yet.\nThe chain holds.\n",
        f"{kept} is not there, so nothing can be compared with it.\n",
    )


def test_chain_removed_whole_is_seen_by_the_check_of_all(tamper, capsys):
    tamper("DELETE FROM accounts_auditevent WHERE chain = %s", [CHAIN])
    AuditChain.objects.filter(name=CHAIN).delete()
    with pytest.raises(CommandError, match="1 of 1 chains do not hold."):
        call_command("verify_audit")
    said = "The chain ends after event 0, but later events are on record."
    assert capsys.readouterr().err == f"{CHAIN}: broken at event 1. {said}\n"


def test_all_chains_have_a_verdict_each(chain, capsys):
    with transaction.atomic():
        audit.record(audit.HOUSE, "noted", "thing:1", by=None)
    call_command("verify_audit")
    assert capsys.readouterr().out.splitlines() == [
        "house: 1 event, whole; no anchor outside the database yet.",
        f"{CHAIN}: 6 events, whole; agrees with the anchors up to event 6.",
        "All 2 chains hold.",
    ]


def test_unknown_chain_is_an_error(chain):
    with pytest.raises(CommandError, match="There is no chain called nothing."):
        call_command("verify_audit", "--chain", "nothing")
