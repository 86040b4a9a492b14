import gzip
import json

import numpy as np
import pytest

from synthesis.nlp import fitting, train, weights
from synthesis.nlp.encoder import HashingEncoder
from synthesis.nlp.weights import logistic


def test_fit_logistic_finds_the_coefficients_that_made_the_data():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20_000, 2))
    truth = (rng.random(20_000) < logistic(0.5 + 1.5 * x[:, 0] - 1.0 * x[:, 1])).astype(float)

    found = fitting.fit_logistic(x, truth, np.ones(len(x)), ridge=0.0)

    assert found == pytest.approx([0.5, 1.5, -1.0], abs=0.06)
    slope = np.column_stack([np.ones(len(x)), x]).T @ (logistic(found[0] + x @ found[1:]) - truth)
    assert np.abs(slope).max() < 1e-6


def test_fit_net_learns_what_no_line_can():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40_000, 2)).astype(np.float32)
    truth = (x[:, 0] * x[:, 1] > 0).astype(np.float32)

    net = fitting.fit_net(x, truth, np.ones(len(x), np.float32), seed=1)

    assert ((weights.run(net, x) > 0) == truth).mean() > 0.75


def test_fit_net_with_the_same_seed_is_the_same():
    rng = np.random.default_rng(0)
    x, truth = rng.standard_normal((9000, 3)).astype(np.float32), np.tile([0.0, 1.0, 1.0], 3000).astype(np.float32)

    first, second = (fitting.fit_net(x, truth, np.ones(9000, np.float32), seed=4) for _ in range(2))

    assert [layer.weight.tobytes() for layer in first] == [layer.weight.tobytes() for layer in second]


def test_fit_turn_brings_the_answering_windows_forward():
    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((16, 16))
    examples = []
    for _ in range(64):
        windows, wanted = rng.standard_normal((30, 16)).astype(np.float32), rng.standard_normal(16).astype(np.float32)
        share = np.zeros(30)
        share[np.argmax(windows @ (hidden @ wanted))] = 1
        examples.append(fitting.Example(windows / 4, wanted / 4, share))

    turn = fitting.fit_turn(examples)

    def chance(matrix: np.ndarray) -> float:
        """Mean share of the softmax that falls on the answering window."""
        out = []
        for x in examples:
            level = np.exp(12 * x.windows @ (x.wanted + matrix @ x.wanted))
            out.append(level[x.share > 0][0] / level.sum())
        return float(np.mean(out))

    assert chance(turn) > chance(np.zeros((16, 16)))


def test_train_from_meetings_to_weights_that_tag(tmp_path, monkeypatch):
    """The whole command on a dozen small meetings: it writes a file that loads and ranks the answers first."""
    subjects = [
        "battery",
        "garden",
        "violin",
        "glacier",
        "kitchen",
        "subway",
        "beehive",
        "harbour",
        "library",
        "volcano",
    ]
    subjects += ["orchard", "bicycle"]
    path = tmp_path / "meetings.jsonl.gz"
    with gzip.open(path, "wt") as out:
        for number, subject in enumerate(subjects):
            other = subjects[number - 5]
            say = [
                f"We spoke about the {s} and how the {s} was built with care by many hands." for s in (subject, other)
            ]
            turns = [{"speaker": "AB"[i % 2], "text": say[i // 30]} for i in range(60)]
            asked = [
                {"code": "q0", "text": f"What about the {subject}?"},
                {"code": "q1", "text": f"What about the {other}?"},
            ]
            gold = {"q0": [[0, 29]], "q1": [[30, 59]]}
            out.write(json.dumps({"id": subject, "turns": turns, "questions": asked, "gold": gold}) + "\n")
    monkeypatch.setattr(fitting, "BATCH", 64)

    train.main([str(path), "--kind", "words", "--out", str(tmp_path / "weights.json")])

    learnt = weights.load(tmp_path / "weights.json")
    assert learnt.turn is None
    assert learnt.figures["whole meetings"]["AP"] > 90
    again = train.read_meetings(path, train.CachingEncoder(HashingEncoder(), None))
    assert [len(m.gold) for m in again[:12]] == [2 + 2 + 3] * 12  # its own, the next one's, three from afar
    assert len(again) == 12 * (1 + len(train.CROPS))
