"""Stance and basis of a passage for one question, with the words that speak for each."""

import numpy as np

from synthesis.nlp import lexical
from synthesis.nlp.components import basis
from synthesis.nlp.pipeline import Passage
from synthesis.nlp.shapes import Question

LEAN = 0.12  # of the summed evidence, from which a passage leans to one side
LEVEL = 0.35  # evidence on both sides at least this strong makes it mixed


def judge_stance(passage: Passage, question: Question, toward: float) -> tuple[str, list[str]]:
    """'bear', 'bull', 'mixed' or 'neutral', and the cues. `toward`: similarity to bull less to bear signpost."""
    good = sum(cue.weight for cue in passage.polarity if cue.weight > 0)
    bad = -sum(cue.weight for cue in passage.polarity if cue.weight < 0)
    stems = set(lexical.stems(passage.text))
    bull = good + 0.7 * len(stems & set(lexical.stems(question.bull))) + 6 * max(toward, 0.0)
    bear = bad + 0.7 * len(stems & set(lexical.stems(question.bear))) + 6 * max(-toward, 0.0)
    cues = list(dict.fromkeys(cue.text for cue in passage.polarity))
    total = bull + bear
    if total < 0.8:
        return "neutral", cues
    lean = (bull - bear) / total
    if min(bull, bear) > 1 and abs(lean) < LEVEL:
        return "mixed", cues
    return ("bull" if lean > LEAN else "bear" if lean < -LEAN else "mixed"), cues


def judge_basis(passage: Passage) -> tuple[str, list[str]]:
    """The basis and the cues that decided it."""
    label = basis.decide(passage.basis)
    return label, list(dict.fromkeys(cue.text for cue in passage.basis if cue.label == label))


def toward_bull(vectors: np.ndarray, bear: np.ndarray, bull: np.ndarray) -> float:
    """How much closer the closest of the passage's chunks come to the bull than to the bear signpost, -1 to 1."""
    if not (len(vectors) and bear.any() and bull.any()):
        return 0.0
    return float((vectors @ bull).max() - (vectors @ bear).max())
