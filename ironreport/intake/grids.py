"""Frames of one series put in order: slices by place, images of a slice by time, repeats told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ironreport.errors import IntakeError
from ironreport.intake.headers import Frame
from ironreport.intake.reasons import Tally, refusal

Stored = npt.NDArray[np.generic]
Decode = Callable[[Frame], Stored]
Times = Callable[[Frame], float]
"""What orders the images of one slice [ms]: echo time, or inversion time."""

SAME_SLICE_MM = 0.05
"""Slices of MR imaging are at least ten times as far apart; rounding in headers is smaller."""
SAME_TIME_MS = 0.02
"""The shortest echo spacings are ten times as long; headers round echo times to 0.01 ms."""

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class EchoImage:
    """One decoded frame."""

    frame: Frame
    stored: Stored


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Images of complete slices.

    Parameters
    ----------
    rows : list of lists of EchoImage
        By slice and time.
    n_copies : int
        Images given twice, equal in every pixel, of which one is kept.
    acquisition : int
        Number of the acquisition where the series holds several, 0 where it holds one.
    """

    rows: list[list[EchoImage]]
    n_copies: int
    acquisition: int = 0

    @property
    def frames(self) -> list[Frame]:
        """All frames, slice by slice."""
        return [image.frame for row in self.rows for image in row]


def ordered(frames: list[Frame], time: Times, decode: Decode, tally: Tally) -> Iterator[Grid]:
    """Grids of complete slices, one for each acquisition; what cannot be placed is counted in ``tally``."""
    cells = _cells(frames, time, decode, tally)
    n_copies = _drop_copies(cells)
    if all(len(images) <= 1 for images in cells.values()):
        rows = _complete_rows(cells, tally)
        if rows:
            yield Grid(rows, n_copies)
        return
    parts = _acquisitions(frames, time)
    if not parts:
        leave_out(frames, refusal("DUPLICATE_ECHO"), tally)
    for number, part in enumerate(parts, start=1):
        cells = _cells(part, time, decode, tally)
        n_copies = _drop_copies(cells)
        if any(len(images) > 1 for images in cells.values()):
            leave_out(part, refusal("DUPLICATE_ECHO"), tally)
        elif rows := _complete_rows(cells, tally):
            yield Grid(rows, n_copies, number)


def leave_out(frames: Iterable[Frame], error: IntakeError, tally: Tally) -> None:
    """Count the files of frames as not used."""
    for frame in frames:
        tally.add(frame.source, error)


def clusters(values: Iterable[float], gap: float) -> dict[float, int]:
    """Cluster number of each value; a new cluster starts after a gap.

    >>> clusters([4.6, 9.2, 4.601, 9.2], 0.02)
    {4.6: 0, 4.601: 0, 9.2: 1}
    """
    number, numbers, last = -1, {}, -np.inf
    for value in sorted(set(values)):
        if value - last > gap:
            number += 1
        numbers[value], last = number, value
    return numbers


def _places(frames: list[Frame], time: Times) -> list[Cell]:
    """Slice and time of each frame, by number; slice -1 where no position is stated."""
    time_of = clusters((time(frame) for frame in frames), SAME_TIME_MS)
    slice_of = clusters((frame.position_mm for frame in frames if frame.position_mm is not None), SAME_SLICE_MM)
    return [(-1 if f.position_mm is None else slice_of[f.position_mm], time_of[time(f)]) for f in frames]


def _cells(frames: list[Frame], time: Times, decode: Decode, tally: Tally) -> dict[Cell, list[EchoImage]]:
    """Images, decoded, by slice and time; a cell stays, empty, where its pixels are unusable."""
    cells: dict[Cell, list[EchoImage]] = {}
    for place, frame in zip(_places(frames, time), frames, strict=True):
        cell = cells.setdefault(place, [])
        if frame.defect is not None:
            continue
        try:
            cell.append(EchoImage(frame, decode(frame)))
        except IntakeError as error:
            tally.add(frame.source, error)
    return cells


def _drop_copies(cells: dict[Cell, list[EchoImage]]) -> int:
    """Keep one of images that are equal in every pixel; gives back how many were dropped."""
    n_dropped = 0
    for place, images in cells.items():
        if len(images) > 1:
            unique = {(i.stored.tobytes(), i.frame.slope, i.frame.intercept): i for i in reversed(images)}
            n_dropped += len(images) - len(unique)
            cells[place] = list(unique.values())
    return n_dropped


def _acquisitions(frames: list[Frame], time: Times) -> list[list[Frame]]:
    """Frames by the first number of their headers that tells repeats apart, or nothing.

    A number that differs from echo to echo, as a trigger time may, tells no acquisitions apart: each part must
    hold as many times as the whole.
    """
    n_times = len({place[1] for place in _places(frames, time)})
    for axis in range(len(frames[0].acquisition)):
        parts: dict[float, list[Frame]] = {}
        for frame in frames:
            number = frame.acquisition[axis]
            parts.setdefault(-1.0 if number is None else number, []).append(frame)
        found = [parts[number] for number in sorted(parts)]
        if len(found) > 1 and all(len({p[1] for p in _places(part, time)}) == n_times for part in found):
            return found
    return []


def _complete_rows(cells: dict[Cell, list[EchoImage]], tally: Tally) -> list[list[EchoImage]]:
    """Images of the complete slices, by slice and time; the others are counted."""
    times = _common_times(cells)
    slices = sorted({place for place, _ in cells})
    complete = [place for place in slices if all(cells.get((place, time)) for time in times)]
    for (place, time), images in cells.items():
        code = "INCOMPLETE_SLICE" if place not in complete else "" if time in times else "EXTRA_ECHO"
        if code:
            leave_out((image.frame for image in images), refusal(code), tally)
    return [[cells[place, time][0] for time in sorted(times)] for place in complete]


def _common_times(cells: dict[Cell, list[EchoImage]]) -> frozenset[int]:
    """Times that most slices have; of equally common sets, the larger."""
    slices: dict[int, set[int]] = {}
    for place, time in cells:
        slices.setdefault(place, set()).add(time)
    sets = Counter(frozenset(times) for times in slices.values() if len(times) > 1)
    every_time = frozenset(time for _, time in cells)
    return max(sets, key=lambda times: (sets[times], len(times)), default=every_time)
