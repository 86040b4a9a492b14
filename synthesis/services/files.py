"""The files of what is released: kept by the hash of their bytes, and read only when they still have it."""

import hashlib
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from synthesis.models import DeliverableFile


@dataclass(frozen=True)
class BuiltFile:
    """One file of an edition as it was stored."""

    name: str
    media_type: str
    sha256: str
    size: int


def read_file(row: DeliverableFile) -> bytes | None:
    """The bytes of a file, or None when they are gone or are not those that were stored."""
    try:
        with default_storage.open(row.storage_name) as stored:
            content = stored.read()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == row.sha256 else None


def store(name: str, media_type: str, content: bytes) -> BuiltFile:
    """Keep bytes under their hash; the same bytes are kept once. A half-written file of a dead worker is replaced."""
    digest = hashlib.sha256(content).hexdigest()
    built = BuiltFile(name, media_type, digest, len(content))
    row = DeliverableFile(name=name, media_type=media_type, sha256=digest, size=len(content))
    if read_file(row) is None:
        default_storage.delete(row.storage_name)
        default_storage.save(row.storage_name, ContentFile(content))
    return built
