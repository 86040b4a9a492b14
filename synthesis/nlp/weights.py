"""The learnt numbers: how signals become a probability. Written by train.py, read here, applied in numpy."""

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Layer:
    weight: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class Weights:
    """`turn` [width, width] or None; `nets` are small networks whose logits are averaged; `gate` judges from the
    summary whether the question is answered at all; `bend` is the final (slope, shift) of the logit."""

    version: str
    threshold: float
    names: list[str]
    mean: np.ndarray
    scale: np.ndarray
    nets: list[list[Layer]]
    gate_mean: np.ndarray
    gate_scale: np.ndarray
    gate: np.ndarray
    bend: tuple[float, float]
    turn: np.ndarray | None = None
    figures: dict[str, Any] = field(default_factory=dict)

    def probability(self, features: np.ndarray, summary: np.ndarray) -> np.ndarray:
        """Calibrated probability of each chunk, [n], from features [n, f] and the conversation's summary."""
        inside = logistic(self.logits(features))
        answered = logistic(self.gate_logit(summary))
        both = np.clip(inside * answered, 1e-9, 1 - 1e-9)
        return logistic(self.bend[0] * np.log(both / (1 - both)) + self.bend[1])

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Of being part of the answer, given that there is one."""
        x = np.clip((features - self.mean) / self.scale, -5, 5)
        return np.mean([run(net, x) for net in self.nets], axis=0)

    def gate_logit(self, summary: np.ndarray) -> float:
        x = np.clip((summary - self.gate_mean) / self.gate_scale, -5, 5)
        return float(self.gate[0] + x @ self.gate[1:])


def logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def run(net: list[Layer], x: np.ndarray) -> np.ndarray:
    """Logits of a network with rectified hidden layers."""
    for number, layer in enumerate(net):
        x = x @ layer.weight + layer.bias
        if number < len(net) - 1:
            x = np.maximum(x, 0)
    return x[:, 0]


def path_for(kind: str) -> Path:
    """The shipped file for an encoder kind: 'sentences' or 'words'."""
    return FOLDER / f"weights-{kind}.json"


def load(path: Path) -> Weights:
    """Raises ValueError when the file lacks a part."""
    data = json.loads(path.read_text(encoding="utf-8"))
    try:
        nets = [[Layer(_numbers(layer["weight"]), _numbers(layer["bias"])) for layer in net] for net in data["nets"]]
        return Weights(
            version=data["version"],
            threshold=data["threshold"],
            names=data["names"],
            mean=_numbers(data["mean"]),
            scale=_numbers(data["scale"]),
            nets=nets,
            gate_mean=_numbers(data["gate_mean"]),
            gate_scale=_numbers(data["gate_scale"]),
            gate=_numbers(data["gate"]),
            bend=tuple(data["bend"]),
            turn=_unpack(data["turn"]) if data.get("turn") else None,
            figures=data.get("figures", {}),
        )
    except KeyError as missing:
        raise ValueError(f"{path.name} lacks {missing}; train again.") from None


def save(weights: Weights, path: Path, rank: int) -> None:
    """Numbers to six digits; the turn as the product of two narrow matrices of `rank` columns in half precision."""
    data = {
        "version": weights.version,
        "threshold": weights.threshold,
        "figures": weights.figures,
        "names": weights.names,
        "mean": _list(weights.mean),
        "scale": _list(weights.scale),
        "nets": [[{"weight": _list(x.weight), "bias": _list(x.bias)} for x in net] for net in weights.nets],
        "gate_mean": _list(weights.gate_mean),
        "gate_scale": _list(weights.gate_scale),
        "gate": _list(weights.gate),
        "bend": list(weights.bend),
        "turn": _pack(weights.turn, rank) if weights.turn is not None else None,
    }
    path.write_text(json.dumps(data, indent=None, separators=(",", ":")) + "\n", encoding="utf-8")


def narrow(matrix: np.ndarray, rank: int) -> tuple[np.ndarray, np.ndarray]:
    """The nearest product of two matrices with `rank` columns (Eckart and Young 1936), in half precision."""
    left, size, right = np.linalg.svd(matrix.astype(np.float64))
    root = np.sqrt(size[:rank])
    return (left[:, :rank] * root).astype("<f2"), (right[:rank].T * root).astype("<f2")


def _pack(matrix: np.ndarray, rank: int) -> dict[str, Any]:
    left, right = narrow(matrix, rank)
    return {
        "width": len(matrix),
        "rank": rank,
        "left": base64.b64encode(left.tobytes()).decode(),
        "right": base64.b64encode(right.tobytes()).decode(),
    }


def _unpack(data: dict[str, Any]) -> np.ndarray:
    shape = (data["width"], data["rank"])
    left, right = (
        np.frombuffer(base64.b64decode(data[side]), "<f2").astype(np.float32).reshape(shape)
        for side in ("left", "right")
    )
    return left @ right.T


def _list(values: np.ndarray) -> list:
    return json.loads(
        json.dumps(np.asarray(values, np.float64).tolist()), parse_float=lambda s: float(f"{float(s):.6g}")
    )


def _numbers(values: list) -> np.ndarray:
    return np.array(values, np.float32)
