"""What a protocol sees of a tissue: expected signals, what each model reads, and how far each reading scatters.

Nothing is drawn at random: signals are the means of the noise law, and scatter is carried through each fit by its
slopes, so that a slider moves a smooth picture. ``tests/teaching/test_simulator.py`` repeats the scans and compares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from ironreport.records import FloatArray
from ironreport.relaxometry.bound import relative_bound
from ironreport.relaxometry.known_noise import fit_known
from ironreport.relaxometry.models import CONSTANT, MONO, DecayModel, fat_bend, mono_exponential
from ironreport.relaxometry.noise_law import first_moment, noise_law
from ironreport.relaxometry.solving import Solution, solve
from ironreport.units import rate_per_s, time_ms

Model = Literal["log-linear", "least-squares", "truncated", "constant", "known-noise"]
MODELS: tuple[Model, ...] = ("log-linear", "least-squares", "truncated", "constant", "known-noise")
NORMAL_95 = 1.96
BLOOD_T2STAR_MS = 120.0
"""Of the vessels that are mixed in; the same as in the synthetic body."""
ABOVE_FLOOR = 2.0
"""Echoes are kept by truncation while they stand this many times above the floor."""
N_CURVE = 41


@dataclass(frozen=True, slots=True)
class Scan:
    """A protocol on one tissue.

    Parameters
    ----------
    s0 : float
        Signal of the tissue at TE 0 [arbitrary units].
    noise_sd : float
        SD of the noise of one pixel in one channel [same units].
    fat_fraction, vessel_share : float
        Of the signal, and of the pixels of the region.
    """

    t2star_ms: float = 3.0
    s0: float = 1000.0
    noise_sd: float = 15.0
    first_te_ms: float = 1.3
    spacing_ms: float = 1.2
    n_echoes: int = 10
    field: str = "1.5"
    fat_fraction: float = 0.0
    vessel_share: float = 0.0
    n_coils: int = 1
    n_pixels: int = 200

    @property
    def te_ms(self) -> FloatArray:
        """Echo times [ms], shape (n_echoes,)."""
        return np.asarray(self.first_te_ms + self.spacing_ms * np.arange(self.n_echoes), dtype=np.float64)

    @property
    def snr(self) -> float:
        """Signal at TE 0 over the noise of one pixel."""
        return self.s0 / self.noise_sd


@dataclass(frozen=True, slots=True)
class ModelledReading:
    """What one model reads of the expected signals, with the 95 % limits of repeated scans.

    ``t2star_ms`` is None where the model gives no number; ``high_ms`` is inf where the limits are open.
    """

    model: Model
    t2star_ms: float | None
    low_ms: float | None = None
    high_ms: float | None = None
    kept: tuple[bool, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()


def expected_signals(scan: Scan, t2star_ms: FloatArray | float | None = None) -> FloatArray:
    """Mean signal of the region at each echo time, shape (..., n_echoes).

    Parameters
    ----------
    t2star_ms : array_like, optional
        Other T2* [ms] of the tissue than the scan's, one curve for each.
    """
    mean, _ = _moments(scan, t2star_ms)
    return mean


def _moments(scan: Scan, t2star_ms: FloatArray | float | None = None) -> tuple[FloatArray, FloatArray]:
    """Mean signal of the region and the variance of that mean, each of shape (..., n_echoes)."""
    te, law = scan.te_ms, noise_law(scan.n_coils)
    times = np.asarray(scan.t2star_ms if t2star_ms is None else t2star_ms, dtype=np.float64)[..., None]
    bend = fat_bend(te, scan.fat_fraction, _tesla(scan.field)) if scan.fat_fraction > 0.0 else 1.0
    tissue = scan.snr * np.exp(-te / times) * bend
    blood = scan.snr * np.exp(-te / BLOOD_T2STAR_MS)
    share = scan.vessel_share
    mean = (1.0 - share) * law.mean(tissue) + share * law.mean(blood)
    variance = ((1.0 - share) * law.variance(tissue) + share * law.variance(blood)) / scan.n_pixels
    return np.asarray(scan.noise_sd * mean), np.asarray(scan.noise_sd**2 * variance)


def _tesla(field: str) -> float:
    return float(field)


def noise_floor(scan: Scan) -> float:
    """Mean signal where there is nothing but noise."""
    return float(scan.noise_sd * noise_law(scan.n_coils).mean(np.zeros(1))[0])


# -------------------------------------------------------------------------------- model by model


def readings(scan: Scan) -> tuple[ModelledReading, ...]:
    """What each model reads of the expected signals, in the order of `MODELS`."""
    mean, variance = _moments(scan)
    return tuple(_reading(scan, model, mean, variance) for model in MODELS)


def _reading(scan: Scan, model: Model, mean: FloatArray, variance: FloatArray) -> ModelledReading:
    if model == "log-linear":
        return _log_linear(scan, mean, variance)
    if model == "known-noise":
        return _known_noise(scan, mean)
    kept = mean > ABOVE_FLOOR * noise_floor(scan) if model == "truncated" else np.ones(len(mean), dtype=bool)
    form = CONSTANT if model == "constant" else MONO
    if np.count_nonzero(kept) < max(form.n_parameters, 2):
        return ModelledReading(model, None, kept=tuple(kept.tolist()))
    return _solved(scan, model, form, mean, variance, kept)


def _log_linear(scan: Scan, mean: FloatArray, variance: FloatArray) -> ModelledReading:
    te = scan.te_ms
    weights = (te - te.mean()) / np.sum((te - te.mean()) ** 2)
    slope = -float(np.sum(weights * np.log(mean)))
    if slope <= 0.0:
        return ModelledReading("log-linear", None)
    spread = math.sqrt(float(np.sum(weights**2 * variance / mean**2))) / slope
    s0 = math.exp(float(np.mean(np.log(mean)) + slope * te.mean()))
    return _with_limits(scan, "log-linear", 1.0 / slope, spread, _curve(scan, s0, slope, 0.0))


def _solved(
    scan: Scan, model: Model, form: DecayModel, mean: FloatArray, variance: FloatArray, kept: npt.NDArray[np.bool_]
) -> ModelledReading:
    te = scan.te_ms
    found = solve(form, te[kept], mean[kept])
    if found is None or not math.isfinite(found.rate_per_s) or found.rate_per_s <= 0.0:
        return ModelledReading(model, None, kept=tuple(kept.tolist()))
    spread = _spread_of(found, te[kept], variance[kept])
    rate_per_ms = 1.0 / found.time_ms
    reading = _with_limits(scan, model, found.time_ms, spread, _curve(scan, found.s0, rate_per_ms, found.floor))
    return ModelledReading(
        model, reading.t2star_ms, reading.low_ms, reading.high_ms, tuple(kept.tolist()), reading.curve
    )


def _spread_of(found: Solution, te_ms: FloatArray, variance: FloatArray) -> float:
    """SD of ln R over repeated scans: the noise of each echo carried through the fit by its slopes."""
    amplitude = mono_exponential(te_ms, found.s0, found.rate_per_s)
    by_amplitude, by_lift = found.model.slopes(amplitude, found.floor**found.model.power)
    by_log_rate = -te_ms / found.time_ms * by_amplitude
    columns = [by_amplitude, by_log_rate, by_lift][: found.model.n_parameters]
    pull = np.linalg.pinv(np.stack(columns, axis=1))
    return math.sqrt(float(np.sum(pull[1] ** 2 * variance)))


def _known_noise(scan: Scan, mean: FloatArray) -> ModelledReading:
    """The route of this program for a mean with its noise; limits by the least scatter that is possible."""
    curve_over_sigma, moment = mean[None] / scan.noise_sd, first_moment(scan.n_coils)
    found = fit_known(scan.te_ms, curve_over_sigma, scan.n_pixels, moment, _tesla(scan.field))
    if found.fat is not None and scan.fat_fraction == 0.0:
        # Repeated scans of a tissue without fat scatter by their noise: what fat might make of them is no part of it.
        found = fit_known(scan.te_ms, curve_over_sigma, scan.n_pixels, moment, None)
    log_rate, s0 = float(found.log_rate[0]), float(np.exp(found.log_s0[0])) * scan.noise_sd
    low, high = (math.exp(-float(x[0])) if math.isfinite(x[0]) else math.inf for x in (found.high, found.low))
    if not math.isfinite(log_rate) or not math.isfinite(high):
        return ModelledReading("known-noise", None)
    curve = _curve(scan, s0, math.exp(log_rate), 0.0)
    return ModelledReading("known-noise", math.exp(-log_rate), low, high, curve=curve)


def _with_limits(
    scan: Scan, model: Model, t2star_ms: float, spread: float, curve: tuple[tuple[float, float], ...]
) -> ModelledReading:
    factor = math.exp(min(NORMAL_95 * spread, 10.0))
    kept = (True,) * scan.n_echoes
    return ModelledReading(model, t2star_ms, t2star_ms / factor, t2star_ms * factor, kept, curve)


def _curve(scan: Scan, s0: float, rate_per_ms: float, floor: float) -> tuple[tuple[float, float], ...]:
    te = 1.05 * float(scan.te_ms[-1]) * np.linspace(0.0, 1.0, N_CURVE) ** 1.5  # nearer where a decay bends
    return tuple(zip(te.tolist(), (s0 * np.exp(-rate_per_ms * te) + floor).tolist(), strict=True))


# ------------------------------------------------------------------- what the protocol can measure


def scatter(scan: Scan, t2star_ms: FloatArray) -> FloatArray:
    """Smallest possible SD of ln T2* of the scan's region for each T2* [ms]; inf where nothing is left to measure."""
    rates = np.array([rate_per_s(float(t)) for t in t2star_ms])
    return relative_bound(scan.te_ms, rates, scan.snr, n_pixels=scan.n_pixels, n_coils=scan.n_coils)


def shortest_t2star_ms(largest_rate: float | None) -> float | None:
    """Shortest T2* [ms] of a largest measurable rate [s^-1]."""
    return None if largest_rate is None else time_ms(largest_rate)
