"""What experts confirm and agree to, word for word. The files beside this one are in force; rows keep what was in force when.

The first line of a file is its title, the second its version; then an empty line and the words. Whoever changes the words
counts the version up: what was given to other words is asked for anew (domain rules N6, N14, N15, N18).
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ATTESTATION = "attestation"
CONSENTS = ("record", "transcribe", "quote")


@dataclass(frozen=True)
class Wording:
    """One text in force. `text` is the whole file, `sha256` its fingerprint in hex; `body` is what stands under the title."""

    title: str
    version: str
    body: str
    text: str
    sha256: str

    @property
    def parts(self) -> list[tuple[str, list[str]]]:
        """The body as paragraphs, each with the lines of the list that follows it."""
        found: list[tuple[str, list[str]]] = []
        for line in filter(None, self.body.splitlines()):
            if line.startswith("- ") and found:
                found[-1][1].append(line[2:])
            else:
                found.append((line.removeprefix("- "), []))
        return found


def parse(text: str) -> Wording:
    """A text from its file. ValueError when it lacks its title, its version or its words."""
    title, _, rest = text.partition("\n")
    version, _, body = rest.partition("\n")
    if not title.strip() or not version.startswith("Version ") or not body.strip():
        raise ValueError("A text begins with its title, then “Version” and a number, an empty line, and its words.")
    return Wording(title.strip(), version.strip(), body.strip(), text, hashlib.sha256(text.encode()).hexdigest())


@cache
def current(name: str) -> Wording:
    """The text in force: ATTESTATION, or that of the consent to one purpose (`consent_of`)."""
    return parse((HERE / f"{name}.txt").read_text(encoding="utf-8"))


def consent_of(purpose: str) -> Wording:
    """The text of the consent to record, transcribe or quote."""
    return current(f"consent_{purpose}")
