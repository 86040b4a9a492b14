"""What kind of file this is, told by its first bytes; everything that cannot hold a transcript is refused by name."""

from .refusals import refuse
from .zipguard import Container

_REFUSED = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM\x00", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
    (b"fLaC", "sound"),
    (b"\xff\xfb", "sound"),
    (b"\xff\xf3", "sound"),
    (b"\xff\xf1", "sound"),
    (b"\x1aE\xdf\xa3", "sound"),
    (b"#!AMR", "sound"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"BZh", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"PK\x07\x08", "archive"),
    (b"SQLite format 3", "binary"),
    (b"\x7fELF", "binary"),
    (b"MZ\x90", "binary"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"


def is_docx(data: bytes) -> bool:
    """True for a DOCX, False for what may be text. Raises Unreadable for every other kind of file."""
    for magic, code in _REFUSED:
        if data.startswith(magic):
            raise refuse(code)
    if data.startswith(b"RIFF"):
        raise refuse("image" if data[8:12] == b"WEBP" else "sound")
    if data[4:8] == b"ftyp":
        raise refuse("image" if data[8:12] in (b"heic", b"heix", b"mif1", b"avif") else "sound")
    if data.startswith(_OLE):
        raise refuse("encrypted_office" if _ENCRYPTED in data else "old_office")
    if data.startswith(b"{\\rtf"):
        raise refuse("other_document", kind="RTF")
    if data.startswith(b"PK\x03\x04"):
        return _is_word(data)
    return False


def refuse_markup(text: str) -> None:
    """Raises Unreadable for text that is a web page or some other XML."""
    head = text[:2000].lstrip().lower()
    if head.startswith(("<!doctype html", "<html", "<head", "<body")) or ("<html" in head and head.startswith("<")):
        raise refuse("html")
    if head.startswith(("<?xml", "<tt ", "<tt>", "<!doctype")):
        raise refuse("xml")


def _is_word(data: bytes) -> bool:
    """True for a ZIP that is a DOCX; any other ZIP is refused for what it is, by the names of its parts."""
    if data[30:38] == b"mimetype" and _OPEN_DOCUMENT in data[:200]:
        raise refuse("other_document", kind="OpenDocument")
    names = Container(data).names
    if any(name.startswith("xl/") for name in names):
        raise refuse("spreadsheet")
    if any(name.startswith("ppt/") for name in names):
        raise refuse("presentation")
    if "[Content_Types].xml" not in names and not any(name.startswith("word/") for name in names):
        raise refuse("other_document", kind="EPUB") if "mimetype" in names else refuse("archive")
    return True
