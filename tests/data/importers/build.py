"""Builds the binary files that the importer tests need, so that what is in them can be read in the test."""

import io
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def sample(name: str) -> bytes:
    """The bytes of a hand-written sample."""
    return (HERE / name).read_bytes()


def samples() -> list[str]:
    """The names of all hand-written samples."""
    return sorted(path.name for path in HERE.iterdir() if path.suffix not in (".py", ".pyc") and path.is_file())


def paragraph(*lines: str) -> str:
    """A w:p with the lines as runs, a line break between them."""
    runs = "<w:r><w:br/></w:r>".join(f'<w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r>' for line in lines)
    return f"<w:p>{runs}</w:p>"


def table(*rows: tuple[str, ...]) -> str:
    """A w:tbl of one-paragraph cells."""
    cells = ("".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def document(*body: str) -> bytes:
    """word/document.xml with these elements in its body."""
    return f'<?xml version="1.0"?><w:document xmlns:w="{WORD}"><w:body>{"".join(body)}</w:body></w:document>'.encode()


def docx(*body: str, **others: bytes) -> bytes:
    """A DOCX with these elements in its body; others: further parts, "__" in a name for "/"."""
    parts = {
        "[Content_Types].xml": TYPES.encode(),
        "_rels/.rels": RELATIONS.encode(),
        "word/document.xml": document(*body),
    }
    return zipped(parts | {f"{name.replace('__', '/')}.xml": data for name, data in others.items()})


def zipped(parts: dict[str, bytes]) -> bytes:
    """A deflated ZIP of these parts, with one fixed date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, data in parts.items():
            container.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def teams_docx() -> bytes:
    """Teams: a title, remarks, and per utterance one paragraph of name, time and words."""
    return docx(
        paragraph("Call about regions-20240312_140500-Meeting Recording"),
        paragraph("March 12, 2024, 2:05PM"),
        paragraph("37m 2s"),
        paragraph("Dana Whitlock started transcription"),
        paragraph("", "Dana Whitlock   0:03", "Which region fails most?"),
        paragraph("", "Owen Price   0:09", "The first one, by far."),
        paragraph("", "Owen Price   0:21", "It is the oldest & the biggest."),
        paragraph("", "Dana Whitlock   1:02:03", "Thanks."),
        paragraph("Dana Whitlock stopped transcription"),
    )
