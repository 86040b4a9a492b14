"""How much each passage bears on a question: words and meaning, seen over the whole exchange."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from synthesis.nlp import lexical
from synthesis.nlp.encoder import Encoder
from synthesis.nlp.pipeline import Passage
from synthesis.nlp.shapes import Question

K1, B = 1.2, 0.6
SCALES = (40.0, 120.0, 360.0)  # words to each side


@dataclass(frozen=True)
class Conversation:
    """Passages of all turns in order with what relevance needs of them; n passages."""

    passages: tuple[Passage, ...]
    stems: tuple[Counter, ...]
    words: np.ndarray  # float [n]
    vectors: np.ndarray  # float32 [n, width]


@dataclass(frozen=True)
class Relevance:
    """For one question: probability, own lexical score and own similarity of each passage, all [n]."""

    probability: np.ndarray
    lexical: np.ndarray
    similarity: np.ndarray
    words: tuple[tuple[str, ...], ...]


def read_conversation(passages: Sequence[Passage], encoder: Encoder) -> Conversation:
    stems = tuple(Counter(lexical.stems(p.text)) for p in passages)
    texts = [" ".join(p.sentences) if len(c) > 1 else "" for p, c in zip(passages, stems, strict=True)]
    return Conversation(
        tuple(passages), stems, np.array([max(p.words, 1) for p in passages], float), encoder.encode(texts)
    )


def query_text(question: Question) -> str:
    return " ".join(
        part for part in (question.title, question.text, question.definition, ", ".join(question.terms)) if part
    )


def relevance(talk: Conversation, question: Question, encoder: Encoder) -> Relevance:
    text = query_text(question)
    wanted = Counter(lexical.stems(text))
    if not wanted:
        raise ValueError(f"Question {question.code} has no words to look for; write out what it asks.")
    exact, matched = bm25(talk, wanted)
    similar = talk.vectors @ encoder.encode([text])[0]
    mixed = similar + 0.25 * exact / max(1.0, exact.max(initial=0.0))
    near = np.mean([smooth(mixed, talk.words, scale) for scale in SCALES], axis=0)
    probability = 1 / (1 + np.exp(-14 * (0.5 * mixed + 0.5 * near - 0.42)))
    return Relevance(probability, exact, similar, matched)


def bm25(talk: Conversation, wanted: Counter) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
    """BM25 (Robertson and Zaragoza 2009) with rarity counted over the passages of this conversation."""
    n = len(talk.stems)
    rarity = {}
    for word in wanted:
        df = sum(word in counts for counts in talk.stems)
        if df:
            rarity[word] = math.log(1 + (n - df + 0.5) / (df + 0.5))
    mean = talk.words.mean() if n else 1.0
    scores, matched = np.zeros(n), []
    for row, counts in enumerate(talk.stems):
        hits = [word for word in rarity if word in counts]
        norm = K1 * (1 - B + B * talk.words[row] / mean)
        scores[row] = sum(rarity[w] * counts[w] * (K1 + 1) / (counts[w] + norm) for w in hits)
        matched.append(tuple(hits))
    return scores, tuple(matched)


def smooth(values: np.ndarray, words: np.ndarray, scale: float) -> np.ndarray:
    """Mean over neighbours, weighted by their words and by a Gaussian of the distance in words."""
    if not len(values):
        return values
    middle = np.cumsum(words) - words / 2
    kernel = np.exp(-0.5 * ((middle[:, None] - middle[None, :]) / scale) ** 2) * words
    return kernel @ values / kernel.sum(axis=1)
