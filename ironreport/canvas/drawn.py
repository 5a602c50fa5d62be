"""The regions drawn on one series: what the browser sends, checked, and what it is given back.

The browser changes regions and counts a ``revision``; Python changes them (by numbers) and counts an ``edition``.
A revision of an older edition comes too late and is dropped, so neither side can undo the other unseen.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from ironreport.canvas.packing import Images
from ironreport.intake import patient_sides
from ironreport.knowledge import Knowledge
from ironreport.records import EchoSeries, InversionSeries, Region

MOST_REGIONS = 200
MOST_CORNERS = 2000
COLOURS = ("#e69f00", "#56b4e9", "#f0e442", "#cc79a7", "#00b884", "#ff7f50", "#b8a4ff", "#d0d0d0")
"""One for each organ in reading order: told apart by colour-blind eyes (after Okabe and Ito), light on dark images."""


@dataclass(frozen=True, slots=True)
class DrawnRegion:
    """A region with the name it was given; ``organ`` is empty until it is chosen.

    ``reported`` is the tick beside its name: whether it counts for its organ.
    """

    id: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]
    organ: str
    location: Annotated[str, Field(max_length=60)]
    region: Region
    reported: bool = True


@dataclass(frozen=True, slots=True)
class Board:
    """The regions of one series as they stand; ``view`` is slice and echo at the last change."""

    series: str
    view: tuple[int, int]
    edition: int = 0
    revision: int = 0
    regions: tuple[DrawnRegion, ...] = ()
    selected: str = ""

    @property
    def current(self) -> DrawnRegion | None:
        """The selected region."""
        return next((drawn for drawn in self.regions if drawn.id == self.selected), None)


_FROM_BROWSER: TypeAdapter[Board] = TypeAdapter(Board)


def empty_board(series: Images) -> Board:
    """A board without regions in the middle slice."""
    return Board(series.key, ((series.n_slices - 1) // 2, 0))


def with_region(board: Board, organ: str, location: str, region: Region) -> Board:
    """The board with one region more, selected, as a new edition."""
    drawn = DrawnRegion(secrets.token_hex(6), organ, location, region)
    return replace(
        board, regions=(*board.regions, drawn), selected=drawn.id, edition=board.edition + 1,
        view=(region.slice_index, board.view[1]),
    )  # fmt: skip


def with_outline(board: Board, id_: str, region: Region) -> Board:
    """The board with another outline of one region, as a new edition: the browser can undo it."""
    regions = tuple(replace(d, region=region) if d.id == id_ else d for d in board.regions)
    return replace(board, regions=regions, selected=id_, edition=board.edition + 1)


def board_from_browser(sent: object, held: Board, organs: Collection[str]) -> Board:
    """The board after what the browser sent, or ``held`` where that is older or no board at all.

    Parameters
    ----------
    organs : collection of str
        Ids that a region may carry; any may still be without one.
    """
    try:
        board = _FROM_BROWSER.validate_python(sent)
    except ValidationError:
        return held
    if (board.series, board.edition) != (held.series, held.edition) or board.revision <= held.revision:
        return held
    if len(board.regions) > MOST_REGIONS or any(len(d.region.points) > MOST_CORNERS for d in board.regions):
        return held
    if not {d.organ for d in board.regions} <= {"", *organs}:
        return held
    return replace(board, regions=tuple(replace(d, location=_printable(d.location)) for d in board.regions))


def _printable(text: str) -> str:
    """A typed location without control and direction-changing characters."""
    spaced = "".join(" " if c in "\r\n\t" else c for c in text)
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def regions_by_organ(regions: Iterable[DrawnRegion]) -> dict[str, list[DrawnRegion]]:
    """Drawn regions by their organ; those without one are left out."""
    found: dict[str, list[DrawnRegion]] = {}
    for drawn in regions:
        if drawn.organ:
            found.setdefault(drawn.organ, []).append(drawn)
    return found


@dataclass(frozen=True, slots=True)
class Marks:
    """Pixels of the selected region that are shown in colour, counted row by row over the image.

    ``left_out`` are those unlike the rest, ``faster`` and ``slower`` the two parts of a region that crosses an edge.
    """

    left_out: Sequence[int] = ()
    faster: Sequence[int] = ()
    slower: Sequence[int] = ()


def canvas_data(
    series: Images,
    board: Board,
    knowledge: Knowledge,
    window: tuple[float, float],
    labels: Mapping[str, str],
    outside: Mapping[str, str] | None,
    marks: Marks,
    organ: str = "",
) -> dict[str, Any]:
    """All that the canvas is told beside the pixels, ready to be sent as JSON.

    Parameters
    ----------
    window : (low, high)
        Signals that are shown black and white at first.
    labels : dict
        By region what was found, for example its T2*.
    outside : dict or None
        By region why it is not in the report; None where no region of the series ever is.
    organ : str
        Organ of the first region that is drawn, where it is known beforehand.
    """
    is_echo = isinstance(series, EchoSeries)
    return {
        **asdict(board),
        "labels": dict(labels),
        "outside": None if outside is None else dict(outside),
        "marks": {name: list(pixels) for name, pixels in asdict(marks).items()},
        "organ": organ,
        "organs": organ_choices(knowledge),
        "rows": series.images.shape[2],
        "columns": series.images.shape[3],
        "n_slices": series.n_slices,
        "frame": "Echo" if is_echo else "Time",
        "time": "TE" if is_echo else "TI",
        "times_ms": series.te_ms if isinstance(series, EchoSeries) else series.ti_ms,
        "pixel_spacing_mm": series.pixel_spacing_mm,
        "window": window,
        "sides": None if isinstance(series, InversionSeries) else patient_sides(series),
    }


def organ_choices(knowledge: Knowledge) -> list[dict[str, Any]]:
    """Every organ with its colour and the locations proposed for it; any other location may be typed."""
    return [
        {"id": o.id, "name": o.name, "colour": COLOURS[i % len(COLOURS)], "locations": o.draw_at}
        for i, o in enumerate(knowledge.organs.values())
    ]
