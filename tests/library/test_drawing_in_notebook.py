"""The canvas in a notebook: what is drawn comes back as the app's record and reads the app's digits."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest

import ironreport as ir
from ironreport.canvas import packing
from ironreport.errors import IronReportError
from ironreport.library.workbench import Workbench
from ironreport.measure import measure_together
from ironreport.synthetic.samples import samples_folder

INSIDE = ir.Region("ellipse", 62.0, 42.0, 16.0, 16.0, slice_index=1)
BELOW = ir.Region("rectangle", 74.0, 42.0, 6.0, 9.0, slice_index=1)


@pytest.fixture(scope="module")
def series() -> ir.OpenedSeries:
    return ir.read(samples_folder() / "liver_1t5_siemens").series[0]


@pytest.fixture
def board(series: ir.OpenedSeries) -> Workbench:
    return series.draw("liver")


def draw(board: Workbench, *regions: Mapping[str, Any] | ir.Region, organ: str = "liver", **changes: Any) -> None:
    """What the browser sends after a line was drawn."""
    items = [
        {"id": f"{i:012x}", "organ": organ, "location": "", "region": asdict(r), "reported": True}
        if isinstance(r, ir.Region)
        else r
        for i, r in enumerate(regions)
    ]
    told = board._told
    sent = {"series": told["series"], "edition": told["edition"], "revision": told["revision"] + 1, "view": [1, 0]}
    sent = {**sent, "regions": items, "selected": items[-1]["id"] if items else "", **changes}
    board._handle_custom_msg({"drawn": json.loads(json.dumps(sent))}, [])
    board._handle_custom_msg({"labels": "wanted"}, [])


def test_what_is_drawn_is_the_apps_record_and_reads_the_digits_of_a_region(
    board: Workbench, series: ir.OpenedSeries
) -> None:
    draw(board, INSIDE)
    (drawn,) = board.regions
    assert (drawn.region, drawn.organ, drawn.reported) == (INSIDE, "liver", True)
    alone = series.region(INSIDE, organ="liver")
    assert board.organ("liver").signal == alone.signal
    assert board._told["labels"] == {drawn.id: "T2* 3.5 ms"}


def test_the_regions_of_an_organ_with_a_tick_make_its_number(board: Workbench, series: ir.OpenedSeries) -> None:
    draw(board, INSIDE, BELOW)
    together = measure_together(series.images, [("", INSIDE), ("", BELOW)], "liver", by_mean=False)
    (both,) = board.organs
    assert both.fit == ir.MeasuredOrgan(together).fit
    assert all(label.endswith("alone") for label in board._told["labels"].values())
    draw(board, board._told["regions"][0], {**board._told["regions"][1], "reported": False})
    assert board.organ("liver").signal == series.region(INSIDE, organ="liver").signal


def test_what_was_drawn_is_measured_like_any_region(board: Workbench, series: ir.OpenedSeries) -> None:
    draw(board, INSIDE, BELOW)
    assert series.region(board.regions, organ="liver").fit == board.organ("liver").fit
    assert series.region(board.regions[0], organ="liver").signal == series.region(INSIDE, organ="liver").signal
    with pytest.raises(IronReportError, match="drawn as liver was to be measured as spleen"):
        series.region(board.regions, organ="spleen")


def test_a_mask_is_put_on_the_canvas_to_be_changed(board: Workbench) -> None:
    draw(board, INSIDE)
    edition = board._told["edition"]
    board.add(BELOW, "liver", "right lobe")
    assert [one.region for one in board.regions] == [INSIDE, BELOW]
    assert board._told["edition"] == edition + 1
    assert board._told["selected"] == board.regions[1].id
    assert "2 of liver" in repr(board)


@pytest.mark.parametrize("late", [{"revision": 1}, {"edition": 7}, {"series": "another"}, {"regions": "none"}])
def test_what_comes_too_late_or_is_no_board_changes_nothing(board: Workbench, late: dict[str, Any]) -> None:
    draw(board, INSIDE)
    held = board.regions
    draw(board, **late)
    assert board.regions == held


def test_a_region_that_holds_nothing_is_kept_and_says_why(board: Workbench) -> None:
    draw(board, ir.Region("ellipse", -40.0, -40.0, 3.0, 3.0, slice_index=1))
    (drawn,) = board.regions
    assert board._told["outside"][drawn.id]
    assert board.organs == ()
    with pytest.raises(IronReportError) as refused:
        board.organ("liver")
    assert refused.value.refusal.what == board._told["outside"][drawn.id]


def test_the_pixels_are_sent_when_they_are_asked_for_and_are_no_state_that_a_notebook_saves(
    board: Workbench, series: ir.OpenedSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(Workbench, "send", lambda _self, _message, buffers: sent.extend(buffers))
    monkeypatch.setattr(packing, "PART_BYTES", series.images.images[0].size * 2)
    board._handle_custom_msg({"pixels": "wanted"}, [])
    assert tuple(sent) == packing.packed(series.images)
    assert len(sent) == series.images.n_slices
    state = {name: value for name, value in board.get_state().items() if name != "_esm"}
    assert len(json.dumps(state, default=str)) < 20_000


def test_without_the_extra_a_sentence_says_what_to_install(
    series: ir.OpenedSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "ironreport.library.workbench")
    with pytest.raises(IronReportError, match=r"pip install 'ironreport\[notebook\]'") as refused:
        series.draw()
    assert refused.value.refusal.code == "NO_CANVAS"


def test_a_mistake_is_a_sentence_with_its_cure(series: ir.OpenedSeries, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(IronReportError, match="Did you mean 'liver'"):
        series.draw("Liver")
    with pytest.raises(IronReportError, match=r"No region of the spleen .* Drawn: nothing"):
        series.draw("liver").organ("spleen")
    monkeypatch.setattr(packing, "MOST_BYTES", 1)
    with pytest.raises(IronReportError, match="too large to be drawn on"):
        series.draw("liver")
