"""DOCX: the paragraphs of the main document in order, tables row by row, then read as a written transcript.

The XML is streamed through expat, which resolves nothing from outside; a part that declares a document type is refused
before it is read. Namespaces: ECMA-376 transitional and strict.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from . import plaintext
from .clock import clock_ms
from .cues import Reading
from .encoding import clean
from .labels import looks_like_a_name
from .losses import Losses, words
from .refusals import refuse
from .zipguard import Container

_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main ",
    "http://purl.oclc.org/ooxml/wordprocessingml/main ",
)
_FALLBACK = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_XML_NAME = re.compile(r".{1,500}\.(?:xml|rels|vml)", re.I | re.S)
_OTHER_PARTS = re.compile(r"word/(?:header|footer|footnotes|endnotes|comments)\d{0,4}\.xml")
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "\u2011", "ptab": "\t"}
_NOT_READ = ("delText", "instrText", "delInstrText")


def read(data: bytes, losses: Losses) -> Reading:
    """The turns of a DOCX. Raises Unreadable if it is damaged or unsafe."""
    box = Container(data)
    parts = {name: box.read(name) for name in box.names if _XML_NAME.fullmatch(name)}
    main = _main_part(parts, box)
    for part in parts.values():
        if _DOCTYPE.search(part.replace(b"\0", b"") if b"\0" in part[:200] else part):
            raise refuse("docx_doctype")
    body = _Body()
    _run(parts[main], body)
    losses.drop("deleted words", "struck out with tracked changes", body.deleted_example, count=body.deleted)
    for name, part in parts.items():
        if _OTHER_PARTS.fullmatch(name):
            aside = _Body()
            _run(part, aside)
            said = " ".join(aside.paragraphs())
            losses.drop(
                "headers, footers, notes and comments", "not part of the talk", said, count=int(bool(said.strip()))
            )
    return plaintext.read(clean("\n\n".join(body.paragraphs()), losses), losses)


class _Body:
    """Collects the text of w:p elements; a text box inside a paragraph becomes paragraphs of its own, before it."""

    def __init__(self) -> None:
        self._done: list[str] = []
        self._open: list[list[str]] = []
        self._rows: list[list[str]] = []
        self._cells: list[int] = []
        self._skip = 0
        self._in_text = ""
        self.deleted = 0
        self.deleted_example = ""

    def start(self, tag: str, _attributes: dict) -> None:
        """Element begins."""
        if self._skip or tag == _FALLBACK:
            self._skip += 1
            return
        name = _word_name(tag)
        if name == "p":
            self._open.append([])
        elif name == "t" or name in _NOT_READ:
            self._in_text = name
        elif name in _BREAKS and self._open:
            self._open[-1].append(_BREAKS[name])
        elif name == "tr":
            self._rows.append([])
        elif name == "tc":
            self._cells.append(len(self._done))

    def end(self, tag: str) -> None:
        """Element ends."""
        if self._skip:
            self._skip -= 1
            return
        name = _word_name(tag)
        if name == "p" and self._open:
            self._done.append("".join(self._open.pop()))
        elif name == "t" or name in _NOT_READ:
            self._in_text = ""
        elif name == "tc" and self._cells and self._rows:
            start = self._cells.pop()
            self._rows[-1].append("\n".join(self._done[start:]).strip())
            del self._done[start:]
        elif name == "tr" and self._rows:
            self._done.append(_row(self._rows.pop()))

    def text(self, said: str) -> None:
        """Characters."""
        if self._skip or not self._in_text:
            return
        if self._in_text == "t" and self._open:
            self._open[-1].append(said)
        elif self._in_text == "delText":
            self.deleted += words(said)
            self.deleted_example = self.deleted_example or said

    def paragraphs(self) -> Iterator[str]:
        """The text of each paragraph that has any, without white space around it."""
        return (said for part in self._done if (said := part.strip()))


def _row(cells: list[str]) -> str:
    """A table row as one paragraph: a time and a name before the last cell become the heading line above its words."""
    cells = [cell for cell in cells if cell]
    if not 2 <= len(cells) <= 4:
        return "\n".join(cells)
    *before, said = cells
    times = [cell for cell in before if clock_ms(cell) is not None]
    names = [cell for cell in before if cell not in times and looks_like_a_name(cell)]
    if len(names) > 1 or len(times) + len(names) < len(before):
        return "\n".join(cells)
    if not names:
        return f"[{times[0]}] {said}"
    return f"{names[0]}  {times[0]}\n{said}" if times else f"{names[0]}: {said}"


def _word_name(tag: str) -> str:
    for namespace in _WORD:
        if tag.startswith(namespace):
            return tag[len(namespace) :]
    return ""


def _run(part: bytes, body: _Body) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = body.start
    parser.EndElementHandler = body.end
    parser.CharacterDataHandler = body.text
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, UnicodeError, LookupError, OSError):
        raise refuse("docx_damaged") from None


def _no_doctype(*_: object) -> None:
    raise refuse("docx_doctype")


def _main_part(parts: dict[str, bytes], box: Container) -> str:
    """The name of the main document: what the container's relations say, else the usual name."""
    targets: list[str] = []

    def relation(_tag: str, attributes: dict) -> None:
        if attributes.get("Type", "").endswith("/officeDocument"):
            targets.append(attributes.get("Target", "").lstrip("/"))

    parser = expat.ParserCreate()
    parser.StartElementHandler = relation
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(parts.get("_rels/.rels", b"<none/>"), True)
    except (expat.ExpatError, ValueError, UnicodeError, LookupError, OSError):
        raise refuse("docx_damaged") from None
    name = next((target for target in targets if target in box.names), "word/document.xml")
    if name not in parts:
        parts[name] = box.read(name)
    return name
