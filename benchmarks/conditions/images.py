"""Images of a body whose truth is known: tissues, an edge, islands, coils, filters and coarse numbers.

The region lies in the middle, so that whatever reads its pixels sees where they lie and the air around the body.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from benchmarks.trials import S0, Floats
from ironreport.records import Contrast, EchoSeries, Region, Technique
from ironreport.synthetic.acquisition import fat_phasor

Bools = npt.NDArray[np.bool_]
Filter = Literal["", "zero-filled", "Hamming", "elliptical"]
Layout = Literal["edge", "islands", "scattered"]

SIDE = 48
BODY = 17.0
"""Radius of the body [pixels]; beyond it is air."""
CENTRE = (SIDE / 2 + 0.21, SIDE / 2 + 0.13)
"""Off the grid, so that no two pixels are equally far and a circle can hold any number of them."""
ISLAND = 2.0
"""Radius of a vessel [pixels]."""
WORST_GAIN_PARTS = 9


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Organ, field [T] and echo times [ms]; ``te_ms`` has shape (n_echoes,)."""

    label: str
    organ: str
    field_tesla: float
    te_ms: Floats
    contrast: Contrast = "T2*"


def train(first_ms: float, spacing_ms: float, n_echoes: int) -> Floats:
    """Echo times [ms] at even distances, shape (n_echoes,)."""
    return np.asarray(first_ms + spacing_ms * np.arange(n_echoes), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Tissue:
    """One tissue.

    Parameters
    ----------
    t2star_ms : float
        Median over its pixels; T2 in a spin echo.
    s0 : float
        Signal at TE 0 per that of the organ.
    fat : float
        Share of fat in the signal at TE 0.
    rate_spread, s0_spread : float
        Coefficient of variation of R2* (log-normal) and S0 (normal) over the pixels.
    gradient_ms : float
        First zero of sinc(TE / ``gradient_ms``), the dephasing through the slice.
    first_echo : float
        Factor of the first echo alone, as stimulated echoes leave it.
    """

    t2star_ms: float
    s0: float = 1.0
    fat: float = 0.0
    rate_spread: float = 0.0
    s0_spread: float = 0.0
    gradient_ms: float = math.inf
    first_echo: float = 1.0


@dataclass(frozen=True, slots=True)
class Noise:
    """What the scanner adds and does to the images.

    Parameters
    ----------
    snr : float
        S0 of the organ by the SD of one pixel in one channel of one coil.
    n_coils : int
        Coils combined by root sum of squares.
    worst_gain : float
        The noise grows from 1 to this factor across the region, as parallel imaging makes it.
    filtered : {"", "zero-filled", "Hamming", "elliptical"}
        What became of the raw data before the images.
    largest_number : int or None
        Signals are whole numbers of which the organ's first echo is this one.
    masked : bool
        The scanner set the air around the body to zero.
    """

    snr: float
    n_coils: int = 1
    worst_gain: float = 1.0
    filtered: Filter = ""
    largest_number: int | None = None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Mixed:
    """Another tissue in a share of the region: beyond a straight edge, in round islands, or pixel by pixel."""

    tissue: Tissue
    share: float
    layout: Layout


@cache
def circle(n_pixels: int) -> tuple[Region, Bools]:
    """The circle in the middle that holds so many pixels, and its mask of shape (SIDE, SIDE)."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(rows - CENTRE[0], columns - CENTRE[1])
    nearest = np.sort(distance, axis=None)
    radius = float(nearest[n_pixels - 1] + nearest[n_pixels]) / 2.0
    return Region("ellipse", *CENTRE, 2.0 * radius, 2.0 * radius), distance <= radius


def imaged(
    scan: Scan, tissue: Tissue, noise: Noise, n_pixels: int, mixed: Mixed | None, rng: np.random.Generator
) -> tuple[EchoSeries, Region]:
    """A series of one slice, and the region to measure in it."""
    region, inside = circle(n_pixels)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    body = np.hypot(rows - CENTRE[0], columns - CENTRE[1]) < BODY
    clean = np.where(body, _signals(scan, tissue, noise.filtered, rng), 0.0)
    if mixed is not None:
        other = body & _other(mixed, inside, rng)
        clean = np.where(other, _signals(scan, mixed.tissue, noise.filtered, rng), clean)
    images = _received(clean, noise, inside, rng)
    if noise.largest_number is not None:
        first = S0 * math.exp(-float(scan.te_ms[0]) / tissue.t2star_ms)
        images = np.rint(images * (noise.largest_number / first))
    return series(scan, np.where(body, images, 0.0) if noise.masked else images), region


def series(scan: Scan, images: Floats) -> EchoSeries:
    """Images of shape (n_echoes, n_rows, n_columns) as one slice of a series."""
    return EchoSeries(
        key="simulated",
        label=scan.label,
        images=images[np.newaxis].astype(np.float32),
        contrast=scan.contrast,
        field_tesla=scan.field_tesla,
        pixel_spacing_mm=(2.0, 2.0),
        slice_positions_mm=(0.0,),
        technique=Technique(),
        patient_key="simulated",
        study_key="simulated",
        te_ms=tuple(scan.te_ms.tolist()),
    )


def decay(scan: Scan, tissue: Tissue) -> Floats:
    """Signal of a tissue at each echo without noise, per S0, with its median rate, shape (n_echoes,)."""
    te_ms = scan.te_ms
    dephased = np.abs(1.0 + tissue.fat * (fat_phasor(te_ms.tolist(), scan.field_tesla) - 1.0))
    curve = tissue.s0 * dephased * np.exp(-te_ms / tissue.t2star_ms) * np.abs(np.sinc(te_ms / tissue.gradient_ms))
    curve[0] *= tissue.first_echo
    return np.asarray(curve)


def _signals(scan: Scan, tissue: Tissue, filtered: Filter, rng: np.random.Generator) -> Floats:
    """Clean signals of a body of one tissue, shape (n_echoes, SIDE, SIDE)."""
    uneven, brighter = (_filtered(rng.standard_normal((SIDE, SIDE)), filtered).real for _ in range(2))
    log_rates = math.sqrt(math.log1p(tissue.rate_spread**2)) * uneven
    s0 = S0 * (1.0 + tissue.s0_spread * brighter)
    faster = np.expm1(log_rates) / tissue.t2star_ms
    curve = decay(scan, tissue)[:, None, None]
    return np.asarray(s0 * curve * np.exp(-scan.te_ms[:, None, None] * faster))


def _other(mixed: Mixed, inside: Bools, rng: np.random.Generator) -> Bools:
    """Pixels of the other tissue: the share asked for of the region, and what lies beyond an edge."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    if mixed.layout == "edge":
        angle = rng.uniform(0.0, 2.0 * math.pi)
        across = rows * math.cos(angle) + columns * math.sin(angle)
        return np.asarray(across > np.quantile(across[inside], 1.0 - mixed.share))
    if mixed.layout == "scattered":
        drawn = rng.random((SIDE, SIDE))
        return np.asarray(drawn < np.quantile(drawn[inside], mixed.share))
    found, places = np.zeros_like(inside), np.argwhere(inside)
    while found[inside].mean() < mixed.share:
        row, column = places[rng.integers(len(places))]
        found |= np.hypot(rows - row, columns - column) <= ISLAND
    return found


def _received(clean: Floats, noise: Noise, inside: Bools, rng: np.random.Generator) -> Floats:
    """Root sum of squares of coils of which the first sees everything: the law is the same however they share it."""
    columns = np.flatnonzero(inside.any(axis=0))
    gain = np.interp(np.arange(SIDE), [columns[0], columns[-1]], [1.0, noise.worst_gain]) * S0 / noise.snr
    power = np.zeros_like(clean)
    for coil in range(noise.n_coils):
        real, imaginary = rng.standard_normal((2, *clean.shape), dtype=np.float32)
        seen = _filtered(real + 1j * imaginary, noise.filtered) * gain
        power += np.abs(seen + clean if coil == 0 else seen) ** 2
    return np.asarray(np.sqrt(power))


def _filtered(white: npt.NDArray[np.inexact], name: Filter) -> npt.NDArray[np.complex128]:
    """White values after the window of the raw data, their variance as before."""
    if not name:
        return np.asarray(white, dtype=np.complex128)
    window = _window(name)
    scale = 1.0 / math.sqrt(float(np.mean(window**2)))
    return np.asarray(np.fft.ifft2(np.fft.fft2(white) * window) * scale, dtype=np.complex128)


@cache
def _window(name: Filter) -> Floats:
    """Weights of the raw data in the order of the FFT, shape (SIDE, SIDE)."""
    along = np.abs(np.fft.fftfreq(SIDE)) / 0.5
    if name == "Hamming":
        taper = 0.54 + 0.46 * np.cos(np.pi * along)
        return np.asarray(np.outer(taper, taper))
    if name == "zero-filled":
        return np.asarray(np.maximum.outer(along, along) <= 0.5, dtype=np.float64)
    return np.asarray(np.hypot.outer(along, along) <= 1.0, dtype=np.float64)


def worst_snrs(noise: Noise) -> Floats:
    """SNR across the region, from best to worst."""
    return noise.snr / np.linspace(1.0, noise.worst_gain, WORST_GAIN_PARTS if noise.worst_gain > 1.0 else 1)
