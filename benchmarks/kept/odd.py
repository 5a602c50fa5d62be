"""What is kept of decays drawn at random, and of signals that cannot be fitted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from benchmarks.kept.answers import drawn, refused, without_replicates
from benchmarks.kept.decks import TRAINS, region_of, scatter
from ironreport.records import DecaySignal, FloatArray
from ironreport.relaxometry import models, noise_law
from ironreport.relaxometry.fitting import fit_decay
from ironreport.relaxometry.mapping import fit_map
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.pixel_fits import fit_mean_curves, fit_pixels
from ironreport.relaxometry.recovery import fit_recovery
from ironreport.relaxometry.region import kept_pixels, summarise_pixels
from ironreport.relaxometry.screening import unrounded


def odd_choices() -> Iterator[tuple[str, Any]]:
    """Curves drawn at random: fat, a bad echo, a vessel or other noise than given, of all sizes."""
    for i in range(60):
        te_ms = TRAINS[("12", "8", "6", "12", "4")[i % 5]]
        a, b, c, d, e = ndtr(scatter(5, seed=100 + i))
        amplitude = models.fat_water(te_ms, 8.0 * 30.0**a, 15.0 * 60.0**b, 0.45 * c * (i % 3 == 0), 1.5)
        amplitude[int(d * len(te_ms))] *= 1.0 + (e - 0.5) * (i % 3 == 1)
        sigma = 1.0 + (e - 0.5) * (i % 4 == 3)
        curve = noise_law.noise_law(1).mean(amplitude) + scatter(len(te_ms), seed=200 + i) / math.sqrt(80.0)
        choice = choose_model(te_ms, curve, sigma, 80, 1, 1.5, of_medians=i % 7 == 6)
        kept = choice.model, choice.r2star_per_s, choice.ci_low_per_s, choice.ci_high_per_s, choice.s0, choice.left_out
        yield (
            f"curve {i}",
            (kept, choice.fat_fraction, choice.flagged, choice.noise, choice.misfit_chance, choice.sentences),
        )


def odd_regions() -> Iterator[tuple[str, Any]]:
    """Regions drawn at random, many of them dark, fast, small, spoilt or of several coils."""
    for i in range(24):
        te_ms = TRAINS[("12", "6", "8", "4", "3", "12")[i % 6]]
        a, b, c, d, e = ndtr(scatter(5, seed=300 + i))
        bend = models.fat_bend(te_ms, 0.4 * c * (i % 3 == 0), 1.5)
        bend[int(d * len(te_ms))] *= 1.0 + 0.5 * (e - 0.5) * (i % 3 == 1)
        n_coils = (1, 1, 1, 2, 1, 8)[i % 6]
        pixels = region_of(te_ms, 20.0 * 120.0**b, 3.0 * 30.0**a, n_coils, bend)[: 6 + int(24 * d)]
        summary = refused(lambda te=te_ms, p=pixels: summarise_pixels(te, p))
        if isinstance(summary, list):
            yield f"region {i}", summary
            continue
        signal = DecaySignal(
            "liver", tuple(te_ms.tolist()), tuple(pixels.mean(axis=0).tolist()), field_tesla=1.5, n_pixels=len(pixels),
            contrast="T2" if i % 5 == 4 else "T2*", sd=tuple(pixels.std(axis=0).tolist()), pixels=summary,
        )  # fmt: skip
        fit = refused(lambda s=signal: fit_decay(s))
        law = summary.sigma, summary.n_coils, summary.rivals, summary.n_kept, summary.cautions
        yield f"region {i}", (law, fit if isinstance(fit, list) else replace(fit, bracket=(), curve=(), predicted=()))


TE_MS, SIGNAL = (1.5, 3.25, 6.0, 9.75), (90.0, 71.0, 43.0, 22.0)
TYPED: tuple[tuple[tuple[float, ...], tuple[float, ...], tuple[int, ...]], ...] = (
    ((), (), ()),
    (TE_MS, SIGNAL[:3], ()),
    (TE_MS, SIGNAL, (4,)),
    (TE_MS, SIGNAL, (-1,)),
    (TE_MS, SIGNAL, (0, 1, 2, 3)),
    (TE_MS, SIGNAL, (0, 1, 3)),
    ((1.5, math.nan, 6.0, 9.75), SIGNAL, ()),
    ((1.5, 3.25, 6.0, 2e6), SIGNAL, ()),
    ((0.0, 3.25, 6.0, 9.75), SIGNAL, ()),
    ((1.5, 3.25, 3.25, 9.75), SIGNAL, ()),
    ((1.5, 6.0, 3.25, 9.75), SIGNAL, ()),
    (TE_MS, (90.0, 71.0, -1.0, 22.0), ()),
    (TE_MS, (90.0, 71.0, 2e30, 22.0), ()),
    (TE_MS, (90.0, 71.0, math.inf, 22.0), (2,)),
    (TE_MS, (40.0, 41.0, 43.0, 44.0), ()),
    (TE_MS, (90.0, 130.0, 60.0, 65.0), ()),
    (TE_MS, (20.0, 3.1, 3.0, 3.05), ()),
    (TE_MS, (90.0, 0.4, 0.3, 0.5), ()),
    (TE_MS[:3], SIGNAL[:3], ()),
    (TE_MS[:2], SIGNAL[:2], ()),
    (TE_MS, (9.0, 2.5, 2.4, 2.45), (1,)),
)
"""Echo times, signals, and echoes left out by the reader."""

INVERSIONS: tuple[tuple[tuple[float, ...], tuple[float, ...], str], ...] = (
    ((100.0, 300.0, 900.0, 2000.0), (90.0, 50.0, 20.0, 5.0), "three-parameter"),
    ((100.0, 300.0), (9.0, 5.0), "molli"),
    ((100.0, 300.0, 900.0), (9.0, 5.0), "molli"),
    ((100.0, 300.0, 900.0, -1.0), (90.0, 50.0, 20.0, 5.0), "molli"),
    ((1.0, 2.0, 3.0, 4.0), (0.0, 0.0, 0.0, 0.0), "molli"),
    ((100.0, 300.0, 900.0, 2000.0), (5.0, 60.0, 3.0, 50.0), "two-parameter"),
    ((100.0, 300.0, 900.0, 2000.0), (-5.0, -60.0, -70.0, -80.0), "three-parameter"),
    ((1.0,), (1.0,), "none"),
)


def refusals() -> Iterator[tuple[str, Any]]:
    """What is said of signals that cannot be fitted."""
    for i, (te_ms, signal, out) in enumerate(TYPED):
        typed = DecaySignal("liver", te_ms, signal, n_pixels=60)
        shortest = None if i % 2 else 3.0
        asked: dict[str, tuple[DecaySignal, str]] = {
            "T2*": (typed, "auto"),
            "T2": (replace(typed, contrast="T2"), "auto"),
            "known noise": (replace(typed, noise_sd=2.0), "auto"),
            **{method: (typed, method) for method in ("constant", "truncated", "no method")},
        }
        for what, one in asked.items():
            more = {"shortest_time_per_first_te": shortest}
            yield f"{i} {what}", refused(lambda one=one, out=out, more=more: drawn(fit_decay(*one, out, **more)))
    for ti_ms, values, method in INVERSIONS:
        yield f"{ti_ms} {values}", refused(lambda t=ti_ms, v=values, m=method: fit_recovery(t, v, m))


NO_TRAINS: dict[str, tuple[float, ...]] = {
    "four": (1.0, 2.0, 4.0, 8.0), "from zero": (0.0, 1.0, 2.5, 6.0), "from below": (-1.0, 2.0, 3.0, 4.0),
    "equal": (1.0, 1.0, 2.0, 3.0), "falling": (4.0, 3.0, 2.0, 1.0), "one": (1.0,), "two": (1.0, 3.0), "none": (),
    "no number": (1.0, math.nan, 3.0, 4.0), "no first number": (math.nan, 2.0, 3.0, 4.0),
    "endless": (1.0, 2.0, 3.0, math.inf),
}  # fmt: skip


def arrays() -> Iterator[tuple[str, Any]]:
    """What arrays of pixels and curves are read as, or why they are refused."""
    for name, te_ms in NO_TRAINS.items():
        yield from _each_door(name, np.array(te_ms), 1.0)
    for sigma in (0.0, -1.0, math.nan, math.inf):
        yield from _each_door(f"sigma {sigma}", TRAINS["6"], sigma)
    for n_avg, n_coils in ((0, 1), (1, 0), (1, 1), (2, 32), (2, 33)):
        yield from _each_door(f"{n_avg} pixels, {n_coils} coils", TRAINS["6"], 1.0, n_avg, n_coils)
    volume = np.moveaxis(60.0 * np.exp(-np.arange(2 * 3 * 5 * 4).reshape(2, 3, 5, 4) / 40.0), -1, 1)
    te_ms = TRAINS["4"]
    yield "noise that is nearly none", refused(lambda: fit_map(te_ms, volume, 1e-320))
    for images in (volume, volume[0], volume[0, :, 0].T, volume[0, :, 0], volume[0, 0, 0], volume[:, :3], volume[None]):
        found = refused(lambda images=images: fit_map(te_ms, images, 2.0))
        yield f"images of shape {images.shape}", found
    for mask in (volume[:, 0] > 20.0, volume[0, 0] > 20.0, np.zeros((2, 3, 5), dtype=np.bool_)):
        yield (
            f"mask of shape {mask.shape}, {mask.sum()}",
            refused(lambda mask=mask: fit_map(te_ms, volume, 2.0, mask=mask)),
        )
    echo = np.rint(0.4 * region_of(TRAINS["12"], 60.0, 20.0)).T
    yield "coarse whole numbers", (unrounded(echo), kept_pixels(echo.T))
    for pixels in (-echo.T, echo.T * math.nan, echo.T[:, :4], echo[0], 0.0 * echo.T, echo.T[:4], 1e-5 * echo.T + 900.0):
        yield (
            f"pixels of shape {pixels.shape}",
            refused(lambda p=pixels: without_replicates(summarise_pixels(TRAINS["12"], p))),
        )


def _each_door(
    name: str, te_ms: FloatArray, sigma: float, n_avg: int = 4, n_coils: int = 1
) -> Iterator[tuple[str, Any]]:
    rows = 70.0 * np.exp(-np.arange(12 * len(te_ms)).reshape(12, -1) % max(len(te_ms), 1) / 2.0)
    rows[0, -1:], rows[1], rows[2, :1] = 0.0, 0.0, -1.0
    mean = {"n_avg": n_avg, "n_coils": n_coils}
    doors: dict[str, Callable[[], Any]] = {
        "map": lambda: fit_map(te_ms, np.abs(rows), sigma, n_coils=max(n_coils, 1)),
        "means": lambda: fit_mean_curves(te_ms, rows, sigma, **mean),
        "means of unknown noise": lambda: fit_mean_curves(te_ms, rows, None, **mean),
        "pixels in any order": lambda: fit_pixels(te_ms, np.abs(rows), sigma),
        "region": lambda: without_replicates(summarise_pixels(te_ms, np.abs(rows), sigma, n_coils=n_coils)),
        "region of unknown noise": lambda: without_replicates(summarise_pixels(te_ms, np.abs(rows))),
    }
    for door, fit in doors.items():
        yield f"{name}, {door}", refused(fit)
