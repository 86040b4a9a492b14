"""Each kind of bad file gets one documented code and one sentence that says what to do."""

import io
import random
import stat
import struct
import zipfile

import pytest

from interviews.importers import MAX_BYTES, SENTENCES, Unreadable, parse, zipguard
from tests.data.importers.build import RELATIONS, TYPES, document, docx, paragraph, sample, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
BASE = {"[Content_Types].xml": TYPES.encode(), "_rels/.rels": RELATIONS.encode()}
TALK = docx(paragraph("Ann: Ready?"), paragraph("Ben: Yes, we are."), paragraph("Ann: Go."))


def with_doctype(declaration: str) -> bytes:
    body = document(paragraph("Ann: Hi.")).decode()
    return zipped(BASE | {"word/document.xml": body.replace("<w:document", f"{declaration}<w:document", 1).encode()})


def with_entry(change) -> bytes:
    """The talk with one more part, whose entry is changed before it is written."""
    buffer = io.BytesIO(TALK)
    with zipfile.ZipFile(buffer, "a") as container:
        entry = zipfile.ZipInfo("word/extra.bin")
        change(entry)
        container.writestr(entry, b"extra" * 10)
    return buffer.getvalue()


def link(entry: zipfile.ZipInfo) -> None:
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16


def named(name: str):
    return lambda entry: setattr(entry, "filename", name)


def encrypted_part() -> bytes:
    """The talk with the encryption bit set in the directory and in each part's own header."""
    data = bytearray(TALK)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 4)
    return bytes(data)


def overlapping() -> bytes:
    """Two directory entries that unpack the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, data in BASE.items():
            container.writestr(name, data)
        container.writestr("word/document.xml", document(paragraph("Ann: Hi.")))
        container.writestr("word/again.xml", document(paragraph("Ann: Hi.")))
        container.infolist()[-1].header_offset = container.infolist()[-2].header_offset
    return buffer.getvalue()


def bomb() -> bytes:
    """A DOCX of some 280 KB that unpacks to more than 80 MB in parts that are each small enough."""
    one = document(paragraph("lorem " * 3_400_000))
    parts = {f"word/part{number}.xml": one for number in range(4)}
    return zipped(BASE | {"word/document.xml": document(paragraph("Ann: Hi."))} | parts)


def lying_about_its_size() -> bytes:
    """A part of 30 MB whose headers say that it has 1,000 bytes."""
    said, real = struct.pack("<L", 1000), struct.pack("<L", 30_000_000)
    return zipped(BASE | {"word/document.xml": b" " * 30_000_000}).replace(real, said)


BAD = {
    "no bytes": (b"", "empty"),
    "only white space": (b" \r\n\t\n", "empty"),
    "only a byte order mark": (b"\xef\xbb\xbf\n", "empty"),
    "too large": (b"a" * (MAX_BYTES + 1), "too_large"),
    "too many turns": (b"a\n\n" * 50_001, "too_many_turns"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "pdf"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0", "image"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "image"),
    "WebP": (b"RIFF\x24\0\0\0WEBPVP8 ", "image"),
    "WAVE": (b"RIFF\x24\0\0\0WAVEfmt ", "sound"),
    "MP3": (b"ID3\x04\0\0\0", "sound"),
    "MP4": (b"\0\0\0\x20ftypisom\0\0", "sound"),
    "zip of texts": (zipped({"a.txt": b"Ann: Hi."}), "archive"),
    "gzip": (b"\x1f\x8b\x08\0\0\0", "archive"),
    "old Word": (OLE + "WordDocument".encode("utf-16-le"), "old_office"),
    "DOCX with a password": (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted_office"),
    "XLSX": (zipped(BASE | {"xl/workbook.xml": b"<x/>"}), "spreadsheet"),
    "PPTX": (zipped(BASE | {"ppt/presentation.xml": b"<x/>"}), "presentation"),
    "RTF": (b"{\\rtf1\\ansi Hello}", "other_document"),
    "OpenDocument": (
        zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}),
        "other_document",
    ),
    "HTML": (b"<!DOCTYPE html><html><body>Ann: Hi</body></html>", "html"),
    "TTML": (b'<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml"/>', "xml"),
    "random bytes": (bytes(range(1, 32)) * 40, "binary"),
    "text with a zero byte": (b"Ann: Hi.\n\nBen: He\0llo.\n", "nul_bytes"),
    "Shift-JIS": ("田中：はい。\n".encode("shift-jis") * 3, "unknown_encoding"),
    "UTF-16 mark on other bytes": (b"\xff\xfe" + b"\x00\xd8" * 300, "unknown_encoding"),
    "VTT with no cues": (b"WEBVTT\n\nNOTE nothing was said\n", "no_cues"),
    "VTT with empty cues only": (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "no_words"),
    "JSON with no words": (b'{"segments": [{"start": 0, "end": 1, "text": " "}]}', "no_words"),
    "DOCX with no words": (docx("<w:p/>"), "no_words"),
    "DOCX cut short": (TALK[: len(TALK) // 2], "docx_damaged"),
    "DOCX cut in its directory": (TALK[:-30], "docx_damaged"),
    "DOCX with broken XML": (zipped(BASE | {"word/document.xml": b"<w:document>"}), "docx_damaged"),
    "DOCX with a flipped byte": (TALK.replace(TALK[60:64], b"\xff\xff\xff\xff", 1), "docx_damaged"),
    "DOCX without a document": (zipped(BASE), "docx_damaged"),
    "DOCX bomb of many parts": (bomb(), "docx_bomb"),
    "DOCX with one huge part": (zipped(BASE | {"word/document.xml": b" " * 26_000_000}), "docx_bomb"),
    "DOCX packed 1000 to 1": (zipped(BASE | {"word/document.xml": b" " * 5_000_000}), "docx_bomb"),
    "DOCX with 2,001 parts": (zipped(BASE | {f"word/{n}.xml": b"" for n in range(2000)}), "docx_bomb"),
    "DOCX that lies about sizes": (lying_about_its_size(), "docx_damaged"),
    "DOCX with an encrypted part": (encrypted_part(), "docx_unsafe"),
    "DOCX with a link": (with_entry(link), "docx_unsafe"),
    "DOCX that leaves its folder": (with_entry(named("word/../../etc/passwd")), "docx_unsafe"),
    "DOCX with an absolute path": (with_entry(named("/etc/passwd")), "docx_unsafe"),
    "DOCX with overlapping parts": (overlapping(), "docx_unsafe"),
    "DOCX with a doctype": (with_doctype("<!DOCTYPE x>"), "docx_doctype"),
    "DOCX with an entity": (with_doctype('<!DOCTYPE x [<!ENTITY a "b">]>'), "docx_doctype"),
    "DOCX with an entity from a file": (
        with_doctype('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        "docx_doctype",
    ),
    "DOCX with a doctype in another part": (
        docx(paragraph("Ann: Hi."), word__settings="<!DOCTYPE x><x/>".encode("utf-16")),
        "docx_doctype",
    ),
    "JSON cut short": (sample("deepgram.json")[:-20], "json_damaged"),
    "JSON nested deep": (b'{"a":' * 200_000, "json_too_deep"),
    "JSON of something else": (b'{"name": "package", "version": "1.0"}', "json_unknown"),
    "JSON list of something else": (b'[{"a": 1}]', "json_unknown"),
    "JSON with a number of 5,000 digits": (b'{"segments": [{"start": ' + b"9" * 5000 + b"}]}", "json_damaged"),
    "JSON of a job not done": (
        b'{"id": "1", "status": "processing", "audio_url": "x", "text": null}',
        "json_unfinished",
    ),
}
# these need a child process, a path or a lack of memory: test_importers_limited.py
ELSEWHERE = {"not_a_file", "parser_died", "parser_too_slow", "parser_too_big"}


@pytest.mark.parametrize("name", BAD)
def test_bad_file_gets_its_code_and_one_sentence(name):
    data, code = BAD[name]
    with pytest.raises(Unreadable) as refused:
        parse(data)
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")
    assert "{" not in refused.value.sentence


def test_every_code_has_a_test_and_one_sentence_that_says_what_to_do():
    assert {code for _, code in BAD.values()} | ELSEWHERE == set(SENTENCES)
    for sentence in SENTENCES.values():
        assert sentence[0].isupper() and ": " in sentence and sentence.endswith(".")
        assert ". " not in sentence.replace("(.doc, .xls or .ppt)", "")


def test_bomb_is_small_and_unpacks_to_80_megabytes():
    data = bomb()
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        assert sum(entry.file_size for entry in container.infolist()) > 80_000_000
    assert len(data) < 300_000


def test_small_honest_parts_may_pack_well():
    assert parse(docx(paragraph("Ann: Hi."), word__theme=b"<x>" + b" " * 900_000 + b"</x>")).turns[0].text == "Hi."


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("Ann: café.\n\nBen: Ok.\n".encode(), "utf-8"),
        ("Ann: café.\n\nBen: Ok.\n".encode("utf-8-sig"), "utf-8 with BOM"),
        ("Ann: café.\n\nBen: Ok.\n".encode("utf-16"), "utf-16-le with BOM"),
        (b"\xfe\xff" + "Ann: café.\n\nBen: Ok.\n".encode("utf-16-be"), "utf-16-be with BOM"),
        ("Ann: café.\n\nBen: Ok.\n".encode("utf-16-le"), "utf-16-le"),
        ("Ann: café.\n\nBen: Ok.\n".encode("utf-16-be"), "utf-16-be"),
        ("Ann: café.\n\nBen: Ok.\n".encode("utf-32"), "utf-32-le with BOM"),
        ("Ann: café.\n\nBen: Ok.\n".encode("cp1252"), "windows-1252"),
    ],
)
def test_encoding_is_found_and_named(data, encoding):
    parsed = parse(data)
    assert (parsed.encoding, parsed.turns[0].text) == (encoding, "café.")


def test_srt_in_utf16_is_read():
    plain = parse(sample("labelled.srt"))
    parsed = parse(sample("labelled.srt").decode().replace("\n", "\r\n").encode("utf-16"))
    assert (parsed.format, parsed.turns) == ("srt", plain.turns)


def test_one_bad_byte_in_utf8_garbles_no_other_accent_and_is_named():
    parsed = parse("Ann: déjà vu.\n\nBen: Là".encode() + b"\xff" + b" bas.\n\nAnn: Ok.")
    assert [turn.text for turn in parsed.turns] == ["déjà vu.", "Là\ufffd bas.", "Ok."]
    assert [(item.what, item.count) for item in parsed.loss.dropped] == [("broken characters", 1)]
    assert parsed.encoding == "utf-8, damaged"


def test_character_cut_off_at_the_end_is_named():
    parsed = parse(b"Ann: Hi.\n\nBen: caf" + b"\xc3")
    assert (parsed.encoding, parsed.turns[1].text) == ("utf-8, damaged", "caf\ufffd")


def mixed(megabytes: int) -> bytes:
    """Bytes that pack some 25 to 1: not suspicious by their ratio."""
    block = random.Random(1)
    return b"".join(block.randbytes(200).hex().encode() + b" " * 9600 for _ in range(megabytes * 100))


def test_zip_limits_hold_for_parts_that_pack_as_text_does():
    one = zipped(BASE | {"word/document.xml": mixed(26)})
    three = zipped(BASE | {f"word/{name}.xml": mixed(18) for name in ("document", "b", "c")})
    for data in (one, three):
        with pytest.raises(Unreadable) as refused:
            parse(data)
        assert refused.value.code == "docx_bomb"


def test_zip_is_counted_again_while_reading(monkeypatch):
    container = zipguard.Container(TALK)
    monkeypatch.setattr(zipguard, "MOST_BYTES", 10)
    with pytest.raises(Unreadable) as refused:
        container.read("word/document.xml")
    assert refused.value.code == "docx_bomb"


def test_zip_with_a_second_larger_directory_is_refused():
    at = TALK.rfind(b"PK\x05\x06")
    locator = b"PK\x06\x07" + b"\0" * 16
    with pytest.raises(Unreadable) as refused:
        parse(TALK[:at] + locator + TALK[at:])
    assert refused.value.code == "docx_bomb"
