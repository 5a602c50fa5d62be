"""Series records out of ordered frames: signals rescaled, doubts said aloud."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.grids import SAME_TIME_MS, Decode, Grid, clusters, leave_out, ordered
from ironreport.intake.headers import (
    Frame,
    field_of,
    patient_key,
    pixel_spacing_mm,
    series_label,
    study_key,
    technique,
)
from ironreport.intake.kinds import contrast
from ironreport.intake.reasons import Tally, clean_text, refusal
from ironreport.intake.scaling import scales
from ironreport.intake.series_doubts import image_cautions, scale_cautions, series_cautions, top_of_range
from ironreport.intake.source_images import origin_of
from ironreport.intake.suggestions import header_text
from ironreport.records import Caution, EchoSeries, InversionSeries

TE_UNIT_DOUBT_MS = 0.2
"""No multi-echo train ends before this; echo times in seconds do."""
MAX_NEGATIVE_SHARE = 0.1
"""Magnitude is never negative; phase, real and imaginary images are in about half of their pixels."""
PHASE_CENTRE, PHASE_SPREAD = 0.1, 0.15
"""Phase stored from 0 has its mean within a tenth of mid range, and spreads widely because air is all phases."""
MIN_INVERSION_TIMES = 3
"""A recovery curve has three unknowns."""


def stack_echoes(frames: list[Frame], decode: Decode, tally: Tally) -> list[EchoSeries]:
    """Echo series out of the frames of one series; what cannot be used is counted in ``tally``.

    Parameters
    ----------
    frames : list of Frame
        Frames that share ``Frame.series``.
    decode : callable
        Gives the stored values of a frame, shape (n_rows, n_columns), or raises IntakeError.
    """
    error = _train_refusal(frames)
    if error is not None:
        leave_out((frame for frame in frames if frame.defect is None), error, tally)
        return []
    found = []
    for grid in ordered(frames, lambda frame: frame.te_ms, decode, tally):
        images, cautions = _signal(grid, tally)
        if images is not None:
            found.append(_echo_series(grid, images, cautions))
    return found


def stack_inversions(frames: list[Frame], decode: Decode, tally: Tally) -> list[InversionSeries]:
    """Inversion recovery series out of frames that differ in inversion time, of one series or of several."""
    if len(clusters(map(inversion_time_ms, frames), SAME_TIME_MS)) < MIN_INVERSION_TIMES:
        error = refusal("INVERSION_RECOVERY", n=MIN_INVERSION_TIMES)
        leave_out((frame for frame in frames if frame.defect is None), error, tally)
        return []
    found = []
    for grid in ordered(frames, inversion_time_ms, decode, tally):
        images, cautions = _signal(grid, tally)
        if images is not None:
            found.append(_inversion_series(grid, images, cautions))
    return found


def inversion_time_ms(frame: Frame) -> float:
    """Inversion time of a frame [ms], 0 where none is stated."""
    return frame.inversion_ms or 0.0


def is_inversion_recovery(frames: Sequence[Frame]) -> bool:
    """Whether the frames of one series are of one echo time after an inversion with a stated time."""
    n_echoes = len(clusters((frame.te_ms for frame in frames), SAME_TIME_MS))
    return n_echoes == 1 and all(frame.inverted and frame.inversion_ms for frame in frames)


def _train_refusal(frames: list[Frame]) -> IntakeError | None:
    """Why these frames are no echo train, by their headers alone."""
    inversion_times = {frame.inversion_ms for frame in frames if frame.inverted}
    n_echoes = len(clusters((frame.te_ms for frame in frames), SAME_TIME_MS))
    if len(inversion_times) > 1 or (inversion_times and n_echoes == 1):
        return refusal("INVERSION_RECOVERY", n=MIN_INVERSION_TIMES)
    if n_echoes == 1:
        return refusal("ONE_ECHO")
    if max(frame.te_ms for frame in frames) < TE_UNIT_DOUBT_MS:
        return refusal("ECHO_TIME_UNIT", unit="seconds")
    return None


def _signal(grid: Grid, tally: Tally) -> tuple[npt.NDArray[np.float32] | None, tuple[Caution, ...]]:
    """Signal of a grid and its cautions, or None where the numbers cannot be magnitude."""
    rows = grid.rows
    images = np.empty((len(rows), len(rows[0]), *rows[0][0].stored.shape), dtype=np.float32)
    slopes, intercepts, is_private = scales(grid.frames)
    with np.errstate(over="ignore", invalid="ignore"):
        for n, image in enumerate(image for row in rows for image in row):
            images[divmod(n, len(rows[0]))] = np.asarray(image.stored, np.float64) * slopes[n] + intercepts[n]
    stored = [image.stored for row in rows for image in row]
    if not np.isfinite(images).all():
        leave_out(grid.frames, refusal("BAD_RESCALE"), tally)
        return None, ()
    dataset = rows[0][0].frame.view.dataset
    top = top_of_range(dataset)
    is_doubtful = not all(frame.is_stated_magnitude for frame in grid.frames)
    if float(np.mean(images < 0)) > MAX_NEGATIVE_SHARE or (is_doubtful and _looks_like_phase(stored, top)):
        leave_out(grid.frames, refusal("NOT_MAGNITUDE"), tally)
        return None, ()
    cautions = (
        *series_cautions([[image.frame for image in row] for row in rows], grid.n_copies),
        *scale_cautions(grid.frames, is_private),
        *image_cautions(dataset, stored, images),
    )
    return images, cautions


def _looks_like_phase(stored: Sequence[npt.NDArray[np.generic]], top: int | None) -> bool:
    """Whether every image lies about the middle of the range of its bits, as phase stored without a sign does."""
    values = np.stack([np.asarray(image, np.float64) for image in stored])
    centres, spreads = values.mean(axis=(1, 2)), values.std(axis=(1, 2))
    if top is None or values.min() < 0:
        return False
    is_central = abs(2 * centres / top - 1) < PHASE_CENTRE
    return bool(is_central.all() and (spreads > PHASE_SPREAD * top).all())


def _label(grid: Grid, name: str) -> str:
    return clean_text(f"{name[:60]} (acquisition {grid.acquisition})") if grid.acquisition else name


def _key(grid: Grid, times_ms: tuple[float, ...], images: npt.NDArray[np.float32]) -> str:
    """Content key of a series."""
    positions = tuple(row[0].frame.position_mm for row in grid.rows)
    digest = hashlib.sha256(repr((grid.frames[0].series, times_ms, positions)).encode())
    digest.update(images.data)
    images.flags.writeable = False
    return digest.hexdigest()[:16]


def _echo_series(grid: Grid, images: npt.NDArray[np.float32], cautions: tuple[Caution, ...]) -> EchoSeries:
    te_ms = tuple(float(np.median([row[e].frame.te_ms for row in grid.rows])) for e in range(images.shape[1]))
    return EchoSeries(
        te_ms=te_ms, origin=origin_of(grid.rows), cautions=cautions, **_of_any_series(grid, te_ms, images)
    )  # fmt: skip


def _inversion_series(grid: Grid, images: npt.NDArray[np.float32], cautions: tuple[Caution, ...]) -> InversionSeries:
    columns = range(images.shape[1])
    ti_ms = tuple(float(np.median([inversion_time_ms(row[t].frame) for row in grid.rows])) for t in columns)
    return InversionSeries(
        ti_ms=ti_ms,
        te_ms=grid.frames[0].te_ms,
        cautions=tuple(c for c in cautions if c.code not in ("INVERSION_PREPARED", "ECHO_GAP")),
        one_series=len({frame.series for frame in grid.frames}) == 1,
        **_of_any_series(grid, ti_ms, images),
    )


def _of_any_series(grid: Grid, times_ms: tuple[float, ...], images: npt.NDArray[np.float32]) -> dict[str, Any]:
    """Fields of `ImageSeries`, as the header of the first frame and the place of each slice have them."""
    first = grid.frames[0]
    dataset = first.view.dataset
    return {
        "key": _key(grid, times_ms, images),
        "label": _label(grid, series_label(dataset)),
        "images": images,
        "contrast": contrast(dataset)[0],
        "field_tesla": field_of(dataset)[0],
        "pixel_spacing_mm": pixel_spacing_mm(first.view),
        "slice_positions_mm": tuple(row[0].frame.position_mm for row in grid.rows),
        "technique": technique(first.view),
        "patient_key": patient_key(dataset),
        "study_key": study_key(dataset),
        "header_text": header_text(dataset),
    }
