"""What is made from a truth gives that truth back, and the samples are what they say."""

from __future__ import annotations

import io
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit
from scipy.special import ive

from ironreport.intake.text import parse_file, parse_table
from ironreport.records import FloatArray, Region
from ironreport.synthetic import (
    TE_MS,
    decay,
    decay_text,
    noisy_magnitude,
    write_dicom_exam,
    write_enhanced_exam,
)
from ironreport.synthetic.__main__ import main
from ironreport.synthetic.phantom import REGIONS, Phantom, Tissue, inside
from ironreport.synthetic.sample_files import sample_files, zipped

SAMPLES = Path(__file__).resolve().parents[2] / "sample_data"
IDENTIFIERS = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")


def _read(content: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(content))


def _images(files: dict[str, bytes]) -> FloatArray:
    """Images after rescale, shape (n_slices, n_echoes, n_rows, n_columns), ordered by their headers."""
    read = sorted(map(_read, files.values()), key=lambda d: (d.ImagePositionPatient[2], d.EchoTime))
    scaled = [d.pixel_array * float(d.RescaleSlope) + float(d.RescaleIntercept) for d in read]
    return np.asarray(scaled).reshape(2, -1, 128, 128)


def _rice_mean(clean: Any, sd: float) -> Any:
    """Mean of the Rice distribution; scipy.stats.rice overflows at a high signal."""
    x = np.square(clean) / (4.0 * sd**2)
    return sd * np.sqrt(np.pi / 2) * ((1.0 + 2.0 * x) * ive(0, x) + 2.0 * x * ive(1, x))


def _fitted_t2star_ms(te_ms: Any, signal: Any) -> float:
    found, _ = curve_fit(lambda te, s0, rate: s0 * np.exp(-te * rate), te_ms, signal, p0=(signal[0], 0.1))
    return float(1.0 / found[1])


# --------------------------------------------------------------------------------------- signals


@given(st.floats(0.5, 100.0), st.floats(1.0, 5000.0))
@settings(deadline=None, max_examples=50)
def test_a_decay_starts_at_s0_and_falls_to_1_over_e_at_t2star(t2star_ms: float, s0: float) -> None:
    assert decay([0.0, t2star_ms], s0, t2star_ms) == pytest.approx([s0, s0 / np.e])


@pytest.mark.parametrize("signal", [0.0, 5.0, 50.0, 500.0])
def test_noise_has_the_mean_and_spread_of_the_rice_distribution(signal: float) -> None:
    drawn = noisy_magnitude(np.full(200_000, signal), 10.0, np.random.default_rng(1))
    mean = _rice_mean(signal, 10.0)
    assert drawn.mean() == pytest.approx(mean, abs=0.1)
    assert drawn.std() == pytest.approx(np.sqrt(signal**2 + 200.0 - mean**2), rel=0.01)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_decay_written_as_text_is_read_back(separator: str) -> None:
    table = parse_table(decay_text(TE_MS, decay(TE_MS, 1000.0, 4.0), separator))
    assert table.te_ms == TE_MS
    assert table.signal == pytest.approx(decay(TE_MS, 1000.0, 4.0), abs=0.051)


# --------------------------------------------------------------------------------------- phantom


@pytest.mark.parametrize("organ", REGIONS)
def test_each_region_lies_wholly_inside_its_organ(organ: str) -> None:
    phantom, region = Phantom(), REGIONS[organ]
    clean = phantom.clean_images([0.0, 1.0])[region.slice_index][:, inside(region)]
    assert np.log(clean[0] / clean[1]) == pytest.approx(1.0 / phantom.t2star_ms(organ))
    assert inside(region).sum() >= 50


def test_the_septum_is_a_part_of_a_ring_with_blood_on_both_sides() -> None:
    image = Phantom().clean_images([0.0])[1, 0]
    along_the_middle = image[62, 36:100]
    changes = along_the_middle[np.insert(np.diff(along_the_middle) != 0, 0, True)]
    assert changes.tolist()[:4] == [1000.0, 800.0, 1000.0, 800.0]


def test_the_corners_of_the_phantom_are_air() -> None:
    assert np.all(Phantom().clean_images([1.0])[:, 0, :10, :10] == 0.0)


def test_a_pixel_is_inside_where_its_centre_is() -> None:
    assert inside(Region("ellipse", 3.0, 5.0, 2.0, 4.0)).nonzero()[1].tolist() == [5, 3, 4, 5, 6, 7, 5]


def test_tissues_have_distinct_places() -> None:
    tissues: tuple[Tissue, ...] = Phantom().tissues()
    assert len({tissue.place for tissue in tissues}) == len(tissues)


# ----------------------------------------------------------------------------------------- DICOM


@pytest.fixture(scope="module")
def exam() -> dict[str, bytes]:
    return write_dicom_exam()


@pytest.mark.parametrize("organ", REGIONS)
def test_region_means_follow_the_true_curve_within_the_noise(exam: dict[str, bytes], organ: str) -> None:
    phantom, region = Phantom(), REGIONS[organ]
    pixels = inside(region)
    means = _images(exam)[region.slice_index][:, pixels].mean(axis=1)
    clean = phantom.clean_images(TE_MS)[region.slice_index][:, pixels].mean(axis=1)
    expected = _rice_mean(clean, phantom.noise_sd)
    assert np.all(np.abs(means - expected) < 4.0 * phantom.noise_sd / np.sqrt(pixels.sum()))


def test_air_holds_nothing_but_noise(exam: dict[str, bytes]) -> None:
    air = _images(exam)[:, :, :12, :12]
    assert air.mean() == pytest.approx(8.0 * np.sqrt(np.pi / 2), rel=0.02)


@pytest.mark.parametrize("phase", [False, True])
def test_the_same_arguments_give_the_same_bytes(phase: bool) -> None:
    assert write_dicom_exam(phase=phase) == write_dicom_exam(phase=phase)
    assert write_enhanced_exam() == write_enhanced_exam()


def test_each_file_names_its_echo_slice_and_itself(exam: dict[str, bytes]) -> None:
    read = [_read(content) for content in exam.values()]
    assert sorted((d.ImagePositionPatient[2], d.EchoTime) for d in read) == [(z, te) for z in (0, 120) for te in TE_MS]
    assert len({d.SOPInstanceUID for d in read}) == len(read) == 20
    assert {len({d[name].value for d in read}) for name in IDENTIFIERS[1:]} == {1}
    assert all(d.file_meta.MediaStorageSOPInstanceUID == d.SOPInstanceUID for d in read)


def test_nothing_in_the_exam_looks_like_a_patient(exam: dict[str, bytes]) -> None:
    dataset = _read(next(iter(exam.values())))
    assert (dataset.PatientName, dataset.PatientID) == ("SYNTHETIC^PHANTOM", "SYNTHETIC-0001")
    assert dataset.Manufacturer == "IronReport synthetic"
    assert all(content.startswith(bytes(128) + b"DICM") for content in exam.values())


def test_exams_of_another_truth_or_field_are_other_studies(exam: dict[str, bytes]) -> None:
    others = [write_dicom_exam(Phantom(liver_t2star_ms=2.0)), write_dicom_exam(field_tesla=3.0)]
    heads = [_read(next(iter(files.values()))) for files in (exam, *others)]
    assert all(len({head[name].value for head in heads}) == 3 for name in IDENTIFIERS)
    assert [head.MagneticFieldStrength for head in heads] == [1.5, 1.5, 3.0]


def test_phase_images_are_another_series_of_the_same_study(exam: dict[str, bytes]) -> None:
    phase = write_dicom_exam(phase=True)
    first, magnitude = _read(next(iter(phase.values()))), _read(next(iter(exam.values())))
    assert (first.ImageType[2], magnitude.ImageType[2]) == ("P", "M")
    assert first.StudyInstanceUID == magnitude.StudyInstanceUID
    assert first.SeriesInstanceUID != magnitude.SeriesInstanceUID
    septum = _images(phase)[1][:, inside(REGIONS["heart"])].mean(axis=1)
    assert septum == pytest.approx(4096 * 2 * 0.03 * np.asarray(TE_MS), abs=40)
    assert not exam.keys() & phase.keys()


def test_the_enhanced_file_holds_the_same_images(exam: dict[str, bytes]) -> None:
    (content,) = write_enhanced_exam().values()
    dataset = _read(content)
    frames = dataset.PerFrameFunctionalGroupsSequence
    assert [frame.MREchoSequence[0].EffectiveEchoTime for frame in frames] == [*TE_MS, *TE_MS]
    assert [frame.PlanePositionSequence[0].ImagePositionPatient[2] for frame in frames] == [0] * 10 + [120] * 10
    slope = float(frames[0].PixelValueTransformationSequence[0].RescaleSlope)
    assert np.array_equal(dataset.pixel_array.reshape(2, 10, 128, 128) * slope, _images(exam))
    assert dataset.SOPClassUID.name == "Enhanced MR Image Storage"


# --------------------------------------------------------------------------------------- samples


def _members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


made_again = cache(sample_files)
KEPT = sorted(path.relative_to(SAMPLES).as_posix() for path in SAMPLES.glob("*/*") if path.name != "README.md")


@pytest.mark.parametrize("path", KEPT)
def test_sample_files_are_made_again_byte_by_byte(path: str) -> None:
    kept, made = (SAMPLES / path).read_bytes(), made_again()[path]
    if path.endswith(".zip"):  # the packing depends on the zlib of the machine, the content does not
        assert _members(kept) == _members(made)
        assert len(kept) < 600_000
    else:
        assert kept == made


def test_the_samples_stay_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.rglob("*") if path.is_file()) < 3_000_000


def test_every_sample_has_its_truth_and_a_readme() -> None:
    assert sorted(made_again()) == KEPT
    folders = {Path(path).parts[0] for path in KEPT}
    assert folders == {folder.name for folder in SAMPLES.iterdir() if folder.is_dir()}
    assert all((SAMPLES / folder / name).is_file() for folder in folders for name in ("README.md", "expected.toml"))
    assert "CC0" in (SAMPLES / "README.md").read_text(encoding="utf-8")


def _truth(name: str) -> dict[str, Any]:
    return tomllib.loads((SAMPLES / name / "expected.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["liver_1t5_heavy", "heart_1t5_severe"])
def test_the_truth_of_a_sample_table_comes_back(name: str) -> None:
    truth = _truth(name)
    table = parse_file("signal.csv", (SAMPLES / name / "signal.csv").read_bytes())
    fitted = _fitted_t2star_ms(np.asarray(table.te_ms), np.asarray(table.signal))
    assert list(table.te_ms) == truth["recipe"]["te_ms"]
    assert not table.cautions
    assert fitted == pytest.approx(truth["t2star_ms"], rel=truth["tolerance_percent"] / 100)


def test_the_truth_of_the_sample_images_comes_back() -> None:
    truth = _truth("phantom_1t5_dicom")
    images = _images(_members((SAMPLES / "phantom_1t5_dicom/exam.zip").read_bytes()))
    assert [organ["organ"] for organ in truth["organs"]] == ["liver", "spleen", "heart"]
    for organ in truth["organs"]:
        region = Region(**organ["region"])
        means = images[region.slice_index][:, inside(region)].mean(axis=1)
        fitted = _fitted_t2star_ms(np.asarray(TE_MS), means)
        assert fitted == pytest.approx(organ["t2star_ms"], rel=organ["tolerance_percent"] / 100), organ["organ"]


def test_the_command_writes_the_samples_into_a_folder(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 0
    written = {str(path.relative_to(tmp_path).as_posix()) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == made_again().keys()


def test_the_command_without_a_folder_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err


def test_archives_keep_their_order_and_carry_no_date() -> None:
    with zipfile.ZipFile(io.BytesIO(zipped({"b": b"1", "a": b"2"}))) as archive:
        assert archive.namelist() == ["b", "a"]
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
