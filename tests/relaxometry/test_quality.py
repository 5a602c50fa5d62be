"""What is refused before a fit, and that the refusal names the echo, the value and the cure."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from ironreport.errors import FitError
from ironreport.records import DecaySignal
from ironreport.relaxometry import METHODS, fit_decay
from ironreport.relaxometry.models import MONO
from ironreport.relaxometry.quality import only_first_echo_falls, refuse_no_decay
from ironreport.relaxometry.solving import solve

TE_MS = (1.0, 2.0, 3.0, 4.0, 5.0)
GOOD = (800.0, 650.0, 530.0, 430.0, 350.0)

REFUSED = [
    ("NO_ECHO", (), (), (), "no echo"),
    ("ONE_ECHO", (1.52,), (800.0,), (), "1.52 ms"),
    ("ONE_ECHO", (1.0, 2.0), (800.0, 600.0), (0,), "2 ms"),
    ("NO_ECHO", (1.0, 2.0), (800.0, 600.0), (0, 1), "left out"),
    ("NO_SUCH_ECHO", TE_MS, GOOD, (5,), "Echo 6"),
    ("NO_SUCH_ECHO", TE_MS, GOOD, (-1,), "Echo 0"),
    ("LENGTHS_DIFFER", TE_MS, GOOD[:4], (), "5 echo times but 4 signals"),
    ("TE_EQUAL", (1.0, 2.0, 2.0, 4.0, 5.0), GOOD, (), "Echoes 2 and 3"),
    ("TE_ORDER", (1.0, 3.0, 2.0, 4.0, 5.0), GOOD, (), "Echo 3 (TE 2 ms)"),
    ("TE_NOT_POSITIVE", (0.0, 2.0, 3.0, 4.0, 5.0), GOOD, (), "echo 1 is 0 ms"),
    ("TE_NOT_POSITIVE", (-1.2, 2.0, 3.0, 4.0, 5.0), GOOD, (), "-1.2"),
    ("TE_NOT_FINITE", (1.0, math.nan, 3.0, 4.0, 5.0), GOOD, (), "echo 2"),
    ("TE_NOT_FINITE", (1.0, 2.0, 3.0, 4.0, 1e300), GOOD, (), "echo 5"),
    ("SIGNAL_NOT_FINITE", TE_MS, (800.0, math.inf, 530.0, 430.0, 350.0), (), "echo 2 (TE 2 ms)"),
    ("SIGNAL_NOT_FINITE", TE_MS, (1e200, 650.0, 530.0, 430.0, 350.0), (), "echo 1"),
    ("SIGNAL_NOT_POSITIVE", TE_MS, (800.0, 650.0, 530.0, 0.0, 350.0), (), "echo 4 (TE 4 ms) is 0"),
    ("SIGNAL_NOT_POSITIVE", TE_MS, (800.0, -3.5, 530.0, 430.0, 350.0), (), "-3.5"),
]


@pytest.mark.parametrize(("code", "te_ms", "values", "left_out", "words"), REFUSED)
def test_a_signal_that_cannot_be_fitted_is_refused_by_name(code, te_ms, values, left_out, words) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FitError) as caught:
        fit_decay(DecaySignal("liver", te_ms, values), left_out=left_out)
    refusal = caught.value.refusal
    assert refusal.code == code
    assert words in refusal.what
    assert refusal.cure


def test_a_zero_signal_that_the_reader_left_out_does_not_matter() -> None:
    fit = fit_decay(DecaySignal("liver", TE_MS, (800.0, 650.0, 530.0, 0.0, 350.0)), left_out=(3,))
    assert fit.n_used == 4


def test_an_unknown_method_is_refused_with_the_known_ones() -> None:
    with pytest.raises(FitError, match="auto, mono, truncated, constant, quadrature") as caught:
        fit_decay(DecaySignal("liver", TE_MS, GOOD), "best")
    assert caught.value.refusal.code == "UNKNOWN_METHOD"


def test_models_with_a_floor_ask_for_four_echoes() -> None:
    for method in ("constant", "quadrature"):
        with pytest.raises(FitError) as caught:
            fit_decay(DecaySignal("liver", TE_MS[:3], GOOD[:3]), method)
        assert caught.value.refusal.code == "TOO_FEW_ECHOES"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "values",
    [(100.0, 100.0, 100.0, 100.0, 100.0), (100.0, 120.0, 140.0, 170.0, 200.0), (100.0, 104.0, 98.0, 103.0, 99.0)],
)
def test_a_flat_or_rising_signal_is_never_a_time(method: str, values: tuple[float, ...]) -> None:
    with pytest.raises(FitError) as caught:
        fit_decay(DecaySignal("liver", TE_MS, values), method)
    assert caught.value.refusal.code in {"NO_DECAY", "NOT_DETERMINED"}


def test_two_rising_echoes_are_refused() -> None:
    with pytest.raises(FitError) as caught:
        fit_decay(DecaySignal("liver", (7.0, 10.0), (1300.0, 1700.0)))
    assert caught.value.refusal.code == "NO_DECAY"


def test_a_time_below_half_the_first_echo_time_is_refused_without_its_value() -> None:
    te_ms = (4.0, 6.0, 8.0, 10.0, 12.0)
    signal = DecaySignal("liver", te_ms, tuple(1e5 * math.exp(-te / 1.5) for te in te_ms))
    assert fit_decay(signal).time.value == pytest.approx(1.5)
    with pytest.raises(FitError) as caught:
        fit_decay(signal, shortest_time_per_first_te=0.5)
    refusal = caught.value.refusal
    assert refusal.code == "SHORTER_THAN_FIRST_ECHO"
    assert "shorter than about 2 ms" in refusal.what
    assert "1.5" not in str(refusal)


@pytest.mark.parametrize(("middle", "falls"), [(99.0, True), (100.0, False)])
def test_three_echoes_of_which_two_are_equal_do_not_fall_at_every_step(middle: float, falls: bool) -> None:
    """Their interval reaches down to no decay, and only a fall from each echo to the next speaks against it."""
    te_ms, values = np.array([1.0, 2.0, 3.0]), np.array([100.0, middle, 60.0])
    best = solve(MONO, te_ms, values)
    assert best is not None and (best.log_half_width or 0.0) > 1.0
    if falls:
        assert refuse_no_decay("T2*", te_ms, values, best) is best
    else:
        with pytest.raises(FitError):
            refuse_no_decay("T2*", te_ms, values, best)


# ------------------------------------------------------------------- a first echo that alone falls

TRAIN_MS = tuple(0.95 + 0.7 * i for i in range(12))


def with_noise(values: Sequence[float]) -> DecaySignal:
    return DecaySignal("liver", TRAIN_MS, tuple(values), field_tesla=1.5, noise_sd=24.0, n_pixels=60)


def test_a_bright_first_echo_over_a_flat_rest_is_a_signal_gone_and_no_slow_decay() -> None:
    flat = 800.0 * np.exp(-np.array(TRAIN_MS) / 100.0)
    with pytest.raises(FitError) as caught:
        fit_decay(with_noise([1.15 * flat[0], *flat[1:]]))
    assert caught.value.refusal.code == "BEYOND_ACQUISITION"


def test_a_bright_first_echo_over_a_decay_is_left_out() -> None:
    decay = 1000.0 * np.exp(-np.array(TRAIN_MS) / 12.0)
    fit = fit_decay(with_noise([1.15 * decay[0], *decay[1:]]))
    assert not fit.used[0] and fit.time.value == pytest.approx(12.0, rel=0.02)


@pytest.mark.parametrize(("first", "falls"), [(1.24, False), (1.26, True), (0.5, False)])
def test_the_first_echo_falls_alone_where_it_stands_higher_than_all_others_fall(first: float, falls: bool) -> None:
    predicted = np.array([1.0, 1.0, 0.9, 0.8])
    used = np.array([False, True, True, True])
    measured = np.array([first, *predicted[1:]])
    assert only_first_echo_falls(measured, predicted, used) is falls
    assert not only_first_echo_falls(measured, predicted, np.ones(4, dtype=np.bool_))
    assert not only_first_echo_falls(measured, predicted, np.array([False, True, False, True]))
