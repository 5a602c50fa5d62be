"""Regions travel between browser and Python: checked, kept, measured, and in step with the exam."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ironreport.exam import open_exam, save_exam
from ironreport.intake import ReadResult, read_series
from ironreport.phantom import REGIONS
from ironreport.records import EchoSeries, Exam, Region, Technique
from ironreport.samples import sample_exam, sample_images
from ironreport.ui import canvas
from ironreport.ui.workbench import Board, DrawnRegion, board_from_browser, with_region

ID = "0123456789ab"


def small_series(images: np.ndarray) -> EchoSeries:
    te_ms = tuple(1.0 + e for e in range(images.shape[1]))
    return EchoSeries(
        "key", "1 T2*", te_ms, images.astype(np.float32), "T2*", 1.5, (1.0, 1.0), (0.0,) * len(images),
        Technique(), "p", "s",
    )  # fmt: skip


# ------------------------------------------------------------------------------ pixels to the browser


def unpacked(part: bytes) -> tuple[dict[str, Any], np.ndarray]:
    (length,) = struct.unpack_from("<I", part)
    header = json.loads(part[4 : 4 + length])
    shape = (header["n_slices"], header["echoes"], header["rows"], header["columns"])
    stored = np.frombuffer(zlib.decompress(part[4 + length :]), "<u2").reshape(shape)
    return header, header["offset"] + header["step"] * stored


def test_whole_numbers_reach_the_browser_unchanged() -> None:
    images = np.random.default_rng(1).integers(-20, 4000, (3, 4, 8, 6))
    [part] = canvas.packed(small_series(images))
    assert np.array_equal(unpacked(part)[1], images)


def test_scaled_signals_reach_the_browser_within_half_a_step() -> None:
    images = np.random.default_rng(2).normal(50.0, 20.0, (2, 3, 8, 6)).astype(np.float32)
    images[0, 0, 0, 0] = np.nan
    [part] = canvas.packed(small_series(images))
    header, shown = unpacked(part)
    assert np.allclose(shown, np.nan_to_num(images), atol=0.51 * header["step"])


def test_a_large_series_travels_in_parts_of_whole_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.arange(5 * 2 * 4 * 4).reshape(5, 2, 4, 4)
    monkeypatch.setattr(canvas, "PART_BYTES", 2 * images[0].size * 2)
    parts = [unpacked(part) for part in canvas.packed(small_series(images))]
    assert [header["first_slice"] for header, _ in parts] == [0, 2, 4]
    assert np.array_equal(np.concatenate([shown for _, shown in parts]), images)


def test_a_series_too_large_for_a_browser_is_told_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    series = small_series(np.zeros((3, 2, 4, 4)))
    assert canvas.is_drawable(series)
    monkeypatch.setattr(canvas, "MOST_BYTES", series.images.size * 2 - 1)
    assert not canvas.is_drawable(series)


def test_an_even_image_is_packed_without_a_division_by_nothing() -> None:
    [part] = canvas.packed(small_series(np.full((1, 2, 3, 3), 7.5)))
    assert (unpacked(part)[1] == 7.5).all()


# ------------------------------------------------------------------------------ regions from the browser


def drawn(organ: str = "liver", region: Region = REGIONS["liver"], id_: str = ID) -> DrawnRegion:
    return DrawnRegion(id_, organ, "right lobe", region)


HELD = Board("key", (0, 0), edition=2, revision=5)


def sent(**changes: Any) -> dict[str, Any]:
    body = {**asdict(replace(HELD, revision=6, regions=(drawn(),), selected=ID)), **changes}
    found: dict[str, Any] = json.loads(json.dumps(body))
    return found


def test_what_the_browser_drew_is_taken_over() -> None:
    board = board_from_browser(sent(), HELD)
    assert board.regions == (drawn(),)
    assert board.current == drawn()


@pytest.mark.parametrize("late", [{"revision": 5}, {"edition": 1}, {"series": "another"}])
def test_what_comes_too_late_changes_nothing(late: dict[str, Any]) -> None:
    assert board_from_browser(sent(**late), HELD) is HELD


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
        with_entry(site="x" * 61),
        with_entry(region={"shape": "star", "row": 1, "column": 1, "height": 1, "width": 1}),
        with_entry(region={**asdict(REGIONS["liver"]), "points": [[0, 0]] * 2001}),
        sent(regions=[sent()["regions"][0]] * 201),
    ],
)
def test_what_is_no_board_changes_nothing(wrong: object) -> None:
    assert board_from_browser(wrong, HELD) is HELD


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
    assert measured(page)["liver"].site == "right lobe"
    smaller = replace(REGIONS["liver"], height=12.0)
    page = draw(page, images, drawn(region=smaller))
    assert measured(page)["liver"].region == smaller
    assert "liver" not in measured(draw(page, images))
    assert measured(draw(page, images, drawn()))["liver"].region == REGIONS["liver"]


def test_a_region_without_an_organ_is_measured_but_neither_fitted_nor_added(app: AppTest, images: ReadResult) -> None:
    page = draw(app, images, drawn(organ=""))
    assert "Choose the organ" in words(page) and "Mean of 373 pixels" in words(page)
    assert "T2*" not in words(page) and measured(page) == {}


def test_a_second_region_of_an_organ_waits_for_a_click(app: AppTest, images: ReadResult) -> None:
    second = drawn(region=replace(REGIONS["liver"], row=60.0), id_="ba9876543210")
    page = draw(app, images, drawn(), second, selected=second.id)
    assert measured(page)["liver"].region == REGIONS["liver"]
    next(b for b in page.button if b.label == "Replace liver in the exam").click()
    page = page.run()
    assert measured(page)["liver"].region == second.region
    assert "In the exam" in words(page)


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
