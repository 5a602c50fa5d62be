"""Frames of one series put in order: slices by place, echoes by time, and doubts said aloud."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.doubts import image_cautions, series_cautions
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
from ironreport.records import Caution, EchoSeries

Stored = npt.NDArray[np.generic]

SAME_SLICE_MM = 0.05
"""Slices of MR imaging are at least ten times as far apart; rounding in headers is smaller."""
SAME_ECHO_MS = 0.02
"""The shortest echo spacings are ten times as long; headers round echo times to 0.01 ms."""
TE_UNIT_DOUBT_MS = 0.2
"""No multi-echo train ends before this; echo times in seconds do."""
MAX_NEGATIVE_SHARE = 0.1
"""Magnitude is never negative; phase, real and imaginary images are in about half of their pixels."""

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class _Image:
    """One decoded frame."""

    frame: Frame
    stored: Stored


def stack_series(frames: list[Frame], decode: Callable[[Frame], Stored], tally: Tally) -> list[EchoSeries]:
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
        _leave_out((frame for frame in frames if frame.defect is None), error, tally)
        return []
    grid = _grid(frames, decode, tally)
    copies = _drop_copies(grid)
    if all(len(images) <= 1 for images in grid.values()):
        found = _assembled(grid, copies, tally)
        return [found] if found is not None else []
    return _split_by_acquisition(frames, decode, tally)


def _train_refusal(frames: list[Frame]) -> IntakeError | None:
    """Why these frames are no echo train, by their headers alone."""
    inversion_times = {frame.inversion_ms for frame in frames if frame.inverted}
    n_echoes = len(_clusters((frame.te_ms for frame in frames), SAME_ECHO_MS))
    if len(inversion_times) > 1 or (inversion_times and n_echoes == 1):
        return refusal("INVERSION_RECOVERY")
    if n_echoes == 1:
        return refusal("ONE_ECHO")
    if max(frame.te_ms for frame in frames) < TE_UNIT_DOUBT_MS:
        return refusal("ECHO_TIME_UNIT", low=TE_UNIT_DOUBT_MS)
    return None


def _leave_out(frames: Iterable[Frame], error: IntakeError, tally: Tally) -> None:
    for frame in frames:
        tally.add(frame.source, error)


def _clusters(values: Iterable[float], gap: float) -> dict[float, int]:
    """Cluster number of each value; a new cluster starts after a gap.

    >>> _clusters([4.6, 9.2, 4.601, 9.2], 0.02)
    {4.6: 0, 4.601: 0, 9.2: 1}
    """
    number, numbers, last = -1, {}, -np.inf
    for value in sorted(set(values)):
        if value - last > gap:
            number += 1
        numbers[value], last = number, value
    return numbers


def _grid(frames: list[Frame], decode: Callable[[Frame], Stored], tally: Tally) -> dict[Cell, list[_Image]]:
    """Images, decoded, by slice and echo; a cell stays, empty, where its pixels are unusable."""
    echo_of = _clusters((frame.te_ms for frame in frames), SAME_ECHO_MS)
    slice_of = _clusters((frame.position_mm for frame in frames if frame.position_mm is not None), SAME_SLICE_MM)
    grid: dict[Cell, list[_Image]] = {}
    for frame in frames:
        cell = grid.setdefault(
            (-1 if frame.position_mm is None else slice_of[frame.position_mm], echo_of[frame.te_ms]), []
        )
        if frame.defect is not None:
            continue
        try:
            cell.append(_Image(frame, decode(frame)))
        except IntakeError as error:
            tally.add(frame.source, error)
    return grid


def _drop_copies(grid: dict[Cell, list[_Image]]) -> int:
    """Keep one of images that are equal in every pixel; gives back how many were dropped."""
    n_dropped = 0
    for cell, images in grid.items():
        if len(images) > 1:
            unique = {(i.stored.tobytes(), i.frame.slope, i.frame.intercept): i for i in reversed(images)}
            n_dropped += len(images) - len(unique)
            grid[cell] = list(unique.values())
    return n_dropped


def _split_by_acquisition(frames: list[Frame], decode: Callable[[Frame], Stored], tally: Tally) -> list[EchoSeries]:
    """One series for each acquisition, where the headers tell them apart; else all are refused."""
    parts: dict[tuple[int | None, ...], list[Frame]] = {}
    for frame in frames:
        parts.setdefault(frame.acquisition, []).append(frame)
    if len(parts) == 1:
        _leave_out(frames, refusal("DUPLICATE_ECHO"), tally)
        return []
    found: list[EchoSeries] = []
    for number, acquisition in enumerate(sorted(parts, key=str), start=1):
        for series in stack_series(parts[acquisition], decode, tally):
            label = clean_text(f"{series.label[:60]} (acquisition {number})")
            found.append(replace(series, label=label))
    return found


def _assembled(grid: dict[Cell, list[_Image]], n_copies: int, tally: Tally) -> EchoSeries | None:
    """Series of the complete slices, or None where there is none."""
    echoes = _common_echoes(grid)
    slices = sorted({place for place, _ in grid})
    complete = [place for place in slices if all(grid.get((place, echo)) for echo in echoes)]
    for (place, echo), images in grid.items():
        code = "INCOMPLETE_SLICE" if place not in complete else "" if echo in echoes else "EXTRA_ECHO"
        if code:
            _leave_out((image.frame for image in images), refusal(code), tally)
    if not complete:
        return None
    rows = [[grid[place, echo][0] for echo in sorted(echoes)] for place in complete]
    return _series(rows, n_copies, tally)


def _common_echoes(grid: dict[Cell, list[_Image]]) -> frozenset[int]:
    """Echoes that most slices have; of equally common sets, the larger."""
    slices: dict[int, set[int]] = {}
    for place, echo in grid:
        slices.setdefault(place, set()).add(echo)
    sets = Counter(frozenset(echoes) for echoes in slices.values() if len(echoes) > 1)
    every_echo = frozenset(echo for _, echo in grid)
    return max(sets, key=lambda echoes: (sets[echoes], len(echoes)), default=every_echo)


def _rescaled(image: _Image) -> npt.NDArray[np.float64]:
    """Signal of one image by its own modality lookup."""
    return np.asarray(image.stored, dtype=np.float64) * image.frame.slope + image.frame.intercept


def _series(rows: list[list[_Image]], n_copies: int, tally: Tally) -> EchoSeries | None:
    """Series of complete slices, unless the numbers cannot be magnitude."""
    images = np.empty((len(rows), len(rows[0]), *rows[0][0].stored.shape), dtype=np.float32)
    with np.errstate(over="ignore"):
        for s, row in enumerate(rows):
            for e, image in enumerate(row):
                images[s, e] = _rescaled(image)
    frames = [image.frame for row in rows for image in row]
    negative_share = float(np.mean(images < 0))
    if not np.isfinite(images).all():
        _leave_out(frames, refusal("BAD_RESCALE"), tally)
        return None
    if negative_share > MAX_NEGATIVE_SHARE:
        _leave_out(frames, refusal("NOT_MAGNITUDE"), tally)
        return None
    cautions = (
        *series_cautions([[image.frame for image in row] for row in rows], n_copies),
        *image_cautions(rows[0][0].frame.view.dataset, [image.stored for row in rows for image in row], images),
    )
    return _record(rows, images, cautions)


def _record(rows: list[list[_Image]], images: npt.NDArray[np.float32], cautions: tuple[Caution, ...]) -> EchoSeries:
    first = rows[0][0].frame
    dataset = first.view.dataset
    te_ms = tuple(float(np.median([row[e].frame.te_ms for row in rows])) for e in range(len(rows[0])))
    positions = tuple(row[0].frame.position_mm for row in rows)
    digest = hashlib.sha256(repr((first.series, te_ms, positions)).encode())
    digest.update(images.data)
    images.flags.writeable = False
    return EchoSeries(
        key=digest.hexdigest()[:16],
        label=series_label(dataset),
        te_ms=te_ms,
        images=images,
        contrast=contrast(dataset)[0],
        field_tesla=field_of(dataset)[0],
        pixel_spacing_mm=pixel_spacing_mm(first.view),
        slice_positions_mm=positions,
        technique=technique(first.view),
        patient_key=patient_key(dataset),
        study_key=study_key(dataset),
        cautions=cautions,
    )
