import hashlib
import json

import numpy as np
import pytest

from synthesis.nlp import graph
from synthesis.nlp.encoder import HashingEncoder, NumpyEncoder, OnnxEncoder, load_encoder

TEXTS = [
    "Are outages shifting cloud procurement?",
    "We moved to a second cloud.",
    "Yeah.",
    "The naïve café 😀 closed, e\u0301tude 中文.",
    "word " * 400,
    "",
    "…",
]


def test_build_encoder_again_leaves_the_file_alone(encoder_dir):
    before = (encoder_dir / graph.GRAPH_FILE).stat().st_mtime_ns

    assert graph.build_encoder(encoder_dir) == encoder_dir
    assert (encoder_dir / graph.GRAPH_FILE).stat().st_mtime_ns == before
    assert sorted(p.name for p in encoder_dir.iterdir()) == ["encoder.json", "encoder.onnx", "vocab.txt"]


def test_build_encoder_replaces_a_file_cut_short(encoder_dir, tmp_path):
    graph.build_encoder(tmp_path)
    whole = hashlib.sha256((tmp_path / graph.GRAPH_FILE).read_bytes()).hexdigest()
    (tmp_path / graph.GRAPH_FILE).write_bytes(b"half")

    assert not graph.is_built(tmp_path)
    graph.build_encoder(tmp_path)
    assert hashlib.sha256((tmp_path / graph.GRAPH_FILE).read_bytes()).hexdigest() == whole


def test_build_encoder_without_the_package_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(graph, "PACKAGE", "no-such-package-as-this")

    with pytest.raises(graph.EncoderMissing, match=r"install requirements-model\.txt"):
        graph.build_encoder(tmp_path / "encoder")
    assert not (tmp_path / "encoder").exists()


def test_build_encoder_from_other_weights_is_refused(encoder_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(graph, "WEIGHTS_SHA256", "0" * 64)

    with pytest.raises(graph.EncoderMissing, match="not the pinned file"):
        graph.build_encoder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_read_safetensors_gives_tensors_by_name():
    values = np.arange(6, dtype="<f4")
    header = json.dumps(
        {"__metadata__": {"format": "pt"}, "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
    )
    data = len(header).to_bytes(8, "little") + header.encode() + values.tobytes()

    found = graph.read_safetensors(data)

    assert list(found) == ["a"]
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_onnx_and_numpy_give_the_same_vectors(onnx):
    ours, plain = onnx.encode(TEXTS), NumpyEncoder().encode(TEXTS)

    assert np.abs(ours - plain).max() < 2e-6
    assert np.linalg.norm(ours, axis=1).round(5).tolist() == [1, 1, 1, 1, 1, 0, 1]


def test_onnx_vector_is_the_same_bytes_in_any_company(onnx, encoder_dir):
    together = onnx.encode(TEXTS)
    backwards = onnx.encode(TEXTS[::-1])[::-1]
    alone = np.concatenate([onnx.encode([text]) for text in TEXTS])
    afresh = OnnxEncoder(encoder_dir).encode(TEXTS)
    by_two = OnnxEncoder(encoder_dir, threads=2).encode(TEXTS)

    assert together.tobytes() == backwards.tobytes() == alone.tobytes() == afresh.tobytes() == by_two.tobytes()


def test_onnx_similarity_follows_meaning(onnx):
    question, near, far = onnx.encode(
        [
            "Are outages making customers leave?",
            "After the downtime we switched provider.",
            "The cake on Fridays is good.",
        ]
    )

    assert question @ near > 0.3 > 0.2 > question @ far


def test_hashing_encoder_meets_on_normal_forms():
    outages, outage, cake, nothing = HashingEncoder().encode(["outages migrated", "outage migrating", "cake", "the of"])

    assert float(outages @ outage) == pytest.approx(1.0)
    assert float(outages @ cake) == 0.0
    assert not nothing.any()


def test_load_encoder_without_a_model_names_the_fallback(tmp_path):
    assert load_encoder(None).name == "hashed words (no sentence model)"
    assert load_encoder(tmp_path).name == "hashed words (no sentence model)"


def test_load_encoder_with_the_built_graph_names_the_model(encoder_dir):
    assert load_encoder(encoder_dir).name == "all-MiniLM-L6-v2 onnx"
