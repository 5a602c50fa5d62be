"""Regions travel between browser and Python: checked, kept, measured, and in step with the exam."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from streamlit.testing.v1 import AppTest

from ironreport.canvas import Board, DrawnRegion, board_from_browser, is_drawable, packed, packing, with_region
from ironreport.canvas.board_readings import BoardReadings, Reader, RegionReading, left_out_pixels
from ironreport.exam import open_exam, save_exam
from ironreport.intake import ReadResult, patient_sides, read_series, region_mask
from ironreport.knowledge import published_knowledge
from ironreport.library.region_pictures import pictures_of
from ironreport.records import EchoSeries, Exam, InversionSeries, Region, SlicePlane, Technique
from ironreport.relaxometry import fit_decay
from ironreport.relaxometry.models import inversion_recovery
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import SyntheticExam, synthetic_exam, vessel_liver
from ironreport.synthetic.phantom import REGIONS
from ironreport.synthetic.samples import sample_exam, sample_images
from ironreport.ui import canvas
from ironreport.ui.shown import series_name
from ironreport.ui.workbench.files_in import echo_times_of

ID = "0123456789ab"


def small_series(images: np.ndarray) -> EchoSeries:
    te_ms = tuple(1.0 + e for e in range(images.shape[1]))
    return EchoSeries(
        key="key", label="1 T2*", te_ms=te_ms, images=images.astype(np.float32), contrast="T2*", field_tesla=1.5,
        pixel_spacing_mm=(1.0, 1.0), slice_positions_mm=(0.0,) * len(images), technique=Technique(),
        patient_key="p", study_key="s",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "number", "shown"),
    [
        ("3 T2* multi-echo", 3, "Series 3: T2* multi-echo"),
        ("3", 3, "Series 3"),
        ("12 echoes", None, "12 echoes"),
        ("unnamed series", None, "unnamed series"),
    ],
)
def test_a_series_is_called_by_its_number_only_where_it_has_one(label: str, number: int | None, shown: str) -> None:
    series = replace(small_series(np.ones((1, 3, 4, 4))), label=label, number=number)
    assert series_name(series) == shown


# ------------------------------------------------------------------------------ pixels to the browser


def unpacked(part: bytes) -> tuple[dict[str, Any], np.ndarray]:
    (length,) = struct.unpack_from("<I", part)
    header = json.loads(part[4 : 4 + length])
    shape = (header["n_slices"], header["echoes"], header["rows"], header["columns"])
    stored = np.frombuffer(zlib.decompress(part[4 + length :]), "<u2").reshape(shape)
    return header, header["offset"] + header["step"] * stored


def test_whole_numbers_reach_the_browser_unchanged() -> None:
    images = np.random.default_rng(1).integers(-20, 4000, (3, 4, 8, 6))
    [part] = packed(small_series(images))
    assert np.array_equal(unpacked(part)[1], images)


def test_scaled_signals_reach_the_browser_within_half_a_step() -> None:
    images = np.random.default_rng(2).normal(50.0, 20.0, (2, 3, 8, 6)).astype(np.float32)
    images[0, 0, 0, 0] = np.nan
    [part] = packed(small_series(images))
    header, shown = unpacked(part)
    assert np.allclose(shown, np.nan_to_num(images), atol=0.51 * header["step"])


def test_a_large_series_travels_in_parts_of_whole_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.arange(5 * 2 * 4 * 4).reshape(5, 2, 4, 4)
    monkeypatch.setattr(packing, "PART_BYTES", 2 * images[0].size * 2)
    parts = [unpacked(part) for part in packed(small_series(images))]
    assert [header["first_slice"] for header, _ in parts] == [0, 2, 4]
    assert np.array_equal(np.concatenate([shown for _, shown in parts]), images)


def test_a_series_too_large_for_a_browser_is_told_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    series = small_series(np.zeros((3, 2, 4, 4)))
    assert is_drawable(series)
    monkeypatch.setattr(packing, "MOST_BYTES", series.images.size * 2 - 1)
    assert not is_drawable(series)


def test_an_even_image_is_packed_without_a_division_by_nothing() -> None:
    [part] = packed(small_series(np.full((1, 2, 3, 3), 7.5)))
    assert (unpacked(part)[1] == 7.5).all()


# ------------------------------------------------------------------------------ regions from the browser


def drawn(organ: str = "liver", region: Region = REGIONS["liver"], id_: str = ID) -> DrawnRegion:
    return DrawnRegion(id_, organ, "right lobe", region)


ORGANS = published_knowledge().organs
HELD = Board("key", (0, 0), edition=2, revision=5)


def sent(**changes: Any) -> dict[str, Any]:
    body = {**asdict(replace(HELD, revision=6, regions=(drawn(),), selected=ID)), **changes}
    found: dict[str, Any] = json.loads(json.dumps(body))
    return found


def test_what_the_browser_drew_is_taken_over() -> None:
    board = board_from_browser(sent(), HELD, ORGANS)
    assert board.regions == (drawn(),)
    assert board.current == drawn()


@pytest.mark.parametrize("late", [{"revision": 5}, {"edition": 1}, {"series": "another"}])
def test_what_comes_too_late_changes_nothing(late: dict[str, Any]) -> None:
    assert board_from_browser(sent(**late), HELD, ORGANS) is HELD


def with_entry(**changes: Any) -> dict[str, Any]:
    return sent(regions=[{**sent()["regions"][0], **changes}])


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "regions",
        {"series": "key"},
        with_entry(organ="gizzard"),
        with_entry(id="<img>"),
        with_entry(location="x" * 61),
        with_entry(region={"shape": "star", "row": 1, "column": 1, "height": 1, "width": 1}),
        with_entry(region={**asdict(REGIONS["liver"]), "points": [[0, 0]] * 2001}),
        sent(regions=[sent()["regions"][0]] * 201),
    ],
)
def test_what_is_no_board_changes_nothing(wrong: object) -> None:
    assert board_from_browser(wrong, HELD, ORGANS) is HELD


def test_a_region_by_numbers_is_a_new_edition_and_selected() -> None:
    board = with_region(HELD, "spleen", "", REGIONS["spleen"])
    assert board.edition == HELD.edition + 1
    assert board.current is not None and board.current.region == REGIONS["spleen"]


# ------------------------------------------------------------------------------ saved exams


def test_an_exam_saved_with_a_drawn_region_opens_with_it_and_one_from_before_too() -> None:
    exam = sample_exam()
    signal = exam.measurements[0].signal
    region = Region.polygon([(1.0, 2.0), (9.5, 2.0), (5.0, 8.25)], slice_index=1)
    with_drawn = replace(exam, measurements=(replace(exam.measurements[0], signal=replace(signal, region=region)),))  # type: ignore[call-arg, arg-type]
    text = save_exam(with_drawn)
    assert open_exam(text) == with_drawn

    body = json.loads(text)
    body["exam"]["measurements"][0]["signal"]["region"] = {
        "shape": "ellipse", "row": 64.0, "column": 42.0, "height": 24.0, "width": 20.0, "slice_index": 0,
    }  # fmt: skip
    assert open_exam(json.dumps(body)).measurements[0].signal.region == REGIONS["liver"]  # type: ignore[union-attr]


# ------------------------------------------------------------------------------ the page


@pytest.fixture(scope="module")
def images() -> ReadResult:
    return read_series([sample_images()])


@pytest.fixture
def app(repo_root: Path, images: ReadResult) -> Iterator[AppTest]:
    page = AppTest.from_file(str(repo_root / "app.py"), default_timeout=30)
    page.session_state["images"] = images
    yield page.run().switch_page("pages/3_Images.py")


def draw(app: AppTest, images: ReadResult, *regions: DrawnRegion, selected: str = ID) -> AppTest:
    key = images.series[0].key
    app.session_state[f"board-{key}"] = Board(key, (0, 0), regions=regions, selected=selected)
    page = app.run()
    assert not page.exception
    return page


def measured(app: AppTest) -> dict[str, Any]:
    exam: Exam = app.session_state["exam"]
    return {m.organ: m.signal for m in exam.measurements}


def words(app: AppTest) -> str:
    texts = [str(e.value) for kind in (app.markdown, app.caption, app.error, app.warning, app.info) for e in kind]
    return " ".join([*texts, *(e.label for e in app.expander), *(b.label for b in app.button)]).replace("\\", "")


def test_a_drawn_region_joins_the_exam_and_follows_its_outline(app: AppTest, images: ReadResult) -> None:
    page = draw(app, images, drawn())
    assert "LIC 6.3 mg/g dry weight" in words(page) and "Mean of 373 pixels" in words(page)
    assert measured(page)["liver"].location == "right lobe"
    smaller = replace(REGIONS["liver"], height=12.0)
    page = draw(page, images, drawn(region=smaller))
    assert measured(page)["liver"].region == smaller
    assert "liver" not in measured(draw(page, images))
    assert measured(draw(page, images, drawn()))["liver"].region == REGIONS["liver"]


def test_a_region_without_an_organ_is_measured_but_neither_fitted_nor_added(app: AppTest, images: ReadResult) -> None:
    page = draw(app, images, drawn(organ=""))
    assert "Choose the organ" in words(page) and "Mean of 373 pixels" in words(page)
    assert "95 %" not in words(page) and measured(page) == {}


def test_all_regions_of_an_organ_are_its_measurement_but_those_without_a_tick(app: AppTest, images: ReadResult) -> None:
    second = drawn(region=replace(REGIONS["liver"], row=60.0), id_="ba9876543210")
    page = draw(app, images, drawn(), second, selected=second.id)
    assert measured(page)["liver"].drawn == (REGIONS["liver"], second.region)
    assert "In the report: 2 regions, as one set of pixels" in words(page)
    page = draw(page, images, drawn(), replace(second, reported=False), selected=second.id)
    assert measured(page)["liver"].region == REGIONS["liver"]
    assert "**Not in the report**: its tick is off" in words(page)
    assert "unlike the rest" not in " ".join(toggle.label for toggle in page.toggle)
    page = draw(page, images, replace(drawn(), reported=False), replace(second, reported=False))
    assert measured(page) == {}
    assert measured(draw(page, images, drawn(), second))["liver"].drawn == (REGIONS["liver"], second.region)


def test_an_organ_typed_before_is_not_replaced_unasked(app: AppTest, images: ReadResult) -> None:
    typed = next(m for m in sample_exam().measurements if m.organ == "liver")
    app.session_state["exam"] = Exam("typed", measurements=(typed,))
    page = draw(app, images, drawn())
    assert measured(page)["liver"] == typed.signal
    assert measured(draw(page, images))["liver"] == typed.signal


def test_an_organ_taken_out_of_the_exam_stays_out(app: AppTest, images: ReadResult) -> None:
    page = draw(app, images, drawn())
    page.session_state["exam"] = replace(page.session_state["exam"], measurements=())
    page = page.run()
    assert measured(page) == {} and "Add to exam" in words(page)


def test_images_of_another_exam_are_not_mixed_in(app: AppTest, images: ReadResult) -> None:
    page = draw(app, images, drawn())
    exam: Exam = page.session_state["exam"]
    other = replace(exam.measurements[0].signal, organ="spleen", exam_key="another/exam")  # type: ignore[call-arg]
    page.session_state["exam"] = replace(exam, measurements=(replace(exam.measurements[0], signal=other),))
    page = page.run()
    assert "belong to another patient or exam" in words(page)
    assert set(measured(page)) == {"spleen"}


def test_a_region_outside_the_image_is_a_sentence(app: AppTest, images: ReadResult) -> None:
    page = draw(app, images, drawn(region=Region("ellipse", -40.0, -40.0, 5.0, 5.0)))
    assert "holds no pixel" in words(page) and measured(page) == {}


def test_a_region_is_placed_by_numbers(app: AppTest, images: ReadResult) -> None:
    page = app.run()
    next(b for b in page.button_group if (b.key or "").startswith("images-organ")).set_value("liver")
    page = page.run()
    for label, value in {"Centre row": 64, "Centre column": 42, "Height": 24, "Width": 20}.items():
        next(n for n in page.number_input if n.label == label).set_value(value)
    page = page.run()
    next(b for b in page.button if b.label == "Place the region").click()
    page = page.run()
    assert measured(page)["liver"].region == REGIONS["liver"]


# ------------------------------------------------------------------------------ regions together, vessels


def switch(app: AppTest, label: str) -> AppTest:
    toggle = next(t for t in app.toggle if label in t.label)
    toggle.set_value(not toggle.value)
    page = app.run()
    assert not page.exception
    return page


@pytest.fixture(scope="module")
def pancreas() -> SyntheticExam:
    return synthetic_exam("siemens", "pancreas")


@pytest.fixture(scope="module")
def pancreas_images(pancreas: SyntheticExam) -> ReadResult:
    return read_series(list(pancreas.files.items()))


def pancreas_regions(pancreas: SyntheticExam) -> list[DrawnRegion]:
    locations = pancreas.truth.locations.items()
    return [DrawnRegion(f"{k:012x}", "pancreas", name, regions[0]) for k, (name, regions) in enumerate(locations)]


def test_head_body_and_tail_of_the_pancreas_become_the_mean_of_their_times(
    app: AppTest, pancreas: SyntheticExam, pancreas_images: ReadResult
) -> None:
    app.session_state["images"] = pancreas_images
    regions = pancreas_regions(pancreas)
    page = draw(app, pancreas_images, *regions, selected=regions[0].id)
    signal = measured(page)["pancreas"]
    times = [fit_decay(part).time.value for part in signal.parts]
    assert len(times) == len(regions) == 3
    assert fit_decay(signal).time.value == pytest.approx(np.mean(times))
    assert "In the report: 3 regions, as the mean of their times" in words(page)
    [picture] = pictures_of(page.session_state["exam"], pancreas_images.series)
    assert picture.caption.startswith("3 of 3 regions on slice 1") and len(picture.outlines) == 3

    unticked = [replace(one, reported=one is regions[0]) for one in regions]
    alone = measured(draw(page, pancreas_images, *unticked, selected=regions[0].id))["pancreas"]
    assert alone.parts == () and alone.region == regions[0].region

    page = draw(page, pancreas_images, *regions, selected=regions[0].id)
    assert measured(page)["pancreas"] == signal
    page = draw(page, pancreas_images, *regions[:2], selected=regions[0].id)
    assert len(measured(page)["pancreas"].parts) == 2
    page = draw(page, pancreas_images, regions[1], selected=regions[1].id)
    assert measured(page)["pancreas"].region == regions[1].region
    assert measured(draw(page, pancreas_images)) == {}


def test_a_region_that_can_no_longer_be_measured_takes_its_number_out_of_the_exam(
    app: AppTest, images: ReadResult
) -> None:
    page = draw(app, images, drawn())
    assert "liver" in measured(page)
    page = draw(page, images, drawn(region=Region("ellipse", -40.0, -40.0, 5.0, 5.0)))
    assert measured(page) == {}
    assert "liver" in measured(draw(page, images, drawn()))


def test_an_organ_typed_over_a_region_stays_when_the_region_goes(app: AppTest, images: ReadResult) -> None:
    page = draw(app, images, drawn())
    typed = next(m for m in sample_exam().measurements if m.organ == "liver")
    page.session_state["exam"] = replace(page.session_state["exam"], measurements=(typed,))
    page = draw(page, images, drawn(region=replace(REGIONS["liver"], height=12.0)))
    assert measured(page)["liver"] == typed.signal
    assert measured(draw(page, images))["liver"] == typed.signal


def test_vessels_are_left_out_and_marked_until_the_reader_takes_them_back(app: AppTest) -> None:
    exam = vessel_liver()
    found = read_series(list(exam.files.items()))
    app.session_state["images"] = found
    region = next(iter(exam.truth.locations.values()))[0]
    page = draw(app, found, drawn(region=region))
    pixels = measured(page)["liver"].pixels
    n_out = pixels.n_pixels - pixels.n_kept
    assert n_out > 0.1 * pixels.n_pixels
    assert f"{n_out} of {pixels.n_pixels} pixels are left out of the fit, magenta" in words(page)
    board = Board(found.series[0].key, (0, 0), regions=(drawn(region=region),), selected=ID)
    reading = RegionReading(measured(page)["liver"])
    readings = BoardReadings({ID: reading}, {"liver": reading}, {"liver": board.regions})
    marked = left_out_pixels(found.series[0], board.current, readings, Reader(published_knowledge(), 1.5))
    mask = region_mask(region, found.series[0].images.shape[2:])
    assert len(marked) == n_out and mask.ravel()[marked].all()

    page = switch(page, "unlike the rest")
    kept = measured(page)["liver"].pixels
    assert kept.n_kept == kept.n_pixels
    page = switch(page, "unlike the rest")
    assert measured(page)["liver"].pixels == pixels


def test_a_region_over_an_edge_shows_both_parts_and_one_click_keeps_the_inner_one(
    app: AppTest, images: ReadResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: dict[str, Any] = {}
    monkeypatch.setattr(canvas, "show", lambda _key, data, _on_drawn: shown.update(data))
    over = drawn(region=Region("ellipse", 58.0, 62.0, 16.0, 18.0))
    page = draw(app, images, over)
    assert "The region crosses an edge" in words(page) and "no class" in words(page)
    faster, slower = (set(shown["marks"][part]) for part in ("faster", "slower"))
    drawn_pixels = set(np.flatnonzero(region_mask(over.region, images.series[0].images.shape[2:])).tolist())
    assert faster | slower == drawn_pixels and not faster & slower and shown["marks"]["left_out"] == []
    edition = shown["edition"]
    next(b for b in page.button if b.label.startswith("Orange, 250")).click()
    page = page.run()
    assert not page.exception and shown["edition"] == edition + 1
    kept = measured(page)["liver"].region
    assert set(np.flatnonzero(region_mask(kept, images.series[0].images.shape[2:])).tolist()) < faster
    assert "LIC 6.3 mg/g dry weight" in words(page) and "crosses an edge" not in words(page)


def test_a_liver_region_in_the_spleen_is_doubted_beside_one_in_the_liver(app: AppTest, images: ReadResult) -> None:
    astray = drawn(region=REGIONS["spleen"], id_="ba9876543210")
    page = draw(app, images, drawn(), astray)
    assert "Regions 1 and 2 of the liver read apart" in words(page) and "no class" in words(page)
    page = draw(page, images, drawn(), replace(astray, reported=False))
    assert "read apart" not in words(page) and "LIC 6.3 mg/g dry weight" in words(page)


# ------------------------------------------------------------------------------ two exams, T1, sides


def test_where_one_echo_time_stands_on_all_echoes_the_times_can_be_typed(app: AppTest) -> None:
    files = {}
    for name, content in synthetic_exam("siemens", "liver", Recipe(4.0, n_slices=1, phase=False)).files.items():
        image = dcmread(io.BytesIO(content))
        image.EchoTime = 1.2
        stream = io.BytesIO()
        image.save_as(stream)
        files[name] = stream.getvalue()
    app.session_state["images"] = read_series(list(files.items()))
    label = "Echo times of the protocol [ms], in the order of the images"
    [field] = [one for one in app.run().text_input if one.label == label]
    assert not app.exception
    field.set_value("1.2; 0.8").run()
    assert any("ascending times" in error.value for error in app.error)
    typed = echo_times_of("1.2, 2.5 3.8 5.1 6.4 7.7 9 10.3 11.6 12.9 ms") or ()
    app.session_state["images"] = read_series(list(files.items()), te_ms=typed)
    assert app.session_state["images"].series[0].te_ms == typed
    assert any(one.label == label for one in app.run().text_input)


def test_two_exams_in_one_upload_are_measured_only_after_one_was_chosen(app: AppTest) -> None:
    files = [file for name in ("phantom_1t5_dicom", "liver_1t5_siemens") for file in [sample_images(name)]]
    both = read_series(files)
    assert both.n_studies == 2
    app.session_state["images"] = app.session_state["images-of-all-exams"] = both
    page = app.run()
    question = next(r for r in page.radio if "Which one is meant" in r.label)
    assert question.value is None and not [s for s in page.selectbox if "series-" in (s.key or "")]
    for exam in both.exams:
        next(r for r in page.radio if "Which one is meant" in r.label).set_value(exam.study_key)
        page = page.run()
        assert not page.exception
        assert {s.study_key for s in page.session_state["images"].series} == {exam.study_key}
        assert next(s for s in page.selectbox if "series-" in (s.key or "")).options


def with_inversion(result: ReadResult, *, one_series: bool) -> ReadResult:
    """The exam of an upload with one inversion recovery of T1 950 ms everywhere, and no echoes."""
    ti_ms = (100.0, 180.0, 260.0, 1000.0, 1900.0, 2800.0, 3700.0)
    signal = np.abs(inversion_recovery(np.array(ti_ms), 1000.0, 950.0))
    pixels = np.broadcast_to(signal[None, :, None, None], (1, 7, 128, 128)).astype(np.float32)
    exam = result.exams[0]
    series = InversionSeries(
        key="t1key", label="5 T1", ti_ms=ti_ms, te_ms=1.2, images=pixels, contrast="T2*", field_tesla=1.5,
        pixel_spacing_mm=(1.0, 1.0), slice_positions_mm=(0.0,), technique=Technique(),
        patient_key=exam.patient_key, study_key=exam.study_key, one_series=one_series,
    )  # fmt: skip
    return replace(result, series=(), inversion_series=(series,))


def test_t1_of_a_septum_is_shown_without_a_class_and_kept_where_asked(app: AppTest, images: ReadResult) -> None:
    app.session_state["images"] = with_inversion(images, one_series=False)
    region = replace(REGIONS["heart"], slice_index=0)
    app.session_state["board-t1key"] = Board("t1key", (0, 0), regions=(drawn("heart", region),), selected=ID)
    page = app.run()
    assert not page.exception
    shown = words(page)
    assert "T1 950" in shown and "No class" in shown and measured(page) == {}
    next(b for b in page.button if "as native septal T1" in b.label).click()
    page = page.run()
    assert page.session_state["exam"].context.fact("heart_t1_ms") == "950"


def test_t1_of_another_exam_is_not_kept_for_this_patient(app: AppTest, images: ReadResult) -> None:
    exam = sample_exam()
    other = replace(exam.measurements[0].signal, exam_key="another/exam")  # type: ignore[call-arg]
    app.session_state["exam"] = replace(exam, measurements=(replace(exam.measurements[0], signal=other),))
    app.session_state["images"] = with_inversion(images, one_series=False)
    region = replace(REGIONS["heart"], slice_index=0)
    app.session_state["board-t1key"] = Board("t1key", (0, 0), regions=(drawn("heart", region),), selected=ID)
    shown = words(app.run())
    assert "belong to another patient or exam" in shown and "T1 950" not in shown and "native septal" not in shown


def test_t1_of_a_siemens_phantom_is_that_of_its_golden_region(app: AppTest, shared_data: Path) -> None:
    folder = shared_data / "siemens_ir_tse_T1_5TI"
    found = read_series([(p.name, p.read_bytes()) for p in sorted(folder.rglob("*")) if p.is_file()])
    app.session_state["images"] = found
    key = found.inversion_series[0].key
    square = drawn("kidney", Region("rectangle", 146.0, 126.0, 7.0, 7.0))
    app.session_state[f"board-{key}"] = Board(key, (0, 0), regions=(square,), selected=ID)
    shown = words(app.run())
    assert "T1 101.3 ms" in shown and "Mean signal of 49 pixels" in shown


def test_an_organ_that_the_header_does_not_name_is_asked_about(app: AppTest, images: ReadResult) -> None:
    of_heart = replace(images.series[0], header_text="CARDIAC T2*")
    app.session_state["images"] = replace(images, series=(of_heart,))
    assert "names heart, the region is named liver" in words(draw(app, images, drawn()))
    assert "names heart, the region" not in words(draw(app, images, drawn("heart", REGIONS["heart"])))


def test_molli_is_proposed_where_all_times_stand_in_one_series(app: AppTest, images: ReadResult) -> None:
    app.session_state["images"] = with_inversion(images, one_series=True)
    page = app.run()
    assert next(s for s in page.selectbox if s.label == "T1 method").value == "molli"


def test_the_patients_sides_stand_at_the_edges_where_the_header_tells(images: ReadResult) -> None:
    series = images.series[0]
    plane = SlicePlane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (1.0, 1.0))
    axial = replace(series, planes=(plane,) * series.n_slices)
    assert patient_sides(axial) == {"left": "R", "right": "L", "top": "A", "bottom": "P"}
    tilted = replace(plane, cosines=(0.8, 0.6, 0.0, 0.0, 0.0, -1.0))
    oblique = replace(series, planes=(tilted,) * series.n_slices)
    assert patient_sides(oblique) == {"left": "RA", "right": "LP", "top": "H", "bottom": "F"}
    assert patient_sides(replace(series, planes=())) is None
    mixed = (plane, *(tilted,) * (series.n_slices - 1))
    assert series.n_slices == 2 and patient_sides(replace(series, planes=mixed)) is None
