"""Where the bytes of uploaded transcripts lie: by their hash, sealed, never under the name they came with.

A file is written under a temporary name while it is counted and hashed, forced to disk and renamed; only then may a row
name it. So a row without a file cannot be; a file without a row can (the process died in between): `sweep` removes it.
"""

import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.core.files.storage import default_storage

from accounts.moves import Invalid
from interviews.importers import MAX_BYTES
from interviews.importers.refusals import SENTENCES
from interviews.models import Transcript

CHUNK = 256 * 1024
# Longer than any upload takes, so that a sweep never takes a file from under a request.
ORPHAN_AGE = 60 * 60


@dataclass(frozen=True)
class Kept:
    """Bytes that lie in the store."""

    sha256: str
    size: int


def path_of(sha256: str) -> Path:
    """The file that holds the bytes of this hash."""
    return Path(default_storage.path(Transcript(sha256=sha256).storage_name))


def chunks_of(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of an open file, a piece at a time."""
    while piece := stream.read(CHUNK):
        yield piece


def keep(chunks: Iterable[bytes]) -> Kept:
    """Store bytes and return their hash and size. Invalid, with nothing left behind, when they pass the limit."""
    folder = Path(default_storage.path("incoming"))
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{uuid.uuid4().hex}.part"
    digest, size = hashlib.sha256(), 0
    try:
        with part.open("xb") as out:
            for piece in chunks:
                size += len(piece)
                if size > MAX_BYTES:
                    raise Invalid(SENTENCES["too_large"].format(limit=MAX_BYTES // 1_000_000))
                digest.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        sha256 = digest.hexdigest()
        final = path_of(sha256)
        final.parent.mkdir(parents=True, exist_ok=True)
        part.replace(final)
        _sync(final.parent)
    finally:
        part.unlink(missing_ok=True)
    return Kept(sha256, size)


def _sync(folder: Path) -> None:
    """Make a rename last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(*, older_than: float = ORPHAN_AGE) -> int:
    """Remove parts of broken uploads and files that no row names, once they are older than `older_than` seconds."""
    root, line, removed = Path(default_storage.path("")), time.time() - older_than, 0
    for path in [*root.glob("incoming/*.part"), *root.glob("sources/*/*")]:
        if path.stat().st_mtime > line:
            continue
        if path.suffix == ".part" or not Transcript.objects.filter(sha256=path.name).exists():
            path.unlink(missing_ok=True)
            removed += 1
    return removed
