"""How much each passage bears on a question: the signals of its chunks, weighed by what was learnt."""

from dataclasses import dataclass

import numpy as np

from synthesis.nlp import features
from synthesis.nlp.conversation import Conversation
from synthesis.nlp.encoder import Encoder
from synthesis.nlp.shapes import Question
from synthesis.nlp.weights import Weights


@dataclass(frozen=True)
class Relevance:
    """For one question, one number for each passage: the calibrated probability that it bears on the question, and
    its own lexical score (BM25) and similarity (cosine of its closest chunk or window, -1 to 1)."""

    probability: np.ndarray
    lexical: np.ndarray
    similarity: np.ndarray


def relevance(talk: Conversation, question: Question, encoder: Encoder, weights: Weights) -> Relevance:
    """Raises ValueError with a sentence when the question has no word to look for."""
    if not talk.chunks:
        features.read_question(question)
        nothing = np.zeros(len(talk.passages))
        return Relevance(nothing, nothing, nothing)
    raw = features.signals(talk, question, encoder, weights.turn)
    table, _ = features.matrix(talk, raw)
    chance = weights.probability(table, features.summary(talk, raw))
    rows, count = talk.rows(), len(talk.passages)
    closest = np.maximum(raw["own full"], raw["near full"])
    return Relevance(
        probability=by_row(chance, talk.words, rows, count),
        lexical=by_row(np.expm1(raw["words"]), talk.words, rows, count),
        similarity=_greatest(closest, rows, count),
    )


def by_row(values: np.ndarray, words: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Mean over the chunks of each row, weighted by words; 0 for a row without chunks."""
    total = np.bincount(rows, weights=values * words, minlength=count)
    return total / np.maximum(np.bincount(rows, weights=words, minlength=count), 1.0)


def _greatest(values: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    out = np.full(count, -1.0)
    np.maximum.at(out, rows, values)
    return np.where(np.bincount(rows, minlength=count) > 0, out, 0.0)
