"""What the shipped model reaches may not fall unseen. The corpora lie outside the project; without them this skips."""

import gzip
import json
import re

import numpy as np
import pytest

from synthesis.nlp.rank import answer
from tests.synthesis.nlp.conftest import SHARED

WORD = re.compile(r"\w+")


@pytest.fixture(scope="module")
def meetings() -> list[dict]:
    path = SHARED / "corpora" / "qmsum" / "val.jsonl.gz"
    if not path.exists():
        pytest.skip("The meetings with known answers are not on this machine.")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        given = [json.loads(line) for line in lines]
    return sorted(given, key=lambda m: sum(len(t["text"]) for t in m["turns"]))[:4]


def average_precision(words: np.ndarray, gold: np.ndarray, scores: np.ndarray) -> float:
    """Word-weighted, as the bench counts it."""
    order = np.argsort(-scores, kind="stable")
    words, gold = words[order], gold[order]
    used, hit = np.cumsum(words), np.cumsum(words * gold)
    return float((hit / np.maximum(used, 1e-9) * words * gold).sum() / hit[-1])


@pytest.mark.parametrize(("tagger", "at_least"), [("by_sentences", 0.50), ("by_words", 0.40)])
def test_rank_of_unseen_meetings_keeps_its_precision(request, meetings, tagger, at_least):
    tagger, found = request.getfixturevalue(tagger), []
    for meeting in meetings:
        words = np.array([len(WORD.findall(turn["text"])) for turn in meeting["turns"]], float)
        scores = answer(tagger, meeting)["scores"]
        for code, ranges in meeting["gold"].items():
            gold = np.zeros(len(words), bool)
            for first, last in ranges:
                gold[first : last + 1] = True
            found.append(average_precision(words, gold, np.array(scores[code])))

    assert len(found) > 15
    assert np.mean(found) >= at_least
