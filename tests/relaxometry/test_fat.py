"""Fat draws a zig-zag into the decay, and the fit takes it out again."""

from __future__ import annotations

import numpy as np
import pytest

from ironreport.records import DecaySignal
from ironreport.relaxometry import fit_decay, summarise_pixels
from ironreport.relaxometry.descent import start
from ironreport.relaxometry.known_noise import fit_moment
from ironreport.relaxometry.ladder import climb
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.models import FAT_AREA, fat_phasor, fat_water, mono_exponential
from ironreport.relaxometry.noise_law import first_moment
from ironreport.relaxometry.region_doubts import fat_at_its_limit, fat_not_excluded

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


def region_with_fat(te_ms: np.ndarray, time_ms: float, fat: float, field_tesla: float, seed: int) -> DecaySignal:
    rng = np.random.default_rng(seed)
    clean = fat_water(te_ms, 40.0, 1000.0 / time_ms, fat, field_tesla)[:, None] * np.ones(60)
    pixels = np.hypot(clean + rng.standard_normal(clean.shape), rng.standard_normal(clean.shape)).T
    return DecaySignal(
        "liver", tuple(te_ms.tolist()), tuple(pixels.mean(axis=0).tolist()), field_tesla=field_tesla,
        n_pixels=60, pixels=summarise_pixels(te_ms, pixels),
    )  # fmt: skip


@pytest.mark.parametrize("fat", [0.1, 0.25, 0.4])
@pytest.mark.parametrize(
    ("te_ms", "time_ms", "field_tesla"),
    [
        (0.95 + 0.7 * np.arange(12), 4.0, 1.5),
        (1.2 + 1.1 * np.arange(6), 8.0, 1.5),
        (1.2 + 1.5 * np.arange(8), 15.0, 3.0),
    ],
    ids=["iron", "six echoes", "3 T, where fat makes early echoes rise"],
)
def test_fat_up_to_forty_percent_keeps_rate_and_class(
    te_ms: np.ndarray, time_ms: float, field_tesla: float, fat: float
) -> None:
    for seed in range(2):
        fit = fit_decay(region_with_fat(te_ms, time_ms, fat, field_tesla, seed))
        assert fit.rate.value == pytest.approx(1000.0 / time_ms, rel=0.06)
        assert fit.rate.low is not None and fit.rate.low < 1000.0 / time_ms < (fit.rate.high or 0.0)
        assert "FAT_FITTED" in {caution.code for caution in fit.cautions}
        assert not any(caution.blocks_grade for caution in fit.cautions)


def test_fat_in_heavy_iron_withholds_the_class_by_name() -> None:
    fits = [fit_decay(region_with_fat(0.95 + 0.7 * np.arange(12), 1.0, 0.2, 1.5, seed)) for seed in range(6)]
    held = [caution for fit in fits for caution in fit.cautions if caution.blocks_grade]
    assert len(held) >= 3 and all("Fat" in caution.text for caution in held)


@pytest.mark.parametrize(
    ("te_ms", "time_ms", "fat", "field_tesla"),
    [
        (0.95 + 0.7 * np.arange(12), 1.0, 0.2, 1.5),
        (0.95 + 0.7 * np.arange(12), 1.0, 0.4, 1.5),
        (1.2 + 1.5 * np.arange(8), 1.0, 0.4, 3.0),
        (1.2 + 1.5 * np.arange(8), 0.8, 0.2, 3.0),
    ],
    ids=["1.5 T", "1.5 T, much fat", "3 T, where fat makes the decay look slow", "3 T, two echoes"],
)
def test_fat_that_cannot_be_told_from_iron_is_held_by_the_interval(
    te_ms: np.ndarray, time_ms: float, fat: float, field_tesla: float
) -> None:
    moment = first_moment(1)
    curve = moment.value(fat_water(te_ms, 40.0, 1000.0 / time_ms, fat, field_tesla))
    choice = choose_model(te_ms, curve, 1.0, 60, 1, field_tesla)
    assert choice.ci_low_per_s < 1000.0 / time_ms < choice.ci_high_per_s
    assert choice.fat is not None and choice.fat.low_per_s < 1000.0 / time_ms < choice.fat.high_per_s


def test_fat_is_open_where_fewer_than_five_echoes_stand_above_two_sigma() -> None:
    te_ms, moment = 0.95 + 0.7 * np.arange(12), first_moment(1)
    for last_sigma, is_open in ((1.95, True), (2.05, False)):
        bright = last_sigma * np.exp(te_ms[4] / 1.5)
        curve = moment.value(bright * np.exp(-te_ms / 1.5))
        assert (choose_model(te_ms, curve, 1.0, 60, 1, 1.5).fat is not None) is is_open


def test_no_fat_fraction_is_tried_where_the_field_is_not_known() -> None:
    te_ms = 0.95 + 0.7 * np.arange(12)
    assert choose_model(te_ms, first_moment(1).value(40.0 * np.exp(-te_ms)), 1.0, 60).fat is None


@pytest.mark.parametrize(
    ("with_fat_per_s", "is_said"), [(947.0, True), (953.0, False), (1049.0, False), (1051.0, True)]
)
def test_fat_within_five_percent_widens_the_interval_without_a_word(with_fat_per_s: float, is_said: bool) -> None:
    assert bool(fat_not_excluded(0.2, with_fat_per_s, 1000.0, (990.0, 1010.0))) is is_said
    assert not fat_not_excluded(0.2, with_fat_per_s, 1000.0, (900.0, 1100.0))


def test_fat_at_the_end_of_what_is_tried_withholds_the_class_and_less_does_not() -> None:
    assert [bool(fat_at_its_limit(share)) for share in (None, 0.3, 0.489, 0.491, 0.5)] == [False] * 3 + [True] * 2
    (doubt,) = fat_at_its_limit(0.5)
    assert doubt.blocks_grade and "two series" in doubt.text
