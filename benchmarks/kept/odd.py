"""What is kept of decays drawn at random, and of signals that cannot be fitted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from scipy.special import ndtr

from benchmarks.kept.answers import drawn, refused
from benchmarks.kept.decks import TRAINS, region_of, scatter
from ironreport.records import DecaySignal
from ironreport.relaxometry import models, noise_law
from ironreport.relaxometry.fitting import fit_decay
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.recovery import fit_recovery
from ironreport.relaxometry.region import summarise_pixels


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
