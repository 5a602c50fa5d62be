"""Which pixels of a region the screen for vessels leaves out, and what that changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from ironreport.measure.vessels import Exclusion, exclusion
from ironreport.records import EchoSeries, Estimate, Region, RegionFit
from ironreport.report.content import Row
from ironreport.report.numbers import interval, number
from ironreport.ui import parts
from ironreport.units import time_ms

HELD, KEPT = "vessel-exclusion", "all-pixels-kept"


def kept_whole() -> frozenset[str]:
    """Organs of which the reader lets pixels unlike the rest count."""
    found: frozenset[str] = st.session_state.get(KEPT, frozenset())
    return found


def is_screened(organ: str) -> bool:
    """Whether the region of an organ is measured without the pixels unlike the rest: so, unless switched off."""
    return organ not in kept_whole()


def exclusion_of(series: EchoSeries, region: Region) -> Exclusion:
    """The screen of a region, computed once while it does not change."""
    key = (series.key, region)
    held: tuple[Any, Exclusion] | None = st.session_state.get(HELD)
    if held is None or held[0] != key:
        held = (key, exclusion(series, region))
        st.session_state[HELD] = held
    return held[1]


def left_out_of(series: EchoSeries, region: Region) -> dict[str, Any]:
    """The pixels left out, counted row by row, as the browser marks them."""
    pixels = np.flatnonzero(exclusion_of(series, region).left_out).tolist()
    return {"slice": region.slice_index, "pixels": pixels}


def show_exclusion(series: EchoSeries, region: Region, contrast: str) -> None:
    """What is unlike the rest of a region, and its relaxation with and without it."""
    found = exclusion_of(series, region)
    n_out, n_drawn = int(found.left_out.sum()), int(found.drawn.sum())
    st.markdown(
        f"**Vessels and artefacts**: {n_out} of {n_drawn} pixels ({100 * found.share:.0f} %) are unlike the rest."
    )
    st.markdown(":small[Marked in magenta on the map: unlike in their early, middle or late signal, before any fit.]")
    parts.show_rows(
        [
            Row("Without them", _words(found.screened)),
            Row("With them", _words(found.unscreened)),
            Row("Plain mean of all pixels", _mean_words(found)),
        ],
        f"{contrast} of the region with and without the pixels unlike the rest",
    )


def _words(fit: RegionFit | None) -> str:
    if fit is None:
        return "no number"
    if not np.isfinite(fit.ci_high_per_s):
        return f"< {time_ms(fit.ci_low_per_s):.2g} ms"
    low, high = time_ms(fit.ci_high_per_s), time_ms(max(fit.ci_low_per_s, 1e-9))
    found = Estimate("t2star_ms", time_ms(fit.r2star_per_s), low, high)
    return f"{number(found)} ms ({interval(found)})"


def _mean_words(found: Exclusion) -> str:
    return "no number" if found.mean_curve is None else f"{found.mean_curve.time.value:.3g} ms, one exponential"
