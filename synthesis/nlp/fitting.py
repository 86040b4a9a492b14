"""The optimisers behind train.py: small, seeded, in numpy. Nothing here is needed to tag."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from synthesis.nlp.weights import Layer, logistic

HIDDEN = 32
EPOCHS, BATCH, RATE, DECAY, DROP = 4, 4096, 2e-3, 1e-3, 0.2
TURN_EPOCHS, TURN_RATE, TURN_DECAY, SHARPNESS = 4, 3e-4, 0.1, 12.0


class Adam:
    """Kingma and Ba 2015 (arXiv 1412.6980), with the step shrinking to nothing along a cosine."""

    def __init__(self, parts: list[np.ndarray], rate: float, steps: int, decay: float = 0.0):
        self.parts, self.rate, self.steps, self.decay = parts, rate, steps, decay
        self.first = [np.zeros_like(p) for p in parts]
        self.second = [np.zeros_like(p) for p in parts]
        self.done = 0

    def step(self, slopes: list[np.ndarray]) -> None:
        rate = self.rate * 0.5 * (1 + np.cos(np.pi * self.done / self.steps))
        self.done += 1
        for part, slope, first, second in zip(self.parts, slopes, self.first, self.second, strict=True):
            first += 0.1 * (slope - first)
            second += 0.001 * (slope * slope - second)
            step = first / (1 - 0.9**self.done) / (np.sqrt(second / (1 - 0.999**self.done)) + 1e-8)
            part -= (rate * (step + self.decay * part * (part.ndim > 1))).astype(part.dtype)


@dataclass(frozen=True)
class Example:
    """For the turn: centred window vectors [m, width], the question's vector, and how the answer lies over them [m]."""

    windows: np.ndarray
    wanted: np.ndarray
    share: np.ndarray


def fit_turn(examples: Sequence[Example], seed: int = 0) -> np.ndarray:
    """A matrix T so that windows of the answer come first by similarity to q + Tq: softmax over the windows of one
    meeting against the share of the answer in each, with weight decay toward T = 0."""
    rng = np.random.default_rng(seed)
    width = len(examples[0].wanted)
    turn = np.zeros((width, width), np.float32)
    adam = Adam([turn], TURN_RATE, TURN_EPOCHS * -(-len(examples) // 16))
    for _ in range(TURN_EPOCHS):
        order = rng.permutation(len(examples))
        for start in range(0, len(order), 16):
            slope = TURN_DECAY * turn
            batch = order[start : start + 16]
            for number in batch:
                x = examples[number]
                level = SHARPNESS * (x.windows @ (x.wanted + turn @ x.wanted))
                level = np.exp(level - level.max())
                pull = (level / level.sum() - x.share) @ x.windows
                slope = slope + np.outer(SHARPNESS * pull, x.wanted) / len(batch)
            adam.step([slope])
    return turn


def fit_net(x: np.ndarray, truth: np.ndarray, weight: np.ndarray, seed: int) -> list[Layer]:
    """One hidden layer with dropout, weighted cross-entropy. x [n, f] standardised, truth and weight [n]."""
    rng = np.random.default_rng(seed)
    sizes = (x.shape[1], HIDDEN, 1)
    parts = [(rng.standard_normal(s) * np.sqrt(2 / s[0])).astype(np.float32) for s in pairwise(sizes)]
    rate = (weight * truth).sum() / weight.sum()
    biases = [np.zeros(HIDDEN, np.float32), np.full(1, np.log(rate / (1 - rate)), np.float32)]
    parts[1] *= 0.1
    steps = len(x) // BATCH
    adam = Adam([*parts, *biases], RATE, EPOCHS * steps, DECAY)
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for step in range(steps):
            batch = order[step * BATCH : (step + 1) * BATCH]
            inner = np.maximum(x[batch] @ parts[0] + biases[0], 0)
            kept = (rng.random(inner.shape, dtype=np.float32) > DROP) / np.float32(1 - DROP)
            inner *= kept
            slope = (logistic((inner @ parts[1])[:, 0] + biases[1]) - truth[batch]) * weight[batch] / BATCH
            back = (slope[:, None] @ parts[1].T) * kept * (inner > 0)
            adam.step([x[batch].T @ back, inner.T @ slope[:, None], back.sum(axis=0), slope.sum(keepdims=True)])
    return [Layer(p, b) for p, b in zip(parts, biases, strict=True)]


def fit_logistic(x: np.ndarray, truth: np.ndarray, weight: np.ndarray, ridge: float) -> np.ndarray:
    """Logistic regression by Newton's method; x [n, f], result [1 + f] with the intercept first and unpenalised."""
    x = np.column_stack([np.ones(len(x)), x]).astype(float)
    penalty = np.diag([0.0, *[ridge] * (x.shape[1] - 1)])
    found = np.zeros(x.shape[1])
    for _ in range(30):
        chance = logistic(x @ found)
        slope = x.T @ (weight * (chance - truth)) + penalty @ found
        bend = (x * (weight * chance * (1 - chance))[:, None]).T @ x + penalty
        step = np.linalg.solve(bend + 1e-9 * np.eye(len(bend)), slope)
        found -= step
        if np.abs(step).max() < 1e-10:
            break
    return found
