"""Every method of the comparison, called the same way: a trial in, readings out."""

from __future__ import annotations

import os
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import OptimizeWarning, curve_fit

from benchmarks.trials import Floats, Trial
from ironreport.errors import FitError
from ironreport.records import DecaySignal
from ironreport.relaxometry import fit_decay, fit_pixels, fit_region

Bools = npt.NDArray[np.bool_]

OWN = "IronReport"
FIELD_TESLA = 1.5
Z95 = 1.959964
SHORTEST_MS = 1e-3
"""Where value less 1.96 errors is below zero; such software prints its number all the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """R2* of each row [s^-1], shape (n,), and 95 % limits.

    NaN where a method gives none; an upper limit of inf says "above the lower limit".
    """

    r2star_per_s: Floats
    ci_low_per_s: Floats
    ci_high_per_s: Floats

    @property
    def is_open(self) -> Bools:
        """Where all that is said is "above the lower limit"."""
        return np.isposinf(self.ci_high_per_s) & (self.ci_low_per_s > 0.0)

    @property
    def has_value(self) -> Bools:
        """Where R2* is a number."""
        return np.isfinite(self.r2star_per_s) & ~np.isposinf(self.ci_high_per_s)


REFUSED = (np.nan, np.nan, np.nan)

Method = Callable[[Trial], Readings]


def _stacked(rows: list[tuple[float, float, float]]) -> Readings:
    return Readings(*np.array(rows, dtype=np.float64).T)


def own_region(trial: Trial) -> Readings:
    """The number that is reported: the region from its pixels, nothing told about the noise."""
    return _stacked([_region(trial, pixels) for pixels in trial.pixels])


def _region(trial: Trial, pixels: Floats) -> tuple[float, float, float]:
    try:
        fit = fit_region(trial.protocol.te_ms, pixels)
    except FitError:
        return REFUSED
    return fit.r2star_per_s, fit.ci_low_per_s, fit.ci_high_per_s


def own_map(trial: Trial) -> Readings:
    """Pixels as in a map, the noise known."""
    found = fit_pixels(trial.protocol.te_ms, trial.pixels[:, 0], trial.sigma, field_tesla=FIELD_TESLA)
    return Readings(*(np.asarray(x, float) for x in (found.r2star_per_s, found.ci_low_per_s, found.ci_high_per_s)))


def own_curve(trial: Trial) -> Readings:
    """A pasted mean curve, nothing told about pixels and noise."""
    return _stacked([_limits(_pasted(trial, curve)) for curve in trial.means])


def own_curve_with_noise(trial: Trial) -> Readings:
    """A pasted mean curve with its number of pixels and their noise."""
    pasted = [_pasted(trial, curve) for curve in trial.means]
    return _stacked([_limits(replace(each, n_pixels=trial.n_pixels, noise_sd=trial.sigma)) for each in pasted])


def _pasted(trial: Trial, curve: Floats) -> DecaySignal:
    protocol = trial.protocol
    return DecaySignal(protocol.organ, tuple(protocol.te_ms.tolist()), tuple(curve.tolist()), field_tesla=FIELD_TESLA)


def _limits(signal: DecaySignal) -> tuple[float, float, float]:
    try:
        rate = fit_decay(signal).rate
    except FitError:
        return REFUSED
    if rate.bound:
        return rate.value, rate.value, np.inf
    if rate.low is None or rate.high is None:
        return rate.value, np.nan, np.nan
    return rate.value, rate.low, rate.high


def scipy_curve_fit(trial: Trial) -> Readings:
    """One exponential by scipy's curve_fit, with the interval of its covariance."""
    rate, error = fit_exponentials(trial.protocol.te_ms, trial.means)
    rate = np.where(rate > 0.0, rate, np.nan)
    return Readings(rate, rate - Z95 * error, rate + Z95 * error)


def exponential(te_ms: Floats, s0: float, r2star_per_s: float) -> Floats:
    """S0 exp(-R2* TE), shape (n_echoes,)."""
    return np.asarray(s0 * np.exp(-r2star_per_s * te_ms / 1000.0))


def fit_exponentials(te_ms: Floats, signals: Floats) -> tuple[Floats, Floats]:
    """R2* [s^-1] of each row and its standard error, NaN where curve_fit gives up.

    Without bounds, which is curve_fit's fastest way.
    """
    found = np.full((len(signals), 2), np.nan)
    with np.errstate(over="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        for row, signal in enumerate(signals):
            try:
                best, covariance = curve_fit(exponential, te_ms, signal, p0=(signal[0], 200.0))
            except RuntimeError:
                continue
            found[row] = best[1], np.sqrt(covariance[1, 1])
    return found[:, 0], found[:, 1]


def _of_times(t2star_ms: Floats, error_ms: Floats | None) -> Readings:
    """Readings of software that gives T2* and perhaps its standard error; zero and below are no value."""
    time = np.where(np.isfinite(t2star_ms) & (t2star_ms > 0.0), t2star_ms, np.nan)
    if error_ms is None:
        return Readings(1000.0 / time, np.full_like(time, np.nan), np.full_like(time, np.nan))
    shortest, longest = np.maximum(time - Z95 * error_ms, SHORTEST_MS), time + Z95 * error_ms
    return Readings(1000.0 / time, 1000.0 / longest, 1000.0 / shortest)


def of_peers(trial: Trial, python: Path) -> dict[str, Readings | str]:
    """Readings of each peer from the mean curves, or why there are none."""
    found = call_peers(python, trial.protocol.te_ms, trial.means)
    names = dict.fromkeys(key.rpartition("/")[0] for key in found)
    return {
        name: str(found[f"{name}/missing"])
        if f"{name}/missing" in found
        else _of_times(found[f"{name}/time"], found.get(f"{name}/error"))
        for name in names
    }


def call_peers(python: Path, te_ms: Floats, signals: Floats, repeats: int = 1) -> dict[str, npt.NDArray[np.float64]]:
    """What ``peers.py`` writes, run by the Python of the peers' environment."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder, "in.npz"), Path(folder, "out.npz")
        np.savez(given, te_ms=te_ms, signals=signals, repeats=repeats)
        script = Path(__file__).with_name("peers.py")
        quiet = os.environ | {"TQDM_DISABLE": "1"}
        subprocess.run([str(python), str(script), str(given), str(found)], check=True, env=quiet)
        with np.load(found) as held:
            return dict(held)


REGION_METHODS: dict[str, Method] = {
    f"{OWN}, region from pixels": own_region,
    f"{OWN}, curve and noise": own_curve_with_noise,
    f"{OWN}, curve alone": own_curve,
    "scipy curve_fit": scipy_curve_fit,
}
PIXEL_METHODS: dict[str, Method] = {f"{OWN}, map": own_map, "scipy curve_fit": scipy_curve_fit}
