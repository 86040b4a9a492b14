"""A transcript as relevance sees it: small chunks, the windows around them, their words and their vectors."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.nlp import lexical
from synthesis.nlp.components.passages import count_words
from synthesis.nlp.encoder import Encoder
from synthesis.nlp.pipeline import Passage

CHUNK = 25  # words that a chunk has at least, where its passage has them
SLICE = 16  # texts between two words about how far it is
ASKING = 6  # words from which a turn can be what the next one answers
WINDOW, STEP = 100, 50  # words that a window has at least, and from one start to the next


@dataclass(frozen=True)
class Chunk:
    """A few sentences of one passage; `row` is the passage's place in the conversation."""

    row: int
    text: str
    words: int


@dataclass(frozen=True)
class Conversation:
    """n chunks in order, m windows of consecutive chunks (half-open ranges), and what is known of each.

    `stems` holds the word counts of each chunk, `own` [n, width] its vector (zero for a mere "yeah, right"),
    `near` [m, width] the vectors of the windows, `cover` [n, m] the share of each window in what surrounds a chunk,
    `exchange` [passages, width] the vector of each passage together with the turn that it answers.
    """

    passages: tuple[Passage, ...]
    chunks: tuple[Chunk, ...]
    stems: tuple[Counter, ...]
    words: np.ndarray
    own: np.ndarray
    near: np.ndarray
    cover: np.ndarray
    exchange: np.ndarray
    speakers: tuple[str, ...]

    def rows(self) -> np.ndarray:
        """For each chunk the place of its passage."""
        return np.array([chunk.row for chunk in self.chunks], int)


def read_conversation(
    passages: Sequence[Passage], encoder: Encoder, heard: Callable[[float], None] | None = None
) -> Conversation:
    """Cut into chunks and windows and encode both; a window gives a chunk the company that makes it understood.

    Encoding is the long part of tagging; `heard` is told the share that is done, from 0 to 1.
    """
    chunks = [chunk for row, passage in enumerate(passages) for chunk in _chunks(row, passage.sentences)]
    stems = tuple(Counter(lexical.stems(chunk.text)) for chunk in chunks)
    ranges = windows([chunk.words for chunk in chunks])
    own = [c.text if len(s) > 1 else "" for c, s in zip(chunks, stems, strict=True)]
    near = [" ".join(c.text for c in chunks[first:last]) for first, last in ranges]
    if heard is None:
        return assemble(passages, chunks, encoder.encode(own), encoder.encode(near))
    texts = [*own, *near]
    vectors = [np.zeros((0, encoder.width), np.float32)]
    for start in range(0, len(texts), SLICE):
        vectors.append(encoder.encode(texts[start : start + SLICE]))
        heard(min(start + SLICE, len(texts)) / len(texts))
    every = np.concatenate(vectors)
    return assemble(passages, chunks, every[: len(own)], every[len(own) :])


def assemble(passages: Sequence[Passage], chunks: Sequence[Chunk], own: np.ndarray, near: np.ndarray) -> Conversation:
    """The conversation from its chunks and ready vectors."""
    ranges = windows([chunk.words for chunk in chunks])
    cover = np.zeros((len(chunks), len(ranges)), np.float32)
    for column, (first, last) in enumerate(ranges):
        cover[first:last, column] = 1.0
    cover /= np.maximum(cover.sum(axis=1, keepdims=True), 1.0)
    return Conversation(
        passages=tuple(passages),
        chunks=tuple(chunks),
        stems=tuple(Counter(lexical.stems(chunk.text)) for chunk in chunks),
        words=np.array([max(chunk.words, 1) for chunk in chunks], float),
        own=own,
        near=near,
        cover=cover,
        exchange=exchanges(passages, chunks, own),
        speakers=tuple(passages[chunk.row].turn.speaker for chunk in chunks),
    )


def exchanges(passages: Sequence[Passage], chunks: Sequence[Chunk], own: np.ndarray) -> np.ndarray:
    """Half the passage, half what it answers: the last turn of the interviewer or, where nobody is known to be one, the
    last turn before it that says something."""
    known = any(passage.turn.role == "interviewer" for passage in passages)
    said = np.zeros((len(passages), own.shape[1]), np.float32)
    for chunk, vector in zip(chunks, own, strict=True):
        said[chunk.row] += vector * chunk.words
    answers = np.zeros_like(said)
    turn, asked, words, last = -1, np.zeros(own.shape[1], np.float32), 0, np.zeros(own.shape[1], np.float32)
    for row, passage in enumerate(passages):
        if passage.turn.index != turn:
            if words >= ASKING:
                last = asked
            turn, asked, words = passage.turn.index, np.zeros(own.shape[1], np.float32), 0
        if not known or passage.turn.role == "interviewer":
            asked, words = asked + said[row], words + passage.words
        answers[row] = last
    return unit_rows(unit_rows(said) + unit_rows(answers))


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)


def _chunks(row: int, sentences: Iterable[str]) -> Iterable[Chunk]:
    kept: list[str] = []
    words = 0
    for sentence in sentences:
        kept.append(sentence)
        words += count_words(sentence)
        if words >= CHUNK:
            yield Chunk(row, " ".join(kept), words)
            kept, words = [], 0
    if kept:
        yield Chunk(row, " ".join(kept), words)


def windows(words: Sequence[int]) -> list[tuple[int, int]]:
    """Half-open ranges of chunks of at least WINDOW words, STEP words from start to start, the last one to the end."""
    out, first = [], 0
    while first < len(words):
        last, have = first, 0
        while last < len(words) and have < WINDOW:
            have += words[last]
            last += 1
        out.append((first, last))
        if last == len(words):
            break
        have = 0
        while first < last and have < STEP:
            have += words[first]
            first += 1
    return out
