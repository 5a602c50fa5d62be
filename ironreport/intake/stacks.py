"""Series records out of ordered frames: signals rescaled, doubts said aloud."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from ironreport.errors import IntakeError
from ironreport.intake.grids import SAME_TIME_MS, Decode, Grid, Times, clusters, leave_out, ordered
from ironreport.intake.headers import Frame, field_of, pixel_spacing_mm, series_label, series_number, technique
from ironreport.intake.kinds import contrast
from ironreport.intake.membership import IMAGE_TYPE, Train, n_times, n_untimed
from ironreport.intake.pixels import Stored, padding
from ironreport.intake.reasons import Tally, clean_text, refusal
from ironreport.intake.scaling import LinearScale, scales
from ironreport.intake.series_doubts import (
    image_cautions,
    name_cautions,
    scale_cautions,
    series_cautions,
    top_of_range,
)
from ironreport.intake.source_images import origin_of, planes_of
from ironreport.intake.values import header_text
from ironreport.records import Caution, EchoSeries, InversionSeries

TE_UNIT_DOUBT_MS = 0.2
"""No multi-echo train ends before this; echo times in seconds do."""
MAX_NEGATIVE_SHARE = 0.1
"""Magnitude is never negative; phase, real and imaginary images are in about half of their pixels."""
PHASE_CENTRE, PHASE_SPREAD = 0.1, 0.15
"""Phase stored from 0 has its mean within a tenth of mid range, and spreads widely because air is all phases."""
MIN_INVERSION_TIMES = 3
"""A recovery curve has three unknowns."""
MAX_TRIES = 3
"""A damaged image leaves its slice incomplete, which may let others take its place, damaged too."""
_DOUBTS_OF_DECAYS = ("INVERSION_PREPARED", "ECHO_GAP", "CONTRAST_UNKNOWN")
"""What matters to an echo train and not to an inversion recovery."""


def stack_echoes(train: Train, decode: Decode, tally: Tally) -> list[EchoSeries]:
    """Echo series out of the frames of one train; what cannot be used is counted in ``tally``.

    Parameters
    ----------
    decode : callable
        Gives the stored values of a frame, shape (n_rows, n_columns), or raises IntakeError.
    """
    error = _train_refusal(train)
    if error is not None:
        leave_out((frame for frame in train.frames if frame.defect is None), error, tally)
        return []
    return [
        _echo_series(grid, images, (*train.doubts, *grid.doubts, *cautions), train.n_joined)
        for grid, images, cautions in _signals(train.frames, lambda frame: frame.te_ms, decode, tally)
    ]


def stack_inversions(frames: list[Frame], decode: Decode, tally: Tally) -> list[InversionSeries]:
    """Inversion recovery series out of frames that differ in inversion time, of one series or of several."""
    if len(clusters(map(inversion_time_ms, frames), SAME_TIME_MS)) < MIN_INVERSION_TIMES:
        error = refusal("INVERSION_RECOVERY", n=MIN_INVERSION_TIMES)
        leave_out((frame for frame in frames if frame.defect is None), error, tally)
        return []
    return [
        _inversion_series(grid, images, (*grid.doubts, *cautions))
        for grid, images, cautions in _signals(frames, inversion_time_ms, decode, tally)
    ]


def inversion_time_ms(frame: Frame) -> float:
    """Inversion time of a frame [ms], 0 where none is stated."""
    return frame.inversion_ms or 0.0


def is_inversion_recovery(frames: Sequence[Frame]) -> bool:
    """Whether the frames of one series are of one echo time after an inversion with a stated time."""
    n_echoes = len(clusters((frame.te_ms for frame in frames), SAME_TIME_MS))
    return n_echoes == 1 and all(frame.inverted and frame.inversion_ms for frame in frames)


def gathered(series: EchoSeries) -> EchoSeries:
    """A series of a study in which some headers lack what others say of the patient."""
    text = (
        "Some images of this exam lack the patient's name, number or birth date, or write it otherwise than the rest; "
        "they were read as images of one patient. Check that all are."
    )
    return replace(series, cautions=(*series.cautions, Caution("PATIENT_DATA_INCOMPLETE", text)))


def _train_refusal(train: Train) -> IntakeError | None:
    """Why these frames are no echo train, by their headers alone."""
    frames = train.frames
    inversion_times = {frame.inversion_ms for frame in frames if frame.inverted}
    n_echoes = n_times(frames)
    if IMAGE_TYPE in train.parted_by and all(frame.is_combined for frame in frames):
        return refusal("COMBINED_IMAGE")
    if len(inversion_times) > 1 or (inversion_times and n_echoes == 1):
        return refusal("INVERSION_RECOVERY", n=MIN_INVERSION_TIMES)
    if n_echoes == 1 and train.parted_by:
        return refusal("ODD_IMAGE", traits=" and ".join(train.parted_by))
    if n_echoes == 1:
        return _one_time(train)
    if max(frame.te_ms for frame in frames) < TE_UNIT_DOUBT_MS:
        return refusal("ECHO_TIME_UNIT", unit="seconds")
    return None


def _one_time(train: Train) -> IntakeError:
    """Whether a series has one echo, or many on which one echo time was written."""
    n_images = n_untimed(train)
    return refusal("ONE_TIME_WRITTEN", n=n_images, te=f"{train.frames[0].te_ms:g}") if n_images else refusal("ONE_ECHO")


class _Scaled(NamedTuple):
    """Signals of a grid, and the line of each image by which they were made."""

    signals: npt.NDArray[np.float32]
    lines: tuple[LinearScale, ...]


Measured = tuple[Grid, _Scaled, tuple[Caution, ...]]


def _signals(frames: list[Frame], time: Times, decode: Decode, tally: Tally) -> list[Measured]:
    """Grids of frames with signal and cautions; where pixels cannot be decoded, once more without those."""
    for _ in range(MAX_TRIES):
        broken: dict[Frame, IntakeError] = {}
        found = [(grid, *_signal(grid, decode, tally, broken)) for grid in ordered(frames, time, decode, tally)]
        if not broken:
            return [(grid, images, cautions) for grid, images, cautions in found if images is not None]
        for frame, error in broken.items():
            tally.add(frame.source, error)
        frames = [replace(frame, defect=broken[frame]) if frame in broken else frame for frame in frames]
    leave_out(frames, refusal("UNREADABLE_PIXELS"), tally)
    return []


class _Seen(NamedTuple):
    """What the pixels of one image show; whether they lie as phase does only where they may be phase."""

    is_finite: bool
    n_negative: int
    n_top: int
    is_central: bool


def _signal(
    grid: Grid, decode: Decode, tally: Tally, broken: dict[Frame, IntakeError]
) -> tuple[_Scaled | None, tuple[Caution, ...]]:
    """Signal of a grid and its cautions, or None where the numbers cannot be magnitude.

    Each image is decoded, scaled and let go before the next. ``broken`` takes the frames that cannot be decoded.
    """
    frames, dataset = grid.frames, grid.frames[0].view.dataset
    scale = scales([frame.scale for frame in frames])
    shape = (int(dataset.Rows), int(dataset.Columns))
    images = np.empty((len(grid.rows), len(grid.rows[0]), *shape), dtype=np.float32)
    seen = []
    is_doubtful = not all(frame.is_stated_magnitude for frame in frames)
    for n, (frame, line) in enumerate(zip(frames, scale.lines, strict=True)):
        try:
            images[divmod(n, len(grid.rows[0]))], one = _image_signal(
                decode(frame), frame.view.dataset, line, is_doubtful
            )
            seen.append(one)
        except IntakeError as error:
            broken[frame] = error
    if broken:
        return None, ()
    error_of_all = _refusal_of(seen, images.size)
    if error_of_all is not None:
        leave_out(frames, error_of_all, tally)
        return None, ()
    return _Scaled(images, tuple(scale.lines)), (
        *series_cautions(grid.rows, grid.n_copies),
        *scale_cautions(scale, {line.slope for line in scale.lines}),
        *image_cautions(sum(one.n_negative for one in seen), images.size, max(one.n_top for one in seen)),
        *name_cautions(dataset),
    )


def _refusal_of(seen: Sequence[_Seen], n_pixels: int) -> IntakeError | None:
    """Why the pixels of a grid cannot be a magnitude signal."""
    if not all(one.is_finite for one in seen):
        return refusal("BAD_RESCALE")
    if all(one.is_central for one in seen) or sum(one.n_negative for one in seen) > MAX_NEGATIVE_SHARE * n_pixels:
        return refusal("NOT_MAGNITUDE")
    return None


def _image_signal(
    stored: Stored, dataset: Dataset, line: LinearScale, is_doubtful: bool
) -> tuple[npt.NDArray[np.float32], _Seen]:
    """Signal of one image, 0 where it is padding, and what its pixels show."""
    outside = padding(stored, dataset)
    top = top_of_range(dataset)
    with np.errstate(over="ignore", invalid="ignore"):
        is_plain = line == (1.0, 0.0)
        signal = (stored if is_plain else stored * line.slope + line.intercept).astype(np.float32)
    if outside is not None:
        signal[outside] = 0.0
    inside = stored if outside is None else stored[~outside]
    low, high = float(signal.min()), float(signal.max())
    seen = _Seen(
        is_finite=bool(np.isfinite(low) and np.isfinite(high)),
        n_negative=int(np.count_nonzero(signal < 0)) if low < 0 else 0,
        n_top=int(np.count_nonzero(inside == top)) if top else 0,
        is_central=is_doubtful and _is_central(inside, top),
    )
    return signal, seen


def _is_central(stored: Stored, top: int | None) -> bool:
    """Whether values lie about the middle of the range of their bits, as phase stored without a sign does."""
    if top is None or stored.size == 0 or stored.min() < 0:
        return False
    centre, spread = float(stored.mean(dtype=np.float64)), float(stored.std(dtype=np.float64))
    return abs(2 * centre / top - 1) < PHASE_CENTRE and spread > PHASE_SPREAD * top


def _label(grid: Grid, name: str, n_joined: int) -> str:
    beside = [f"({n_joined} series joined)"] if n_joined > 1 else []
    beside += [f"(acquisition {grid.acquisition})"] if grid.acquisition else []
    return clean_text(" ".join([name[:50], *beside])) if beside else name


def _key(grid: Grid, times_ms: tuple[float, ...], images: npt.NDArray[np.float32]) -> str:
    """Content key of a series."""
    positions = tuple(row[0].position_mm for row in grid.rows)
    digest = hashlib.sha256(repr((grid.frames[0].series, times_ms, positions)).encode())
    digest.update(images.data)
    images.flags.writeable = False
    return digest.hexdigest()[:16]


def _echo_series(grid: Grid, images: _Scaled, cautions: tuple[Caution, ...], n_joined: int) -> EchoSeries:
    te_ms = tuple(float(np.median([row[e].te_ms for row in grid.rows])) for e in range(images.signals.shape[1]))
    return EchoSeries(
        te_ms=te_ms,
        origin=origin_of(grid.rows, images.signals.shape[2:]) if n_joined == 1 else None,  # it can name one series only
        planes=planes_of(grid.rows),
        cautions=cautions,
        **_of_any_series(grid, te_ms, images, n_joined),
    )


def _inversion_series(grid: Grid, images: _Scaled, cautions: tuple[Caution, ...]) -> InversionSeries:
    columns = range(images.signals.shape[1])
    ti_ms = tuple(float(np.median([inversion_time_ms(row[t]) for row in grid.rows])) for t in columns)
    return InversionSeries(
        ti_ms=ti_ms,
        te_ms=grid.frames[0].te_ms,
        cautions=tuple(c for c in cautions if c.code not in _DOUBTS_OF_DECAYS),
        one_series=len({frame.series for frame in grid.frames}) == 1,
        **_of_any_series(grid, ti_ms, images),
    )


def _of_any_series(grid: Grid, times_ms: tuple[float, ...], images: _Scaled, n_joined: int = 1) -> dict[str, Any]:
    """Fields of `ImageSeries`, as the header of the first frame and the place of each slice have them."""
    first = grid.frames[0]
    dataset = first.view.dataset
    return {
        "key": _key(grid, times_ms, images.signals),
        "label": _label(grid, series_label(dataset), n_joined),
        "number": series_number(dataset),
        "acquisition": grid.acquisition,
        "images": images.signals,
        "scale_lines": images.lines,
        "contrast": contrast(first.view)[0],
        "field_tesla": field_of(dataset)[0],
        "pixel_spacing_mm": pixel_spacing_mm(first.view),
        "slice_positions_mm": tuple(row[0].position_mm for row in grid.rows),
        "technique": technique(first.view),
        "patient_key": first.identity[0],
        "study_key": first.identity[1],
        "header_text": header_text(dataset),
    }
