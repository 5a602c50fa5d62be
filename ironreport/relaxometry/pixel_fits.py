"""The public door to fits of many decays at once: single pixels or mean curves, noise known or not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ironreport.records import FloatArray, PixelFits
from ironreport.relaxometry.known_noise import fit_known
from ironreport.relaxometry.mapping import fit_map
from ironreport.relaxometry.models import finite_exp, rates_per_s
from ironreport.relaxometry.noise_law import first_moment
from ironreport.relaxometry.quality import check_curves
from ironreport.relaxometry.unknown_noise import fit_floor


def fit_pixels(
    te_ms: npt.ArrayLike,
    signals: npt.ArrayLike,
    sigma: float | None = None,
    *,
    n_avg: int = 1,
    n_coils: int = 1,
    field_tesla: float | None = None,
) -> PixelFits:
    """R2* of many decays with 95 % limits, by maximum likelihood for pixels, by the moments of the noise for means.

    Parameters
    ----------
    te_ms : array_like, shape (n_echoes,)
        Echo times [ms], in any order.
    signals : array_like, shape (n, n_echoes)
        Magnitudes, one row per pixel or mean curve.
    sigma : float, optional
        SD of the noise of one pixel in one real or imaginary channel [unit of the signals]; None where unknown.
    n_avg : int
        Number of pixels averaged into each row; 1 for single pixels.
    n_coils : int
        Number of coils combined by root sum of squares; 1 is the Rician law.
    field_tesla : float, optional
        Field strength [T], by which fat is recognised in mean curves; a single pixel is too noisy for that.

    Returns
    -------
    PixelFits
        Arrays of shape (n,); ``ci_high_per_s`` is inf where the signal is gone too early to be measured.

    Raises
    ------
    FitError
        Where echo times, signals and noise do not fit together.

    Examples
    --------
    >>> te_ms = np.array([1.0, 2.0, 4.0, 8.0])
    >>> fits = fit_pixels(te_ms, 100.0 * np.exp(-te_ms / 5.0)[None], sigma=0.1)
    >>> fits.r2star_per_s.round(1).tolist(), fits.measurable.tolist()
    ([200.0], [True])
    """
    te_ms, signals = np.asarray(te_ms, dtype=np.float64), np.asarray(signals)
    if np.any(np.diff(te_ms) < 0.0) and te_ms.shape == signals.shape[1:]:
        order = np.argsort(te_ms)
        te_ms, signals = te_ms[order], signals[:, order]
    if n_avg == 1 and sigma is not None:
        return fit_map(te_ms, signals, sigma, n_coils=n_coils)
    return fit_mean_curves(te_ms, signals, sigma, n_avg=n_avg, n_coils=n_coils, field_tesla=field_tesla)


def fit_mean_curves(
    te_ms: FloatArray,
    signals: FloatArray,
    sigma: float | FloatArray | None = None,
    *,
    n_avg: int = 1,
    n_coils: int = 1,
    field_tesla: float | None = None,
) -> PixelFits:
    """R2* of many mean curves with 95 % limits.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
        Echo times [ms], ascending.
    signals : ndarray, shape (n, n_echoes)
        Mean magnitude over the pixels of each region.
    sigma : float or ndarray, shape (n,), optional
        SD of the noise of one pixel in one channel [unit of the signals]; None where it is not known, and then
        the numbers of pixels and coils are not used.
    n_avg : int
        Number of pixels averaged into each curve.
    n_coils : int
        Number of coils combined by root sum of squares; 1 is the Rician law.
    field_tesla : float, optional
        Field strength [T]; fat is tried only where it is known.

    Returns
    -------
    PixelFits
        NaN in rows that are no signal: not finite, negative, or zero throughout.
    """
    te, rows = np.asarray(te_ms, dtype=np.float64), np.atleast_2d(np.asarray(signals, dtype=np.float64))
    check_curves(te, rows, sigma, n_avg, n_coils)
    valid = np.all(np.isfinite(rows) & (rows >= 0.0), axis=1) & np.any(rows > 0.0, axis=1)
    readings = np.full((4, len(rows)), np.nan)
    if valid.any() and sigma is None:
        scale = rows[valid].max(axis=1)
        floors = fit_floor(te, rows[valid] / scale[:, None])
        log_rates = floors.points[:, 1], floors.low, floors.high
        readings[:, valid] = [*map(rates_per_s, log_rates), finite_exp(floors.log_s0(te)) * scale]
    elif valid.any():
        scale = np.broadcast_to(np.asarray(sigma, dtype=np.float64), len(rows))[valid]
        known = fit_known(te, rows[valid] / scale[:, None], n_avg, first_moment(n_coils), field_tesla)
        readings[:, valid] = [
            *map(rates_per_s, (known.log_rate, known.low, known.high)),
            finite_exp(known.log_s0) * scale,
        ]
    rate, low, high, s0 = readings
    return PixelFits(rate, low, high, s0, np.isfinite(high) & (low > 0.0))
