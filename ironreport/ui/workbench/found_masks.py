"""Masks that lay beside the images: offered, named and put on the canvas by a click, never by themselves."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ironreport.canvas import MOST_CORNERS, MOST_REGIONS, Images, with_region
from ironreport.intake.masks import FoundMask, MasksFound
from ironreport.library.masks_found import with_organs
from ironreport.records import LeftOut
from ironreport.ui import state
from ironreport.ui.shown import plain, without_controls
from ironreport.ui.voices import put_board
from ironreport.ui.workbench.board import board_of

MASKS = "masks-beside-images"
MOST_OFFERED = 40
LONGEST_LOCATION = 60
NO_ORGAN = "choose the organ"


def put_masks(found: MasksFound) -> None:
    """Keep the masks of an upload, each with the organ that its name suggests."""
    st.session_state[MASKS] = with_organs(found)


def add_masks(found: MasksFound) -> None:
    """Keep masks that came later, beside those that came with the images."""
    held: MasksFound = st.session_state.get(MASKS) or MasksFound(())
    put_masks(replace(found, masks=(*held.masks, *found.masks)))


def masks_left_out() -> tuple[LeftOut, ...]:
    """Masks of the upload that do not fit its images, by reason."""
    found: MasksFound | None = st.session_state.get(MASKS)
    return found.left_out if found else ()


def offer_masks(series: Images) -> None:
    """Show the masks on a series, each with its organ to choose and a button that draws it."""
    found: MasksFound | None = st.session_state.get(MASKS)
    fitting = [one for one in (found.masks if found else ()) if one.series_key == series.key][:MOST_OFFERED]
    if not fitting:
        return
    count = "1 mask lies" if len(fitting) == 1 else f"{len(fitting)} masks lie"
    with st.expander(f"{count} beside the images of this series", expanded=not board_of(series).regions):
        for number, one in enumerate(fitting):
            _offer(series, one, f"mask-{series.key}-{number}")


def _offer(series: Images, mask: FoundMask, key: str) -> None:
    organs = state.knowledge().organs
    words, choice, button = st.columns([5, 2, 2], vertical_alignment="center")
    slices = ", ".join(str(index + 1) for index in mask.slices)
    counted = f"{mask.n_pixels} pixels on slice {slices}. {mask.source}."
    words.markdown(f"**{plain(mask.name, 80) or 'mask without a name'}**: {plain(f'{counted} {mask.question}', 500)}")
    ids = ["", *organs]
    organ = choice.selectbox(
        f"Organ of mask {plain(mask.name, 80)}", ids, index=ids.index(mask.organ) if mask.organ in ids else 0,
        format_func=lambda o: organs[o].name if o else NO_ORGAN, key=f"{key}-organ", label_visibility="collapsed",
    )  # fmt: skip
    label = "Yes, draw it" if mask.needs_confirmation else "Draw it"
    if button.button(label, key=f"{key}-draw", disabled=not organ, width="stretch"):
        _draw(series, mask, organ or "")


def _draw(series: Images, mask: FoundMask, organ: str) -> None:
    """Put the regions of a mask on the board; ones whose outline the canvas cannot hold stay away, all of them."""
    board, regions = board_of(series), mask.regions
    too_fine = any(len(region.points) > MOST_CORNERS for region in regions)
    if too_fine or len(board.regions) + len(regions) > MOST_REGIONS:
        st.error(
            "The outline of this mask has more corners or pieces than the canvas holds. Measure it in a notebook: "
            "series.region(mask, organ=...)."
        )
        return
    for region in regions:
        board = with_region(board, organ, without_controls(mask.name)[:LONGEST_LOCATION], region)
    put_board(board)
    st.rerun()
