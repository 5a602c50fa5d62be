"""Fat draws a zig-zag into the decay, and the fit takes it out again."""

from __future__ import annotations

import numpy as np
import pytest

from ironreport.relaxometry.descent import start
from ironreport.relaxometry.known_noise import fit_moment
from ironreport.relaxometry.ladder import climb
from ironreport.relaxometry.models import FAT_AREA, fat_phasor, fat_water, mono_exponential
from ironreport.relaxometry.noise_law import first_moment

LIVER_TE_MS = 0.93 + 1.34 * np.arange(12)
HEART_TE_MS = 2.0 + 2.2 * np.arange(8)


def test_areas_of_the_spectrum_sum_to_one() -> None:
    assert FAT_AREA.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("field_tesla", [1.5, 3.0])
def test_main_peak_turns_against_water_at_3_4_ppm(field_tesla: float) -> None:
    opposed_ms = 1000.0 / (2.0 * 3.4 * 42.577 * field_tesla)
    opposed, in_phase = fat_phasor(np.array([opposed_ms, 2.0 * opposed_ms]), field_tesla)
    assert opposed.real < -0.6
    assert in_phase.real > 0.6


def test_without_fat_the_decay_is_plain() -> None:
    plain = mono_exponential(LIVER_TE_MS, 100.0, 200.0)
    assert fat_water(LIVER_TE_MS, 100.0, 200.0, 0.0, 1.5) == pytest.approx(plain, rel=1e-12)


def test_pure_fat_and_pure_water_mix_to_the_signal_of_the_formula() -> None:
    phasor = fat_phasor(LIVER_TE_MS, 3.0)
    mixed = np.abs(0.7 * 100.0 + 0.3 * 100.0 * phasor) * np.exp(-LIVER_TE_MS / 5.0)
    assert fat_water(LIVER_TE_MS, 100.0, 200.0, 0.3, 3.0) == pytest.approx(mixed, rel=1e-12)


@pytest.mark.parametrize("te_ms", [LIVER_TE_MS, HEART_TE_MS], ids=["liver", "heart"])
@pytest.mark.parametrize("field_tesla", [1.5, 3.0])
@pytest.mark.parametrize("fraction", [0.03, 0.1, 0.25, 0.4])
def test_fat_fraction_and_rate_come_back_from_a_noise_free_curve(
    te_ms: np.ndarray, field_tesla: float, fraction: float
) -> None:
    moment = first_moment(1)
    values = moment.value(fat_water(te_ms, 400.0, 100.0, fraction, field_tesla))[None]
    found = climb(te_ms, values, moment, 100, field_tesla, start(te_ms, moment.amplitude(values), np.ones_like(values)))
    origin = np.array([[np.log(400.0), np.log(0.1), found.thirds[0, 0]]])
    fits = fit_moment(te_ms, values, moment, 100, np.ones_like(values), origin, fat_phasor(te_ms, field_tesla))
    assert found.thirds[0, 0] == pytest.approx(fraction, rel=1e-4)
    assert fits.points[0, 2] == pytest.approx(fraction, rel=1e-5)
    assert fits.rate_per_s[0] == pytest.approx(100.0, rel=1e-5)
