"""Published maps, statistics and vectors of other groups, reproduced by the method they were made with."""

import gzip
import json
import math
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.optimize import curve_fit

from ironreport.records import FloatArray
from ironreport.relaxometry.models import inversion_recovery
from ironreport.relaxometry.recovery import fit_recovery, fit_recovery_map
from ironreport.relaxometry.separable import SeparableFits, fit_separable

# ------------------------------------------------------------------ methods that published maps were made with
# Kept here to reproduce those maps, and never used for a reported number: each is biased where iron is heavy. They
# give NaN where they fail; published statistics often count such a pixel as 0 ms.

SHORTEST_MS = 0.05

NEAR_THE_LIMIT = 0.999
"""A time within 0.1 % of the longest one allowed was stopped by the limit, not found."""

SMALLEST_SIGNAL = 1e-4
"""Signal, relative to the largest of the image, that an echo below the spread is compared with."""

SMALLEST_SPREAD = 1e-10


def weighted_log_linear(te_ms: FloatArray, signals: FloatArray, longest_ms: float = 700.0) -> FloatArray:
    """T [ms] by a weighted straight line through ln S, shape (n,).

    The convention of the kidney toolkit ukat: the signals are divided by the largest of the image, the weight is
    1 / ln(S / (S - v))^2 where v is the variance over the echoes (not a noise), and 1 / ln(S / 0.0001)^2 for echoes
    below v. It depends on the other pixels of the image and reads T2* of heavy iron several times too long.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
    signals : ndarray, shape (n, n_echoes)
    longest_ms : float
        Longer times [ms], and negative ones, are failures.
    """
    relative = signals / np.nanmax(signals)
    variance = np.var(relative, axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = np.where(relative > variance, relative - variance, SMALLEST_SIGNAL)
        weight = np.where(relative > 0.0, np.log(relative / near) ** -2.0, 0.0)
        height = np.where(relative > 0.0, np.log(relative), 0.0)
        total, by_te, by_height = weight.sum(axis=1), weight @ te_ms, np.sum(weight * height, axis=1)
        spread = total * (weight @ te_ms**2) - by_te**2
        time_ms = -spread / (total * ((weight * height) @ te_ms) - by_te * by_height)
    good = (time_ms > 0.0) & (time_ms <= longest_ms) & (variance[:, 0] > SMALLEST_SPREAD)
    return np.where(good, time_ms, np.nan)


def exponential(te_ms: FloatArray, signals: FloatArray, longest_ms: float = 700.0) -> FloatArray:
    """T [ms] of S0 exp(-TE / T) with S0 >= 0, least squares, shape (n,); NaN where the longest T fits best.

    Parameters
    ----------
    te_ms : ndarray, shape (n_echoes,)
    signals : ndarray, shape (n, n_echoes)
    longest_ms : float
    """
    return _times(fit_separable(te_ms, signals, ((0.0, 1.0),), (SHORTEST_MS, longest_ms)), longest_ms)


def exponential_with_offset(te_ms: FloatArray, signals: FloatArray, longest_ms: float = 700.0) -> FloatArray:
    """T [ms] of S0 exp(-TE / T) + C with S0, C >= 0, least squares, shape (n,). Parameters as in `exponential`."""
    blocks = ((0.0, 1.0), (1.0, 0.0))
    return _times(fit_separable(te_ms, signals, blocks, (SHORTEST_MS, longest_ms)), longest_ms)


def _times(fits: SeparableFits, longest_ms: float) -> FloatArray:
    return np.where(fits.settled & (fits.time_ms <= NEAR_THE_LIMIT * longest_ms), fits.time_ms, np.nan)


def search_from_one_start(
    model: Callable[..., FloatArray],
    times_ms: FloatArray,
    signals: FloatArray,
    start: Sequence[float],
    upper: Sequence[float],
    lower: Sequence[float] | None = None,
) -> FloatArray:
    """Parameters of a bounded trust-region search from one start, pixel by pixel, shape (n, n_parameters).

    What most published maps are made with: `scipy.optimize.curve_fit` with bounds. It stops in the first valley,
    which for magnitude inversion recovery is often not the deepest, and in flat valleys before the bottom. A row is
    NaN where the search fails or ends within 0.1 % of the upper bound of the first two parameters.

    Parameters
    ----------
    model : callable
        ``model(times_ms, *parameters)``, the time [ms] first, then the scale.
    times_ms : ndarray, shape (n_times,)
    signals : ndarray, shape (n, n_times)
    start, upper, lower : sequence of float, length n_parameters
        ``lower`` is zero where it is not given.
    """
    bounds = (np.zeros(len(start)) if lower is None else np.asarray(lower), np.asarray(upper))
    found = np.full((len(signals), len(start)), np.nan)
    for row, signal in zip(found, signals, strict=True):
        try:
            parameters, _ = curve_fit(model, times_ms, signal, p0=np.asarray(start), bounds=bounds)
        except RuntimeError:
            continue
        if np.all(parameters[:2] <= NEAR_THE_LIMIT * bounds[1][:2]):
            row[:] = parameters
    return found


Array = npt.NDArray[np.float64]
NIFTI_TYPES = {4: "<i2", 16: "<f4", 64: "<f8", 512: "<u2"}


def read_nifti(path: Path) -> Array:
    """Image in file axis order with its slope and intercept applied (NIfTI-1, little endian)."""
    content = gzip.decompress(path.read_bytes())
    n_axes, *axes = struct.unpack_from("<8h", content, 40)
    (data_type,) = struct.unpack_from("<h", content, 70)
    offset, slope, intercept = struct.unpack_from("<3f", content, 108)
    shape = axes[:n_axes]
    stored = np.frombuffer(content, NIFTI_TYPES[data_type], math.prod(shape), int(offset)).reshape(shape, order="F")
    return stored.astype(np.float64) * (slope or 1.0) + intercept


def read_echoes(folder: Path) -> tuple[Array, Array]:
    """Echo times [ms], ascending, and images with the echo as last axis."""
    headers = {path: json.loads(path.read_text()) for path in folder.glob("*.json")}
    ordered = sorted(headers, key=lambda path: headers[path]["EchoTime"])
    images = [read_nifti(path.with_suffix(".nii.gz")) for path in ordered]
    return np.array([1000.0 * headers[path]["EchoTime"] for path in ordered]), np.stack(images, axis=-1)


def statistics(times_ms: Array) -> Array:
    """Mean, SD, least and largest [ms], a failure counted as 0 ms, as the published numbers count it."""
    counted = np.nan_to_num(times_ms, nan=0.0)
    return np.array([counted.mean(), counted.std(), counted.min(), counted.max()])


def plain(te_ms: Array, time_ms: float, s0: float) -> Array:
    return s0 * np.exp(-te_ms / time_ms)


def misfit(te_ms: Array, times_ms: Array, signals: Array) -> Array:
    """Sum of squares of the best exponential with each time [ms]."""
    shapes = np.exp(-te_ms / times_ms[:, None])
    share = np.sum(shapes * signals, axis=1) / np.sum(shapes**2, axis=1)
    return np.asarray(np.sum((share[:, None] * shapes - signals) ** 2, axis=1))


@pytest.fixture(scope="module")
def vectors(shared_data: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((shared_data / "golden_vectors.json").read_text())
    return content


@pytest.fixture(scope="module")
def published(vectors: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = vectors["published_real_data_statistics"]
    return content


# --------------------------------------------------------------------------- T2*


@pytest.fixture(scope="module")
def philips_t2star(shared_data: Path) -> tuple[Array, Array]:
    te_ms, images = read_echoes(shared_data / "golden_ukat_nifti_philips_T2star12")
    return te_ms, images[30:60, 50:90, 2].reshape(-1, len(te_ms))


def test_weighted_log_linear_statistics_come_back(
    philips_t2star: tuple[Array, Array], published: dict[str, Any]
) -> None:
    expected = published["ukat_philips_T2star"]["loglin(ukat weighted) mean,std,min,max"]
    assert statistics(weighted_log_linear(*philips_t2star)) == pytest.approx(expected, rel=1e-6)


def test_exponential_statistics_come_back(philips_t2star: tuple[Array, Array], published: dict[str, Any]) -> None:
    """The published search stops early in the flat valleys of the slowest pixels; only those are searched its way."""
    te_ms, signals = philips_t2star
    expected = published["ukat_philips_T2star"]["2p_exp (bounds T2* 0..700) mean,std,min,max"]
    times_ms = exponential(te_ms, signals, longest_ms=700.0)
    assert statistics(times_ms) == pytest.approx(expected, rel=1e-4)
    slow = times_ms > 200.0
    relative = signals[slow] / signals.max()
    searched = search_from_one_start(plain, te_ms, relative, (20.0, 1.0), (700.0, 100.0))[:, 0]
    assert np.all(misfit(te_ms, times_ms[slow], relative) < misfit(te_ms, searched, relative))
    times_ms[slow] = searched
    assert statistics(times_ms) == pytest.approx(expected, rel=1e-5)


def test_exponential_and_log_linear_agree_on_the_second_vendor(shared_data: Path) -> None:
    te_ms, images = read_echoes(shared_data / "golden_ukat_nifti_siemens_T2star12")
    assert len(te_ms) == 12
    volume = images.reshape(-1, 12)
    bright = volume[volume[:, 0] > np.quantile(volume[:, 0], 0.8)][::5]
    ratio = exponential(te_ms, bright) / weighted_log_linear(te_ms, bright)
    assert np.isnan(ratio).mean() < 0.01
    assert np.nanmedian(ratio) == pytest.approx(1.0, abs=0.05)
    assert 15.0 < np.nanmedian(exponential(te_ms, bright)) < 60.0


# --------------------------------------------------------------------------- T2


@pytest.fixture(scope="module")
def philips_t2(shared_data: Path) -> tuple[Array, Array]:
    te_ms, images = read_echoes(shared_data / "golden_ukat_nifti_philips_T2_10")
    return te_ms, images[60:90, 30:70, 2].reshape(-1, len(te_ms))


def test_t2_statistics_come_back_with_and_without_offset(
    philips_t2: tuple[Array, Array], published: dict[str, Any]
) -> None:
    expected = published["ukat_philips_T2"]
    two = exponential(*philips_t2, longest_ms=1000.0)
    three = exponential_with_offset(*philips_t2, longest_ms=1000.0)
    assert statistics(two) == pytest.approx(expected["2p_exp mean,std,min,max"], rel=1e-6)
    assert statistics(three) == pytest.approx(expected["3p_exp"], rel=1e-6)


def test_t2_statistics_come_back_without_the_echoes_below_a_threshold(
    philips_t2: tuple[Array, Array], published: dict[str, Any]
) -> None:
    te_ms, signals = philips_t2
    above = signals > 100.0
    times_ms = np.full(len(signals), np.nan)
    for pattern in np.unique(above, axis=0):
        same = np.all(above == pattern, axis=1)
        if pattern.sum() >= 2:
            times_ms[same] = exponential(te_ms[pattern], signals[same][:, pattern], longest_ms=1000.0)
    assert statistics(times_ms) == pytest.approx(published["ukat_philips_T2"]["noise_threshold=100"], rel=1e-6)


def test_prostate_t2_map_comes_back(shared_data: Path) -> None:
    """Nine pixels of ten agree within 4e-6; where the published search stopped sooner, ours fits better."""
    folder = shared_data / "golden_t2mapdemo_prostate_T2"
    te_ms = 13.2 * np.arange(2, 12)
    signals = read_nifti(folder / "invivo_000198.nii.gz").reshape(-1, 10)
    published_ms = te_ms[-1] * read_nifti(folder / "preds_000198.nii.gz").reshape(-1, 2)[:, 1]
    tissue = (signals[:, -1] > 100.0) & (published_ms > 20.0) & (published_ms < 300.0)
    chosen = np.random.default_rng(198).choice(np.flatnonzero(tissue), 300, replace=False)
    signals, published_ms = signals[chosen], published_ms[chosen]
    times_ms = exponential(te_ms, signals, longest_ms=1000.0)
    off = np.abs(times_ms / published_ms - 1.0)
    assert np.mean(off <= 4e-6) >= 0.9
    assert off.max() < 1e-4
    different = off > 4e-6
    ours, theirs = (misfit(te_ms, each[different], signals[different]) for each in (times_ms, published_ms))
    assert np.all(ours < theirs)


def test_prostate_t2_pixels_come_back(vectors: dict[str, Any]) -> None:
    known = vectors["published_per_pixel_maps"]["t2mapdemo_prostate_T2"]
    signals = np.array([pixel["S"] for pixel in known["pixels"]])
    expected = [pixel["T2"] for pixel in known["pixels"]]
    assert exponential(np.array(known["TE"]), signals, 1000.0) == pytest.approx(expected, abs=0.001)


def test_example_t2_of_a_region_comes_back(shared_data: Path) -> None:
    images = np.load(shared_data / "golden_qMRI_example_T1_T2_npy/t2dataset.npy")
    region = images[192:199, 125:132].mean(axis=(0, 1), dtype=np.float64)
    assert region == pytest.approx([1949, 1560, 1106, 686, 369, 148.5], rel=5e-4)
    te_ms = np.array([10.0, 25.0, 50.0, 90.0, 150.0, 250.0])
    assert exponential(te_ms, region[None])[0] == pytest.approx(79.2, abs=0.05)


# --------------------------------------------------------------------------- T1


def magnitude_two(ti_ms: Array, t1_ms: float, m0: float) -> Array:
    return np.abs(inversion_recovery(ti_ms, m0, t1_ms))


def magnitude_three(ti_ms: Array, t1_ms: float, m0: float, efficiency: float) -> Array:
    return np.abs(inversion_recovery(ti_ms, m0, t1_ms, efficiency))


TI_MS = np.arange(100.0, 1801.0, 100.0)
SLICE_DELAY_MS = 53.7
SLICE_DELAYS_MS = (0.0, SLICE_DELAY_MS)


@pytest.fixture(scope="module")
def philips_t1(shared_data: Path) -> Array:
    """Two slices of 18 inversion times relative to the largest signal, shape (2, n_pixels, 18)."""
    (path,) = (shared_data / "golden_ukat_nifti_philips_T1_18TI_mag").glob("*.nii.gz")
    crop = read_nifti(path)[37:55, 65:85, :2]
    return np.moveaxis(crop / crop.max(), 2, 0).reshape(2, -1, 18)


@pytest.fixture(scope="module")
def searched_t1(philips_t1: Array) -> Array:
    """T1 and M0 of the two-parameter search from one start, shape (2, n_pixels, 2)."""
    return np.stack(
        [
            search_from_one_start(magnitude_two, TI_MS + delay, rows, (1000.0, 1.0), (5000.0, 100.0))
            for rows, delay in zip(philips_t1, SLICE_DELAYS_MS, strict=True)
        ]
    )


def test_t1_statistics_of_two_parameters_come_back(searched_t1: Array, published: dict[str, Any]) -> None:
    expected = published["ukat_philips_T1"]["2p mean,std,min,max"]
    assert statistics(searched_t1[..., 0]) == pytest.approx(expected, rel=1e-6)


def test_t1_statistics_of_three_parameters_come_back(philips_t1: Array, published: dict[str, Any]) -> None:
    expected = published["ukat_philips_T1"]
    times_ms = [searched_three_parameters(rows, delay) for rows, delay in zip(philips_t1, SLICE_DELAYS_MS, strict=True)]
    assert statistics(np.stack(times_ms)) == pytest.approx(expected["3p"], rel=2e-6)
    # Alone, the slice was divided by its own largest signal, and the search took other ways.
    alone = philips_t1[0] / philips_t1[0].max()
    assert statistics(searched_three_parameters(alone)) == pytest.approx(expected["3p slice0 tss=0"], rel=1e-5)


def searched_three_parameters(signals: Array, delay_ms: float = 0.0) -> Array:
    start, upper, lower = (1000.0, 1.0, 2.0), (5000.0, 100.0, 2.0), (0.0, 0.0, 1.0)
    return search_from_one_start(magnitude_three, TI_MS + delay_ms, signals, start, upper, lower)[:, 0]


def test_trying_every_sign_change_never_fits_worse_than_the_published_search(
    philips_t1: Array, searched_t1: Array
) -> None:
    """The published T1 map is where we find the same valley; where not, ours is deeper."""
    ours = fit_recovery_map(TI_MS, philips_t1, "two-parameter", slice_delay_ms=SLICE_DELAY_MS)
    times = TI_MS + SLICE_DELAY_MS * np.arange(2)[:, None, None]
    theirs = np.abs(searched_t1[..., 1:] * (1.0 - 2.0 * np.exp(-times / searched_t1[..., :1])))
    their_rss = np.sum((theirs - philips_t1) ** 2, axis=-1)
    measured = ~np.isnan(ours.t1_ms)
    assert np.all(ours.rss <= their_rss * (1.0 + 1e-9))
    same = np.abs(ours.t1_ms / searched_t1[..., 0] - 1.0) < 1e-5
    assert same[measured].mean() > 0.85
    assert np.all(ours.rss[measured & ~same] < their_rss[measured & ~same])


def test_example_t1_from_magnitudes_is_that_from_signed_images(shared_data: Path) -> None:
    images = np.load(shared_data / "golden_qMRI_example_T1_T2_npy/t1dataset.npy")[96:160:2, 64:128:2]
    ti_ms = (50.0, 100.0, 200.0, 500.0, 2000.0, 4000.0)
    tissue = images[..., -1] > 300.0
    signed = fit_recovery_map(ti_ms, images, "two-parameter", signed=True)
    magnitude = fit_recovery_map(ti_ms, np.abs(images), "two-parameter")
    assert tissue.sum() > 200
    t1_ms = signed.t1_ms[tissue]
    assert not np.isnan(t1_ms).any()
    inside = (magnitude.low_ms[tissue] <= t1_ms) & (t1_ms <= magnitude.high_ms[tissue])
    assert inside.mean() > 0.99
    right_sign = magnitude.n_negative[tissue] == np.sum(images[tissue] < 0.0, axis=1)
    assert magnitude.t1_ms[tissue][right_sign] == pytest.approx(t1_ms[right_sign], rel=1e-9)


def test_molli_t1_comes_back(shared_data: Path, vectors: dict[str, Any]) -> None:
    with np.load(shared_data / "golden_mdreg_molli_kidney/molli.npz") as stored:
        region = stored["array"][93:100, 193:200, 0].reshape(-1, 8).mean(axis=0)
        ti_ms = stored["TI"]
    known = vectors["measured_roi"]["MOLLI kidney/muscle 7x7 at array[93:100,193:200,0]"]
    assert region == pytest.approx(known["S_mag"], rel=1e-6)
    fit = fit_recovery(ti_ms, region, "molli")
    assert fit.t1.value == pytest.approx(known["fit3p"]["T1=T1*(B/A-1)"], abs=0.05)
    assert fit.apparent_ms == pytest.approx(known["fit3p"]["T1star"], abs=0.05)
    assert (fit.resting, fit.resting * fit.inversion) == pytest.approx((7472, 15712), abs=0.5)


# --------------------------------------------------------------------------- published vectors


@pytest.mark.parametrize(("name", "time"), [("ukat_T2star", "T2star"), ("ukat_T2", "T2")])
def test_published_decay_comes_back(vectors: dict[str, Any], name: str, time: str) -> None:
    known = vectors["published_synthetic"][name]
    te_ms, signal = np.array(known["TE"]), np.array(known["signal"])[None]
    assert exponential(te_ms, signal)[0] == pytest.approx(known[time], abs=1e-7)
    assert exponential_with_offset(te_ms, signal + 250.0)[0] == pytest.approx(known[time], abs=2e-6)
    assert weighted_log_linear(te_ms, signal)[0] == pytest.approx(known[time], abs=1e-7)


def test_published_decay_with_an_echo_at_zero_comes_back(vectors: dict[str, Any]) -> None:
    known = vectors["published_synthetic"]["bart_R2s"]
    te_ms = np.array(known["TE"])
    assert exponential(te_ms, np.exp(-known["R2star_per_ms"] * te_ms)[None])[0] == pytest.approx(20.0, rel=1e-9)


@pytest.mark.parametrize(("name", "method"), [("ukat_T1_2p", "two-parameter"), ("ukat_T1_3p", "three-parameter")])
@pytest.mark.parametrize("sign", [1.0, 0.0])
def test_published_recovery_comes_back_with_and_without_its_sign(
    vectors: dict[str, Any], name: str, method: str, sign: float
) -> None:
    known = vectors["published_synthetic"][name]
    signal = np.array(known["signal_signed"])
    fit = fit_recovery(known["TI"], signal if sign else np.abs(signal), method)
    assert fit.t1.value == pytest.approx(known["T1"], rel=1e-8)
    assert fit.resting == pytest.approx(known["M0"], rel=1e-8)
    assert fit.inversion == pytest.approx(known.get("eff", 2.0), rel=1e-8)


def test_region_of_a_scanner_series_with_each_time_its_own_series_comes_back() -> None:
    fit = fit_recovery((30, 60, 120, 200, 400), (363.4, 96.9, 248.3, 483.0, 649.1))
    assert fit.t1.value == pytest.approx(101.3, abs=0.1)
    assert fit.n_negative == 2


def test_measured_regions_read_as_published(vectors: dict[str, Any]) -> None:
    regions = [each for each in vectors["measured_roi"].values() if each.get("nls_T")]
    assert len(regions) == 5
    for each in regions:
        time_ms = exponential(np.array(each["TE"]), np.array([each["mean"]]))[0]
        assert time_ms == pytest.approx(each["nls_T"], rel=5e-5)  # the means are rounded to 0.01
