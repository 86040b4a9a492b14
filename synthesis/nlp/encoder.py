"""Sentence vectors: the local ONNX graph, the same in plain numpy, or hashed words when there is no model.

Every encoder has `name`, `kind` (which learnt weights fit it), `width` and `encode(texts) -> float32 [len(texts), width]`
with rows of length 1 (or 0 for a text without words). One text is one run, so a vector never depends on what else is
"""

import hashlib
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from synthesis.nlp import graph, lexical
from synthesis.nlp.wordpiece import WordPiece

LONGEST = 256  # tokens: what the model was trained with


class Encoder(Protocol):
    name: str
    kind: str
    width: int

    def encode(self, texts: Sequence[str]) -> np.ndarray: ...


class OnnxEncoder:
    """Runs the built graph through ONNX Runtime, in float32."""

    name = f"{graph.ENCODER_NAME} onnx"
    kind = "sentences"
    width = graph.WIDTH

    def __init__(self, folder: Path, threads: int = 1):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # texts differ in length; the arena would keep the largest of everything
        # a thread that spins while it waits takes the core from whoever else works on this machine
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = onnxruntime.InferenceSession(
            str(Path(folder) / graph.GRAPH_FILE), options, providers=["CPUExecutionProvider"]
        )
        self.pieces = WordPiece.load(Path(folder) / graph.VOCABULARY_FILE)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        out = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            ids = self.pieces.encode(text, LONGEST)
            if len(ids) > 2:
                out[row] = self.session.run(None, {"ids": np.array([ids], np.int64)})[0]
        return out


class NumpyEncoder:
    """The same network in numpy: slower, needs only the package with the weights. Also the oracle of the tests."""

    name = f"{graph.ENCODER_NAME} numpy"
    kind = "sentences"
    width = graph.WIDTH

    def __init__(self) -> None:
        weights, vocabulary = graph.package_files()
        self.tensors = graph.read_safetensors(weights)
        self.pieces = WordPiece(vocabulary.decode().splitlines())
        self.erf = np.vectorize(math.erf, otypes=[np.float32])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        out = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            ids = self.pieces.encode(text, LONGEST)
            if len(ids) > 2:
                out[row] = self._vector(ids)
        return out

    def _vector(self, ids: list[int]) -> np.ndarray:
        t = self.tensors
        places = (
            t["embeddings.position_embeddings.weight"][: len(ids)] + t["embeddings.token_type_embeddings.weight"][0]
        )
        state = self._norm(t["embeddings.word_embeddings.weight"][ids] + places, "embeddings.")
        for number in range(graph.LAYERS):
            state = self._layer(state, f"encoder.layer.{number}.")
        mean = state.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def _norm(self, x: np.ndarray, name: str) -> np.ndarray:
        t, x = self.tensors, x - x.mean(axis=-1, keepdims=True)
        unit = x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + 1e-12)
        return unit * t[f"{name}LayerNorm.weight"] + t[f"{name}LayerNorm.bias"]

    def _dense(self, x: np.ndarray, name: str) -> np.ndarray:
        return x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"]

    def _layer(self, state: np.ndarray, name: str) -> np.ndarray:
        length, size = len(state), graph.WIDTH // graph.HEADS
        q, k, v = (
            self._dense(state, f"{name}attention.self.{part}").reshape(length, graph.HEADS, size).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / np.float32(math.sqrt(size))
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (weights / weights.sum(axis=-1, keepdims=True)) @ v
        out = self._dense(mixed.transpose(1, 0, 2).reshape(length, graph.WIDTH), f"{name}attention.output.dense")
        state = self._norm(out + state, f"{name}attention.output.")
        wide = self._dense(state, f"{name}intermediate.dense")
        wide = wide * np.float32(0.5) * (1 + self.erf(wide / np.float32(math.sqrt(2))))
        return self._norm(self._dense(wide, f"{name}output.dense") + state, f"{name}output.")


class HashingEncoder:
    """Word stems and their neighbours hashed into signed buckets: no model, no meaning, but always there."""

    name = "hashed words (no sentence model)"
    kind = "words"
    width = 512

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        out = np.zeros((len(texts), self.width), np.float32)
        for row, text in enumerate(texts):
            for stem in lexical.stems(text):
                digest = hashlib.blake2b(stem.encode(), digest_size=4).digest()
                number = int.from_bytes(digest, "little")
                out[row, number % self.width] += 1.0 if number >> 31 else -1.0
            length = np.linalg.norm(out[row])
            if length:
                out[row] /= length
        return out


def load_encoder(folder: Path | None, threads: int = 1) -> Encoder:
    """The built graph in `folder`, or hashed words when there is none: the name says which."""
    if folder is not None and graph.is_built(Path(folder)):
        return OnnxEncoder(Path(folder), threads)
    return HashingEncoder()
