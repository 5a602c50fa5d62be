"""The numbers of every room of the fit, on decays that visit its corners, as they were when they were last looked at.

Promises about accuracy hold for a wrong constant too, if it is only a little wrong. These do not: what a saved exam
read last year it reads next year, and a change of a result is made on purpose, with its line in CHANGELOG.md. Then
``python tests/relaxometry/test_kept_numbers.py`` writes the numbers anew; read what changed before you keep it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import ndtri

from ironreport.errors import FitError
from ironreport.records import Caution, DecaySignal, FloatArray, PixelSummary
from ironreport.relaxometry import biexponential, bound, descent, median_curves, misfit, models, noise_floor, noise_law
from ironreport.relaxometry.fitting import fit_decay
from ironreport.relaxometry.known_noise import fit_known
from ironreport.relaxometry.mapping import fit_map
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.pixel_fits import fit_mean_curves
from ironreport.relaxometry.pixel_noise import pixel_noise
from ironreport.relaxometry.profile import profile_limits
from ironreport.relaxometry.recovery import fit_recovery, fit_recovery_map
from ironreport.relaxometry.region import fit_summary, summarise_pixels
from ironreport.relaxometry.separable import fit_separable
from ironreport.relaxometry.solving import solve
from ironreport.relaxometry.unknown_noise import fit_floor

KEPT = Path(__file__).with_suffix(".json")
OPEN = "decided by rounding"
TRAINS = {
    "12": 0.93 + 1.34 * np.arange(12),
    "8": 2.0 + 2.1 * np.arange(8),
    "6": np.array([1.2, 2.9, 4.1, 6.6, 9.0, 15.0]),
    "4": np.array([1.5, 4.0, 9.0, 16.0]),
    "3": np.array([1.0, 3.0, 7.0]),
}
RATES_PER_S = np.array([2.0, 25.0, 60.0, 140.0, 330.0, 800.0, 2400.0])


def scatter(*shape: int, seed: int = 1) -> FloatArray:
    """Normal values that every version of every library draws alike: steps of the golden ratio through the law."""
    steps = (np.arange(1, math.prod(shape) + 1) + 1000.0 * seed) * 0.6180339887498949
    return np.asarray(ndtri(np.clip(steps % 1.0, 1e-6, 1.0 - 1e-6)), dtype=np.float64).reshape(shape)


def magnitudes(amplitude: FloatArray, n_coils: int = 1, seed: int = 1) -> FloatArray:
    """Magnitudes of amplitudes over sigma, combined by root sum of squares."""
    real = amplitude / math.sqrt(n_coils) + scatter(n_coils, *amplitude.shape, seed=seed)
    imaginary = scatter(n_coils, *amplitude.shape, seed=seed + 31)
    return np.asarray(np.sqrt(np.sum(real**2 + imaginary**2, axis=0)))


def decays(te_ms: FloatArray, s0: npt.ArrayLike, rate_per_s: npt.ArrayLike) -> FloatArray:
    """Of shape (n, n_echoes)."""
    level, rate = np.broadcast_arrays(np.asarray(s0, dtype=np.float64), np.asarray(rate_per_s, dtype=np.float64))
    found = np.asarray(level.reshape(-1, 1) * np.exp(-np.outer(rate.reshape(-1), te_ms) / 1000.0))
    return found * (1.0 + SHAKEN.get("by", 0.0) * scatter(*found.shape, seed=77))


SHAKEN: dict[str, float] = {}
"""By how much [relative] the decays are moved to find out what rounding decides; nothing in a test."""


def pixels_of(te_ms: FloatArray, n_coils: int) -> FloatArray:
    """Single pixels over sigma, dark and bright, slow and fast, shape (n, n_echoes)."""
    s0, rate = np.meshgrid([0.0, 1.5, 3.0, 7.0, 30.0, 300.0, 3e5], RATES_PER_S)
    return magnitudes(decays(te_ms, s0.ravel(), rate.ravel()), n_coils)


def curves_of(te_ms: FloatArray) -> FloatArray:
    """Mean curves over sigma, clean and odd ones, shape (n, n_echoes)."""
    clean = np.concatenate([decays(te_ms, s0, RATES_PER_S) for s0 in (4.0, 25.0, 120.0)])
    fat = np.stack([models.fat_water(te_ms, 60.0, r, f, b) for r, f, b in FATS])
    odd = decays(te_ms, 60.0, [40.0, 150.0])
    odd[0, 1] *= 0.8
    odd[1, -2] *= 1.15
    vessel = decays(te_ms, 50.0, 300.0) + decays(te_ms, 8.0, 12.0)
    noisy = magnitudes(decays(te_ms, [9.0, 60.0, 25.0], [200.0, 80.0, 500.0]), seed=7)
    lifted = np.sqrt(np.concatenate([clean, fat, odd, vessel]) ** 2 + 1.3**2)
    return np.concatenate([lifted + 0.03 * scatter(*lifted.shape, seed=3), noisy])


FATS = ((40.0, 0.1, 1.5), (40.0, 0.3, 3.0), (180.0, 0.2, 1.5), (400.0, 0.4, 3.0))


def region_of(
    te_ms: FloatArray, rate_per_s: float, s0: float, n_coils: int = 1, bend: FloatArray | None = None
) -> FloatArray:
    """Pixels of a region over sigma with an uneven rate, a vessel among them, shape (30, n_echoes)."""
    rates = rate_per_s * np.exp(0.1 * scatter(30, seed=5))
    amplitude = decays(te_ms, s0 * (1.0 + 0.05 * scatter(30, seed=9)), rates)
    amplitude[7] = 1.3 * s0 * np.exp(-te_ms / 90.0)
    return magnitudes(amplitude if bend is None else amplitude * bend, n_coils, seed=int(rate_per_s))


# ------------------------------------------------------------------------------------ what is kept


def maps() -> Iterator[tuple[str, Any]]:
    for name, n_coils in (("12", 1), ("6", 1), ("3", 1), ("12", 4), ("8", 32)):
        te_ms = TRAINS[name]
        yield f"{name} echoes, {n_coils} coils", fit_map(te_ms, 20.0 * pixels_of(te_ms, n_coils), 20.0, n_coils=n_coils)


def profiles() -> Iterator[tuple[str, Any]]:
    for name, n_coils in (("12", 1), ("6", 2), ("3", 1), ("8", 16)):
        te_ms = TRAINS[name]
        yield f"{name} echoes, {n_coils} coils", profile_limits(te_ms - te_ms[0], pixels_of(te_ms, n_coils).T, n_coils)


def known() -> Iterator[tuple[str, Any]]:
    for name, n_coils, n_avg, field in (
        ("12", 1, 60, 1.5),
        ("8", 4, 20, 3.0),
        ("6", 1, 300, None),
        ("4", 1, 30, 1.5),
        ("3", 2, 1, None),
    ):
        moment = noise_law.first_moment(n_coils)
        curves = moment.value(np.sqrt(np.maximum(curves_of(TRAINS[name]) ** 2 - 1.6, 0.0)))
        found = fit_known(TRAINS[name], curves, n_avg, moment, field)
        verdicts = found.ladder.reduced_chi_square, found.ladder.misfit_chance, found.ladder.credible
        yield f"{name} echoes, {n_coils} coils, {n_avg} pixels", (found, verdicts, found.ladder.alternatives(3))


def unknown() -> Iterator[tuple[str, Any]]:
    for name, te_ms in TRAINS.items():
        curves = curves_of(te_ms)
        yield f"{name} echoes", fit_floor(te_ms, curves / curves.max(axis=1, keepdims=True))


def means() -> Iterator[tuple[str, Any]]:
    for name, sigma, field in (("12", 2.0, 1.5), ("6", None, None), ("4", 2.0, None)):
        curves = 2.0 * curves_of(TRAINS[name])[::3]
        yield f"{name} echoes, sigma {sigma}", fit_mean_curves(TRAINS[name], curves, sigma, n_avg=40, field_tesla=field)


def choices() -> Iterator[tuple[str, Any]]:
    for name, sigma, field in (
        ("12", 1.0, 1.5),
        ("12", None, None),
        ("8", 1.0, None),
        ("6", None, None),
        ("4", 1.0, 3.0),
    ):
        for i, curve in enumerate(curves_of(TRAINS[name])[4::4]):
            yield f"{name} echoes, sigma {sigma}, curve {i}", choose_model(TRAINS[name], curve, sigma, 50, 1, field)


REGIONS = (
    ("12", 60.0, 40.0, 1), ("12", 300.0, 12.0, 1), ("12", 900.0, 20.0, 1), ("8", 150.0, 30.0, 4), ("6", 90.0, 60.0, 1),
    ("6", 1500.0, 30.0, 1), ("12", 2500.0, 5.0, 1), ("4", 200.0, 25.0, 1), ("3", 100.0, 15.0, 1),
)  # fmt: skip


def noises() -> Iterator[tuple[str, Any]]:
    for name, rate, s0, n_coils in REGIONS:
        te_ms = TRAINS[name]
        pixels = 3.0 * region_of(te_ms, rate, s0, n_coils).T
        yield f"{name} echoes, {rate} per s", pixel_noise(te_ms, pixels)
        yield f"{name} echoes, {rate} per s, one coil", pixel_noise(te_ms, pixels, n_coils=1)
        yield f"{name} echoes, {rate} per s, sigma known", pixel_noise(te_ms, pixels, 3.0, per_independent=2.0)
    te_ms = TRAINS["12"]
    for fraction in (0.05, 0.2):
        bend = models.fat_bend(te_ms, fraction, 1.5)
        yield f"fat {fraction}", pixel_noise(te_ms, region_of(te_ms, 80.0, 50.0, bend=bend).T)
    bad = np.where(np.arange(12) == 2, 0.8, 1.0)
    yield "bad echo", pixel_noise(te_ms, region_of(te_ms, 120.0, 60.0, bend=bad).T)
    yield "noise alone", pixel_noise(te_ms, region_of(te_ms, 100.0, 0.0).T)


def without_replicates(summary: PixelSummary) -> PixelSummary:
    """The rows of replicates take most of the place: their mean and their spread are enough."""
    rows = np.array(summary.replicates)
    return replace(summary, replicates=(tuple(rows.mean(axis=0)), tuple(rows.std(axis=0))))


def regions() -> Iterator[tuple[str, Any]]:
    for name, rate, s0, n_coils in REGIONS:
        te_ms = TRAINS[name]
        pixels = 10.0 * region_of(te_ms, rate, s0, n_coils)
        summary = summarise_pixels(te_ms, pixels, per_independent=1.7)
        fit = refused(lambda te=te_ms, s=summary: fit_summary(te, s))
        yield f"{name} echoes, {rate} per s", (without_replicates(summary), fit)
    te_ms = TRAINS["12"]
    whole = np.round(1.5 * region_of(te_ms, 200.0, 20.0))
    yield "whole numbers", without_replicates(summarise_pixels(te_ms, whole, screened=False))
    kept = summarise_pixels(te_ms, region_of(te_ms, 150.0, 30.0), 1.0, n_coils=1)
    yield "two echoes left out", refused(lambda: fit_summary(te_ms, kept, (0, 5), models.fat_bend(te_ms, 0.1, 1.5)))


def refused(fit: Callable[[], Any]) -> Any:
    """What a fit gives, or why it gives nothing."""
    try:
        found = fit()
    except FitError as error:
        return [error.refusal.code, str(error)]
    if hasattr(found, "summary"):
        return replace(found, summary=without_replicates(found.summary))
    return found


def fits() -> Iterator[tuple[str, Any]]:
    for name, te_ms in TRAINS.items():
        signal = DecaySignal("liver", tuple(te_ms.tolist()), (), field_tesla=1.5, n_pixels=80)
        for i, curve in enumerate(3.0 * curves_of(te_ms)[1::3]):
            one = replace(signal, signal=tuple(curve.tolist()), contrast="T2" if i % 5 == 4 else "T2*")
            yield f"{name} echoes, curve {i}", refused(lambda one=one: drawn(fit_decay(one)))
            known = replace(one, noise_sd=3.0, signal=tuple(curve.tolist()))
            yield f"{name} echoes, curve {i}, known noise", refused(lambda one=known: drawn(fit_decay(one)))
            if i % 4 == 0:
                methods = [m for m in ("mono", "constant", "quadrature", "truncated") if i % 8 or m != "mono"]
                for method in methods:
                    out = (1,) if len(te_ms) > 4 else ()
                    found = refused(lambda one=one, m=method, out=out: drawn(fit_decay(one, m, out)))
                    yield f"{name} echoes, curve {i}, {method}", found


def fits_of_pixels() -> Iterator[tuple[str, Any]]:
    for name, rate, s0, n_coils in (
        ("12", 60.0, 40.0, 1),
        ("12", 900.0, 20.0, 1),
        ("6", 90.0, 60.0, 1),
        ("6", 1500.0, 30.0, 1),
        ("8", 150.0, 30.0, 4),
    ):
        yield (
            f"{name} echoes, {rate} per s",
            refused(lambda a=(name, rate, s0, n_coils): drawn(fit_decay(of_pixels(*a)))),
        )
    bend = models.fat_bend(TRAINS["12"], 0.25, 1.5)
    yield "fat", refused(lambda: drawn(fit_decay(of_pixels("12", 80.0, 60.0, 1, bend))))
    bad = np.where(np.arange(12) == 2, 0.8, 1.0)
    yield "bad echo", refused(lambda: drawn(fit_decay(of_pixels("12", 80.0, 60.0, 1, bad), left_out=(6,))))
    low = np.where(np.arange(8) == 0, 0.85, 1.0)
    spin = replace(of_pixels("8", 70.0, 60.0, 1, low), contrast="T2")
    yield "low first spin echo", refused(lambda: drawn(fit_decay(spin)))
    parts = of_pixels("8", 70.0, 60.0, 1), of_pixels("8", 110.0, 60.0, 1)
    yield "two regions", refused(lambda: drawn(fit_decay(replace(of_pixels("8", 90.0, 60.0, 1), parts=parts))))


def of_pixels(name: str, rate: float, s0: float, n_coils: int, bend: FloatArray | None = None) -> DecaySignal:
    te_ms = TRAINS[name]
    pixels = 5.0 * region_of(te_ms, rate, s0, n_coils, bend)
    return DecaySignal(
        "heart", tuple(te_ms.tolist()), tuple(pixels.mean(axis=0).tolist()), field_tesla=1.5,
        sd=tuple(pixels.std(axis=0).tolist()), n_pixels=30, pixels=summarise_pixels(te_ms, pixels),
    )  # fmt: skip


def drawn(fit: Any) -> Any:
    """A fit with five of the points that draw its curve."""
    return replace(fit, curve=fit.curve[:: max(len(fit.curve) // 4, 1)])


def slow_parts() -> Iterator[tuple[str, Any]]:
    for name in ("12", "8"):
        te_ms = TRAINS[name]
        for share, fast, slow in ((0.05, 12.0, 80.0), (0.2, 4.0, 30.0), (0.3, 8.0, 15.0), (0.0, 10.0, 50.0)):
            curve = 100.0 * ((1.0 - share) * np.exp(-te_ms / fast) + share * np.exp(-te_ms / slow))
            for noise in (0.02, 0.6):
                signal = curve + noise * scatter(len(te_ms), seed=11)
                found = [
                    f(te_ms, signal)
                    for f in (
                        biexponential.fit_biexponential,
                        biexponential.vessel_suspicion,
                        biexponential.hidden_slow_part,
                    )
                ]
                yield f"{name} echoes, {share} of {slow} ms, noise {noise}", found


def misfits() -> Iterator[tuple[str, Any]]:
    for name, te_ms in TRAINS.items():
        for i, curve in enumerate(curves_of(te_ms)[5::3]):
            plain = solve(models.MONO, te_ms, curve)
            doubts = () if plain is None else misfit.residual_doubts(plain, te_ms, curve, np.arange(len(te_ms)))
            low = misfit.low_first_echo(te_ms, curve * np.where(np.arange(len(te_ms)) == 0, 0.85, 1.0))
            bent = curve * np.maximum(np.sinc(te_ms / (30.0 + 4.0 * i)), 0.01)
            many = bent * np.exp(0.004 * scatter(20, len(te_ms), seed=i))
            bends = [misfit.downward_bend(te_ms, many, blamed) for blamed in (None, 1)]
            said = doubts, low, low and low.sentence, misfit.downward_bend_of_curve(te_ms, bent), bends
            yield f"{name} echoes, curve {i}", said


def solutions() -> Iterator[tuple[str, Any]]:
    for name, te_ms in TRAINS.items():
        for i, curve in enumerate(curves_of(te_ms)[::3]):
            three = [solve(model, te_ms, curve) for model in (models.MONO, models.CONSTANT, models.QUADRATURE)]
            floor = noise_floor.noise_floor(te_ms, curve, three[0], three[2])
            said = [noise_floor.longest_time_ms(te_ms, curve, f, n) for f, n in ((1.3, None), (5.0, 20))]
            leverages = [s and s.leverage(te_ms) for s in three]
            widths = [s and s.log_half_width for s in three]
            yield (
                f"{name} echoes, curve {i}",
                (three, floor, noise_floor.second_echo_stands_out(curve), said, leverages, widths),
            )


def median_fits() -> Iterator[tuple[str, Any]]:
    for name, n_coils, n_pixels in (("12", 1, 30), ("8", 4, 200), ("6", 1, 10), ("3", 2, 60)):
        te_ms = TRAINS[name]
        fits = median_curves.fit_medians(te_ms, curves_of(te_ms), n_coils, n_pixels)
        yield f"{name} echoes, {n_coils} coils", (fits.points, fits.log_s0, fits.medians(te_ms), fits.amplitude(te_ms))
        bend = models.fat_bend(te_ms, 0.2, 1.5)
        yield (
            f"{name} echoes, {n_coils} coils, fat",
            median_curves.fit_medians(te_ms, curves_of(te_ms)[::4], n_coils, n_pixels, bend).points,
        )


def descents() -> Iterator[tuple[str, Any]]:
    te_ms = TRAINS["6"]
    curves = curves_of(te_ms)[::4]
    yield (
        "start",
        (
            descent.start(te_ms, curves, np.ones_like(curves)),
            descent.bounds(te_ms, (-1.0, 2.0)),
            descent.grid_rates(te_ms)[::8],
        ),
    )
    phasor = models.fat_phasor(te_ms, 1.5)
    moment = noise_law.first_moment(1)
    rooms = {
        "plain": (models.decay_model(te_ms, moment), 2), "fat": (models.decay_model(te_ms, moment, phasor), 3),
        "noise": (models.other_noise_model(te_ms, moment), 3), "floor": (models.quadrature_model(te_ms), 3),
    }  # fmt: skip
    for name, (model, n) in rooms.items():
        points = np.array([[3.0, -2.0, 0.2], [1.0, -1.0, 0.1], [0.1, 1.5, 0.4]])[:, :n]
        value, slopes = model(points)
        yield name, (value, slopes, descent.covariances(slopes, np.ones_like(value)))


def bounds() -> Iterator[tuple[str, Any]]:
    for n_coils in (1, 2, 4, 32):
        for snr in (4.0, 50.0, 1000.0):
            found = bound.relative_bound(TRAINS["12"], RATES_PER_S, snr, n_pixels=10, n_coils=n_coils)
            yield (
                f"{n_coils} coils, {snr}",
                (found, [bound.largest_rate_per_s(t, snr, 10, n_coils) for t in TRAINS.values()]),
            )


THETA = np.array([0.0, 0.02, 0.5, 1.1, 2.3, 4.0, 9.0, 31.0, 59.9, 60.0, 61.0, 400.0])


def laws() -> Iterator[tuple[str, Any]]:
    for n_coils in (1, 2, 3, 4, 8, 16, 32):
        law, moment = noise_law.noise_law(n_coils), noise_law.median_moment(n_coils)
        read = [f(THETA) for f in (law.mean, law.mean_slope, law.median, law.median_slope, law.variance, law.power)]
        more = noise_law.bessel_ratio(THETA, n_coils), noise_law.information(THETA, n_coils), moment.variance(THETA)
        shape = np.array([1.0, 0.5, 0.1, 0.05])
        contrast = [
            noise_law.noise_contrast(shape, 2.0 * n_coils * (1.0 + s * shape), 30.0, n_coils) for s in (-0.2, 0.0, 0.4)
        ]
        yield f"{n_coils} coils", (read, more, moment.amplitude(THETA + 1.0), contrast)


TI_MS = (60.0, 150.0, 280.0, 450.0, 700.0, 1100.0, 1900.0, 3000.0)


def recoveries() -> Iterator[tuple[str, Any]]:
    times = np.array(TI_MS)
    for t1_ms, swing in ((250.0, 2.0), (600.0, 1.8), (1200.0, 1.95), (2600.0, 2.4), (40.0, 2.0)):
        signal = 200.0 * (1.0 - swing * np.exp(-times / t1_ms)) + scatter(8, seed=int(t1_ms))
        for method in ("two-parameter", "three-parameter", "molli"):
            for given in (signal, np.abs(signal)):
                yield (
                    f"{t1_ms} {swing} {method} {given is signal}",
                    refused(lambda v=given, m=method: fit_recovery(TI_MS, v.tolist(), m)),
                )
    rows = np.abs(200.0 * (1.0 - 1.9 * np.exp(-times / np.array([[[300.0]], [[900.0]]]))) + 3.0 * scatter(2, 3, 8))
    yield "map", fit_recovery_map(TI_MS, rows, slice_delay_ms=5.0)


def separables() -> Iterator[tuple[str, Any]]:
    for blocks in (((0.0, 1.0),), ((0.0, 1.0), (1.0, 0.0)), ((1.0, -2.0),)):
        yield str(blocks), fit_separable(TRAINS["8"], curves_of(TRAINS["8"])[::3], blocks, (0.5, 400.0))


ROOMS: dict[str, tuple[Callable[[], Iterator[tuple[str, Any]]], float]] = {
    "laws": (laws, 1e-8), "bounds": (bounds, 1e-6), "descents": (descents, 1e-8), "separables": (separables, 1e-7),
    "solutions": (solutions, 1e-6), "recoveries": (recoveries, 1e-6), "misfits": (misfits, 1e-6),
    "slow_parts": (slow_parts, 1e-6), "profiles": (profiles, 1e-6), "maps": (maps, 3e-5),
    "median_fits": (median_fits, 1e-6), "unknown": (unknown, 1e-6), "known": (known, 1e-6), "means": (means, 1e-6),
    "choices": (choices, 1e-6), "noises": (noises, 1e-6), "regions": (regions, 1e-6), "fits": (fits, 1e-6),
    "fits_of_pixels": (fits_of_pixels, 1e-6),
}  # fmt: skip
"""What is kept of each room, and how near [relative] other processors and libraries come to it."""


def plain(found: Any) -> Any:
    """Records and arrays as what JSON holds, numbers to nine digits."""
    if isinstance(found, Caution):
        return [found.code, found.text, found.blocks_grade]
    if is_dataclass(found):
        return [plain(getattr(found, field.name)) for field in fields(found)]
    if isinstance(found, np.ndarray):
        return plain(found.tolist())
    if isinstance(found, list | tuple):
        return [plain(one) for one in found]
    if isinstance(found, float | np.floating):
        return float(f"{found:.9g}") if math.isfinite(found) else str(float(found))
    return found.item() if isinstance(found, np.generic) else found


def differ(found: Any, kept: Any, relative: float, at: str = "") -> Iterator[str]:
    """Where two of them differ."""
    if isinstance(found, list) and isinstance(kept, list) and len(found) == len(kept):
        scale = max((abs(x) for x in kept if isinstance(x, float) and abs(x) < 1e290), default=0.0)
        for i, (one, other) in enumerate(zip(found, kept, strict=True)):
            yield from differ(one, other, relative, f"{at}[{i}]") if not near(one, other, relative, scale) else ()
    elif not near(found, kept, relative, 0.0):
        yield f"{at}: {found!r}, kept {kept!r}"


def agreed(kept: Any, shaken: Any, relative: float) -> Any:
    """What is kept, without what a movement of the decays by a rounding changes: another processor may change it."""
    if not list(differ(shaken, kept, relative)):
        return kept
    if isinstance(kept, list) and isinstance(shaken, list) and len(kept) == len(shaken):
        return [agreed(one, other, relative) for one, other in zip(kept, shaken, strict=True)]
    return OPEN


def near(found: Any, kept: Any, relative: float, scale: float) -> bool:
    """Equal, or numbers that agree; rounding leaves a trifle where a number of its row is none."""
    if kept == OPEN:
        return True
    if isinstance(found, bool) or not isinstance(found, float) or not isinstance(kept, float | int):
        return bool(found == kept)
    return math.isclose(found, kept, rel_tol=relative, abs_tol=1e-4 * relative * scale + 1e-12)


@pytest.mark.parametrize("room", ROOMS)
def test_a_change_of_a_number_is_made_on_purpose(room: str) -> None:
    fit, relative = ROOMS[room]
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[room]
    found = {name: plain(one) for name, one in fit()}
    assert list(found) == list(kept)
    assert [line for name in kept for line in differ(found[name], kept[name], relative, name)] == []


def numbers() -> dict[str, dict[str, Any]]:
    """All numbers, room by room."""
    return {room: {name: plain(one) for name, one in fit()} for room, (fit, _) in ROOMS.items()}


def write() -> None:
    """Keep the numbers of today, one case a line."""
    kept = numbers()
    for SHAKEN["by"] in (1e-15, -1e-14, 1e-13, -1e-13):
        for room, cases in numbers().items():
            relative = ROOMS[room][1] / 3.0
            kept[room] = {name: agreed(kept[room][name], one, relative) for name, one in cases.items()}
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    KEPT.write_text(text.replace('],"', '],\n"').replace('},"', '},\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
