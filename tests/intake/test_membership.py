"""Images form a train by what their headers agree in: with tolerance, and never two sequences in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ironreport.intake.series import ReadResult, read_series
from ironreport.records import EchoSeries

TE_MS = (1.5, 4.0, 8.0, 12.0)
OTHER_TE_MS = (2.5, 5.0, 9.0, 13.0)
MrFile = Callable[..., bytes]
Files = list[tuple[str, bytes]]


def exam(
    mr_file: MrFile, te_ms: tuple[float, ...] = TE_MS, slices: tuple[float, ...] = (0.0, 8.0), **tags: Any
) -> Files:
    return [(f"{s}_{te}_{len(tags)}", mr_file(te, s, **tags)) for te in te_ms for s in slices]


def codes(found: ReadResult) -> dict[str, int]:
    return {left.code: left.n_files for left in found.left_out}


def cautions(series: EchoSeries) -> set[str]:
    return {caution.code for caution in series.cautions}


def shapes(found: ReadResult) -> list[tuple[int, int]]:
    return [series.images.shape[:2] for series in found.series]


# ------------------------------------------------------------------------------------- two sequences, one identifier

DIFFERENCES: dict[str, dict[str, Any]] = {
    "series number": {"SeriesNumber": 8},
    "flip angle": {"FlipAngle": 60},
    "repetition time": {"RepetitionTime": 25},
    "sequence name": {"SequenceName": "*fl3d4"},
    "contrast": {"ScanningSequence": "SE"},
    "field strength": {"MagneticFieldStrength": 3.0},
    "pixel size": {"PixelSpacing": [2.0, 2.0]},
    "protocol name": {"ProtocolName": "kidney"},
    "series description": {"SeriesDescription": "second breath-hold"},
    "image type": {"ImageType": ["ORIGINAL", "PRIMARY", "M", "NORM"]},
}
COMMON = {"FlipAngle": 20, "RepetitionTime": 200, "SequenceName": "*fl2d4", "ProtocolName": "liver"}


@pytest.mark.parametrize("identifier", ["1.2.3.4", None])
@pytest.mark.parametrize("te_ms", [OTHER_TE_MS, TE_MS])
@pytest.mark.parametrize("trait", DIFFERENCES)
def test_two_sequences_under_one_identifier_are_two_series(
    trait: str, te_ms: tuple[float, ...], identifier: str | None, mr_file: MrFile
) -> None:
    first = exam(mr_file, **COMMON, SeriesInstanceUID=identifier)
    others = {**COMMON, **DIFFERENCES[trait], "SeriesInstanceUID": identifier}
    pixels = np.random.default_rng(1).integers(100, 900, (16, 12))
    second = exam(mr_file, te_ms, pixels=pixels, **others)
    found = read_series(first + second)
    assert shapes(found) == [(2, 4), (2, 4)]
    assert sorted(series.te_ms for series in found.series) == sorted([TE_MS, te_ms])
    if identifier:
        assert all("SERIES_PARTED" in cautions(series) for series in found.series)
        [text] = {c.text for series in found.series for c in series.cautions if c.code == "SERIES_PARTED"}
        assert trait in text


@pytest.mark.parametrize(
    "tags_of",
    [
        lambda te, s: {"RepetitionTime": 800 + te / 10},  # a trigger
        lambda te, s: {"RepetitionTime": 800 + 40 * s},  # each slice its own heart rate
        lambda te, s: {"SequenceName": f"*fl2d4_{te}"},
        lambda te, s: {"SeriesDescription": f"T2* TE {te}"},
        lambda te, s: {"ImageType": ["ORIGINAL", "PRIMARY", "M", f"TE{TE_MS.index(te) + 1}"]},
        lambda te, s: {"ImageType": ["ORIGINAL", "PRIMARY", "M", "IN_PHASE" if te > 3 else "OPP_PHASE"]},
        lambda te, s: {"AcquisitionTime": f"1200{int(s):02}.{int(te):03}"},
        lambda te, s: {"AcquisitionNumber": int(te)},
        lambda te, s: {"AcquisitionNumber": int(s)},
        lambda te, s: {"FlipAngle": 20 if te > 3 else None},
        lambda te, s: {"SeriesNumber": int(te)},
    ],
)
def test_what_may_differ_from_echo_to_echo_or_slice_to_slice_parts_no_train(
    tags_of: Callable[[float, float], dict[str, Any]], mr_file: MrFile
) -> None:
    files = [(f"{te}{s}", mr_file(te, s, **tags_of(te, s))) for te in TE_MS for s in (0.0, 8.0)]
    found = read_series(files)
    assert (shapes(found), found.left_out) == ([(2, 4)], ())
    assert cautions(found.series[0]) == set()


@pytest.mark.parametrize("mark", [{"AcquisitionNumber": 2}, {"AcquisitionTime": "121000"}])
def test_echoes_of_two_acquisitions_are_no_train(mark: dict[str, Any], mr_file: MrFile) -> None:
    times = {"AcquisitionNumber": 1, "AcquisitionTime": "120000"}
    found = read_series([*exam(mr_file, TE_MS, **times), *exam(mr_file, OTHER_TE_MS, **{**times, **mark})])
    assert [series.te_ms for series in found.series] == [TE_MS, OTHER_TE_MS]
    assert all(cautions(series) == {"ACQUISITIONS_IN_ONE_TRAIN"} for series in found.series)


# ------------------------------------------------------------------------------------- odd images

WORDS = ["RMS", "SOS", "ADD", "COMPOSED", "COMP_AD", "SUM", "AVERAGE"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("te", [6.0, 4.0, 1.5, 0.0])
def test_an_image_computed_from_the_echoes_is_left_out_by_name_wherever_it_stands(
    word: str, te: float, mr_file: MrFile
) -> None:
    odd = exam(mr_file, (te,), ImageType=["ORIGINAL", "PRIMARY", "M", "ND", word], pixels=np.full((16, 12), 700))
    found = read_series(exam(mr_file) + odd)
    [series] = found.series
    assert (series.te_ms, cautions(series)) == (TE_MS, set())
    assert codes(found) == {"COMBINED_IMAGE" if te else "NO_ECHO_TIME": 2}


def test_an_odd_image_of_another_name_costs_no_series(mr_file: MrFile) -> None:
    odd = exam(mr_file, (6.0,), ImageType=["ORIGINAL", "PRIMARY", "M", "ND", "WHATEVER"])
    found = read_series(exam(mr_file) + odd)
    assert [series.te_ms for series in found.series] == [TE_MS]
    assert codes(found) == {"ODD_IMAGE": 2}


def test_a_word_that_all_images_carry_is_no_odd_one(mr_file: MrFile) -> None:
    found = read_series(exam(mr_file, ImageType=["ORIGINAL", "PRIMARY", "M", "COMPOSED"]))
    assert (shapes(found), found.left_out) == ([(2, 4)], ())


# ------------------------------------------------------------------------------------- orientation


@pytest.mark.parametrize("jitter", [4e-6, 1e-4, 1e-3])
@pytest.mark.parametrize("tilt", [0.125, 0.005, 0.0, 0.7071])
def test_rounding_of_the_orientation_tears_no_train(jitter: float, tilt: float, mr_file: MrFile) -> None:
    rng = np.random.default_rng(3)
    files = []
    for te in TE_MS:
        for s in (0.0, 8.0):
            angle = tilt + rng.uniform(-jitter, jitter)
            cosines = [1.0, 0.0, 0.0, 0.0, float(np.cos(angle)), float(np.sin(angle))]
            corner = [-180.0, -180.0 - s * float(np.sin(tilt)), s * float(np.cos(tilt))]
            files.append((f"{te}{s}", mr_file(te, s, ImageOrientationPatient=cosines, ImagePositionPatient=corner)))
    found = read_series(files)
    assert (shapes(found), found.left_out) == ([(2, 4)], ())


def test_a_train_torn_by_its_orientation_is_said(mr_file: MrFile) -> None:
    tilted = [1.0, 0.0, 0.0, 0.0, float(np.cos(0.1)), float(np.sin(0.1))]
    found = read_series([*exam(mr_file), *exam(mr_file, OTHER_TE_MS, ImageOrientationPatient=tilted)])
    assert [series.te_ms for series in found.series] == [TE_MS, OTHER_TE_MS]
    assert all("SERIES_PARTED" in cautions(series) for series in found.series)


def test_stacks_of_one_series_in_several_orientations_are_not_doubted(mr_file: MrFile) -> None:
    found = read_series([*exam(mr_file), *exam(mr_file, ImageOrientationPatient=[1, 0, 0, 0, 0.8, 0.6])])
    assert shapes(found) == [(2, 4), (2, 4)]
    assert all(cautions(series) == set() for series in found.series)


# ------------------------------------------------------------------------------------- one series an echo


def one_series_an_echo(mr_file: MrFile, te_ms: tuple[float, ...] = TE_MS, **tags: Any) -> Files:
    return [
        file
        for n, te in enumerate(te_ms)
        for file in exam(
            mr_file, (te,), **{"SeriesInstanceUID": f"1.2.3.{n}", "SeriesNumber": n + 1, "EchoNumbers": n + 1, **tags}
        )
    ]


def test_series_of_one_echo_each_are_joined_and_shown_as_joined(mr_file: MrFile) -> None:
    found = read_series(one_series_an_echo(mr_file, AcquisitionTime="120000"))
    [series] = found.series
    assert (series.te_ms, cautions(series), found.left_out) == (TE_MS, {"SERIES_JOINED"}, ())
    assert series.label == "1 T2* liver (4 series joined)"
    assert series.origin is None


def test_series_of_one_echo_each_are_joined_without_times_where_their_echoes_are_numbered(mr_file: MrFile) -> None:
    assert cautions(read_series(one_series_an_echo(mr_file)).series[0]) == {"SERIES_JOINED"}
    [series] = read_series(one_series_an_echo(mr_file, EchoNumbers=None)).series
    assert [c.code for c in series.cautions if c.blocks_grade] == ["ECHOES_APART"]


def test_echoes_acquired_one_after_the_other_are_joined_without_a_class(mr_file: MrFile) -> None:
    files = [
        file
        for n, te in enumerate(TE_MS)
        for file in exam(mr_file, (te,), SeriesInstanceUID=f"1.2.3.{n}", AcquisitionTime=f"12{n:02}00")
    ]
    [series] = read_series(files).series
    assert [c.code for c in series.cautions if c.blocks_grade] == ["ECHOES_APART"]


@pytest.mark.parametrize(
    "differs",
    [
        lambda n: {"FlipAngle": 10 + 10 * n},
        lambda n: {"RepetitionTime": 100 + 50 * n},
        lambda n: {"ImageOrientationPatient": [1, 0, 0, 0, float(np.cos(n)), float(np.sin(n))]},
        lambda n: {"SequenceName": f"seq{n}"},
        lambda n: {"AcquisitionTime": f"{10 + n}0000"},
        lambda n: {"FrameOfReferenceUID": f"1.2.{n}"},
        lambda n: {"PixelSpacing": [1 + n, 1 + n]},
        lambda n: {"StudyInstanceUID": f"1.3.{n}"},
    ],
)
def test_series_of_one_echo_that_differ_in_what_matters_are_not_joined(
    differs: Callable[[int], dict[str, Any]], mr_file: MrFile
) -> None:
    files = [
        file
        for n, te in enumerate(TE_MS)
        for file in exam(
            mr_file, (te,), **{"SeriesInstanceUID": f"1.2.3.{n}", "AcquisitionTime": "120000", **differs(n)}
        )
    ]
    found = read_series(files)
    assert (found.series, codes(found)) == ((), {"ONE_ECHO": 8})


def test_two_repeats_with_a_series_for_each_echo_are_two_trains(mr_file: MrFile) -> None:
    pixels = np.random.default_rng(1).integers(100, 900, (16, 12))
    first = one_series_an_echo(mr_file, AcquisitionTime="120000")
    second = [
        file
        for n, te in enumerate(TE_MS)
        for file in exam(mr_file, (te,), SeriesInstanceUID=f"1.2.4.{n}", AcquisitionTime="120500", pixels=pixels)
    ]
    found = read_series(first + second)
    assert shapes(found) == [(2, 4), (2, 4)]
    assert all("SERIES_JOINED" in cautions(series) for series in found.series)


def test_in_phase_and_opposed_phase_series_are_not_joined(mr_file: MrFile) -> None:
    assert codes(read_series(one_series_an_echo(mr_file, TE_MS[:2]))) == {"ONE_ECHO": 4}


# ------------------------------------------------------------------------------------- repeats and copies


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"AcquisitionTime": "120000"}, {"AcquisitionTime": "120130"}),
        ({"TemporalPositionIdentifier": 1}, {"TemporalPositionIdentifier": 2}),
        ({"ContentTime": "120000"}, {"ContentTime": "120130.5"}),
        ({"AcquisitionDateTime": "20240229235959"}, {"AcquisitionDateTime": "20240301000030"}),
    ],
)
def test_repeats_are_told_apart_by_any_time_or_number(
    one: dict[str, Any], other: dict[str, Any], mr_file: MrFile
) -> None:
    pixels = np.random.default_rng(1).integers(100, 900, (16, 12))
    found = read_series(exam(mr_file, **other, pixels=pixels) + exam(mr_file, **one))
    assert [series.label[-15:] for series in found.series] == ["(acquisition 1)", "(acquisition 2)"]
    assert np.array_equal(found.series[1].images[0, 0], pixels)
    assert found.left_out == ()


def repeats(mr_file: MrFile, tags_of: Callable[[int, float, int], dict[str, Any]], n_repeats: int = 2) -> Files:
    """Repeats that differ in what ``tags_of`` gives for the number of the echo, the slice and the repeat."""
    return [
        (f"{te}{s}{r}", mr_file(te, s, pixels=np.full((16, 12), int(900 - 20 * te + r + 10 * s)), **tags_of(e, s, r)))
        for r in range(n_repeats)
        for e, te in enumerate(TE_MS)
        for s in (0.0, 8.0)
    ]


@pytest.mark.parametrize(
    "tags_of",
    [
        lambda e, s, r: {"AcquisitionTime": f"12{int(s):02}{20 * r + e:02}"},  # slice after slice
        lambda e, s, r: {"AcquisitionTime": f"12{30 * r + int(s):02}{e:02}"},  # stack after stack
        lambda e, s, r: {"TriggerTime": 40.0 * r + 0.1 * e + s / 10},
        lambda e, s, r: {"InstanceNumber": 1 + 8 * r + 2 * e + int(s / 8)},
        lambda e, s, r: {"InstanceNumber": 1 + 8 * int(s / 8) + 4 * r + e},
    ],
)
def test_repeats_whose_marks_differ_from_image_to_image_are_told_apart_too(
    tags_of: Callable[[int, float, int], dict[str, Any]], mr_file: MrFile
) -> None:
    found = read_series(repeats(mr_file, tags_of))
    assert (shapes(found), found.left_out) == ([(2, 4), (2, 4)], ())
    assert [series.images[0, 0, 0, 0] for series in found.series] == [870.0, 871.0]
    assert all(np.ptp(series.images[0, :, 0, 0] + 20 * np.array(TE_MS)) < 1 for series in found.series)


def test_heart_phases_of_repeats_are_told_apart_by_both(mr_file: MrFile) -> None:
    found = read_series(
        repeats(mr_file, lambda e, s, r: {"AcquisitionNumber": r // 2, "TriggerTime": 40.0 * (r % 2)}, 4)
    )
    assert shapes(found) == [(2, 4)] * 4
    assert [series.images[0, 0, 0, 0] for series in found.series] == [870.0, 871.0, 872.0, 873.0]


def test_repeats_that_follow_each_other_image_by_image_are_not_guessed(mr_file: MrFile) -> None:
    found = read_series(repeats(mr_file, lambda e, s, r: {"InstanceNumber": 1 + 2 * e + r}))
    assert (found.series, codes(found)) == ((), {"DUPLICATE_ECHO": 16})


@pytest.mark.parametrize(
    "copy", [{"LossyImageCompression": "01"}, {"ImageType": ["DERIVED", "PRIMARY", "M", "ND"]}, {"InstanceNumber": 99}]
)
def test_an_original_is_read_and_its_worse_copy_is_named(copy: dict[str, Any], mr_file: MrFile) -> None:
    worse = {"LossyImageCompression": "01", **copy}
    pixels = np.full((16, 12), 333)
    found = read_series([*exam(mr_file, **worse, pixels=pixels), *exam(mr_file)])
    [series] = found.series
    assert np.array_equal(series.images, read_series(exam(mr_file)).series[0].images)
    assert (codes(found), cautions(series)) == ({"WORSE_COPY": 8}, set())


def test_slices_without_a_place_are_offered_one_by_one_where_their_numbers_tell_them_apart(mr_file: MrFile) -> None:
    nowhere = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
    found = read_series(repeats(mr_file, lambda e, s, r: {"InstanceNumber": 1 + 4 * int(s / 8) + e, **nowhere}, 1))
    assert shapes(found) == [(1, 4), (1, 4)]
    assert all(cautions(series) == {"SLICE_PLACE_MISSING"} for series in found.series)


def test_slices_without_a_place_or_an_order_are_refused_for_that(mr_file: MrFile) -> None:
    found = read_series(exam(mr_file, ImagePositionPatient=None, ImageOrientationPatient=None))
    assert (found.series, codes(found)) == ((), {"NO_SLICE_PLACE": 8})


# ------------------------------------------------------------------------------------- one time on all echoes


def untimed(mr_file: MrFile, **tags: Any) -> Files:
    """Four echoes of two slices, all said to be at 1.5 ms."""
    return [
        (f"{n}{s}", mr_file(1.5, s, SOPInstanceUID=f"1.2.{n + 1}.{int(s)}", InstanceNumber=n,
                            pixels=np.full((16, 12), 900 - 100 * n), **tags))
        for n in (2, 0, 3, 1)
        for s in (0.0, 8.0)
    ]  # fmt: skip


def test_one_echo_time_on_all_echoes_is_said_exactly(mr_file: MrFile) -> None:
    [left] = read_series(untimed(mr_file)).left_out
    assert (left.code, left.n_files) == ("ONE_TIME_WRITTEN", 8)
    assert left.what.startswith("Each slice has 4 different images with one echo time, 1.5 ms")


def test_typed_echo_times_are_given_to_the_images_in_order_and_said(mr_file: MrFile) -> None:
    found = read_series([*untimed(mr_file), *exam(mr_file, SeriesInstanceUID="1.2.9")], te_ms=(2.0, 4.0, 6.0, 9.0))
    typed, plain = found.series
    assert (typed.te_ms, cautions(typed)) == ((2.0, 4.0, 6.0, 9.0), {"ECHO_TIMES_TYPED"})
    assert typed.images[0, :, 0, 0].tolist() == [900.0, 800.0, 700.0, 600.0]
    assert plain.te_ms == TE_MS


def test_numbered_echoes_of_one_time_are_echoes_though_each_has_its_moment(mr_file: MrFile) -> None:
    files = repeats(
        mr_file,
        lambda e, s, r: {
            "EchoTime": 1.5, "EchoNumbers": e + 1, "AcquisitionTime": f"1200{e:02}",
            "SOPInstanceUID": f"1.{e + 1}.{int(s)}",
        },
        1,
    )  # fmt: skip
    assert codes(read_series(files)) == {"ONE_TIME_WRITTEN": 8}
    [series] = read_series(files, te_ms=(2.0, 4.0, 6.0, 9.0)).series
    assert series.images[0, :, 0, 0].tolist() == [870.0, 820.0, 740.0, 660.0]


def test_typed_echo_times_of_another_number_are_not_used(mr_file: MrFile) -> None:
    assert codes(read_series(untimed(mr_file), te_ms=(2.0, 4.0))) == {"ONE_TIME_WRITTEN": 8}


def test_repeats_of_one_echo_are_one_echo(mr_file: MrFile) -> None:
    found = read_series(repeats(mr_file, lambda e, s, r: {"EchoTime": 4.0, "TemporalPositionIdentifier": 4 * r + e}))
    assert codes(found) == {"ONE_ECHO": 16}
