"""Exams written as each vendor writes them hold their truth, and our own reader finds it."""

from __future__ import annotations

import io
import json
import tomllib
import uuid
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from scipy.optimize import curve_fit

from ironreport.intake import read_series, region_mask
from ironreport.records import EchoSeries, FloatArray, Region
from ironreport.synthetic.acquisition import FAT_AREA, Recipe, acquire, fat_phasor
from ironreport.synthetic.anatomy import ANATOMIES, N_PIXELS
from ironreport.synthetic.examination import MOLLI_TI_MS, ORGANS, VENDORS, SyntheticExam, synthetic_exam, vessel_liver
from ironreport.synthetic.instances import derived_uid
from ironreport.synthetic.samples import sample_images
from ironreport.synthetic.vendors import DIALECTS

pytestmark = pytest.mark.slow  # whole exams are written as each vendor writes them
SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
IMAGE_SAMPLES = ("liver_1t5_siemens", "heart_1t5_ge", "pancreas_1t5_philips_enhanced")
SHAPE = (N_PIXELS, N_PIXELS)
UIDS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")
QUIET = Recipe(5.0, n_slices=2, noise_sd=0.0)


@cache
def _exam(vendor: str, organ: str = "liver", recipe: Recipe = QUIET) -> SyntheticExam:
    return synthetic_exam(vendor, organ, recipe)


def _datasets(exam: SyntheticExam) -> list[pydicom.Dataset]:
    return [pydicom.dcmread(io.BytesIO(content)) for content in exam.files.values()]


def _only_series(exam: SyntheticExam) -> EchoSeries:
    (series,) = read_series(exam.files.items()).series
    return series


def _mean_curve(series: EchoSeries, region: Region) -> FloatArray:
    images = np.asarray(series.images[region.slice_index], dtype=np.float64)
    return np.asarray(images[:, region_mask(region, SHAPE)].mean(axis=1))


def _fitted_ms(te_ms: Iterable[float], signal: Any) -> float:
    te = np.asarray(list(te_ms))
    found, _ = curve_fit(lambda t, s0, rate: s0 * np.exp(-t * rate), te, signal, p0=(signal[0], 1.0 / te.mean()))
    return float(1.0 / found[1])


# ------------------------------------------------------------------------------- read by ourselves


@pytest.mark.parametrize("organ", ORGANS)
@pytest.mark.parametrize("vendor", VENDORS)
def test_our_reader_finds_every_slice_echo_and_kind(vendor: str, organ: str) -> None:
    exam = _exam(vendor, organ)
    result = read_series(exam.files.items())
    (series,) = result.series
    assert (series.n_slices, series.te_ms, series.field_tesla) == (2, ANATOMIES[organ].te_ms, 1.5)
    assert series.contrast == exam.truth.quantity
    assert (result.n_patients, result.n_studies) == (1, 1)
    stores_more = len(DIALECTS[vendor].kinds) > 1
    assert [left.code for left in result.left_out] == (["NOT_MAGNITUDE"] if stores_more else [])
    assert {c.code for c in series.cautions} == (set() if stores_more else {"MAGNITUDE_ASSUMED"})


@pytest.mark.parametrize("vendor", VENDORS)
def test_all_vendors_store_the_same_images(vendor: str) -> None:
    magnitude = acquire(ANATOMIES["liver"], QUIET).magnitude
    series = _only_series(_exam(vendor))
    assert np.abs(series.images - magnitude).max() <= 0.501
    positions = np.diff([p for p in series.slice_positions_mm if p is not None])
    assert positions == pytest.approx([ANATOMIES["liver"].slice_gap_mm])


@pytest.mark.parametrize("organ", ORGANS)
def test_the_true_relaxation_time_comes_back_at_every_site_and_slice(organ: str) -> None:
    exam = synthetic_exam("siemens", organ, Recipe(12.0, noise_sd=1.0, phase=False))
    series = _only_series(exam)
    regions = [region for regions in exam.truth.locations.values() for region in regions]
    assert len(regions) == 3 * len(exam.truth.locations) > 0
    for region in regions:
        assert region_mask(region, SHAPE).sum() >= 30
        assert exam.truth.outline[region.slice_index][region_mask(region, SHAPE)].all()
        # the kidney's train is long for 12 ms: only its first echoes stand clear of the noise
        curve = _mean_curve(series, region)[:6]
        assert _fitted_ms(series.te_ms[:6], curve) == pytest.approx(12.0, rel=0.01)


# ------------------------------------------------------------------------------- how vendors write


@pytest.mark.parametrize("vendor", VENDORS)
def test_pydicom_reads_every_element_without_a_warning(vendor: str) -> None:
    for dataset in _datasets(_exam(vendor, "heart")):
        assert dataset.pixel_array.size
        assert str(dataset)
        assert dataset.Manufacturer == DIALECTS[vendor].manufacturer


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_same_recipe_gives_the_same_bytes_and_another_other_identifiers(vendor: str) -> None:
    recipe = Recipe(5.0, n_slices=1)
    first, again = (synthetic_exam(vendor, "heart", recipe) for _ in range(2))
    other = synthetic_exam(vendor, "heart", Recipe(5.0, n_slices=1, seed=2))
    assert first.files == again.files
    assert first.truth.json() == again.truth.json()
    seen = [{str(d[name].value) for d in _datasets(exam) for name in UIDS} for exam in (first, other)]
    assert not seen[0] & seen[1]
    assert all(uid.startswith("2.25.") for uids in seen for uid in uids)
    assert len({d.SOPInstanceUID for d in _datasets(first)}) == len(first.files)


def test_identifiers_are_uuids_of_their_parts() -> None:
    one, other = (uuid.UUID(int=int(derived_uid("study", k).removeprefix("2.25."))) for k in (1, 2))
    assert (one.version, one.variant) == (8, uuid.RFC_4122)
    assert one != other


@pytest.mark.parametrize("organ", ORGANS)
def test_nobody_in_an_exam_ever_lived(organ: str) -> None:
    dataset = _datasets(_exam("hitachi", organ))[0]
    assert (dataset.PatientName, dataset.PatientID) == (
        f"Synthetic^{organ.capitalize()}",
        f"SYNTHETIC-{organ.upper()}",
    )
    assert dataset.PatientBirthDate == ""
    assert dataset.SoftwareVersions == "IronReport synthetic"


def test_ge_tells_kinds_by_the_private_element_alone() -> None:
    datasets = _datasets(_exam("ge", "heart"))
    assert {tuple(d.ImageType) for d in datasets} == {("ORIGINAL", "PRIMARY", "OTHER")}
    assert len({d.SeriesInstanceUID for d in datasets}) == 1
    kinds = [d[0x0043, 0x102F].value for d in datasets]
    assert kinds == [0, 2, 3] * (len(datasets) // 3)
    magnitude, real, imaginary = (d.pixel_array.astype(float) for d in datasets[:3])
    assert np.abs(np.hypot(real, imaginary) - magnitude).max() < 1.5
    assert real.min() < 0 or imaginary.min() < 0


@pytest.mark.parametrize("vendor", ["philips", "philips-enhanced"])
@pytest.mark.parametrize("scaled_each", [False, True])
def test_philips_images_have_one_floating_unit_however_they_are_scaled(vendor: str, scaled_each: bool) -> None:
    exam = _exam(vendor, recipe=Recipe(5.0, n_slices=1, scaled_each=scaled_each))
    series = _only_series(exam)
    assert {c.code for c in series.cautions} == ({"RESCALE_DIFFERS"} if scaled_each else set())
    if vendor == "philips":
        for dataset in _datasets(exam):
            stored = dataset.pixel_array.astype(float)
            shown = stored * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
            floating = (stored - dataset[0x2005, 0x100D].value) / dataset[0x2005, 0x100E].value
            assert np.allclose(floating, shown / 0.01, rtol=1e-5, atol=0.1)


def test_siemens_phase_turns_with_the_echo_time() -> None:
    exam = _exam("siemens", "heart", Recipe(20.0, n_slices=1, noise_sd=0.0))
    location = region_mask(exam.truth.locations["septum"][0], SHAPE)
    phase = [d for d in _datasets(exam) if d.ImageType[2] == "P"]
    shown = [np.mean(d.pixel_array[location] * float(d.RescaleSlope) + float(d.RescaleIntercept)) for d in phase]
    turned = np.unwrap(np.asarray(shown) / 4096 * np.pi)
    assert turned == pytest.approx(2 * np.pi * 0.03 * np.asarray([d.EchoTime for d in phase]), abs=0.003)


def test_the_pituitary_is_a_spin_echo_and_the_others_are_not() -> None:
    told = {organ: synthetic_exam("uih", organ, Recipe(30.0, n_slices=1)).truth.quantity for organ in ORGANS}
    assert [organ for organ, quantity in told.items() if quantity == "T2"] == ["pituitary"]


# --------------------------------------------------------------------------- what spoils the signal


@pytest.mark.parametrize("n_coils", [1, 8])
def test_air_holds_the_noise_of_all_coils(n_coils: int) -> None:
    air = acquire(ANATOMIES["liver"], Recipe(5.0, noise_sd=6.0, n_coils=n_coils, n_slices=2)).magnitude[:, :, :14]
    assert np.mean(air**2) == pytest.approx(2 * n_coils * 6.0**2, rel=0.02)


def test_fat_draws_its_spectrum_into_the_decay() -> None:
    te_ms = tuple(round(1.1 + 0.9 * k, 1) for k in range(10))
    lean, fatty = (
        synthetic_exam("philips", "liver", Recipe(20.0, te_ms=te_ms, noise_sd=0.0, fat_fraction=share, n_slices=1))
        for share in (0.0, 0.3)
    )
    region = lean.truth.locations["right lobe"][0]
    ratio = _mean_curve(_only_series(fatty), region) / _mean_curve(_only_series(lean), region)
    assert ratio == pytest.approx(np.abs(0.7 + 0.3 * fat_phasor(te_ms, 1.5)), abs=0.002)
    assert ratio.min() < 0.6
    assert FAT_AREA.sum() == pytest.approx(1.0)


def test_fifteen_percent_vessels_more_than_double_the_t2star_of_the_mean_curve() -> None:
    exam = vessel_liver()
    series = _only_series(exam)
    truth = exam.truth
    outlines = [truth.outline, *([region_mask(r, SHAPE) for r in truth.locations["right lobe"]],)]
    for outline in outlines:
        for k in range(3):
            share = truth.vessels[k][outline[k]].mean()
            assert share == pytest.approx(0.15, abs=0.003)
            curve = np.asarray(series.images[k][:, outline[k]], dtype=np.float64).mean(axis=1)
            assert _fitted_ms(series.te_ms, curve) > 2.0 * truth.recipe.relaxation_ms
            clean = np.asarray(series.images[k][:, outline[k] & ~truth.vessels[k]], dtype=np.float64).mean(axis=1)
            assert _fitted_ms(series.te_ms[:6], clean[:6]) == pytest.approx(3.0, rel=0.03)


def test_motion_spoils_one_echo_and_no_other() -> None:
    still, moved = (acquire(ANATOMIES["heart"], Recipe(9.0, bad_echo=bad)).magnitude for bad in (None, 4))
    change = np.abs(moved - still).mean(axis=(0, 2, 3))
    assert change[4] > 10.0
    assert np.delete(change, 4).max() == 0.0


def test_shading_weakens_the_far_side_and_leaves_the_decay() -> None:
    even, shaded = (acquire(ANATOMIES["liver"], Recipe(5.0, noise_sd=0.0, shading=s)).magnitude for s in (0.0, 0.6))
    seen = even > 0.0
    factor = np.divide(shaded, even, out=np.ones_like(even), where=seen)
    assert factor[0, :, 30, 64] == pytest.approx(1 - 0.6 * 30 / 127)
    assert factor[0, :, 100, 48] == pytest.approx(1 - 0.6 * 100 / 127)


# ---------------------------------------------------------------------------------------- inversion


def test_an_inversion_recovery_is_one_series_for_each_time_and_null_at_t1_ln_2() -> None:
    ti_ms = (100.0, round(600.0 * np.log(2), 4), 1500.0)
    exam = synthetic_exam("siemens", "liver", Recipe(600.0, ti_ms=ti_ms, n_slices=1, noise_sd=0.0, phase=False))
    datasets = _datasets(exam)
    assert exam.truth.quantity == "T1"
    assert [float(d.InversionTime) for d in datasets] == list(ti_ms)
    assert len({d.SeriesInstanceUID for d in datasets}) == 3
    assert all("IR" in d.ScanningSequence for d in datasets)
    location = region_mask(exam.truth.locations["right lobe"][0], SHAPE)
    means = [d.pixel_array[location].mean() for d in datasets]
    assert means[1] < 1.0 < means[0] < means[2]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_molli_series_gives_t1_by_the_look_locker_correction(vendor: str) -> None:
    recipe = Recipe(950.0, ti_ms=MOLLI_TI_MS, look_locker=True, n_slices=1, noise_sd=0.0, phase=False)
    exam = synthetic_exam(vendor, "heart", recipe)
    images = _shown_images(exam)
    curve = images[:, region_mask(exam.truth.locations["septum"][0], SHAPE)].mean(axis=1)
    ti_ms = np.asarray(MOLLI_TI_MS)
    (a, b, apparent_ms), _ = curve_fit(
        lambda t, a, b, t1: np.abs(a - b * np.exp(-t / t1)), ti_ms, curve, (700, 1300, 900)
    )
    assert apparent_ms * (b / a - 1.0) == pytest.approx(950.0, rel=0.01)


def _shown_images(exam: SyntheticExam) -> FloatArray:
    """Images after rescale in the order of the files, shape (n_images, n_rows, n_columns)."""
    found: list[FloatArray] = []
    for dataset in _datasets(exam):
        frames = dataset.pixel_array.reshape(-1, *SHAPE).astype(float)
        groups = dataset.get("PerFrameFunctionalGroupsSequence") or [None]
        for group, frame in zip(groups, frames, strict=True):
            scale = group.PixelValueTransformationSequence[0] if group is not None else dataset
            found.append(frame * float(scale.get("RescaleSlope", 1)) + float(scale.get("RescaleIntercept", 0)))
    return np.asarray(found)


# ------------------------------------------------------------------------------------- what ships


def test_the_truth_as_text_holds_the_masks() -> None:
    truth = vessel_liver().truth
    content = json.loads(truth.json())
    for name, mask in (("outline", truth.outline), ("vessels", truth.vessels)):
        drawn = np.zeros_like(mask)
        for k, row, first, last in content[name]:
            drawn[k, row, first : last + 1] = True
        assert np.array_equal(drawn, mask)
    assert content["recipe"]["relaxation_ms"] == 3.0
    location = content["locations"]["right lobe"][1]
    assert Region(**location | {"points": tuple(location["points"])}) == truth.locations["right lobe"][1]


@pytest.mark.parametrize("name", IMAGE_SAMPLES)
def test_the_truth_of_each_sample_exam_comes_back(name: str) -> None:
    truth = tomllib.loads((SAMPLES / name / "expected.toml").read_text(encoding="utf-8"))
    (series,) = read_series([sample_images(name)]).series
    assert list(series.te_ms) == truth["recipe"]["te_ms"]
    for organ in truth["organs"]:
        clear = [k for k, te in enumerate(series.te_ms) if te < 2.5 * organ["t2star_ms"]]
        curve = _mean_curve(series, Region(**organ["region"]))[clear]
        fitted = _fitted_ms([series.te_ms[k] for k in clear], curve)
        assert fitted == pytest.approx(organ["t2star_ms"], rel=organ["tolerance_percent"] / 100), organ["location"]
