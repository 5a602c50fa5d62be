"""Masks beside the images are offered on the Images page, and drawn only where somebody says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ironreport.intake import ReadResult, read_series, region_mask
from ironreport.intake.masks import FoundMask, MasksFound
from ironreport.intake.masks.found import found_mask
from ironreport.records import LeftOut
from ironreport.synthetic.samples import sample_images

MASKS = "masks-beside-images"


@pytest.fixture(scope="module")
def images() -> ReadResult:
    return read_series([sample_images("liver_1t5_siemens")])


@pytest.fixture
def mask(images: ReadResult) -> FoundMask:
    series = images.series[0]
    selected = np.zeros((series.n_slices, *series.images.shape[2:]), dtype=np.bool_)
    selected[1, 56:68, 36:48] = True
    return replace(found_mask("Leber <b>", "NIfTI, label 1", series, selected), organ="liver")


@pytest.fixture
def app(repo_root: Path, images: ReadResult) -> Iterator[AppTest]:
    page = AppTest.from_file(str(repo_root / "app.py"), default_timeout=60)
    page.session_state["images"] = images
    yield page.run().switch_page("pages/3_Images.py")


def test_a_mask_is_drawn_by_its_button_and_by_nothing_else(app: AppTest, images: ReadResult, mask: FoundMask) -> None:
    series = images.series[0]
    app.session_state[MASKS] = MasksFound((mask,))
    page = app.run()
    assert not page.exception
    assert f"board-{series.key}" not in page.session_state
    [button] = [one for one in page.button if one.label == "Draw it"]
    page = button.click().run()
    assert not page.exception
    [drawn] = page.session_state[f"board-{series.key}"].regions
    assert drawn.organ == "liver"
    assert np.array_equal(region_mask(drawn.region, series.images.shape[2:]), mask.mask[1])
    assert [m.organ for m in page.session_state["exam"].measurements] == ["liver"]


def test_a_mask_with_a_question_or_without_an_organ_waits_for_its_answer(app: AppTest, mask: FoundMask) -> None:
    app.session_state[MASKS] = MasksFound((replace(mask, organ="", question="Does it lie in the organ on slice 2?"),))
    page = app.run()
    [button] = [one for one in page.button if one.label == "Yes, draw it"]
    assert button.disabled
    assert any("Does it lie in the organ on slice 2?" in text.value for text in page.markdown)


def test_masks_that_do_not_fit_are_named_with_their_cure(app: AppTest) -> None:
    gone = LeftOut("MASK_SHIFTED", "The grid is shifted.", "Save the mask again.", 1, "spleen.nii")
    app.session_state[MASKS] = MasksFound((), (gone,))
    page = app.run()
    assert not page.exception
    assert "1 usable series; 1 file left out, 1 of masks." in [one.label for one in page.expander]
    assert any("MASK" in text.value and "shifted" in text.value for text in page.markdown)
