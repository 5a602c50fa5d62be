"""Fat in a mean curve alone: read where nothing else explains its swing, named where it may, never seen elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from ironreport.errors import FitError
from ironreport.records import DecayFit, DecaySignal
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.models import fat_water

Floats = npt.NDArray[np.float64]
LIVER_MS = 0.95 + 0.7 * np.arange(12)
LATE_MS = 1.2 + 1.5 * np.arange(8)
DIXON_MS = 1.2 + 1.1 * np.arange(6)


def curve(amplitude: Floats, seed: int, n_coils: int = 1) -> Floats:
    """Means of 60 pixels, sigma 1."""
    rng = np.random.default_rng(seed)
    clean = np.repeat(amplitude[:, None], 60, axis=1)
    rest = rng.chisquare(2 * n_coils - 1, clean.shape)
    return np.asarray(np.sqrt((clean + rng.standard_normal(clean.shape)) ** 2 + rest).mean(axis=1))


def fitted(te_ms: Floats, values: Floats, field_tesla: float | None, method: str = "auto") -> DecayFit:
    return fit_decay(DecaySignal("liver", tuple(te_ms), tuple(values), "T2*", field_tesla), method)


def codes(fit: DecayFit) -> set[str]:
    return {caution.code for caution in fit.cautions}


@pytest.mark.parametrize(
    ("te_ms", "field_tesla", "time_ms", "fat"),
    [
        (LATE_MS, 3.0, 8.0, 0.2), (LATE_MS, 3.0, 15.0, 0.4), (DIXON_MS, 3.0, 4.0, 0.1),
        (DIXON_MS, 1.5, 8.0, 0.3), (LIVER_MS, 1.5, 8.0, 0.1), (LIVER_MS, 1.5, 4.0, 0.3),
    ],
)  # fmt: skip
def test_a_pasted_curve_with_fat_reads_its_rate_and_says_so(
    te_ms: Floats, field_tesla: float, time_ms: float, fat: float
) -> None:
    rate = 1000.0 / time_ms
    fits = [fitted(te_ms, curve(fat_water(te_ms, 60.0, rate, fat, field_tesla), i), field_tesla) for i in range(8)]
    assert all("FAT_FITTED" in codes(fit) for fit in fits)
    assert not any(caution.blocks_grade for fit in fits for caution in fit.cautions)
    assert np.median([fit.rate.value for fit in fits]) == pytest.approx(rate, rel=0.025)
    assert sum((fit.rate.low or 0.0) <= rate <= (fit.rate.high or 0.0) for fit in fits) >= 7


@pytest.mark.parametrize("snr", [12.0, 20.0])
def test_fat_that_few_noisy_echoes_cannot_show_is_read_or_withholds_the_class(snr: float) -> None:
    """One exponential reads R2* 8 % low, a class milder."""
    clean = fat_water(DIXON_MS, snr, 250.0, 0.15, 3.0)
    fits = [fitted(DIXON_MS, curve(clean, seed), 3.0) for seed in range(20)]
    assert all("FAT_FITTED" in codes(fit) or any(c.blocks_grade for c in fit.cautions) for fit in fits)
    unsure = [fit for fit in fits if "MODEL_UNSURE" in codes(fit)]
    assert all(any("Fat may bend" in caution.text for caution in fit.cautions) for fit in unsure)


def said(te_ms: Floats, values: Floats, field_tesla: float | None, method: str = "auto") -> set[str]:
    """Codes of the cautions, or of the refusal."""
    try:
        return codes(fitted(te_ms, values, field_tesla, method))
    except FitError as error:
        return {error.refusal.code}


def decay(te_ms: Floats, time_ms: float) -> Floats:
    return np.asarray(np.exp(-te_ms / time_ms))


def echo_low(te_ms: Floats) -> Floats:
    amplitude = decay(te_ms, 6.0)
    amplitude[2] *= 0.85
    return amplitude


OTHERS: dict[str, Callable[[Floats], Floats]] = {
    "fast": lambda te_ms: decay(te_ms, 1.2),
    "clean": lambda te_ms: decay(te_ms, 3.0),
    "slow": lambda te_ms: decay(te_ms, 15.0),
    "a vessel": lambda te_ms: 0.9 * decay(te_ms, 3.0) + 0.1 * decay(te_ms, 60.0),
    "one echo low": echo_low,
    "bent down": lambda te_ms: decay(te_ms, 6.0) * np.sinc(te_ms / 20.0),
    "clipped": lambda te_ms: np.minimum(decay(te_ms, 6.0), 0.7),
    "two series in turn": lambda te_ms: np.where(np.arange(len(te_ms)) % 2, decay(te_ms, 6.0), decay(te_ms, 20.0)),
    "two halves": lambda te_ms: decay(te_ms, 6.0) * np.where(te_ms < te_ms.mean(), 1.0, 0.8),
}


@pytest.mark.parametrize(("te_ms", "field_tesla"), [(LIVER_MS, 1.5), (LATE_MS, 3.0), (DIXON_MS, 3.0), (DIXON_MS, 1.5)])
@pytest.mark.parametrize("name", OTHERS)
def test_nothing_else_passes_for_fat(name: str, te_ms: Floats, field_tesla: float) -> None:
    curves = [curve(30.0 * OTHERS[name](te_ms), seed) for seed in range(6)]
    assert not any("FAT_FITTED" in said(te_ms, each, field_tesla) for each in curves)


def test_the_floor_of_many_coils_is_no_fat() -> None:
    curves = [curve(30.0 * decay(LATE_MS, 2.0), seed, 8) for seed in range(8)]
    assert not any({"FAT_FITTED", "MODEL_UNSURE"} & said(LATE_MS, each, 3.0) for each in curves)


def test_fat_is_asked_only_where_it_can_be_told() -> None:
    """Six echoes, a gradient echo, its field, and no other method asked for."""
    values = curve(fat_water(DIXON_MS, 60.0, 125.0, 0.3, 1.5), 1)
    assert "FAT_FITTED" in said(DIXON_MS, values, 1.5)
    assert "FAT_FITTED" not in said(DIXON_MS, values, None)
    assert "FAT_FITTED" not in said(DIXON_MS, values, 1.5, "mono")
    assert "FAT_FITTED" not in said(DIXON_MS[:5], values[:5], 1.5)
    values = curve(fat_water(LIVER_MS, 60.0, 125.0, 0.2, 1.5), 1)
    assert "FAT_FITTED" in said(LIVER_MS, values, 1.5)
    assert "FAT_FITTED" not in codes(fit_decay(DecaySignal("liver", tuple(LIVER_MS), tuple(values), "T2", 1.5)))


def test_what_is_drawn_and_predicted_swings_with_the_fat() -> None:
    clean = fat_water(LATE_MS, 100.0, 250.0, 0.3, 3.0)
    fit = fitted(LATE_MS, clean, 3.0)
    assert fit.predicted == pytest.approx(clean, rel=1e-3)
    assert "30 % fat" in fit.method and fit.rate.value == pytest.approx(250.0, rel=1e-3)
    assert fit.s0 == pytest.approx(100.0, rel=1e-3)
    drawn = np.array(fit.curve)
    assert np.interp(LATE_MS, drawn[:, 0], drawn[:, 1]) == pytest.approx(clean, rel=0.05)
