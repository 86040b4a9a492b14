"""Heads of the audit chains in a file outside the database, where somebody who holds the database does not reach.

Each line is {"at", "chain", "length", "head"}: after so many events the chain ended in this fingerprint. Lines are only ever
appended, to `audit-heads.jsonl` in the data folder and to every further copy that AUDIT_ANCHORS names. All lines count,
not only the newest: an old one finds what was rewritten and then anchored again.
"""

import json
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Anchor:
    """After `length` events the chain ended in `head`; written down at `at`."""

    at: datetime
    length: int
    head: str


@dataclass(frozen=True)
class Copy:
    """One file: the anchors of each chain in the order of their writing, and the numbers of lines that can't be read."""

    anchors: dict[str, tuple[Anchor, ...]]
    unreadable: tuple[int, ...] = ()


def paths() -> list[Path]:
    """The file in the data folder, and the further copies."""
    return [settings.DATA_DIR / "audit-heads.jsonl", *map(Path, settings.AUDIT_ANCHORS)]


def of(chain: str) -> list[Anchor]:
    """All anchors of a chain, from all copies, the shortest chain first."""
    found = {anchor for path in paths() for anchor in read(path).anchors.get(chain, ())}
    return sorted(found, key=lambda anchor: (anchor.length, anchor.at))


def chains() -> set[str]:
    """The names of all chains that were ever anchored."""
    return {name for path in paths() for name in read(path).anchors}


def read(path: Path) -> Copy:
    """What a copy holds; nothing when it is not there or its disk fails. Parsed again only when the file has changed."""
    try:
        state = path.stat()
        return _parsed(path, state.st_mtime_ns, state.st_size)
    except FileNotFoundError:
        return Copy({})
    except OSError as error:
        log.error("The audit's anchors can't be read from %s: %s", path, error)
        return Copy({})


@lru_cache(maxsize=8)
def _parsed(path: Path, changed: int, size: int) -> Copy:
    found: dict[str, list[Anchor]] = {}
    unreadable = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            anchor = Anchor(datetime.fromisoformat(entry["at"]), int(entry["length"]), str(entry["head"]))
            found.setdefault(str(entry["chain"]), []).append(anchor)
        except (ValueError, TypeError, KeyError):
            unreadable.append(number)
    return Copy({name: tuple(lines) for name, lines in found.items()}, tuple(unreadable))


def write(heads: Iterable[tuple[str, int, str]]) -> int:
    """Append to every copy each head (chain, length, fingerprint) that is not the newest there; how many were new to any.

    A copy that can't be written is logged and catches up next time. OSError when none can.
    """
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    wanted, written, trouble = list(heads), set(), []
    for path in paths():
        known = read(path).anchors
        new = [head for head in wanted if not _ends_in(known.get(head[0], ()), head)]
        lines = [json.dumps({"at": stamp, "chain": c, "length": n, "head": h}) + "\n" for c, n, h in new]
        try:
            _append(path, "".join(lines))
        except OSError as error:
            log.error("The audit's anchors can't be written to %s: %s", path, error)
            trouble.append(error)
        else:
            written.update(new)
    if len(trouble) == len(paths()):
        raise trouble[0]
    return len(written)


def _ends_in(known: tuple[Anchor, ...], head: tuple[str, int, str]) -> bool:
    return bool(known) and (known[-1].length, known[-1].head) == head[1:]


def _append(path: Path, text: str) -> None:
    """One write at the end of the file, on the disk before this returns; a line that a crash tore is closed first."""
    if not text:
        return
    with path.open("a+b") as out:
        if out.tell() and _last_byte(path) != b"\n":
            text = "\n" + text
        out.write(text.encode())
        out.flush()
        os.fsync(out.fileno())


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
