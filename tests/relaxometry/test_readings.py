"""Signals whose noise is known: by their pixels, or by the noise and the number of pixels given."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from ironreport.errors import FitError
from ironreport.records import DecayFit, DecaySignal, FloatArray
from ironreport.relaxometry import fit_decay, fit_region, summarise_pixels
from ironreport.relaxometry.models import fat_water
from ironreport.relaxometry.readings import read_known_noise

TE_MS = 0.93 + 1.34 * np.arange(12)
LATE_MS = 4.8 + 1.34 * np.arange(12)


def pixels(clean: FloatArray, n: int = 100, seed: int = 1, sd: float = 20.0) -> FloatArray:
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, n, len(clean))) * sd
    return np.hypot(clean + noise[0], noise[1])


def decay(time_ms: float, te_ms: FloatArray = TE_MS) -> FloatArray:
    return np.asarray(1000.0 * np.exp(-te_ms / time_ms))


def region(drawn: FloatArray, te_ms: FloatArray = TE_MS) -> DecaySignal:
    return DecaySignal(
        "liver", tuple(te_ms.tolist()), tuple(drawn.mean(axis=0).tolist()), field_tesla=1.5,
        sd=tuple(drawn.std(axis=0).tolist()), n_pixels=len(drawn), pixels=summarise_pixels(te_ms, drawn),
    )  # fmt: skip


def mean_curve(drawn: FloatArray, te_ms: FloatArray = TE_MS) -> DecaySignal:
    return replace(region(drawn, te_ms), pixels=None, sd=(), noise_sd=20.0)


def codes(fit: DecayFit) -> set[str]:
    return {c.code for c in fit.cautions}


@pytest.mark.parametrize("route", [region, mean_curve])
@pytest.mark.parametrize("time_ms", [0.9, 3.0, 12.0])
def test_the_truth_lies_in_the_interval_and_no_doubt_is_raised(route: object, time_ms: float) -> None:
    fit = fit_decay(route(pixels(decay(time_ms))))  # type: ignore[operator]
    assert fit.time.low is not None and fit.time.high is not None
    assert fit.time.low < time_ms < fit.time.high
    assert not any(c.blocks_grade for c in fit.cautions)
    assert fit.largest_rate_per_s is not None and fit.largest_rate_per_s > 1500.0


def test_the_region_route_gives_the_number_of_the_public_hook() -> None:
    drawn = pixels(decay(3.0))
    hook, fit = fit_region(TE_MS, drawn), fit_decay(region(drawn))
    assert fit.rate.value == pytest.approx(hook.r2star_per_s, rel=1e-12)
    assert (fit.rate.low, fit.rate.high) == pytest.approx((hook.ci_low_per_s, hook.ci_high_per_s), rel=1e-12)


def test_an_interval_that_reaches_down_to_no_decay_is_endlessly_wide() -> None:
    signal = mean_curve(pixels(decay(8.0)))
    reading = read_known_noise(signal, np.ones(len(TE_MS), dtype=np.bool_))
    assert replace(reading, low_per_s=0.0).log_half_width == math.inf
    assert replace(reading, low_per_s=100.0, high_per_s=100.0 * math.e).log_half_width == pytest.approx(0.5)
    assert replace(reading, low_per_s=None).log_half_width is None


def test_a_saved_region_refits_to_the_same_numbers() -> None:
    signal = region(pixels(decay(3.0)))
    adapter = TypeAdapter(DecaySignal)
    again = adapter.validate_python(json.loads(json.dumps(adapter.dump_python(signal, mode="json"))))
    assert fit_decay(again) == fit_decay(signal)


@pytest.mark.parametrize("route", [region, mean_curve])
def test_beyond_the_acquisition_there_is_a_limit_and_never_an_estimate(route: object) -> None:
    fit = fit_decay(route(pixels(decay(1.3, LATE_MS)), LATE_MS))  # type: ignore[operator]
    assert (fit.time.bound, fit.rate.bound) == ("below", "above")
    assert fit.rate.low is None and fit.curve == () and fit.bracket == ()
    assert fit.rate.value < 1000.0 / 1.3 and 1.3 < fit.time.value < 4.8
    assert "BEYOND_ACQUISITION" in codes(fit)


@pytest.mark.parametrize("route", [region, mean_curve])
def test_noise_alone_is_refused(route: object) -> None:
    with pytest.raises(FitError) as refused:
        fit_decay(route(pixels(np.zeros(12), seed=3)))  # type: ignore[operator]
    assert refused.value.refusal.code in {"BEYOND_ACQUISITION", "NO_DECAY"}


@pytest.mark.parametrize("route", [region, mean_curve])
def test_fat_is_found_fitted_and_said(route: object) -> None:
    clean = fat_water(TE_MS, 1000.0, 200.0, 0.2, 1.5)
    fit = fit_decay(route(pixels(clean, 200)))  # type: ignore[operator]
    assert fit.time.value == pytest.approx(5.0, rel=0.02)
    assert "FAT_FITTED" in codes(fit) and "20 % fat" in fit.method.replace("19 %", "20 %").replace("21 %", "20 %")
    spin_echo = replace(route(pixels(clean, 200)), contrast="T2")  # type: ignore[operator]
    assert "FAT_FITTED" not in codes(fit_decay(spin_echo))


@pytest.mark.parametrize("route", [region, mean_curve])
def test_one_bad_echo_is_left_out_and_named(route: object) -> None:
    clean = decay(8.0)
    clean[3] *= 0.8
    fit = fit_decay(route(pixels(clean, 200)))  # type: ignore[operator]
    assert fit.used == tuple(i != 3 for i in range(12))
    assert fit.left_out_because[3] == "does not fit the others"
    assert fit.time.value == pytest.approx(8.0, rel=0.02)
    assert "Echo 4" in next(c.text for c in fit.cautions if c.code == "ECHO_LEFT_OUT")


def test_a_wrong_noise_withholds_the_class() -> None:
    signal = replace(mean_curve(pixels(decay(3.0))), noise_sd=6.0)
    fit = fit_decay(signal)
    assert any(c.blocks_grade for c in fit.cautions if c.code == "MODEL_UNSURE")


def test_a_named_model_fits_the_mean_curve_whatever_the_pixels_say() -> None:
    signal = region(pixels(decay(3.0)))
    assert fit_decay(signal, "mono") == fit_decay(replace(signal, pixels=None), "mono")


def test_an_echo_the_reader_leaves_out_is_left_out_of_the_pixels_too() -> None:
    clean = decay(8.0)
    clean[0] *= 0.5
    fit = fit_decay(region(pixels(clean, 200)), left_out=[0])
    assert fit.used[0] is False
    assert fit.time.value == pytest.approx(8.0, rel=0.02)


# ------------------------------------------------------------------------------- several regions


def pooled(*times_ms: float) -> DecaySignal:
    te_ms = 1.2 + 2.0 * np.arange(10)
    drawn = [pixels(decay(time_ms, te_ms), seed=i) for i, time_ms in enumerate(times_ms)]
    parts = tuple(
        replace(region(d, te_ms), location=location)
        for d, location in zip(drawn, ("head", "body", "tail"), strict=False)
    )
    return replace(region(np.concatenate(drawn), te_ms), parts=parts)


def test_a_mean_of_regions_is_the_mean_of_their_times_and_names_each() -> None:
    fit = fit_decay(pooled(20.0, 24.0, 28.0))
    each = [fit_decay(part) for part in pooled(20.0, 24.0, 28.0).parts]
    assert fit.time.value == pytest.approx(np.mean([e.time.value for e in each]), rel=1e-12)
    assert fit.rate.value == pytest.approx(1000.0 / fit.time.value, rel=1e-12)
    assert fit.time.low is not None and fit.time.high is not None
    assert fit.time.low < 24.0 < fit.time.high
    widths = [np.log((e.time.high or 0.0) / (e.time.low or 1.0)) for e in each]
    assert np.log(fit.time.high / fit.time.low) < max(widths)
    assert all(location in fit.method for location in ("head", "body", "tail"))


def test_without_a_number_for_each_region_all_pixels_speak_and_a_doubt_says_so() -> None:
    signal = pooled(20.0, 24.0)
    gone = replace(
        signal.parts[1], pixels=None, n_pixels=100, signal=signal.parts[1].signal[:2], te_ms=signal.te_ms[:2]
    )
    with_two_echoes = replace(signal, parts=(signal.parts[0], gone))
    rising = replace(signal.parts[1], pixels=None, signal=signal.parts[1].signal[::-1])
    with_a_refusal = replace(signal, parts=(signal.parts[0], rising))
    for pool, words in ((with_two_echoes, "ms)"), (with_a_refusal, "region 2 without a time)")):
        fit = fit_decay(pool)
        doubt = next(c for c in fit.cautions if c.code == "NO_MEAN_OF_REGIONS")
        assert words in doubt.text
        assert fit.rate == fit_decay(replace(signal, parts=())).rate


def test_a_limit_of_one_region_is_said_as_a_limit() -> None:
    beyond = region(pixels(decay(1.3, LATE_MS)), LATE_MS)
    plain = region(pixels(decay(8.0, LATE_MS), seed=2), LATE_MS)
    fit = fit_decay(replace(plain, parts=(replace(plain, location="head"), replace(beyond, location="tail"))))
    doubt = next(c for c in fit.cautions if c.code == "NO_MEAN_OF_REGIONS")
    assert "region 2 below" in doubt.text


def test_a_low_first_echo_of_a_spin_echo_train_is_left_out_or_named() -> None:
    te_ms = 11.0 * np.arange(1, 18)
    clean = decay(40.0, te_ms)
    clean[0] *= 0.85
    fit = fit_decay(replace(region(pixels(clean, 60, sd=8.0), te_ms), contrast="T2"))
    assert fit.used[0] is False or "LOW_FIRST_ECHO" in codes(fit)
    assert fit.time.value == pytest.approx(40.0, rel=0.1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_pixels": 0}, {"n_pixels": -5}, {"n_coils": 0}, {"n_coils": 1000},
        {"noise_sd": 0.0}, {"noise_sd": float("nan")}, {"noise_sd": 1e12},
    ],
)  # fmt: skip
def test_impossible_noise_is_refused_by_name(wrong: dict[str, float]) -> None:
    with pytest.raises(FitError):
        fit_decay(replace(mean_curve(pixels(decay(3.0))), **wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize("n_coils", [1, 3, 32])
def test_any_number_of_coils_gives_a_number(n_coils: int) -> None:
    fit = fit_decay(replace(mean_curve(pixels(decay(3.0), sd=2.0)), noise_sd=2.0, n_coils=n_coils))
    assert fit.time.value == pytest.approx(3.0, rel=0.05)


# --------------------------------------------------------------------------- a low first spin echo

SPIN_MS = 10.0 * np.arange(1, 9)


def spin_echo(time_ms: float, first: float, *, known: bool, seed: int = 1) -> DecaySignal:
    """A train whose first echo is ``first`` times what the others say; of 100 pixels, or only their noisy mean."""
    clean = decay(time_ms, SPIN_MS)
    clean[0] *= first
    drawn = pixels(clean, seed=seed, sd=8.0)
    signal = replace(region(drawn, SPIN_MS), contrast="T2")
    return signal if known else replace(signal, pixels=None)


@pytest.mark.parametrize("known", [True, False], ids=["pixels", "mean curve"])
@pytest.mark.parametrize("time_ms", [16.0, 40.0])
def test_t2_is_read_without_a_first_echo_that_is_low(time_ms: float, known: bool) -> None:
    fit = fit_decay(spin_echo(time_ms, 0.8, known=known))
    assert fit.time.value == pytest.approx(time_ms, rel=0.03)
    assert fit.used == (False, *(True,) * 7) and fit.left_out_because[0] == "below the others"
    (caution,) = [c for c in fit.cautions if c.code == "LOW_FIRST_ECHO"]
    assert "was left out" in caution.text and "with it T2 would read" in caution.text


@pytest.mark.parametrize("known", [True, False], ids=["pixels", "mean curve"])
def test_a_sound_first_spin_echo_stays(known: bool) -> None:
    fits = [fit_decay(spin_echo(40.0, 1.0, known=known, seed=seed)) for seed in range(20)]
    assert sum(not fit.used[0] for fit in fits) <= 1


def test_a_reader_who_names_the_method_gets_the_echoes_asked_for() -> None:
    fit = fit_decay(spin_echo(40.0, 0.8, known=False), "mono")
    assert all(fit.used) and "LOW_FIRST_ECHO" not in {c.code for c in fit.cautions}
