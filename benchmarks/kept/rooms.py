"""What is kept of each room of the fit, from the law of the noise to the whole decay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.kept.answers import drawn, refused, without_replicates
from benchmarks.kept.decks import RATES_PER_S, TRAINS, curves_of, pixels_of, region_of, scatter
from ironreport.records import DecaySignal, FloatArray
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


def maps() -> Iterator[tuple[str, Any]]:
    """Maps of single pixels."""
    for name, n_coils in (("12", 1), ("6", 1), ("3", 1), ("12", 4), ("8", 32)):
        te_ms = TRAINS[name]
        yield f"{name} echoes, {n_coils} coils", fit_map(te_ms, 20.0 * pixels_of(te_ms, n_coils), 20.0, n_coils=n_coils)


def profiles() -> Iterator[tuple[str, Any]]:
    """Limits of single pixels by their likelihood."""
    for name, n_coils in (("12", 1), ("6", 2), ("3", 1), ("8", 16)):
        te_ms = TRAINS[name]
        yield f"{name} echoes, {n_coils} coils", profile_limits(te_ms - te_ms[0], pixels_of(te_ms, n_coils).T, n_coils)


def known() -> Iterator[tuple[str, Any]]:
    """Mean curves of known noise, with all that the ladder found."""
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
    """Mean curves of unknown noise."""
    for name, te_ms in TRAINS.items():
        curves = curves_of(te_ms)
        yield f"{name} echoes", fit_floor(te_ms, curves / curves.max(axis=1, keepdims=True))


def means() -> Iterator[tuple[str, Any]]:
    """Mean curves as arrays read them."""
    for name, sigma, field in (("12", 2.0, 1.5), ("6", None, None), ("4", 2.0, None)):
        curves = 2.0 * curves_of(TRAINS[name])[::3]
        yield f"{name} echoes, sigma {sigma}", fit_mean_curves(TRAINS[name], curves, sigma, n_avg=40, field_tesla=field)


def choices() -> Iterator[tuple[str, Any]]:
    """Models of mean curves, with their sentences."""
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
    """Noise of regions from their pixels."""
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


def regions() -> Iterator[tuple[str, Any]]:
    """Regions from their pixels."""
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


def fits() -> Iterator[tuple[str, Any]]:
    """Decays typed by hand, by every method."""
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
    """Decays of regions with pixels."""
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
    """The signal of a region with its pixels."""
    te_ms = TRAINS[name]
    pixels = 5.0 * region_of(te_ms, rate, s0, n_coils, bend)
    return DecaySignal(
        "heart", tuple(te_ms.tolist()), tuple(pixels.mean(axis=0).tolist()), field_tesla=1.5,
        sd=tuple(pixels.std(axis=0).tolist()), n_pixels=30, pixels=summarise_pixels(te_ms, pixels),
    )  # fmt: skip


def slow_parts() -> Iterator[tuple[str, Any]]:
    """Slow parts under a decay."""
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
    """What lies off a curve."""
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
    """The plain models, and what is said of a floor."""
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
    """Median curves."""
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
    """Starts, limits, curves and slopes of every model."""
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
    """How well a rate can be known."""
    for n_coils in (1, 2, 4, 32):
        for snr in (4.0, 50.0, 1000.0):
            found = bound.relative_bound(TRAINS["12"], RATES_PER_S, snr, n_pixels=10, n_coils=n_coils)
            yield (
                f"{n_coils} coils, {snr}",
                (found, [bound.largest_rate_per_s(t, snr, 10, n_coils) for t in TRAINS.values()]),
            )


THETA = np.array([0.0, 0.02, 0.5, 1.1, 2.3, 4.0, 9.0, 31.0, 59.9, 60.0, 61.0, 400.0])


def laws() -> Iterator[tuple[str, Any]]:
    """The law of the noise."""
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
    """T1 of curves and maps."""
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
    """Times by variable projection, of signals and of none."""
    rows = np.concatenate([curves_of(TRAINS["8"])[::3], scatter(12, 8, seed=23)])
    for blocks in (((0.0, 1.0),), ((0.0, 1.0), (1.0, 0.0)), ((1.0, -2.0),), ((1.0, 0.0), (0.0, -1.0))):
        yield str(blocks), fit_separable(TRAINS["8"], rows, blocks, (0.5, 400.0))
