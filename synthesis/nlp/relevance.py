"""How much each passage bears on a question: the signals of its chunks, weighed by what was learnt."""

from dataclasses import dataclass

import numpy as np

from synthesis.nlp import features
from synthesis.nlp.conversation import CHUNK, Conversation
from synthesis.nlp.encoder import Encoder
from synthesis.nlp.shapes import Question
from synthesis.nlp.weights import Weights, logistic

ITSELF = 1.0  # log-odds for a cosine of 1 above the conversation's mean
NEAR = 0.15  # cosine from which a passage by itself has to do with a question


@dataclass(frozen=True)
class Relevance:
    """For one question, one number for each passage: the calibrated probability that it bears on the question, and
    its own lexical score (BM25) and similarity (cosine of its closest chunk, -1 to 1), and whether it is grounded: it, or
    the interviewer's turn that it answers, has a word of the question or comes near to it by itself."""

    probability: np.ndarray
    lexical: np.ndarray
    similarity: np.ndarray
    grounded: np.ndarray


def relevance(talk: Conversation, question: Question, encoder: Encoder, weights: Weights) -> Relevance:
    """Raises ValueError with a sentence when the question has no word to look for."""
    if not talk.chunks:
        features.read_question(question)
        nothing = np.zeros(len(talk.passages))
        return Relevance(nothing, nothing, nothing, nothing > 0)
    raw = features.signals(talk, question, encoder, weights.turn)
    table, _ = features.matrix(talk, raw)
    chance = weights.probability(table, features.summary(talk, raw))
    rows, count = talk.rows(), len(talk.passages)
    similarity = own_similarity(talk, raw)
    lexical = by_row(np.expm1(raw["words"]), talk.words, rows, count)
    return Relevance(
        probability=of_passages(talk, chance, similarity),
        lexical=lexical,
        similarity=similarity,
        grounded=_grounded(talk, (similarity >= NEAR) | (lexical > 0)),
    )


def own_similarity(talk: Conversation, raw: dict[str, np.ndarray]) -> np.ndarray:
    """Of each passage the greatest cosine of its chunks to the full question or its core; 0 without chunks."""
    out = np.full(len(talk.passages), -1.0)
    np.maximum.at(out, talk.rows(), np.maximum(raw["own full"], raw["own core"]))
    return np.where(out > -1.0, out, 0.0)


def of_passages(talk: Conversation, chance: np.ndarray, similarity: np.ndarray) -> np.ndarray:
    """From probabilities of chunks to those of passages, moved toward the passages that come near by themselves: what
    was learnt from meetings, whose answers are long stretches, makes neighbours much alike, and a passage has to bear
    being quoted alone."""
    rows, count = talk.rows(), len(talk.passages)
    words = np.bincount(rows, weights=talk.words, minlength=count)
    mean = np.clip(by_row(chance, talk.words, rows, count), 1e-9, 1 - 1e-9)
    near = np.clip(similarity, 0, 1) * np.minimum(words / CHUNK, 1)
    moved = logistic(np.log(mean / (1 - mean)) + ITSELF * (near - np.average(near, weights=words)))
    return np.where(words > 0, moved, 0.0)


def _grounded(talk: Conversation, itself: np.ndarray) -> np.ndarray:
    """What smoothing lends to a digression between two answers is taken back here."""
    asked: dict[int, bool] = {}
    for passage, near in zip(talk.passages, itself, strict=True):
        if passage.turn.role == "interviewer":
            asked[passage.turn.index + 1] = asked.get(passage.turn.index + 1, False) or bool(near)
    return itself | np.array([asked.get(passage.turn.index, False) for passage in talk.passages], bool)


def by_row(values: np.ndarray, words: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Mean over the chunks of each row, weighted by words; 0 for a row without chunks."""
    total = np.bincount(rows, weights=values * words, minlength=count)
    return total / np.maximum(np.bincount(rows, weights=words, minlength=count), 1.0)
