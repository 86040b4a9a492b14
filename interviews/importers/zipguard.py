"""Opens a ZIP container only if unpacking it is harmless, and counts again while reading.

Limits: at most 2,000 entries, 50 MB in all, 25 MB a part, a part over 1 MB at most 200 times its packed size; no
encryption, no link, no path that leaves the container, no entry twice, no entries that overlap (so that few bytes
cannot count many times), only the two common packing methods.
"""

import io
import stat
import struct
import zipfile
import zlib
from pathlib import PurePosixPath

from .refusals import Unreadable, refuse

MOST_ENTRIES = 2_000
MOST_BYTES = 50_000_000
LARGEST_PART = 25_000_000
MOST_RATIO = 200
# small honest parts pack very well: an empty theme, a page of spaces
RATIO_FROM = 1_000_000
_DIRECTORY_BYTES = 2_000_000
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_CHUNK = 256_000


class Container:
    """A checked ZIP; `read` gives one part's bytes, `names` all parts."""

    def __init__(self, data: bytes) -> None:
        """Raises Unreadable if the container is damaged or unsafe."""
        _check_directory(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, EOFError, OverflowError):
            raise refuse("docx_damaged") from None
        entries = self._zip.infolist()
        _check_entries(entries)
        _check_overlap(entries, data)
        self._entries = {entry.filename: entry for entry in entries}
        self._read = 0

    @property
    def names(self) -> list[str]:
        """The names of all parts, in the order of the container."""
        return list(self._entries)

    def read(self, name: str) -> bytes:
        """One part unpacked. Raises Unreadable if it is missing, damaged or larger than it may be."""
        if name not in self._entries:
            raise refuse("docx_damaged")
        try:
            with self._zip.open(self._entries[name]) as part:
                return b"".join(self._chunks(part))
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            ValueError,
            struct.error,
            OSError,
        ):
            raise refuse("docx_damaged") from None

    def _chunks(self, part):
        size = 0
        while chunk := part.read(_CHUNK):
            size += len(chunk)
            self._read += len(chunk)
            if size > LARGEST_PART or self._read > MOST_BYTES:
                raise refuse("docx_bomb")
            yield chunk


def _check_directory(data: bytes) -> None:
    """Look at the end record before anything is made of it, so that a list of a million entries is never built."""
    at = data.rfind(_END, max(len(data) - 65_557, 0))
    if at < 0 or len(data) < at + 22:
        raise refuse("docx_damaged")
    count, size = struct.unpack("<H", data[at + 10 : at + 12])[0], struct.unpack("<L", data[at + 12 : at + 16])[0]
    if data[max(at - 20, 0) : at].startswith(_END64) or count > MOST_ENTRIES or size > _DIRECTORY_BYTES:
        raise refuse("docx_bomb")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise refuse("docx_bomb")
    if len({entry.filename for entry in entries}) < len(entries):
        raise refuse("docx_unsafe", reason="one name stands for two parts")
    for entry in entries:
        if entry.file_size > LARGEST_PART:
            raise refuse("docx_bomb")
        if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
            raise refuse("docx_bomb")
        if reason := _unsafe(entry):
            raise refuse("docx_unsafe", reason=reason)


def _unsafe(entry: zipfile.ZipInfo) -> str:
    name = entry.filename
    if entry.flag_bits & 0x41:
        return "a part is encrypted"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a part is a link"
    if ".." in PurePosixPath(name.replace("\\", "/")).parts or name.startswith(("/", "\\")) or ":" in name:
        return "a part leaves its folder"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "a rare packing method"
    return ""


def _check_overlap(entries: list[zipfile.ZipInfo], data: bytes) -> None:
    """Each entry ends before the next begins."""
    end = 0
    for entry in sorted(entries, key=lambda item: item.header_offset):
        at = entry.header_offset
        if at < 0 or data[at : at + 4] != b"PK\x03\x04" or len(data) < at + 30:
            raise refuse("docx_damaged")
        if at < end:
            raise refuse("docx_unsafe", reason="parts overlap")
        name, extra = struct.unpack("<HH", data[at + 26 : at + 30])
        end = at + 30 + name + extra + entry.compress_size
        if end > len(data):
            raise refuse("docx_damaged")


__all__ = ["Container", "Unreadable"]
