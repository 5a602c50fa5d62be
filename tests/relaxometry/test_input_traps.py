"""Inputs on which other programs answer with a number: here each ends in the right number, a refusal or a doubt.

The rows are those of a comparison of eleven programs; what they answered stands beside each.
"""

from __future__ import annotations

import math

import pytest

from ironreport.errors import FitError
from ironreport.intake import parse_table
from ironreport.records import DecayFit, DecaySignal
from ironreport.relaxometry import METHODS, fit_decay

TE_MS = tuple(0.8 + 1.2 * i for i in range(12))


def signal(*values: float, te_ms: tuple[float, ...] = TE_MS) -> DecaySignal:
    return DecaySignal("liver", te_ms, values, field_tesla=1.5)


def decay(time_ms: float, s0: float = 1000.0) -> list[float]:
    return [s0 * math.exp(-te / time_ms) for te in TE_MS]


def codes(fit: DecayFit) -> set[str]:
    return {c.code for c in fit.cautions}


def refused(given: DecaySignal, method: str = "auto", **keywords: float) -> str:
    with pytest.raises(FitError) as caught:
        fit_decay(given, method, **keywords)  # type: ignore[arg-type]
    return caught.value.refusal.code


def test_noise_whose_best_rate_is_nothing_is_refused_in_words() -> None:
    """The search for a false normal met it: the solver's rate was beyond every number, and the program ended there."""
    te_ms = (1.47, 3.73, 5.99, 8.26, 10.52, 12.78, 15.04, 17.31, 19.57, 21.83, 24.09, 26.36)
    noise = (1.52, 1.38, 1.44, 1.45, 1.56, 1.46, 1.38, 1.61, 1.68, 1.65, 1.54, 1.57)
    assert refused(signal(*noise, te_ms=te_ms)) == "NO_DECAY"


@pytest.mark.parametrize("s0", [0.5, 30.0, 1000.0, 30_000.0])
def test_the_scale_of_the_image_changes_nothing(s0: float) -> None:
    """10 ms was read as 61.5, 4.24 or 212 ms elsewhere."""
    fit = fit_decay(signal(*decay(10.0, s0)))
    assert fit.time.value == pytest.approx(10.0, rel=1e-9)
    assert fit.s0 == pytest.approx(s0, rel=1e-9)


@pytest.mark.parametrize("time_ms", [0.3, 0.5, 0.8])
def test_a_time_shorter_than_the_first_echo_comes_back_or_is_refused_as_too_short(time_ms: float) -> None:
    """Elsewhere 0.3, 0.5 and 0.8 ms all read 1 ms."""
    assert fit_decay(signal(*decay(time_ms))).time.value == pytest.approx(time_ms, rel=1e-6)
    if time_ms < 0.4:
        assert refused(signal(*decay(time_ms)), shortest_time_per_first_te=0.5) == "SHORTER_THAN_FIRST_ECHO"


@pytest.mark.parametrize("method", METHODS)
def test_a_rising_signal_is_refused_by_every_method(method: str) -> None:
    """Elsewhere: +20 ms, 300, 100, 1.9e9, -20 ("severe") or 0; nobody refused."""
    assert refused(signal(*reversed(decay(20.0))), method) == "NO_DECAY"


@pytest.mark.parametrize("method", METHODS)
def test_a_flat_signal_is_refused_by_every_method(method: str) -> None:
    """Elsewhere 0, 100, 300, 6e9, 2e16, nothing, or a crash."""
    assert refused(signal(*[500.0] * 12), method) == "NO_DECAY"


def test_a_last_echo_of_zero_is_named_and_can_be_left_out() -> None:
    """5 ms was read as 3.1 ms elsewhere."""
    values = [*decay(5.0)[:-1], 0.0]
    assert refused(signal(*values)) == "SIGNAL_NOT_POSITIVE"
    assert fit_decay(signal(*values), left_out=[11]).time.value == pytest.approx(5.0, rel=1e-9)


def test_one_echo_too_bright_withholds_the_class_and_is_named() -> None:
    """Elsewhere 5.4 or 6.5 ms with a high R², and no word."""
    values = decay(5.0)
    values[3] *= 1.6
    fit = fit_decay(signal(*values))
    doubt = next(c for c in fit.cautions if c.code == "NOT_EXPONENTIAL")
    assert doubt.blocks_grade
    assert "Echo 4" in doubt.text


def test_echo_times_in_seconds_are_never_taken_for_milliseconds() -> None:
    """Accepted in silence everywhere else."""
    table = "\n".join(f"{te / 1000:.4f}\t{value:.2f}" for te, value in zip(TE_MS, decay(5.0), strict=True))
    doubt = next(c for c in parse_table(table).cautions if c.code == "TE_MAYBE_SECONDS")
    assert doubt.blocks_grade
    named = table.replace("0.0008", "TE (s)\tsignal\n0.0008", 1)
    assert parse_table(named).te_ms == pytest.approx(TE_MS, rel=1e-9)


def test_a_single_curve_is_enough() -> None:
    """Some programs want the shape of an image, some crash."""
    assert fit_decay(signal(*decay(5.0))).time.value == pytest.approx(5.0, rel=1e-9)
