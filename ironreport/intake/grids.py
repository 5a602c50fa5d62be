"""Frames of one train put in order: slices by place, images of a slice by time, repeats told apart."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from ironreport.errors import IntakeError
from ironreport.intake.headers import ACQUISITION_NUMBER, ACQUISITION_TIME, MARKS, SAME_MOMENT_S, Frame
from ironreport.intake.pixels import Stored
from ironreport.intake.reasons import Tally, refusal
from ironreport.records import Caution

Decode = Callable[[Frame], Stored]
Times = Callable[[Frame], float]
"""What orders the images of one slice [ms]: echo time, or inversion time."""

SAME_SLICE_MM = 0.1
"""Slices of MR imaging are at least five times as far apart; rounding in headers is smaller."""
SAME_TIME_MS = 0.02
"""The shortest echo spacings are ten times as long; headers round echo times to 0.01 ms."""
MOST_AMBIGUOUS = 0.34
"""Share of the times that may be left out because nothing tells their images apart; beyond it nothing is certain."""

Cell = tuple[int, int]


Cells = dict[Cell, list[Frame]]
"""Frames by slice and time; a cell stays, empty, where its pixels are unusable."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Images of complete slices.

    Parameters
    ----------
    rows : list of lists of Frame
        By slice and time.
    n_copies : int
        Images given twice, equal in every pixel, of which one is kept.
    acquisition : int
        Number of the acquisition where the series holds several, 0 where it holds one.
    doubts : tuple of Caution
    """

    rows: list[list[Frame]]
    n_copies: int
    acquisition: int = 0
    doubts: tuple[Caution, ...] = ()

    @property
    def frames(self) -> list[Frame]:
        """All frames, slice by slice."""
        return [frame for row in self.rows for frame in row]


def ordered(frames: list[Frame], time: Times, decode: Decode, tally: Tally) -> Iterator[Grid]:
    """Grids of complete slices, one for each acquisition; what cannot be placed is counted in ``tally``.

    Pixels are looked at only where a slice has several images at one time.
    """
    cells: Cells = {}
    for place, frame in zip(_places(frames, time), frames, strict=True):
        cells.setdefault(place, []).extend([frame] if frame.defect is None else [])
    n_copies = _drop_copies(cells, decode, tally)
    _drop_worse(cells, tally)
    parts, doubts = _apart(cells)
    for number, part in enumerate(parts, start=1):
        unclear = _drop_unclear(part, tally)
        rows = _complete_rows(part, tally)
        if rows:
            yield Grid(rows, n_copies, number if len(parts) > 1 else 0, (*doubts, *unclear))


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


# ------------------------------------------------------------------------------------- copies


def _drop_copies(cells: Cells, decode: Decode, tally: Tally) -> int:
    """Keep one of images that are equal in every pixel; gives back how many were dropped."""
    n_dropped = 0
    for place, frames in cells.items():
        if len(frames) > 1:
            readable = [(digest, f) for f in reversed(frames) if (digest := _digest(f, decode, tally))]
            cells[place] = list({(digest, f.scale): f for digest, f in readable}.values())
            n_dropped += len(readable) - len(cells[place])
    return n_dropped


def _digest(frame: Frame, decode: Decode, tally: Tally) -> bytes:
    """Digest of the pixels of a frame, empty where they cannot be decoded, which is counted."""
    try:
        return hashlib.blake2b(np.ascontiguousarray(decode(frame)).data).digest()
    except IntakeError as error:
        tally.add(frame.source, error)
        return b""


def _drop_worse(cells: Cells, tally: Tally) -> None:
    """Leave out lossy or derived copies of images that are there unharmed."""
    for place, frames in cells.items():
        originals = [f for f in frames if not f.is_copy]
        worse = [f for f in frames if f.is_copy and any(_same_moment(f, original) for original in originals)]
        leave_out(worse, refusal("WORSE_COPY"), tally)
        cells[place] = [f for f in frames if f not in worse]


def _same_moment(one: Frame, other: Frame) -> bool:
    """Whether nothing says that two images were acquired apart."""
    pairs = zip(one.marks[: ACQUISITION_TIME + 1], other.marks, strict=False)
    return all(a is None or b is None or a == b for a, b in pairs)


# ------------------------------------------------------------------------------------- repeats


def _apart(cells: Cells) -> tuple[list[Cells], tuple[Caution, ...]]:
    """Acquisitions told apart by their marks, and what the reader must know of it."""
    if all(len(images) <= 1 for images in cells.values()):
        torn = _torn(cells)
        return (torn, (_torn_doubt(len(torn)),)) if torn else ([cells], ())
    parts = _told_apart(cells, range(len(MARKS)))
    if not parts:
        return [cells], ()
    without_place = any(slice_number < 0 for slice_number, _ in cells)
    return parts, (_placeless_doubt(),) if without_place else ()


def _told_apart(cells: Cells, axes: Iterable[int]) -> list[Cells]:
    """Parts in which each cell holds one image, by the surest marks that do it; nothing where none does."""
    for axis in axes:
        for parts in (_by_value(cells, axis), _by_rank(cells, axis)):
            wholes = [_single(part, axis) for part in parts]
            if len(parts) > 1 and all(wholes):
                return [whole for found in wholes for whole in found]
    return []


def _single(part: Cells, axis: int) -> list[Cells]:
    """A part as it is where each cell holds one image, or told apart by the marks after ``axis``."""
    if all(len(images) <= 1 for images in part.values()):
        return [part]
    return _told_apart(part, range(axis + 1, len(MARKS)))


def _by_value(cells: Cells, axis: int) -> list[Cells]:
    """Frames by one mark.

    A number that differs from echo to echo, as a trigger time may, tells no acquisitions apart: each part must
    hold as many times as the whole.
    """
    parts: dict[float, Cells] = {}
    for place, frames in cells.items():
        for frame in frames:
            mark = frame.marks[axis]
            parts.setdefault(-1.0 if mark is None else mark, {}).setdefault(place, []).append(frame)
    n_times = len({time for _, time in cells})
    found = [parts[mark] for mark in sorted(parts)]
    return found if all(len({time for _, time in part}) == n_times for part in found) else []


def _by_rank(cells: Cells, axis: int) -> list[Cells]:
    """Frames by their rank in one mark within each cell, where the ranks of one slice do not overlap.

    So repeats are found whose times or numbers differ from slice to slice and from echo to echo too.
    """
    usual = Counter(len(frames) for frames in cells.values()).most_common(1)[0][0]
    parts: list[Cells] = [{} for _ in range(usual)]
    reach: dict[tuple[int, int], list[float]] = {}
    for place, frames in cells.items():
        by_mark = {mark: frame for frame in frames if (mark := frame.marks[axis]) is not None}
        if not len(by_mark) == len(frames) == usual:
            return []
        for rank, mark in enumerate(sorted(by_mark)):
            parts[rank][place] = [by_mark[mark]]
            reach.setdefault((place[0], rank), []).append(mark)
    following = [(marks, reach.get((place, rank + 1))) for (place, rank), marks in reach.items()]
    return [] if any(after and max(marks) >= min(after) for marks, after in following) else parts


def _torn(cells: Cells) -> list[Cells]:
    """Parts of a train whose echoes are of several acquisitions, each of two echoes or more; nothing for one."""
    by_slice: dict[int, Cells] = {}
    for place, frames in cells.items():
        if frames:
            by_slice.setdefault(place[0], {})[place] = frames
    for axis, gap in ((ACQUISITION_NUMBER, 0.0), (ACQUISITION_TIME, SAME_MOMENT_S)):
        slices = [_parts_of_slice(held, axis, gap) for held in by_slice.values()]
        if slices and all(len(parts) > 1 and min(map(len, parts)) > 1 for parts in slices):
            return [{p: f for part in same for p, f in part.items()} for same in zip_longest(*slices, fillvalue={})]
    return []


def _parts_of_slice(held: Cells, axis: int, gap: float) -> list[Cells]:
    """Cells of one slice by a mark of their frames, in its order."""
    numbers = clusters((mark for f in held.values() if (mark := f[0].marks[axis]) is not None), gap)
    parts: dict[int, Cells] = {}
    for place, frames in held.items():
        mark = frames[0].marks[axis]
        parts.setdefault(-1 if mark is None else numbers[mark], {})[place] = frames
    return [parts[number] for number in sorted(parts)]


def _torn_doubt(n_parts: int) -> Caution:
    return Caution(
        "ACQUISITIONS_IN_ONE_TRAIN",
        f"The echoes of this series were acquired in {n_parts} parts, one after the other, and were read as {n_parts} "
        "series: gain and position may differ between them. Check which one is meant.",
    )


def _placeless_doubt() -> Caution:
    return Caution(
        "SLICE_PLACE_MISSING",
        "The headers do not say where the slices lie. Images were put together by their numbers, each slice as an "
        "acquisition of its own; check that the pictures of one acquisition show one slice.",
    )


def _drop_unclear(cells: Cells, tally: Tally) -> list[Caution]:
    """Empty the cells in which nothing tells several images apart, or all of them where these are many."""
    unclear = {time for (_, time), images in cells.items() if len(images) > 1}
    if not unclear:
        return []
    times = {time for _, time in cells}
    is_few = len(unclear) <= MOST_AMBIGUOUS * len(times)
    code = "NO_SLICE_PLACE" if any(place < 0 for place, _ in cells) else "DUPLICATE_ECHO"
    for place in [p for p in cells if not is_few or p[1] in unclear]:
        leave_out(cells.pop(place), refusal(code), tally)
    text = (
        f"At {len(unclear)} of {len(times)} times the series holds different images of one slice that nothing tells "
        "apart; these times were left out. Check what the images are."
    )
    return [Caution("TIMES_UNCLEAR", text)] if is_few else []


# ------------------------------------------------------------------------------------- rows


def _complete_rows(cells: Cells, tally: Tally) -> list[list[Frame]]:
    """Images of the complete slices, by slice and time; the others are counted."""
    times = _common_times(cells)
    slices = sorted({place for place, _ in cells})
    complete = [place for place in slices if all(cells.get((place, time)) for time in times)]
    for (place, time), images in cells.items():
        code = "INCOMPLETE_SLICE" if place not in complete else "" if time in times else "EXTRA_ECHO"
        if code:
            leave_out(images, refusal(code), tally)
    return [[cells[place, time][0] for time in sorted(times)] for place in complete]


def _common_times(cells: Cells) -> frozenset[int]:
    """Times that most slices have; of equally common sets, the larger."""
    slices: dict[int, set[int]] = {}
    for place, time in cells:
        slices.setdefault(place, set()).add(time)
    sets = Counter(frozenset(times) for times in slices.values() if len(times) > 1)
    every_time = frozenset(time for _, time in cells)
    return max(sets, key=lambda times: (sets[times], len(times)), default=every_time)
