"""The Maps page: a map with its noise named, the regions of the exam on it, and the switch for vessels."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ironreport.intake import ReadResult, read_series
from ironreport.measure.iron_maps import IronMap, iron_map
from ironreport.measure.region_signals import measure
from ironreport.measure.vessels import exclusion
from ironreport.records import Exam, Measurement, Region
from ironreport.report.maps.scale import doubt_scale, rate_scale, relaxation
from ironreport.synthetic.examination import vessel_liver
from ironreport.ui.maps.page import _keep_view, map_canvas
from ironreport.ui.maps.saving import layers_of

pytestmark = pytest.mark.slow  # every map is a fit of some thousand pixels


@cache
def images() -> ReadResult:
    return read_series(vessel_liver().files.items())


@cache
def the_map() -> IronMap:
    return iron_map(images().series[0])


def region() -> Region:
    return vessel_liver().truth.locations["right lobe"][1]


def measured() -> Exam:
    series = images().series[0]
    return Exam("Exam", measurements=(Measurement(measure(series, region(), "liver", "right lobe")),))


@pytest.fixture
def app(repo_root: Path) -> Iterator[AppTest]:
    yield AppTest.from_file(str(repo_root / "app.py"), default_timeout=30).run()


def maps(app: AppTest, result: ReadResult | None = None, exam: Exam | None = None) -> AppTest:
    if result is not None:
        app.session_state["images"] = result
    if exam is not None:
        app.session_state["exam"] = exam
    page = app.switch_page("pages/7_Maps.py").run()
    assert not page.exception
    return page


def words(app: AppTest) -> str:
    kinds = [app.markdown, app.caption, app.info, app.warning, app.error]
    texts = [str(element.value) for kind in kinds for element in kind]
    texts += [table.value.to_string(header=False, index=False) for table in app.table]
    return " ".join(texts).replace("\\", "")


def keyed(app: AppTest, kind: str, prefix: str) -> Any:
    return next(w for w in getattr(app, kind) if (w.key or "").startswith(prefix))


# --------------------------------------------------------------------------------------- the page


def test_an_empty_page_says_where_maps_come_from(app: AppTest) -> None:
    assert "multi-echo images" in words(maps(app))


def test_a_map_names_its_noise_and_says_what_it_is_for(app: AppTest) -> None:
    said = words(maps(app, images()))
    assert "σ 8: image corners, 4 of 4" in said
    assert "The number that is reported is the region's" in said
    assert "Hatched: not measurable" in said
    assert "Measure a region on the *Images* page" in said


def test_the_noise_can_be_taken_from_elsewhere(app: AppTest) -> None:
    page = maps(app, images())
    first = page.session_state["iron-map"]
    assert "background region of" in words(keyed(page, "radio", "map-noise").set_value("background").run())
    assert page.session_state["iron-map"][1].noise.source == "background"
    assert "decays" in words(keyed(page, "radio", "map-noise").set_value("residuals").run())
    assert first[1].noise.source == "corners"


def test_a_noise_that_cannot_be_measured_is_refused_and_no_map_is_shown(app: AppTest) -> None:
    series = images().series[0]
    masked = replace(series, key="masked", images=series.images.copy())
    masked.images[:, :, ~the_map().body[1]] = 0.0
    page = maps(app, replace(images(), series=(masked,)))
    assert page.session_state["iron-map"][1].noise.source == "residuals"
    page = keyed(page, "radio", "map-noise").set_value("corners").run()
    assert "no plain noise" in words(page)
    assert "A map is for looking" not in words(page)


def test_two_patients_give_no_map(app: AppTest) -> None:
    found = images().exams[0]
    two = replace(images(), exams=(found, replace(found, patient_key="another", study_key="another")))
    assert "more than one patient" in words(maps(app, two))
    assert "iron-map" not in app.session_state


def test_the_map_is_made_once_while_images_and_noise_stay(app: AppTest) -> None:
    page = maps(app, images())
    first = page.session_state["iron-map"][1]
    assert page.run().session_state["iron-map"][1] is first
    other = replace(images().series[0], key="other")
    page.session_state["images"] = replace(images(), series=(other,))
    assert page.run().session_state["iron-map"][1].series_key == "other"


def test_a_stopped_map_waits_for_the_reader(app: AppTest) -> None:
    app.session_state["map-stopped"] = (images().series[0].key, the_map().noise)
    page = maps(app, images())
    assert "The map was stopped" in words(page)
    assert "A map is for looking" in words(next(b for b in page.button if b.label == "Make the map").click().run())


# ------------------------------------------------------------------------------ regions and vessels


def test_the_reported_number_stands_above_the_pixels_and_is_explained(app: AppTest) -> None:
    page = maps(app, images(), measured())
    said = words(page)
    doors = [" ".join(str(m.value) for m in door.markdown) for door in page.get("popover")]
    assert any("Noise" in door for door in doors) and any("Median of the pixels" in door for door in doors)
    assert said.index("(reported)") < said.index("Pixels, median T2*")
    assert "Liver · right lobe" in said
    assert "Not measurable 0.0 % of 411 pixels" in " ".join(said.split())


def test_iron_and_classes_follow_the_organ(app: AppTest) -> None:
    page = maps(app, images(), measured())
    page = keyed(page, "button_group", "map-shown").set_value("lic_mg_per_g").run()
    page = keyed(page, "toggle", "map-classes").set_value(True).run()
    said = words(page)
    assert not page.exception
    assert "Pixels, median LIC" in said and "Iron by " in said
    page = keyed(page, "selectbox", "map-organ").set_value("").run()
    assert not page.exception
    assert keyed(page, "toggle", "map-classes").disabled


def test_what_the_screen_leaves_out_is_said_with_its_effect(app: AppTest) -> None:
    said = " ".join(words(maps(app, images(), measured())).split())
    found = exclusion(images().series[0], region())
    assert f"{found.left_out.sum()} of {found.drawn.sum()} pixels" in said
    assert "Without them 3.0" in said
    assert "Plain mean of all pixels 7." in said


def test_the_switch_keeps_the_pixels_in_the_exam_and_lets_them_go_again(app: AppTest) -> None:
    page = maps(app, images(), measured())
    page = keyed(page, "toggle", "map-screened-liver").set_value(False).run()
    assert not page.exception
    kept = page.session_state["exam"].measurements[0].signal.pixels
    assert kept.n_kept == kept.n_pixels
    page = keyed(page, "toggle", "map-screened-liver").set_value(True).run()
    assert page.session_state["exam"].measurements == measured().measurements


def test_a_region_of_other_images_is_not_on_this_map(app: AppTest) -> None:
    exam = measured()
    signal = replace(exam.measurements[0].signal, exam_key="another patient/exam", series_key="")
    said = words(maps(app, images(), replace(exam, measurements=(Measurement(signal),))))
    assert "Measure a region on the *Images* page" in said


# --------------------------------------------------------------------------- what the browser is given


def test_codes_hold_values_to_a_thirtieth_of_a_percent() -> None:
    rate, doubt = map_canvas.codes_of(the_map())
    seen = the_map().fits.measurable
    low, high = map_canvas.RATE_ENDS_PER_S
    share = (rate[seen].astype(float) - 2) / (65535 - 2)
    assert np.allclose(low * (high / low) ** share, the_map().rates_per_s[seen], rtol=3e-4)
    assert (rate[seen] >= map_canvas.FIRST_CODE).all() and (doubt[seen] >= map_canvas.FIRST_CODE).all()
    assert (rate[the_map().unmeasurable] == map_canvas.UNMEASURABLE).all()
    assert (rate[~the_map().body] == map_canvas.OUTSIDE).all()


def test_planes_travel_in_parts_of_whole_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    series = images().series[0]
    monkeypatch.setattr(map_canvas, "PART_BYTES", 2 * 3 * 2 * 128 * 128)
    stored = []
    for part in map_canvas.packed(the_map(), series, "name"):
        (length,) = struct.unpack_from("<I", part)
        header = json.loads(part[4 : 4 + length])
        assert header["series"] == "name" and header["first_slice"] == sum(len(s) for s in stored)
        shape = (header["n_slices"], header["echoes"], header["rows"], header["columns"])
        stored.append(np.frombuffer(zlib.decompress(part[4 + length :]), "<u2").reshape(shape))
    planes = np.concatenate(stored)
    assert [len(s) for s in stored] == [2, 1]
    assert np.array_equal(planes[:, 1], map_canvas.codes_of(the_map())[0])
    assert np.array_equal(planes[:, 0], map_canvas.grey_of(series))


@pytest.mark.parametrize("is_doubt", [False, True])
def test_tables_colour_as_the_picture_does(is_doubt: bool) -> None:
    shown = relaxation("t2star_ms")
    scale = doubt_scale() if is_doubt else rate_scale(shown, the_map().rates_per_s, None, None)
    tables = map_canvas.tables(scale, shown, is_doubt=is_doubt)
    json.dumps(tables)
    values = layers_of(images().series[0], the_map(), 1, is_doubt=is_doubt).values
    codes = map_canvas.coded(values, map_canvas.DOUBT_ENDS if is_doubt else map_canvas.RATE_ENDS_PER_S)
    seen = np.isfinite(values)
    bands = np.searchsorted(tables["breaks"], codes[seen], side="right")
    ours = [tables["colours"][band] for band in bands]
    pictured = [f"#{bytes(colour).hex()}" for colour in scale.colours(values[seen])]
    assert np.mean([a == b for a, b in zip(ours, pictured, strict=True)]) > 0.97


@pytest.mark.parametrize(
    "wrong",
    [None, "view", {"map": "other", "slice": 1, "opacity": 0.5}, {"map": "name", "slice": 3, "opacity": 0.5},
     {"map": "name", "slice": "1", "opacity": 0.5}, {"map": "name", "slice": 1, "opacity": None}],
)  # fmt: skip
def test_a_view_that_is_none_changes_nothing(monkeypatch: pytest.MonkeyPatch, wrong: object) -> None:
    held = {"map-view": {"map": "name", "chosen": "", "slice": 0, "opacity": 0.7}}
    monkeypatch.setattr("streamlit.session_state", held)
    _keep_view(wrong, "name", 3)
    assert held["map-view"] == {"map": "name", "chosen": "", "slice": 0, "opacity": 0.7}
    _keep_view({"map": "name", "slice": 2, "opacity": 4.0}, "name", 3)
    assert held["map-view"] == {"map": "name", "chosen": "", "slice": 2, "opacity": 1.0}
