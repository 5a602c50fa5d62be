"""The numbers behind docs/fitting.md and its pictures: ``python -m benchmarks.explain``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import ive

from benchmarks.explain_places import drawn_places
from benchmarks.methods import FIELD_TESLA, Z95, exponential, fit_exponentials
from benchmarks.tables import BUILD
from benchmarks.trials import LIVER, S0, Floats, decays, rician
from ironreport.relaxometry import fit_region
from ironreport.relaxometry.bound import largest_rate_per_s
from ironreport.relaxometry.models import fat_water
from ironreport.relaxometry.noise_law import noise_law
from ironreport.relaxometry.region import SYSTEMATIC

SNR = 20.0
SIGMA = S0 / SNR
TRUTHS_MS = np.geomspace(0.8, 30.0, 36)
R2_WANTED, FEWEST = 0.995, 3


def noisy_mean(t2star_ms: Floats, te_ms: Floats = LIVER.te_ms) -> Floats:
    """Mean curve of endlessly many pixels, shape (n, n_echoes): free of scatter, not of the noise floor."""
    return np.asarray(SIGMA * noise_law(1).mean(decays(te_ms, t2star_ms) / SIGMA))


def log_linear(te_ms: Floats, curve: Floats) -> float:
    """R2* [s^-1] of a straight line through the logarithms."""
    return float(-1000.0 * np.polyfit(te_ms, np.log(curve), 1)[0])


def plain(te_ms: Floats, curve: Floats) -> float:
    """R2* [s^-1] of one exponential."""
    return float(fit_exponentials(te_ms, curve[None])[0][0])


def with_constant(te_ms: Floats, curve: Floats) -> float:
    """R2* [s^-1] of an exponential and a constant."""
    return _fitted(lambda te, s0, rate, c: exponential(te, s0, rate) + c, te_ms, curve, curve[-1])


def truncated(te_ms: Floats, curve: Floats) -> float:
    """R2* [s^-1] of an exponential through the first echoes, as few as R^2 asks for."""
    for n in range(te_ms.size, FEWEST, -1):
        rate = plain(te_ms[:n], curve[:n])
        shape = exponential(te_ms[:n], 1.0, rate)
        left = curve[:n] - shape * (shape @ curve[:n]) / (shape @ shape)
        if 1.0 - left.var() / curve[:n].var() > R2_WANTED:
            return rate
    return plain(te_ms[:FEWEST], curve[:FEWEST])


def quadrature(te_ms: Floats, curve: Floats) -> float:
    """R2* [s^-1] of an exponential and a floor added in quadrature."""
    return _fitted(lambda te, s0, rate, c: np.hypot(exponential(te, s0, rate), c), te_ms, curve, curve[-1])


def first_moment(te_ms: Floats, curve: Floats) -> float:
    """R2* [s^-1] of the mean that the Rician law expects, the noise known."""
    return _fitted(lambda te, s0, rate: SIGMA * noise_law(1).mean(exponential(te, s0, rate) / SIGMA), te_ms, curve)


def _fitted(model: Callable[..., Floats], te_ms: Floats, curve: Floats, *more: float) -> float:
    start = (curve[0] * np.exp(te_ms[0] * 0.3), 300.0, *more)
    upper = (1e5, 5000.0, *(S0 for _ in more))
    return float(curve_fit(model, te_ms, curve, p0=start, bounds=(0.0, upper), x_scale=start, max_nfev=5000)[0][1])


READERS: dict[str, Callable[[Floats, Floats], float]] = {
    "log-linear": log_linear,
    "one exponential": plain,
    "exponential + constant": with_constant,
    "cut until R² > 0.995": truncated,
    "floor in quadrature": quadrature,
    "Rician mean": first_moment,
}


def bent() -> dict[str, Floats]:
    """Error of T2* [%] of each way of reading the same noisy mean curves, shape of `TRUTHS_MS`."""
    curves = noisy_mean(TRUTHS_MS)
    return {
        name: np.array([100.0 * (1000.0 / reader(LIVER.te_ms, curve) / truth - 1.0) for truth, curve in _pairs(curves)])
        for name, reader in READERS.items()
    }


def _pairs(curves: Floats) -> zip[tuple[float, Floats]]:
    return zip(TRUTHS_MS.tolist(), curves, strict=True)


def largest(te_ms: Floats, snr: float, n_pixels: int) -> float:
    """Largest measurable R2* [s^-1]; NaN where there is none."""
    return largest_rate_per_s(te_ms, snr, n_pixels) or float("nan")


def misfit_over_rate(te_ms: Floats, magnitudes: Floats, sigma: float, rates_per_s: Floats) -> Floats:
    """-2 log likelihood above its least, over R2*, the best signal taken at each: shape of ``rates_per_s``."""
    first = np.linspace(0.0, 2.0 * magnitudes.max(), 1500)[:, None]
    least = []
    for rate in rates_per_s:
        amplitude = first * np.exp(-rate * (te_ms - te_ms[0]) / 1000.0)
        z = magnitudes * amplitude / sigma**2
        log_likelihood = np.log(ive(0, z)) + z - amplitude**2 / (2.0 * sigma**2)
        least.append(-2.0 * log_likelihood.sum(axis=1).max())
    return np.asarray(np.array(least) - min(least))


TISSUES = {"all pixels alike": (0.0, 0.0), "R2* varies by 15 %": (0.15, 0.0), "and 10 % vessel": (0.15, 0.10)}
"""Spread of R2* and share of vessel pixels."""


def tissue(spread: float, vessel: float, rng: np.random.Generator, n_pixels: int = 100) -> Floats:
    """Magnitudes of a region around T2* 3 ms at SNR 50; vessel pixels have R2* 30 s^-1 and a fifth more signal."""
    t2star_ms = 3.0 * np.exp(spread * rng.standard_normal(n_pixels))
    is_vessel = rng.random(n_pixels) < vessel
    clean = decays(LIVER.te_ms, np.where(is_vessel, 1000.0 / 30.0, t2star_ms))
    return rician(clean * np.where(is_vessel, 1.2, 1.0)[:, None], S0 / 50.0, rng)


def intervals(n_regions: int, seed: int = 11) -> dict[str, Floats]:
    """Limits of R2* [s^-1] of each region, shape (n_regions, 4): covariance low, high, bootstrap low, high."""
    found = {}
    for number, (name, (spread, vessel)) in enumerate(TISSUES.items()):
        rows = []
        for region in range(n_regions):
            pixels = tissue(spread, vessel, np.random.default_rng([seed, number, region]))
            rate, error = (x[0] for x in fit_exponentials(LIVER.te_ms, pixels.mean(axis=0)[None]))
            own = fit_region(LIVER.te_ms, pixels)
            rows.append((rate - Z95 * error, rate + Z95 * error, own.ci_low_per_s, own.ci_high_per_s))
        found[name] = np.array(rows)
    return found


def spoilt() -> dict[str, Floats]:
    """Noise-free curves of T2* 4 ms with one thing wrong each, shape (n_echoes,)."""
    te_ms = LIVER.te_ms
    clean = decays(te_ms, np.array([4.0]))[0]
    ghost = clean.copy()
    ghost[3] *= 0.8
    vessel = 0.9 * clean + 0.1 * 1.2 * S0 * np.exp(-te_ms * 30.0 / 1000.0)
    return {
        "clean": clean,
        "20 % fat": fat_water(te_ms, S0, 250.0, 0.2, FIELD_TESLA),
        "echo 4 low": ghost,
        "10 % vessel": vessel,
    }


def facts() -> dict[str, str]:
    """Numbers that docs/fitting.md quotes, as it prints them; all of them free of chance."""
    mean = noise_law(1).mean(np.array([0.0, 1.0, 3.0]))
    two_ms = noisy_mean(np.array([2.0]))[0]
    found = {"floor": f"{mean[0]:.2f} σ", "at one": f"{mean[1]:.2f} σ", "at three": f"{mean[2]:.2f} σ"}
    for name, reader in READERS.items():
        found[name] = _signed(1000.0 / reader(LIVER.te_ms, two_ms) / 2.0 - 1.0)
    for first_ms in (0.9, 1.3, 4.8):
        te_ms = LIVER.te_ms - LIVER.te_ms[0] + first_ms
        found[f"limit {first_ms}"] = f"{largest(te_ms, 50.0, 100):.0f} s⁻¹"
    found["limit of a pixel"] = f"{largest(LIVER.te_ms, 50.0, 1):.0f} s⁻¹"
    found["systematic part"] = f"{100.0 * SYSTEMATIC:.0f} %"
    for name, curve in spoilt().items():
        found[f"read with {name}"] = _signed(1000.0 / plain(LIVER.te_ms, curve) / 4.0 - 1.0)
    return found


def _signed(share: float) -> str:
    digits = 1 if abs(share) < 0.1 else 0
    return f"{round(100.0 * share, digits) + 0.0:+.{digits}f} %".replace("-", "−").replace("+0.0", "0.0")


def drawn(n_regions: int) -> dict[str, Floats]:
    """Every array that the pictures show."""
    rng = np.random.default_rng(3)
    te_ms, clean = LIVER.te_ms, decays(LIVER.te_ms, np.array([2.0]))
    rates = np.geomspace(100.0, 20000.0, 120)
    limit_te_ms = np.linspace(0.6, 5.0, 23)
    found: dict[str, Floats] = {
        "te_ms": te_ms,
        "floor/clean": clean[0],
        "floor/pixels": rician(np.repeat(clean, 200, axis=0), SIGMA, rng),
        "floor/expected": noisy_mean(np.array([2.0]))[0],
        "bent/truths_ms": TRUTHS_MS,
        "rates_per_s": rates,
        "limit/te_ms": limit_te_ms,
        **{f"bent/{name}": error for name, error in bent().items()},
        **{f"intervals/{name}": rows for name, rows in intervals(n_regions).items()},
        **{f"spoilt/{name}": curve for name, curve in spoilt().items()},
    }
    for t2star_ms, seed in ((2.0, 5), (0.6, 3)):
        magnitudes = rician(decays(te_ms, np.array([t2star_ms])), S0 / 30.0, np.random.default_rng(seed))[0]
        found[f"misfit/{t2star_ms:g}"] = misfit_over_rate(te_ms, magnitudes, S0 / 30.0, rates)
    for snr in (20.0, 50.0, 100.0):
        trains = te_ms - te_ms[0] + limit_te_ms[:, None]
        found[f"limit/{snr:g}"] = np.array([largest(train, snr, 100) for train in trains])
    return {**found, **drawn_places()}


def main(arguments: list[str] | None = None) -> None:
    """Save what the pictures show; print what the text quotes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--regions", type=int, default=25, help="regions of each tissue")
    parser.add_argument("--build", type=Path, default=BUILD)
    given = parser.parse_args(arguments)
    given.build.mkdir(parents=True, exist_ok=True)
    np.savez(given.build / "explain.npz", **drawn(given.regions))
    for name, number in facts().items():
        print(f"{name}: {number}")


if __name__ == "__main__":
    main()
