"""Bytes to text: byte order mark, then UTF-16 by its zero bytes, then UTF-8, then Windows-1252; the choice is named."""

import codecs
import re

from .losses import Losses
from .refusals import refuse

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "utf-32-le with BOM"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "utf-32-be with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le with BOM"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be with BOM"),
)
_SAMPLE = 64_000
_MOST_CONTROLS = 0.02
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_HALVES = re.compile(r"[\ud800-\udfff]")
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f]")


def decode(data: bytes, losses: Losses) -> tuple[str, str]:
    """(text, name of the encoding); bytes that stand for nothing are named in `losses`. Raises Unreadable."""
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _marked(data[len(mark) :], codec, losses), name
    if b"\0" in data:
        found = _utf16_by_zeros(data)
        if found is None:
            raise refuse("nul_bytes")
        return _marked(data, found, losses), found
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _not_quite_utf8(data, losses)


def clean(text: str, losses: Losses) -> str:
    """Text with LF line ends and without what cannot be stored: control characters and halves of characters.

    Raises Unreadable for text so full of control characters that it is no text.
    """
    text = _LINE_ENDS.sub("\n", text) if _LINE_ENDS.search(text) else text
    if _HALVES.search(text):
        text, count = _HALVES.subn("\ufffd", text)
        losses.drop("halves of characters", "not a whole character; shown as \ufffd", count=count)
    if _CONTROLS.search(text):
        length = len(text)
        text, count = _CONTROLS.subn("", text)
        if count > _MOST_CONTROLS * length + 10:
            raise refuse("binary")
        losses.drop("control characters", "they cannot be shown or stored", count=count)
    return text


def _marked(data: bytes, codec: str, losses: Losses) -> str:
    """Decode by a mark that says which codec it is; a broken character becomes U+FFFD and is named."""
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        text = data.decode(codec, errors="replace")
    broken = text.count("\ufffd")
    if broken > 10 + len(text) // 50:
        raise refuse("unknown_encoding")
    losses.drop("broken characters", f"bytes that are not {codec}; shown as \ufffd", count=broken)
    return text


def _utf16_by_zeros(data: bytes) -> str | None:
    """Which UTF-16 this is, told by zero bytes on one side of the pairs only; None if it is not.

    In Latin script half of the bytes are zero; in Chinese only line ends and digits are, but the rest is no UTF-8.
    """
    sample = data[:_SAMPLE]
    pairs = max(len(sample) // 2, 1)
    even, odd = sample[::2].count(0) / pairs, sample[1::2].count(0) / pairs
    least = 0.4 if _is_utf8(sample) else 0.02
    if odd > least and even < odd / 10:
        return "utf-16-le"
    if even > least and odd < even / 10:
        return "utf-16-be"
    return None


def _is_utf8(sample: bytes) -> bool:
    try:
        sample[:-4].decode("utf-8")  # the sample may end inside a character
    except UnicodeDecodeError:
        return False
    return True


def _not_quite_utf8(data: bytes, losses: Losses) -> tuple[str, str]:
    """UTF-8 with a few broken bytes stays UTF-8, so that one bad byte garbles no accents; else Windows-1252."""
    text = data.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    whole = len(re.findall(r"[^\x00-\x7f\ufffd]", text))
    cut_at_end = broken == 1 and text.endswith("\ufffd")
    if whole > broken or cut_at_end:
        losses.drop("broken characters", "bytes that are not UTF-8; shown as \ufffd", count=broken)
        return text, "utf-8, damaged"
    try:
        return data.decode("cp1252"), "windows-1252"
    except UnicodeDecodeError:
        raise refuse("unknown_encoding") from None
