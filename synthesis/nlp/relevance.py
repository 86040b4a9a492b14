"""How much each passage bears on a question: the signals of its chunks, weighed by what was learnt."""

from dataclasses import dataclass

import numpy as np

from synthesis.nlp import features
from synthesis.nlp.conversation import Conversation
from synthesis.nlp.encoder import Encoder
from synthesis.nlp.query import read_question
from synthesis.nlp.shapes import Question
from synthesis.nlp.weights import Weights, logistic

NEAR = 0.15  # cosine from which a passage by itself has to do with a question
# log-odds for a cosine of 1, and for a BM25 of 1, above the conversation's mean: of an interview, where one question
# follows another, and of a panel, where nobody is known to ask
INTERVIEW, PANEL = (4.0, 0.2), (1.0, 0.05)


@dataclass(frozen=True)
class Relevance:
    """For one question, one number for each passage: the calibrated probability that it bears on the question, its own
    lexical score (BM25) and similarity (cosine of its closest chunk, -1 to 1), and whether it is grounded: it, or
    the interviewer's turn that it answers, has a word of the question or comes near to it by itself."""

    probability: np.ndarray
    lexical: np.ndarray
    similarity: np.ndarray
    grounded: np.ndarray


@dataclass(frozen=True)
class Nearness:
    """What a passage says by itself, [passages] each: cosine of its closest chunk, cosine of it together with what it
    answers, and BM25."""

    similarity: np.ndarray
    exchange: np.ndarray
    lexical: np.ndarray


def relevance(talk: Conversation, question: Question, encoder: Encoder, weights: Weights) -> Relevance:
    """Raises ValueError with a sentence when the question has no word to look for."""
    if not talk.chunks:
        read_question(question)
        nothing = np.zeros(len(talk.passages))
        return Relevance(nothing, nothing, nothing, nothing > 0)
    raw = features.signals(talk, question, encoder, weights.turn)
    table, _ = features.matrix(talk, raw)
    near = nearness(talk, question, encoder, raw)
    return Relevance(
        probability=of_passages(talk, weights.probability(table, features.summary(talk, raw)), near),
        lexical=near.lexical,
        similarity=near.similarity,
        grounded=_grounded(talk, (near.similarity >= NEAR) | (near.lexical > 0)),
    )


def nearness(talk: Conversation, question: Question, encoder: Encoder, raw: dict[str, np.ndarray]) -> Nearness:
    """From the raw signals of the chunks; a passage without chunks gets zeros."""
    rows, count = talk.rows(), len(talk.passages)
    closest = np.full(count, -1.0)
    np.maximum.at(closest, rows, np.maximum(raw["own full"], raw["own core"]))
    full = encoder.encode([read_question(question, talk.speakers).full])[0]
    return Nearness(
        similarity=np.where(closest > -1.0, closest, 0.0),
        exchange=talk.exchange @ full,
        lexical=by_row(np.expm1(raw["words"]), talk.words, rows, count),
    )


def of_passages(talk: Conversation, chance: np.ndarray, near: Nearness) -> np.ndarray:
    """From probabilities of chunks to those of passages, moved toward the passages that come near by themselves: what
    was learnt from meetings, whose answers are long stretches, makes neighbours much alike, and a passage has to bear
    being quoted alone."""
    rows, count = talk.rows(), len(talk.passages)
    words = np.bincount(rows, weights=talk.words, minlength=count)
    mean = np.clip(by_row(chance, talk.words, rows, count), 1e-9, 1 - 1e-9)
    asked = any(passage.turn.role == "interviewer" for passage in talk.passages)
    meaning, lexical = INTERVIEW if asked else PANEL
    pull = meaning * near.exchange + lexical * near.lexical
    moved = logistic(np.log(mean / (1 - mean)) + pull - np.average(pull, weights=words))
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
