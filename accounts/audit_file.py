"""A chain, or some of it, as JSON lines that can be checked without the database by who holds the audit key.

Each line is one event with all that its fingerprint covers. The last line is the head: the chain's length and fingerprint
when the file was made, and which events the file holds, signed; so a line that was cut off or taken out is missed.
"""

import hmac
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from accounts import audit
from accounts.audit import COLUMNS, Verdict
from accounts.models import AuditChain

SIGNED = ("chain", "length", "head", "at", "events")
FIELDS = {"chain", "seq", "at", "actor", "verb", "subject", "body", "prev"}


def lines(chain: str, rows: Any) -> Iterator[str]:
    """The lines of a file with these events of the chain (a queryset), in order; the head comes last."""
    stored = AuditChain.objects.filter(name=chain).values_list("length", "head").first()
    length, head = stored or (0, audit.genesis(chain))
    taken: list[list[int]] = []
    wanted = rows.filter(chain=chain, seq__lte=length).order_by("seq").values_list(*COLUMNS)
    for row in wanted.iterator(audit.CHUNK):
        if taken and taken[-1][1] == row[0] - 1:
            taken[-1][1] = row[0]
        else:
            taken.append([row[0], row[0]])
        yield _line({**audit.fields_of(chain, row), "hash": row[-1]})
    signed = {
        "chain": chain,
        "length": length,
        "head": head,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "events": taken,
    }
    yield _line({**signed, "signature": audit.sign(signed)})


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False) + "\n"


def verify(text: Iterable[str]) -> Verdict:
    """Check the lines of a file; `bad` is the first event that was changed, is missing, or stands where it should not."""
    parsed = [_parse(line) for line in text if line.strip()]
    last = parsed[-1] if parsed else None
    events = parsed[:-1] if _is_head(last) else parsed
    chain = next((str(row["chain"]) for row in parsed if row and "chain" in row), "unknown")
    head = last if last is not None and _is_head(last) and last["chain"] == chain and _signed(last) else None
    verdict = _walk(chain, events, _listed(head) if head else None)
    if verdict.bad is not None:
        return verdict
    end = (events[-1] or {}).get("seq", 0) if events else 0
    if last is None or not _is_head(last):
        cut = f"The file has no last line with the head, so what follows event {end} may have been cut off."
        return Verdict(chain, len(events), end + 1, cut)
    if head is None:
        return Verdict(chain, len(events), end + 1, "The last line, which holds the head, was changed.")
    if events and end == head["length"] and events[-1] and events[-1]["hash"] != head["head"]:
        return Verdict(chain, len(events), end, f"Event {end} is not the one that the head names.")
    return verdict


def _walk(chain: str, events: list[dict[str, Any] | None], listed: Iterator[int] | None) -> Verdict:
    """Look at each event: its place, what it follows, its fingerprint. Without the list of a head, gaps can't be judged."""
    seq, previous = 0, audit.genesis(chain)
    for count, event in enumerate(events, start=1):
        due = next(listed, None) if listed is not None else (event or {}).get("seq", seq + 1)
        place = due if due is not None else seq + 1
        if event is None:
            return Verdict(chain, count, place, f"The line of event {place} can't be read.")
        if due is None or event["seq"] != place or event["chain"] != chain or place <= seq:
            wrong = "is missing" if due is not None else "is not one of those that the head lists"
            return Verdict(chain, count, place, f"Event {place} {wrong}.")
        if place == seq + 1 and event["prev"] != previous:
            return Verdict(chain, count, place, f"Event {place} does not follow the event before it.")
        fields = {name: event[name] for name in FIELDS}
        if not hmac.compare_digest(str(event["hash"]).encode(), audit.sign(fields).encode()):
            return Verdict(chain, count, place, f"Event {place} was changed after it was written.")
        seq, previous = place, event["hash"]
    if listed is not None and (missing := next(listed, None)) is not None:
        return Verdict(chain, len(events), missing, f"Event {missing} is missing.")
    return Verdict(chain, len(events), None)


def _parse(line: str) -> dict[str, Any] | None:
    """An event or a head; None when the line is neither."""
    try:
        row = json.loads(line.encode("utf-8", "strict"))
    except ValueError:
        return None
    if not isinstance(row, dict):
        return None
    if _is_head(row):
        return row
    whole = FIELDS | {"hash"} == row.keys() and isinstance(row["seq"], int) and not isinstance(row["seq"], bool)
    return row if whole else None


def _is_head(row: dict[str, Any] | None) -> bool:
    return row is not None and row.keys() == {*SIGNED, "signature"}


def _signed(head: dict[str, Any]) -> bool:
    expected = audit.sign({name: head[name] for name in SIGNED})
    return hmac.compare_digest(str(head["signature"]).encode(), expected.encode())


def _listed(head: dict[str, Any]) -> Iterator[int]:
    return (seq for first, last in head["events"] for seq in range(first, last + 1))
