"""Charts of the pages as Altair objects, which notebooks draw."""

from __future__ import annotations

from typing import Any

import altair as alt

from ironreport.ui.vega import Spec


def drawn(spec: Spec, width_px: int = 460) -> Any:
    """A chart of ``ui.charts`` as an Altair chart of a fixed width."""
    return alt.LayerChart.from_dict({**spec, "width": width_px})
