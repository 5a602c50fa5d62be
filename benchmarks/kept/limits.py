"""Where each verdict changes: how much fat, how bad an echo, how fast a decay it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.kept.answers import refused
from benchmarks.kept.decks import TRAINS, decays, magnitudes, scatter
from ironreport.records import DecaySignal, FloatArray, PixelSummary
from ironreport.relaxometry import models
from ironreport.relaxometry.fitting import fit_decay
from ironreport.relaxometry.model_choice import choose_model
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.pixel_noise import pixel_noise
from ironreport.relaxometry.region import fit_summary

N_HALVINGS = 10
"""A limit is found to a thousandth of the way."""


def edge(says: Callable[[float], Any], low: float, high: float) -> float | None:
    """Where what is said changes on the way from one number to another; None where it does not."""
    before = says(low)
    if says(high) == before:
        return None
    for _ in range(N_HALVINGS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if says(middle) == before else (low, middle)
    return 0.5 * (low + high)


def at_one(n_echoes: int, echo: int, factor: float) -> FloatArray:
    """A factor at one echo, 1 at the others."""
    return np.where(np.arange(n_echoes) == echo, factor, 1.0)


# ------------------------------------------------------------------------------------ noise of pixels


def limits_of_noise() -> Iterator[tuple[str, Any]]:
    """How much fat and how bad an echo the noise of the pixels stands before it is seen."""
    for case in (("12", 60, 50.0, 80.0), ("12", 14, 25.0, 60.0), ("8", 40, 80.0, 150.0), ("6", 120, 30.0, 90.0)):
        yield from _of_noise(*case)


def _of_noise(name: str, n: int, s0: float, rate: float) -> Iterator[tuple[str, Any]]:
    te_ms = TRAINS[name]
    clean = decays(te_ms, s0 * (1.0 + 0.1 * scatter(n, seed=41)), rate)

    def noise(by: FloatArray | float) -> float:
        return pixel_noise(te_ms, magnitudes(clean * by).T, n_coils=1).sigma

    wrong: dict[str, tuple[Callable[[float], FloatArray], float]] = {
        "fat": (lambda x: models.fat_bend(te_ms, x, 1.5), 0.3),
        "bad echo": (lambda x: at_one(len(te_ms), 2, 1.0 - x), 0.3),
    }
    for what, (bend, most) in wrong.items():
        found = [noise(bend(x)) for x in (0.01, 0.02, 0.04, 0.08, 0.16)]
        worst = max(found)
        start = (0.01, 0.02, 0.04, 0.08, 0.16)[found.index(worst)]
        limit = edge(lambda x, bend=bend, worst=worst: noise(bend(x)) >= 0.999 * worst, start, most)
        yield f"{name} echoes, {n} pixels, {what}", (found, limit)


# ------------------------------------------------------------------------------------ models


def limits_of_models() -> Iterator[tuple[str, Any]]:
    """How much it takes to leave one exponential."""
    for case in (("12", 60, 50.0, 80.0), ("12", 20, 20.0, 250.0), ("8", 200, 30.0, 60.0)):
        yield from _of_models(*case)


def _of_models(name: str, n: int, s0: float, rate: float) -> Iterator[tuple[str, Any]]:
    te_ms = TRAINS[name]
    clean = decays(te_ms, s0, rate)[0]

    def said(amplitude: FloatArray, sigma: float = 1.0) -> Any:
        choice = choose_model(te_ms, noise_law(1).mean(amplitude), sigma, n, 1, 1.5)
        return choice.model, choice.left_out, choice.flagged, choice.noise, len(choice.sentences)

    start = f"{name} echoes, {n} pixels, {rate} per s"
    yield f"{start}, fat", edge(lambda f: said(models.fat_water(te_ms, s0, rate, f, 1.5)), 0.0, 0.4)
    for i in (0, 2, len(te_ms) - 2):
        yield f"{start}, echo {i}", edge(lambda x, i=i: said(clean * at_one(len(te_ms), i, x)), 1.0, 0.3)
    yield f"{start}, less noise", edge(lambda x: said(clean, x), 1.0, 0.2)
    yield f"{start}, more noise", edge(lambda x: said(clean, x), 1.0, 5.0)


def limits_of_first_echoes() -> Iterator[tuple[str, Any]]:
    """How low a first spin echo of known noise must be to be left out."""
    for name, n, s0, rate in (
        ("12", 6, 30.0, 90.0),
        ("8", 4, 40.0, 40.0),
        ("6", 200, 20.0, 150.0),
        ("6", 9, 15.0, 60.0),
    ):
        te_ms = 4.0 * TRAINS[name]
        curve = noise_law(1).mean(decays(te_ms, s0, rate / 4.0))[0]
        typed = DecaySignal("liver", tuple(te_ms.tolist()), (), contrast="T2", n_pixels=n, noise_sd=1.0)

        def said(factor: float, curve: FloatArray = curve, typed: DecaySignal = typed) -> Any:
            signal = replace(typed, signal=tuple((curve * at_one(len(curve), 0, factor)).tolist()))
            fit = refused(lambda: fit_decay(signal))
            return fit[0] if isinstance(fit, list) else [c.code for c in fit.cautions]

        yield f"{name} echoes, {n} pixels, {rate} per s", edge(said, 1.0, 0.5)


# ------------------------------------------------------------------------------------ regions


def limits_of_regions() -> Iterator[tuple[str, Any]]:
    """How fast a decay may be before only a limit of it is known."""
    for case in (("12", 60, 40.0), ("6", 20, 60.0), ("8", 100, 15.0), ("3", 60, 100.0)):
        yield from _of_regions(*case)


def _of_regions(name: str, n: int, s0: float) -> Iterator[tuple[str, Any]]:
    te_ms = TRAINS[name]

    def said(rate: float, dark: float = 1.0) -> Any:
        amplitude = decays(te_ms, s0 * dark, rate)
        curve = noise_law(1).median(amplitude)[0]
        rows = np.maximum(curve + scatter(60, len(te_ms), seed=51) / n**0.5, 0.0)
        summary = PixelSummary(
            sigma=1.0, n_coils=1, n_pixels=n, n_kept=n, curve=tuple(curve.tolist()),
            replicates=tuple(map(tuple, rows.tolist())), powers=tuple((amplitude[0] ** 2 + 2.0).tolist()),
        )  # fmt: skip
        fit = refused(lambda: fit_summary(te_ms, summary))
        return fit[0] if isinstance(fit, list) else [c.code for c in fit.cautions]

    yield f"{name} echoes, {n} pixels, fast", edge(said, 100.0, 9000.0)
    yield f"{name} echoes, {n} pixels, slow", edge(said, 100.0, 0.05)
    yield f"{name} echoes, {n} pixels, dark", edge(lambda x: said(150.0, x), 1.0, 0.01)


# ------------------------------------------------------------------------------------ curves alone


def limits_of_curves() -> Iterator[tuple[str, Any]]:
    """How odd a curve of unknown noise must be for each of the doubts."""
    for name in ("12", "6"):
        yield from _of_curves(name)


def _of_curves(name: str) -> Iterator[tuple[str, Any]]:
    te_ms = TRAINS[name]
    n, last_ms = len(te_ms), float(te_ms[-1])
    clean = np.exp(-2.0 * te_ms / last_ms) * (1.0 + 0.002 * scatter(n, seed=61))
    fast = np.exp(-te_ms / (0.12 * last_ms))

    def said(curve: FloatArray, **more: Any) -> Any:
        fit = refused(
            lambda: fit_decay(DecaySignal("liver", tuple(te_ms.tolist()), tuple((30.0 * curve).tolist()), **more))
        )
        return fit[0] if isinstance(fit, list) else [(c.code, c.blocks_grade) for c in fit.cautions]

    odd: dict[str, tuple[Callable[[float], Any], float, float]] = {
        "floor": (lambda x: said(np.sqrt(fast**2 + x**2)), 0.001, 0.6),
        "constant": (lambda x: said(fast + x), 0.001, 0.6),
        "bend": (lambda x: said(clean * np.sinc(te_ms * x)), 0.0001, 0.9 / last_ms),
        "slow": (lambda x: said(np.exp(-te_ms * x) * clean**0.01), 2.0 / last_ms, 0.001),
        "fast": (lambda x: said(np.sqrt(np.exp(-2.0 * te_ms * x) + 0.01**2)), 2.0 / last_ms, 4.0),
        "vessel": (lambda x: said((1.0 - x) * clean**2 + x * clean**0.2), 0.001, 0.5),
        "fluctuation": (lambda x: said(clean * np.exp(x * scatter(n, seed=67))), 0.002, 0.5),
        "zig-zag": (lambda x: said(clean * (1.0 + x * np.cos(np.pi * np.arange(n)))), 0.001, 0.3),
        "noise-like": (lambda x: said(clean, sd=(30.0 * x,) * n), 0.01, 1.0),
    }
    for i in (0, 1, n - 2):
        odd[f"echo {i} low"] = (lambda x, i=i: said(clean * at_one(n, i, x)), 1.0, 0.5)
        odd[f"echo {i} high"] = (lambda x, i=i: said(clean * at_one(n, i, x)), 1.0, 1.6)
        odd[f"echo {i} of T2"] = (lambda x, i=i: said(clean * at_one(n, i, x), contrast="T2"), 1.0, 0.5)
    for what, (says, low, high) in odd.items():
        yield f"{name} echoes, {what}", edge(says, low, high)
