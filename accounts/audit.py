"""The hash-chained audit: one chain a programme, one a fund seat, one for the house.

Each event holds the keyed hash (HMAC-SHA-256) of its own canonical JSON and of the hash before it. A unique index on the
previous hash makes a fork impossible; triggers refuse change and removal; heads written to a file outside the database show
a tail that was cut off.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection, models

from accounts.models import AuditChain, AuditEvent, User
from accounts.moves import now

HOUSE = "house"


@dataclass(frozen=True)
class Verdict:
    """What a check of one chain found; `bad` is the first sequence number that does not hold, or None."""

    chain: str
    events: int
    bad: int | None
    reason: str = ""


def _sign(fields: dict[str, Any]) -> str:
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(settings.AUDIT_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def _genesis(chain: str) -> str:
    return _sign({"genesis": chain})


def _fields(event: AuditEvent) -> dict[str, Any]:
    return {
        "chain": event.chain,
        "seq": event.seq,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": str(event.actor) if event.actor else None,
        "verb": event.verb,
        "subject": event.subject,
        "body": event.body,
        "prev": event.prev_hash,
    }


def record(chain: str, verb: str, subject: models.Model | str, *, by: User | None, **body: Any) -> AuditEvent:
    """Append one event; the only writer of AuditEvent. Call it last in the service's transaction.

    `body` holds ids, hashes, states and counts, never the words of a person. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit event is written in the transaction of the change that it records.")
    AuditChain.objects.get_or_create(name=chain, defaults={"head": _genesis(chain)})
    head = AuditChain.objects.select_for_update().get(name=chain)
    event = AuditEvent(
        chain=chain,
        seq=head.length + 1,
        at=now(),
        actor=by.pk if by else None,
        verb=verb,
        subject=subject if isinstance(subject, str) else f"{subject._meta.model_name}:{subject.pk}",
        body=json.loads(json.dumps(body, default=str)),
        prev_hash=head.head,
    )
    event.hash = _sign(_fields(event))
    event.save(force_insert=True)
    AuditChain.objects.filter(name=chain).update(length=event.seq, head=event.hash)
    return event


def verify(chain: str, *, anchor: tuple[int, str] | None = None) -> Verdict:
    """Check one chain from its first event on, and against its stored head and an outside anchor (length, head)."""
    previous, count = _genesis(chain), 0
    for event in AuditEvent.objects.filter(chain=chain).order_by("seq").iterator(2000):
        count += 1
        if event.seq != count:
            return Verdict(chain, count, count, f"Event {count} is missing.")
        if event.prev_hash != previous:
            return Verdict(chain, count, count, f"Event {count} does not follow the event before it.")
        if not hmac.compare_digest(event.hash, _sign(_fields(event))):
            return Verdict(chain, count, count, f"Event {count} was changed after it was written.")
        if anchor and count == anchor[0] and event.hash != anchor[1]:
            return Verdict(chain, count, count, f"Event {count} is not the one that was anchored outside the database.")
        previous = event.hash
    head = AuditChain.objects.filter(name=chain).first()
    if count != (head.length if head else 0) or (head and head.head != previous) or (anchor and anchor[0] > count):
        return Verdict(chain, count, count + 1, f"The chain ends after event {count}, but later events are on record.")
    return Verdict(chain, count, None)


def anchors() -> dict[str, tuple[int, str]]:
    """The newest anchored length and head of every chain, from the file outside the database."""
    found: dict[str, tuple[int, str]] = {}
    path = settings.DATA_DIR / "audit-heads.jsonl"
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            found[entry["chain"]] = (entry["length"], entry["head"])
    return found


def anchor() -> int:
    """Append the head of every chain that moved to the file outside the database; the number written."""
    known = anchors()
    moved = [head for head in AuditChain.objects.all() if known.get(head.name) != (head.length, head.head)]
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    with (settings.DATA_DIR / "audit-heads.jsonl").open("a", encoding="utf-8") as out:
        for head in moved:
            out.write(json.dumps({"at": stamp, "chain": head.name, "length": head.length, "head": head.head}) + "\n")
    return len(moved)


def verify_all() -> Iterator[Verdict]:
    """Check every chain, those included of which only the anchor is left."""
    known = anchors()
    names = (
        set(AuditChain.objects.values_list("name", flat=True))
        | set(known)
        | set(AuditEvent.objects.values_list("chain", flat=True).distinct())
    )
    for name in sorted(names):
        yield verify(name, anchor=known.get(name))
