"""How many people of each quota will be cleared by the last day for it: a distribution, computed and not drawn. Pure.

The method, for one segment with `cleared` people of its quota already:
- whoever was heard and is not cleared yet clears with probability c
- the calls still to come are those on the calendar in time, or more if the pace so far brings more: the number of calls
  that fall due in the days left has the Gamma-Poisson (negative binomial) predictive distribution of the calls that fell
  due so far, with Jeffreys' prior on the rate, never more than the firm can hold
- each of them is held with probability s and then clears with probability c
- people beyond the quota count for nothing.
s and c are not known: each has the Beta distribution of its count with Jeffreys' prior, one for all segments, and the
result is averaged over both (a beta-binomial whose parts share their rates). A. Gelman et al., "Bayesian Data Analysis",
3rd ed. (2013), 2.4-2.8. The average is a sum over a grid in arcsin(sqrt(p)), where these densities are bounded and smooth.

What it takes for granted: tomorrow's calls are as those so far; a missed call is not made good; segments differ in pace
and not in how people keep appointments; there are people enough to invite. It knows nothing of a bank holiday abroad.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, exp, lgamma, log, pi, sqrt

import numpy as np

from synthesis.field import SURE, Rate

NODES = 14
REACH = 4.2
LEAST = 1e-9


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a forecast starts from in one segment. `due` calls fell due in `gone` working days; `left` days are to come, in
    which the firm can hold `most` calls at the outside. `ahead` are on the calendar in time, `waiting` heard, not cleared."""

    code: str
    quota: int
    cleared: int
    waiting: int
    ahead: int
    due: int
    gone: int
    left: int
    most: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The people cleared at the end: chance of 0, 1, 2 … of them up to the quota."""

    chances: tuple[float, ...]

    def point(self, share: float) -> int:
        """The smallest number that is not passed with at least this probability."""
        reached = 0.0
        for number, chance in enumerate(self.chances):
            reached += chance
            if reached >= share - LEAST:
                return number
        return len(self.chances) - 1

    @property
    def low(self) -> int:
        return self.point((1 - SURE) / 2)

    @property
    def middle(self) -> int:
        return self.point(0.5)

    @property
    def high(self) -> int:
        return self.point((1 + SURE) / 2)

    @property
    def full(self) -> float:
        """The probability that the quota is reached."""
        return self.chances[-1]


def forecast(rows: Sequence[Outlook], show: Rate, clears: Rate) -> tuple[list[Forecast], Forecast]:
    """The forecast of each segment, and of all together. The same input gives the same figures.

    `show` is held of due, `clears` cleared of those whose clearance is decided. With nothing counted in a rate yet, it may
    be anything between none and all, and the interval says so.
    """
    s, weight_s = _grid(show)
    c, weight_c = _grid(clears)
    shows, cleared = (part.ravel() for part in np.meshgrid(s, c))
    weights = np.outer(weight_c, weight_s).ravel()
    parts = [_segment(row, shows * cleared, cleared) for row in rows]
    whole = np.ones((len(weights), 1))
    for part in parts:
        whole = _sum(whole, part, whole.shape[1] + part.shape[1] - 1)
    return [_averaged(weights, part) for part in parts], _averaged(weights, whole)


def _averaged(weights: np.ndarray, chances: np.ndarray) -> Forecast:
    return Forecast(tuple(float(chance) for chance in weights @ chances))


def _grid(rate: Rate) -> tuple[np.ndarray, np.ndarray]:
    """Points of the Beta distribution of a rate under Jeffreys' prior, and their weights, which add up to one.

    With p = sin²t the density is proportional to sin(t)^(2a-1) cos(t)^(2b-1), a = n + 1/2, b = N - n + 1/2: nearly a bell
    of standard deviation 1/(2 sqrt(N + 1)). Midpoints of equal pieces of the bell sum it as well as makes no difference.
    """
    a, b = rate.n + 0.5, rate.total - rate.n + 0.5
    centre, spread = asin(sqrt(a / (a + b))), 0.5 / sqrt(rate.total + 1)
    low, high = max(centre - REACH * spread, 0.0), min(centre + REACH * spread, pi / 2)
    points = low + (high - low) * (np.arange(NODES) + 0.5) / NODES
    weights = (2 * a - 1) * np.log(np.sin(points)) + (2 * b - 1) * np.log(np.cos(points))
    weights = np.exp(weights - weights.max())
    return np.sin(points) ** 2, weights / weights.sum()


def _segment(row: Outlook, arrives: np.ndarray, clears: np.ndarray) -> np.ndarray:
    """For each point of the grid, the chances of 0 … quota people cleared in one segment."""
    room = max(row.quota - row.cleared, 0)
    result = np.zeros((len(arrives), row.quota + 1))
    calls = _mixed(_calls(row), row.ahead, arrives, room)
    result[:, row.quota - room :] = _sum(_heads(row.waiting, clears, room), calls, room + 1)
    return result


def _calls(row: Outlook) -> list[float]:
    """The chances of `ahead`, `ahead` + 1 … calls in the days left."""
    most = max(row.most, row.ahead)
    if not row.left or not row.gone:
        return [1.0]
    size, stays = row.due + 0.5, row.gone / (row.gone + row.left)
    chances = [0.0]
    reached = 0.0
    for number in range(most + 1):
        log_chance = lgamma(number + size) - lgamma(size) - lgamma(number + 1)
        chance = exp(log_chance + size * log(stays) + number * log(1 - stays))
        reached += chance
        if number <= row.ahead:
            chances[0] += chance
        else:
            chances.append(chance)
        if number > row.ahead and 1 - reached < LEAST:
            break
    # What lies beyond is as many as can be held.
    chances[-1] += max(1 - reached, 0.0)
    return chances


def _heads(tries: int, p: np.ndarray, room: int) -> np.ndarray:
    """Binomial chances of 0 … room successes for each p; what is beyond counts as room."""
    chances = np.zeros((len(p), room + 1))
    chances[:, 0] = 1.0
    for _ in range(tries):
        chances = _once_more(chances, p)
    return chances


def _once_more(chances: np.ndarray, p: np.ndarray) -> np.ndarray:
    """One more try with probability p; the last column keeps all it has."""
    p = p[:, None]
    after = chances * (1 - p)
    after[:, 1:] += chances[:, :-1] * p
    after[:, -1:] += chances[:, -1:] * p
    return after


def _mixed(calls: Sequence[float], first: int, p: np.ndarray, room: int) -> np.ndarray:
    """Binomial chances whose number of tries is itself `first`, `first` + 1 … with the chances given."""
    chances = _heads(first, p, room)
    result = calls[0] * chances
    for share in calls[1:]:
        chances = _once_more(chances, p)
        result += share * chances
    return result


def _sum(one: np.ndarray, other: np.ndarray, size: int) -> np.ndarray:
    """The chances of the sum of two counts at each point of the grid, in `size` columns; what is beyond is in the last."""
    result = np.zeros((one.shape[0], one.shape[1] + other.shape[1] - 1))
    for number in range(other.shape[1]):
        result[:, number : number + one.shape[1]] += one * other[:, number : number + 1]
    kept = result[:, :size].copy()
    kept[:, -1] += result[:, size:].sum(axis=1)
    return kept
