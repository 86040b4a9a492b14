"""Stance and basis of a passage for one question, with the words that speak for each."""

from collections.abc import Collection

import numpy as np

from synthesis.nlp import lexical
from synthesis.nlp.components import basis
from synthesis.nlp.pipeline import Passage

USUAL = 0.5  # praise less blame in a hundred words of plain talk: people are polite
SIGNPOST = 10.0  # what a similarity closer by 0.1 to one signpost weighs, in cues a hundred words
LEAN = 0.4  # cues a hundred words from which a passage points one way
PADDING = 40  # words added to the length, so that one cue in a short passage does not weigh too much


def judge_stance(passage: Passage, toward: float, topic: Collection[str] = ()) -> tuple[str, list[str]]:
    """'bear', 'bull', 'mixed' or 'neutral', and the cues. `toward`: similarity to bull less to bear signpost; `topic`:
    normal forms of the question's words, which tell what the talk is about and not which way it points.

    Praise less blame in a hundred words, and which signpost the passage comes closer to. It is a hint for the person who
    decides, not more: a passage may praise a rival, and then the praise is bear.
    """
    telling = [cue for cue in passage.polarity if not any(stem in topic for stem in lexical.stems(cue.text))]
    good = sum(cue.weight for cue in telling if cue.weight > 0)
    bad = -sum(cue.weight for cue in telling if cue.weight < 0)
    cues = list(dict.fromkeys(cue.text for cue in telling))
    usual = USUAL * passage.words / 100 if cues else 0.0
    lean = 100 * (good - bad - usual) / (passage.words + PADDING) + SIGNPOST * toward
    if not cues and abs(toward) < LEAN / SIGNPOST:
        return "neutral", cues
    if abs(lean) > LEAN:
        return ("bull" if lean > 0 else "bear"), cues
    return ("mixed" if min(good, bad) >= 1 else "neutral"), cues


def judge_basis(passage: Passage) -> tuple[str, list[str]]:
    """The basis and the cues that decided it."""
    label = basis.decide(passage.basis)
    return label, list(dict.fromkeys(cue.text for cue in passage.basis if cue.label == label))


def toward_bull(vectors: np.ndarray, bear: np.ndarray, bull: np.ndarray) -> float:
    """How much closer the closest of the passage's chunks come to the bull than to the bear signpost, -1 to 1."""
    if not (len(vectors) and bear.any() and bull.any()):
        return 0.0
    return float((vectors @ bull).max() - (vectors @ bear).max())
