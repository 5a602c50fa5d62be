"""The formulas at their special values, and their slopes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ironreport.relaxometry.models import CONSTANT, MONO, QUADRATURE, mono_exponential

AT_ZERO, LATE = np.array([0.0]), np.array([1e5])
RATES = st.floats(10.0, 2000.0)


@given(s0=st.floats(1.0, 1e4), rate=RATES, floor=st.floats(0.0, 100.0))
@settings(deadline=None, max_examples=50)
def test_models_start_at_s0_and_end_at_their_floor(s0: float, rate: float, floor: float) -> None:
    assert mono_exponential(AT_ZERO, s0, rate)[0] == pytest.approx(s0)
    assert CONSTANT.signal(AT_ZERO, s0, rate, floor)[0] == pytest.approx(s0 + floor)
    assert QUADRATURE.signal(AT_ZERO, s0, rate, floor)[0] == pytest.approx(np.hypot(s0, floor))
    assert mono_exponential(LATE, s0, rate)[0] == pytest.approx(0.0, abs=1e-300)
    assert CONSTANT.signal(LATE, s0, rate, floor)[0] == pytest.approx(floor)
    assert QUADRATURE.signal(LATE, s0, rate, floor)[0] == pytest.approx(floor)


def test_signal_falls_to_37_percent_in_one_relaxation_time() -> None:
    assert mono_exponential(np.array([20.0]), 1000.0, 50.0)[0] == pytest.approx(367.879, abs=1e-3)


def test_the_general_form_gives_the_published_formulas() -> None:
    te_ms = np.linspace(1.0, 15.0, 8)
    plain = mono_exponential(te_ms, 900.0, 250.0)
    np.testing.assert_allclose(CONSTANT.signal(te_ms, 900.0, 250.0, 30.0), plain + 30.0)
    np.testing.assert_allclose(QUADRATURE.signal(te_ms, 900.0, 250.0, 30.0), np.sqrt(plain**2 + 30.0**2))


@pytest.mark.parametrize("model", [MONO, CONSTANT, QUADRATURE], ids=lambda model: model.name)
def test_slopes_agree_with_small_differences(model) -> None:  # type: ignore[no-untyped-def]
    amplitude, lift, step = np.array([80.0, 20.0, 3.0]), 16.0 if model.has_floor else 0.0, 1e-6
    by_log_amplitude, by_lift = model.slopes(amplitude, lift)
    higher, lower = (model.combine(amplitude * np.exp(sign * step), lift) for sign in (1, -1))
    np.testing.assert_allclose(by_log_amplitude, (higher - lower) / (2 * step), rtol=1e-5)
    raised, lowered = (model.combine(amplitude, lift + sign * step) for sign in (1, -1))
    np.testing.assert_allclose(by_lift, (raised - lowered) / (2 * step), rtol=1e-4)
