"""What every importer returns: turns in one normal form, and an honest account of what the file lost on the way.

Normal form
    Lines end in LF. No code point of speech is changed: no Unicode normalisation, no case, no quotes, no spacing inside
    a line. What is taken away is white space around a turn, markup (tags, escapes, entities), control characters that
    no database or document can hold (named in the loss report), and the line wraps inside one caption, which become a
    space. Paragraphs of one turn are one blank line apart.
    Offsets into a turn's text count Unicode code points.

Times
    Milliseconds from the start of the recording. A time that the file does not give is None, never 0.
"""

import json
from dataclasses import asdict, dataclass

IMPORTER_VERSION = "1"
MAX_BYTES = 25_000_000
MAX_TURNS = 50_000

ROLES = ("interviewer", "expert", "chaperone", "unknown")

# The only losses that take spoken words: words_in == words_out + the sum of their counts.
WORDS_OUTSIDE = "words outside the speaker segments"
UNEXPLAINED = "words that went missing while joining"
SPOKEN_LOSSES = frozenset({WORDS_OUTSIDE, UNEXPLAINED})


@dataclass(frozen=True, slots=True)
class ParsedTurn:
    """One speaker's words without a break; speaker "" means unknown."""

    index: int
    speaker: str
    start_ms: int | None
    end_ms: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """One named loss: what was left out, how many of them, why, and the beginning of the first one."""

    what: str
    count: int
    why: str
    example: str


@dataclass(frozen=True, slots=True)
class Loss:
    """The account of one import. A word is a run of characters without white space; only spoken words are counted.

    cues_in counts what the source counts: captions, segments, utterances, or labelled paragraphs.
    """

    cues_in: int
    turns_out: int
    words_in: int
    words_out: int
    dropped: tuple[Dropped, ...]

    def as_dict(self) -> dict:
        """The same as plain lists and dictionaries, ready for a JSON column."""
        return asdict(self) | {"dropped": [asdict(item) for item in self.dropped]}


@dataclass(frozen=True, slots=True)
class RoleGuess:
    """A guess that a person confirms: which part this speaker has in the interview, and why we think so."""

    speaker: str
    role: str
    reason: str
    turns: int
    words: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A transcript in normal form. `encoding` names how the bytes were read."""

    format: str
    turns: tuple[ParsedTurn, ...]
    loss: Loss
    speakers: tuple[RoleGuess, ...]
    encoding: str

    @property
    def speakers_known(self) -> bool:
        """False when the file names no speaker at all: a person must say who speaks before the text can be evidence."""
        return any(turn.speaker for turn in self.turns)

    def to_json(self) -> str:
        """Text from which `from_json` makes an equal value."""
        value = {
            "format": self.format,
            "encoding": self.encoding,
            "turns": [[t.speaker, t.start_ms, t.end_ms, t.text] for t in self.turns],
            "loss": self.loss.as_dict(),
            "speakers": [asdict(guess) for guess in self.speakers],
        }
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Parsed":
        """The value that `to_json` wrote; ValueError, KeyError or TypeError for anything else."""
        value = json.loads(text)
        loss = dict(value["loss"])
        loss["dropped"] = tuple(Dropped(**item) for item in loss["dropped"])
        return cls(
            format=value["format"],
            turns=tuple(ParsedTurn(index, *row) for index, row in enumerate(value["turns"])),
            loss=Loss(**loss),
            speakers=tuple(RoleGuess(**item) for item in value["speakers"]),
            encoding=value["encoding"],
        )
