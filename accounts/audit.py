"""The hash-chained audit: one chain a programme, one for each fund's place in a programme, one for the house.

Each event holds the keyed hash (HMAC-SHA-256) of its own canonical JSON and of the hash before it. A unique index on the
previous hash makes a fork impossible; triggers refuse change and removal; heads written to a file outside the database
(accounts/anchors.py) show a tail that was cut off and a chain that was written anew by who holds the key.
"""

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection, models

from accounts import anchors
from accounts.anchors import Anchor
from accounts.models import AuditChain, AuditEvent, User
from accounts.moves import now

HOUSE = "house"
# A fund's own chain can be handed to the fund as it stands, so nobody of the firm is named in it.
FUNDS_OWN = "seat:"
CHUNK = 5000
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
COLUMNS = ("seq", "at", "actor", "verb", "subject", "body", "prev_hash", "hash")


@dataclass(frozen=True)
class Verdict:
    """What a check of one chain found; `bad` is the first sequence number that does not hold, or None.

    `anchor` is the newest head outside the database that the chain was compared with.
    """

    chain: str
    events: int
    bad: int | None
    reason: str = ""
    anchor: Anchor | None = None

    @property
    def unknown(self) -> bool:
        """True when there is nothing of this name: no event, no head, no anchor."""
        return not self.events and self.bad is None


def sign(fields: dict[str, Any]) -> str:
    """The keyed hash of the canonical JSON of some fields."""
    return hmac.digest(settings.AUDIT_KEY.encode(), _canonical(fields).encode(), "sha256").hex()


def genesis(chain: str) -> str:
    """What the first event of a chain follows."""
    return sign({"genesis": chain})


def fields_of(chain: str, row: tuple[Any, ...]) -> dict[str, Any]:
    """The signed fields of a row of COLUMNS."""
    seq, at, actor, verb, subject, body, prev_hash, _ = row
    return {
        "chain": chain,
        "seq": seq,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": str(actor) if actor else None,
        "verb": verb,
        "subject": subject,
        "body": body,
        "prev": prev_hash,
    }


def record(
    chain: str, verb: str, subject: models.Model | str, *, by: User | None, at: datetime | None = None, **body: Any
) -> AuditEvent:
    """Append one event; the only writer of AuditEvent. Call it last in the service's transaction.

    `body` holds ids, hashes, states and counts, never the words of a person. `at` is given where one instant stands on
    several funds' chains: the moments of writing would tell their order. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit event is written in the transaction of the change that it records.")
    AuditChain.objects.get_or_create(name=chain, defaults={"head": genesis(chain)})
    head = AuditChain.objects.select_for_update().get(name=chain)
    named = by is not None and not (chain.startswith(FUNDS_OWN) and by.of_firm)
    event = AuditEvent(
        chain=chain,
        seq=head.length + 1,
        at=at or now(),
        actor=by.pk if by and named else None,
        verb=verb,
        subject=subject if isinstance(subject, str) else f"{subject._meta.model_name}:{subject.pk}",
        body=json.loads(json.dumps(body, default=str)),
        prev_hash=head.head,
    )
    event.hash = sign(fields_of(chain, tuple(getattr(event, name) for name in COLUMNS)))
    event.save(force_insert=True)
    AuditChain.objects.filter(name=chain).update(length=event.seq, head=event.hash)
    return event


def verify(chain: str, *, against: Iterable[Anchor] | None = None) -> Verdict:
    """Check one chain from its first event on, against its stored head and every anchor outside the database.

    Events may be appended meanwhile. `against` replaces the anchors on file.
    """
    known = anchors.of(chain) if against is None else list(against)
    before = _head(chain)
    walk = Walk(chain, known)
    for row in AuditEvent.objects.filter(chain=chain).order_by("seq").values_list(*COLUMNS).iterator(CHUNK):
        if not walk.step(fields_of(chain, row), row[-1]):
            break
    else:
        walk.end(before, _head(chain))
    return walk.verdict()


class Walk:
    """A check of one chain, event by event; it stops at the first that does not hold."""

    def __init__(self, chain: str, known: Iterable[Anchor]):
        self.chain = chain
        self.known = list(known)
        self.anchored: dict[int, set[str]] = {}
        for anchor in self.known:
            self.anchored.setdefault(anchor.length, set()).add(anchor.head)
        self.previous = genesis(chain)
        self.count = 0
        self.agreed = 0
        self.fault: tuple[int, str] | None = None

    def step(self, fields: dict[str, Any], fingerprint: str) -> bool:
        """Look at the next event; False when it does not hold."""
        self.count += 1
        if fields["seq"] != self.count:
            return self.stop(self.count, f"Event {self.count} is missing.")
        if fields["prev"] != self.previous:
            return self.stop(self.count, f"Event {self.count} does not follow the event before it.")
        if not hmac.compare_digest(fingerprint, sign(fields)):
            return self.stop(self.count, f"Event {self.count} was changed after it was written.")
        if heads := self.anchored.get(self.count):
            if heads != {fingerprint}:
                return self.stop(self.count, self._rewritten())
            self.agreed = self.count
        self.previous = fingerprint
        return True

    def end(self, before: tuple[int, str], after: tuple[int, str]) -> None:
        """Compare the end with the stored heads (length, fingerprint) from before and after the reading."""
        longest = max(self.anchored, default=0)
        if longest > self.count or before[0] > self.count:
            self.stop(self.count + 1, f"The chain ends after event {self.count}, but later events are on record.")
        elif self.count > after[0]:
            self.stop(after[0] + 1, f"Event {after[0] + 1} stands after the end that the stored head names.")
        elif self.count == after[0] and self.previous != after[1]:
            self.stop(self.count, f"Event {self.count} is not the one that the stored head names.")

    def stop(self, bad: int, reason: str) -> bool:
        """Note the first event that does not hold."""
        self.fault = (bad, reason)
        return False

    def verdict(self) -> Verdict:
        newest = self.known[-1] if self.known else None
        bad, reason = self.fault or (None, "")
        return Verdict(self.chain, self.count, bad, reason, newest)

    def _rewritten(self) -> str:
        since = f"Events {self.agreed + 1} to {self.count} may have been rewritten."
        return f"Event {self.count} is not the one that was anchored outside the database. {since}"


def _head(chain: str) -> tuple[int, str]:
    found = AuditChain.objects.filter(name=chain).values_list("length", "head").first()
    return found or (0, genesis(chain))


def names() -> list[str]:
    """Every chain, those included of which only events or an anchor are left."""
    stored = set(AuditChain.objects.values_list("name", flat=True))
    return sorted(
        stored | anchors.chains() | set(AuditEvent.objects.order_by().values_list("chain", flat=True).distinct())
    )


def verify_all() -> Iterator[Verdict]:
    """Check every chain."""
    return map(verify, names())


def check(chain: str) -> Verdict:
    """Verify a chain, note the result beside its head for the pages to show, and anchor a head that holds."""
    verdict = verify(chain)
    AuditChain.objects.filter(name=chain).update(
        checked_at=now(), checked_events=verdict.events, broken_at=verdict.bad, trouble=verdict.reason
    )
    if verdict.bad is None:
        anchor(chain)
    return verdict


def anchor(*chains: str) -> int:
    """Write the heads of these chains, or of all, to the files outside the database; how many had moved.

    Call it after the commit: a head that is then rolled back would be missed for ever.
    """
    heads = AuditChain.objects.filter(length__gt=0).order_by("name")
    if chains:
        heads = heads.filter(name__in=chains)
    return anchors.write(heads.values_list("name", "length", "head"))
