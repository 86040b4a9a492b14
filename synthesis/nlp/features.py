"""Signals of relevance for each chunk of a conversation and one question, at several scales of its surroundings."""

import math
from collections import Counter

import numpy as np

from synthesis.nlp.conversation import Conversation
from synthesis.nlp.encoder import Encoder
from synthesis.nlp.query import Query, asked_about, read_question
from synthesis.nlp.shapes import Question

K1, B = 1.2, 0.6
HALVES = (65.0, 200.0, 560.0, 1600.0)  # words to each side
FEEDBACK = 3  # windows that lend their subject to the question
RELATIVE_ONLY = frozenset({"words"})  # their level depends on how long the question is, not on how well it is answered


def signals(talk: Conversation, question: Question, encoder: Encoder, turn: np.ndarray | None) -> dict[str, np.ndarray]:
    """Raw signals by name, each [n]: similarity of the chunk (own) and of the windows around it (near) to the full
    question and to its core, the same after the learnt turn of the question's vector and after feedback, BM25 (words),
    and whether the speaker is asked about. `turn` is the matrix [width, width] added to the identity, or None.
    """
    query = read_question(question, talk.speakers)
    full, core = encoder.encode([query.full, query.core])
    centred = talk.near - talk.near.mean(axis=0) if len(talk.near) else talk.near
    turned = core if turn is None else unit(core + turn @ core)
    named = asked_about(question, talk.speakers)
    return {
        "own full": talk.own @ full,
        "own core": talk.own @ core,
        "near full": talk.cover @ (talk.near @ full),
        "near core": talk.cover @ (talk.near @ core),
        "near turned": talk.cover @ (centred @ turned),
        "fed core": talk.cover @ _fed(centred, core),
        "fed turned": talk.cover @ _fed(centred, turned),
        "words": np.log1p(bm25(talk, query)),
        "speaker": np.array([named[name] for name in talk.speakers]),
    }


def _fed(windows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Similarity after pseudo-relevance feedback (Rocchio 1971): the windows that fit best lend their mean vector."""
    first = windows @ wanted
    if len(first) > 2:
        first = np.convolve(first, [0.25, 0.5, 0.25], "same")
    best = np.argsort(-first, kind="stable")[:FEEDBACK]
    return windows @ (wanted + unit(windows[best].mean(axis=0))) if len(best) else first


def unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector


def bm25(talk: Conversation, query: Query) -> np.ndarray:
    """BM25 (Robertson and Zaragoza 2009) of each chunk, with rarity counted over this conversation."""
    n = len(talk.chunks)
    found = Counter(stem for counts in talk.stems for stem in counts if stem in query.stems)
    rarity = {stem: math.log(1 + (n - df + 0.5) / (df + 0.5)) for stem, df in sorted(found.items())}
    mean, scores = talk.words.mean() if n else 1.0, np.zeros(n)
    for row, counts in enumerate(talk.stems):
        norm = K1 * (1 - B + B * talk.words[row] / mean)
        scores[row] = sum(rarity[s] * counts[s] * (K1 + 1) / (counts[s] + norm) for s in rarity if s in counts)
    return scores


def smooth(values: np.ndarray, words: np.ndarray, half: float) -> np.ndarray:
    """Mean of [n, k] values over the words within `half` of each chunk's middle, twice: near words count most."""
    edges = np.concatenate([[0.0], np.cumsum(words)])
    middle = (edges[1:] + edges[:-1]) / 2
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, edges[-1])
    for _ in range(2):
        sums = np.vstack([np.zeros(values.shape[1]), np.cumsum(values * words[:, None], axis=0)])
        columns = (np.interp(high, edges, column) - np.interp(low, edges, column) for column in sums.T)
        values = np.stack(list(columns), axis=1) / (high - low)[:, None]
    return values


def standard(values: np.ndarray) -> np.ndarray:
    """Each column with mean 0 and deviation 1 over the conversation."""
    return (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6)


def matrix(talk: Conversation, raw: dict[str, np.ndarray]) -> tuple[np.ndarray, list[str]]:
    """Features [n, f] and their names: every signal alone and smoothed, as it is and against its own conversation."""
    names = list(raw)
    base = np.stack([raw[name] for name in names], axis=1)
    layers = [("", base), *((f" ~{half:.0f}", smooth(base, talk.words, half)) for half in HALVES)]
    columns, labels = [], []
    for suffix, values in layers:
        relative = standard(values)
        for number, name in enumerate(names):
            if name not in RELATIVE_ONLY:
                columns.append(values[:, number])
                labels.append(name + suffix)
            if name != "speaker":
                columns.append(relative[:, number])
                labels.append(f"{name}{suffix} relative")
    more = _shape(talk, dict(zip(labels, columns, strict=True)))
    return np.stack([*columns, *more.values()], axis=1).astype(np.float32), [*labels, *more]


def _shape(talk: Conversation, have: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Where a chunk stands against the best place of the conversation, and in the conversation."""
    near = f" ~{HALVES[1]:.0f}"
    level = have[f"near turned{near} relative"] + have[f"words{near} relative"] + have[f"fed turned{near} relative"]
    level = standard(level[:, None])[:, 0]
    edges = np.cumsum(talk.words)
    place = (edges - talk.words / 2) / edges[-1]
    best = place[int(np.argmax(level))]
    named = have["speaker"]
    return {
        "level": level,
        "rank": np.argsort(np.argsort(level, kind="stable"), kind="stable") / len(level),
        "below best": level.max() - level,
        "from best": np.abs(place - best),
        "after best": place - best,
        "place": place,
        "off middle": (place - 0.5) ** 2,
        "length": np.log(talk.words),
        "whole length": np.full(len(level), math.log(talk.words.sum())),
        "anybody named": np.full(len(level), float(named.max() > 0)),
        "named and near": named * level,
        "named nearby and near": have[f"speaker{near}"] * level,
    }


def summary(talk: Conversation, raw: dict[str, np.ndarray]) -> np.ndarray:
    """What tells whether the conversation answers the question at all: of each signal at each scale the best place, the
    mean of the best tenth, the mean, and how far the best stands out; and the length of the conversation."""
    base = np.stack([values for name, values in raw.items() if name != "speaker"], axis=1)
    found = [[math.log(talk.words.sum())]]
    for values in (base, *(smooth(base, talk.words, half) for half in HALVES[:3])):
        down = -np.sort(-values, axis=0)
        mean = values.mean(axis=0)
        tenth = down[: max(1, len(down) // 10)].mean(axis=0)
        found += [down[0], tenth, mean, (down[0] - mean) / (values.std(axis=0) + 1e-6)]
    return np.concatenate(found)
