"""The forecast against hand-made cases, against its own model drawn at random, and against made-up programmes whose end is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthesis.field import Rate
from synthesis.forecast import Forecast, Outlook, forecast

SURELY = Rate(10**9, 10**9)


def outlook(**given) -> Outlook:
    plain = {
        "code": "a",
        "quota": 20,
        "cleared": 5,
        "waiting": 3,
        "ahead": 4,
        "due": 9,
        "gone": 6,
        "left": 3,
        "most": 30,
    }
    return Outlook(**{**plain, **given})


def test_forecast_is_certain_when_everything_is():
    (row,), whole = forecast([outlook(due=0, gone=0)], SURELY, SURELY)
    assert (row.low, row.middle, row.high) == (12, 12, 12)
    assert whole == row


def test_forecast_of_a_full_quota_says_so():
    (row,), whole = forecast([outlook(cleared=20)], Rate(3, 9), Rate(2, 3))
    assert (row.low, row.high, round(row.full, 9)) == (20, 20, 1)
    assert (whole.low, round(whole.full, 9)) == (20, 1)


def test_forecast_counts_nobody_past_a_quota_and_no_segment_for_another():
    parts, whole = forecast([outlook(ahead=90), outlook(code="b", quota=7, waiting=0, ahead=0, left=0)], SURELY, SURELY)
    assert [len(part.chances) for part in parts] == [21, 8]
    assert (parts[0].low, parts[1].high, whole.low, whole.high) == (20, 5, 25, 25)


def test_forecast_without_days_left_adds_only_who_was_heard():
    (row,), _ = forecast([outlook(left=0, ahead=0)], Rate(9, 9), SURELY)
    assert (row.low, row.high) == (8, 8)


def test_forecast_never_holds_more_calls_than_the_firm_can():
    (row,), _ = forecast([outlook(due=60, gone=3, most=6)], SURELY, SURELY)
    assert row.high == 5 + 3 + 6


def test_forecast_with_no_history_is_as_wide_as_what_it_does_not_know():
    (row,), _ = forecast([outlook(due=0, gone=0)], Rate(0, 0), Rate(0, 0))
    assert (row.low, row.high) == (5, 12)


def test_point_is_the_first_number_that_reaches_the_share():
    told = Forecast((0.1, 0.4, 0.3, 0.2))
    assert [told.point(share) for share in (0.05, 0.1, 0.11, 0.5, 0.81, 1.0)] == [0, 0, 1, 1, 3, 3]


OUTLOOKS = st.builds(
    lambda quota, cleared, waiting, ahead, due, gone, left, most: Outlook(
        "a", quota, min(cleared, quota), waiting, ahead, due, gone, left, most
    ),
    *(st.integers(low, high) for low, high in ((1, 40), (0, 40), (0, 9), (0, 30), (0, 40), (0, 10), (0, 8), (0, 40))),
)
RATES = st.integers(0, 60).flatmap(lambda total: st.integers(0, total).map(lambda n: Rate(n, total)))


@settings(deadline=None)
@given(st.lists(OUTLOOKS, min_size=1, max_size=3), RATES, RATES)
def test_forecast_is_a_distribution_between_what_is_cleared_and_the_quota(rows, show, clears):
    parts, whole = forecast(rows, show, clears)
    for row, part in zip(rows, parts, strict=True):
        assert sum(part.chances) == pytest.approx(1)
        assert min(part.chances) >= -1e-12
        assert row.cleared <= part.low <= part.middle <= part.high <= row.quota
    assert sum(whole.chances) == pytest.approx(1)
    assert len(whole.chances) == sum(row.quota for row in rows) + 1
    # The mean of a sum is the sum of the means, however the parts hang together.
    means = [sum(n * chance for n, chance in enumerate(part.chances)) for part in (*parts, whole)]
    assert means[-1] == pytest.approx(sum(means[:-1]))
    assert forecast(rows, show, clears) == (parts, whole)


def drawn(rows: list[Outlook], show: Rate, clears: Rate, times: int) -> np.ndarray:
    """The same model drawn at random: people cleared in each of so many worlds."""
    rng = np.random.default_rng(7)
    s = rng.beta(show.n + 0.5, show.total - show.n + 0.5, times)
    c = rng.beta(clears.n + 0.5, clears.total - clears.n + 0.5, times)
    whole = np.zeros(times, dtype=int)
    for row in rows:
        calls = np.full(times, row.ahead)
        if row.gone and row.left:
            come = rng.poisson(rng.gamma(row.due + 0.5, 1 / row.gone, times) * row.left)
            calls = np.maximum(row.ahead, np.minimum(come, max(row.most, row.ahead)))
        more = rng.binomial(row.waiting, c) + rng.binomial(rng.binomial(calls, s), c)
        whole += np.minimum(row.quota, row.cleared + more)
    return whole


@pytest.mark.parametrize(
    ("rows", "show", "clears"),
    [
        ([outlook()], Rate(16, 18), Rate(18, 18)),
        ([outlook(), outlook(code="b", quota=35, ahead=10, most=8)], Rate(5, 6), Rate(3, 4)),
        ([outlook(quota=35, due=40, gone=4, left=8, most=80)], Rate(40, 60), Rate(0, 0)),
        ([outlook(gone=0, ahead=12), outlook(code="b", left=0)], Rate(0, 2), Rate(29, 30)),
    ],
)
def test_forecast_is_the_sum_that_drawing_at_random_comes_near_to(rows, show, clears):
    _, whole = forecast(rows, show, clears)
    times = 60_000
    worlds = np.bincount(drawn(rows, show, clears, times), minlength=len(whole.chances)) / times
    # Of 60,000 draws a share strays by 0.002 (one standard deviation) at most; sums of them by Kolmogorov's 1.63 / sqrt(n).
    assert np.abs(np.cumsum(worlds) - np.cumsum(whole.chances)).max() < 0.008


def test_interval_holds_the_end_of_made_up_programmes_as_often_as_it_says():
    """Programmes with rates and paces of their own, stopped half-way and forecast, and then played to their end."""
    rng = np.random.default_rng(11)
    inside = certain = 0
    programmes = 400
    for _ in range(programmes):
        s, c, pace = rng.beta(18, 3), rng.beta(30, 2), rng.uniform(1, 4)
        due = rng.poisson(pace * 6)
        held = rng.binomial(due, s)
        decided = rng.binomial(held, 0.7)
        cleared = rng.binomial(decided, c)
        row = outlook(quota=90, cleared=cleared, waiting=held - decided, ahead=0, due=due, gone=6, left=5, most=90)
        (told,), _ = forecast([row], Rate(held, due), Rate(cleared, decided))
        end = cleared + rng.binomial(held - decided, c) + rng.binomial(rng.binomial(rng.poisson(pace * 5), s), c)
        inside += told.low <= end <= told.high
        certain += told.high - told.low < 2
    # 90 % are promised; a whole number at each end holds somewhat more. Three standard deviations of 400 are 4.5 points.
    assert 0.86 <= inside / programmes <= 0.99
    assert certain < programmes / 20
