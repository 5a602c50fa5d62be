"""The numbers behind the pictures of coils, fat and edges in docs/fitting.md; `explain.py` saves them with its own."""

from __future__ import annotations

import numpy as np

from benchmarks.circles import magnitude_series
from benchmarks.methods import FIELD_TESLA, fit_exponentials
from benchmarks.trials import S0, Floats, decays
from ironreport.errors import FitError
from ironreport.intake import region_mask
from ironreport.measure import find_edge
from ironreport.measure.beside import beside_piece
from ironreport.records import DecaySignal, Region
from ironreport.relaxometry import fit_decay, fit_summary, summarise_pixels
from ironreport.relaxometry.models import fat_water
from ironreport.relaxometry.noise_law import COIL_NUMBERS
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

TE_MS = 0.95 + 0.7 * np.arange(12)
N_PIXELS, SNR = 60, 30.0
COILS, COILS_T2STAR_MS = 8, 0.8
FAT_TE_MS, FAT_T2STAR_MS, FAT_FIELD_TESLA = 1.5 + 1.2 * np.arange(8), 4.0, 3.0
"""At 3 T fat and water are out of phase every 2.3 ms, about every second of these echoes."""

FAT_SHARES = np.arange(0.0, 0.41, 0.05)
DRAWN_CURVES = (0.0, 0.15, 0.4)
LIVER_MS = 3.5
OVER, BESIDE = Region("ellipse", 50.0, 80.0, 15.0, 15.0), Region("ellipse", 56.5, 89.0, 18.0, 18.0)
"""A circle half over the rim of the left lobe, and one beside it."""


def noisy(clean: Floats, n_coils: int, seed: int) -> Floats:
    """Magnitudes of pixels of one curve, combined of coils by root sum of squares, shape (N_PIXELS, n_echoes)."""
    rng, sigma = np.random.default_rng(seed), S0 / SNR
    power = rng.noncentral_chisquare(2 * n_coils, (clean / sigma) ** 2, (N_PIXELS, len(clean)))
    return np.asarray(sigma * np.sqrt(power))


def coils() -> dict[str, Floats]:
    """The median curve of a region by eight coils, and R2* with its limits read as if of so many."""
    clean = decays(TE_MS, np.array([COILS_T2STAR_MS]))[0]
    pixels = noisy(clean, COILS, 4)
    automatic = fit_decay(_signal(pixels, TE_MS, FIELD_TESLA)).rate
    found = {
        "coils/te_ms": TE_MS,
        "coils/pixels": pixels,
        "coils/clean": clean,
        "coils/numbers": np.array(COIL_NUMBERS, dtype=np.float64),
        "coils/automatic": np.array([automatic.value, automatic.low or np.nan, automatic.high or np.nan]),
    }
    rows = []
    for number in COIL_NUMBERS:
        summary = summarise_pixels(TE_MS, pixels, n_coils=number)
        fit = fit_summary(TE_MS, summary)
        rows.append((fit.r2star_per_s, fit.ci_low_per_s, fit.ci_high_per_s))
        if number in (1, COILS):
            found[f"coils/fit {number}"] = np.array(fit.predicted)
    return {**found, "coils/readings": np.array(rows)}


def fat() -> dict[str, Floats]:
    """Curves with fat, and what R2* reads of regions with more and more of it, as error in per cent."""
    rate = 1000.0 / FAT_T2STAR_MS
    found = {f"fat/{share:.0%}": fat_water(FAT_TE_MS, S0, rate, share, FAT_FIELD_TESLA) for share in DRAWN_CURVES}
    ours, plain = [], []
    for share in FAT_SHARES:
        pixels = noisy(fat_water(FAT_TE_MS, S0, rate, float(share), FAT_FIELD_TESLA), 1, 7)
        read = fit_decay(_signal(pixels, FAT_TE_MS, FAT_FIELD_TESLA)).rate
        ours.append([read.value, read.low or np.nan, read.high or np.nan])
        plain.append(float(fit_exponentials(FAT_TE_MS, pixels.mean(axis=0)[None])[0][0]))
    errors = {"fat/ours": np.array(ours), "fat/one exponential": np.array(plain)}
    return (
        found
        | {name: 100.0 * (rates / rate - 1.0) for name, rates in errors.items()}
        | {"fat/shares": FAT_SHARES, "fat/te_ms": FAT_TE_MS}
    )


def _signal(pixels: Floats, te_ms: Floats, field_tesla: float) -> DecaySignal:
    return DecaySignal(
        "liver", tuple(te_ms.tolist()), tuple(pixels.mean(axis=0).tolist()), field_tesla=field_tesla,
        n_pixels=len(pixels), pixels=summarise_pixels(te_ms, pixels),
    )  # fmt: skip


def edges() -> dict[str, Floats]:
    """A liver with two circles: the parts of the one, and the tissue found beside the other."""
    series = magnitude_series(synthetic_exam("siemens", "liver", Recipe(LIVER_MS, n_slices=1, phase=False)))
    image = series.images[0, 2].astype(np.float64)
    edge, beside = find_edge(series, OVER), beside_piece(series, BESIDE)
    if edge is None or beside is None:
        raise FitError("NOT_SHOWN", "The circles of the picture show no edge.", "Move them.")
    held = {"image": image, "faster": edge.faster, "slower": edge.slower, "beside": beside}
    held["over"], held["drawn"] = (region_mask(one, image.shape) for one in (OVER, BESIDE))
    return {f"edges/{name}": np.asarray(mask, dtype=np.float64) for name, mask in held.items()}


def drawn_places() -> dict[str, Floats]:
    """Every array that the three pictures show."""
    return {**coils(), **fat(), **edges()}
