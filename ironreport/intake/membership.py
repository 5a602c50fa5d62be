"""Which images belong to one train of echoes: by more than the series' identifier, and with tolerance."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ironreport.intake.grids import SAME_SLICE_MM, SAME_TIME_MS, clusters
from ironreport.intake.headers import ACQUISITION_TIME, SAME_MOMENT_S, Frame, Traits
from ironreport.intake.series_doubts import FIELD_TRAIT, far_apart_doubt, parted_doubt, two_patients_doubt
from ironreport.records import Caution

SAME_PLANE = 0.01
"""Direction cosines of one stack differ by rounding, of two stacks by more than half a degree."""
SAME_RELATIVE = 0.02
"""Repetition times of one sequence, as triggers and rounding leave them."""
MIN_JOINED_ECHOES = 3
"""In-phase and opposed-phase images, which are two, are no train."""
SAME_SITTING_S = 600.0
MAX_COMPARED = 100
"""Trains of one series that are compared with each other; no scanner writes so many, a hostile upload may."""
MIN_UNTIMED = 3
"""So many different images of a slice at one moment and one echo time are echoes without their times."""


class Trait(NamedTuple):
    """Something in which images of one train agree.

    Parameters
    ----------
    name : str
        In words.
    of : callable
        Gives it out of `Traits`; None or empty where it is not stated.
    gap : callable
        Largest distance of two equal values, from their size; None where values are equal or not.
    is_naming : bool
        Whether a vendor may write it differently for each echo of one train.
    may_differ_between_slices : bool
    """

    name: str
    of: Callable[[Traits], Hashable]
    gap: float | None = None
    is_naming: bool = False
    may_differ_between_slices: bool = True


IMAGE_TYPE = "image type"
TRAITS = (
    Trait("contrast (gradient or spin echo)", lambda t: t.contrast, may_differ_between_slices=False),
    Trait(FIELD_TRAIT, lambda t: t.field_tesla, SAME_RELATIVE, may_differ_between_slices=False),
    Trait("flip angle", lambda t: t.flip_angle_deg, SAME_RELATIVE, may_differ_between_slices=False),
    Trait("pixel size", lambda t: t.pixel_mm, SAME_RELATIVE, may_differ_between_slices=False),
    Trait("repetition time", lambda t: t.repetition_time_ms, SAME_RELATIVE),
    Trait("series number", lambda t: t.series_number, is_naming=True),
    Trait("sequence name", lambda t: t.sequence, is_naming=True),
    Trait(IMAGE_TYPE, lambda t: t.words, is_naming=True),
    Trait("protocol name", lambda t: t.protocol, is_naming=True),
    Trait("series description", lambda t: t.description, is_naming=True),
)
"""In this order: what the scanner did before what somebody called it."""


@dataclass(frozen=True, slots=True, eq=False)
class Train:
    """Frames that may be one train of echoes.

    Parameters
    ----------
    frames : list of Frame
    parted_by : tuple of str
        Traits in which the rest of the series differs, in words; empty where the series is whole.
    doubts : tuple of Caution
    n_joined : int
        Series that were put together, 1 where the train is of one.
    """

    frames: list[Frame]
    parted_by: tuple[str, ...] = ()
    doubts: tuple[Caution, ...] = ()
    n_joined: int = 1

    @property
    def times(self) -> frozenset[int]:
        """Echo times, as whole numbers of the least difference."""
        return frozenset(round(frame.te_ms / SAME_TIME_MS) for frame in self.frames)


def trains(frames: Iterable[Frame]) -> list[Train]:
    """Frames by train, in the order in which they appear; single echoes of several series joined."""
    by_owner: dict[tuple[object, ...], list[Frame]] = {}
    for frame in frames:
        by_owner.setdefault(frame.identity, []).append(frame)
    placed = [frame for owned in by_owner.values() for frame in _placed(owned)]
    by_series: dict[tuple[object, ...], list[Frame]] = {}
    for frame in placed:
        by_series.setdefault((frame.identity, frame.traits.series, frame.plane), []).append(frame)
    parted = [train for group in by_series.values() for train in _parted(group)]
    return sorted(_with_torn(_joined(parted)), key=lambda train: min((f.source.number, f.index) for f in train.frames))


def n_times(frames: Iterable[Frame]) -> int:
    """Number of different echo times."""
    return len(clusters((frame.te_ms for frame in frames), SAME_TIME_MS))


# ------------------------------------------------------------------------------------- place


def _placed(frames: list[Frame]) -> list[Frame]:
    """Frames with the number of their plane and their place along its normal [mm].

    Cosines are rounded by scanners and recomputed by archives, so they are compared with tolerance and one normal
    serves all frames of a plane.
    """
    stated = sorted({frame.cosines for frame in frames if frame.cosines is not None})
    plane_of = _planes(stated)
    normals = {plane: np.cross(c[:3], c[3:]) for c, plane in reversed(plane_of.items())}
    found = []
    for frame in frames:
        plane = -1 if frame.cosines is None else plane_of[frame.cosines]
        position_mm = frame.position_mm
        if plane >= 0 and frame.corner_mm is not None:
            position_mm = float(np.dot(normals[plane], frame.corner_mm))
        found.append(replace(frame, plane=plane, position_mm=position_mm))
    return found


def _planes(stated: Sequence[tuple[float, ...]]) -> dict[tuple[float, ...], int]:
    """Number of the plane of each set of cosines, in ascending order; all lie near the first of their plane."""
    left = np.array(stated).reshape(-1, 6)
    numbers = np.full(len(left), -1)
    plane = 0
    while (numbers < 0).any():
        first = left[int(np.argmax(numbers < 0))]
        near = np.abs(left - first).max(axis=1) <= SAME_PLANE
        numbers[near & (numbers < 0)] = plane
        plane += 1
    return {cosines: int(n) for cosines, n in zip(stated, numbers, strict=True)}


def _slices(frames: Sequence[Frame]) -> list[int]:
    """Number of the slice of each frame, -1 where no place is stated."""
    numbers = clusters((f.position_mm for f in frames if f.position_mm is not None), SAME_SLICE_MM)
    return [-1 if f.position_mm is None else numbers[f.position_mm] for f in frames]


# ------------------------------------------------------------------------------------- parting


def _parted(frames: list[Frame]) -> list[Train]:
    """Frames of one series by the traits in which they differ."""
    groups: list[tuple[list[Frame], tuple[str, ...]]] = [(frames, ())]
    for trait in TRAITS:
        groups = [(part, (*names, *new)) for group, names in groups for part, new in _parts(group, trait)]
    return [Train(group, names) for group, names in groups]


def _parts(frames: list[Frame], trait: Trait) -> list[tuple[list[Frame], tuple[str, ...]]]:
    """Frames by one trait, with its name, or all of them where they agree or the trait does not part a train."""
    labels = _labels([trait.of(frame.traits) for frame in frames], trait.gap)
    parts: dict[int, list[Frame]] = {}
    for label, frame in zip(labels, frames, strict=True):
        parts.setdefault(label, []).append(frame)
    is_named_by_echo = trait.is_naming and all(n_times(part) == 1 for part in parts.values())
    if len(parts) == 1 or is_named_by_echo:
        return [(frames, ())]
    if trait.may_differ_between_slices and not _meet(labels, _slices(frames)):
        return [(frames, ())]
    return [(part, (trait.name,)) for part in parts.values()]


def _labels(values: list[Hashable], relative: float | None) -> list[int]:
    """Number of the group of equal values; what is not stated is like the others where these are all alike."""
    stated = [v for v in values if v not in (None, "", ())]
    if relative is None:
        number_of: dict[Hashable, int] = {v: n for n, v in enumerate(dict.fromkeys(stated))}
    else:
        numbers = [float(v) for v in stated if isinstance(v, int | float)]
        gap = relative * max(map(abs, numbers), default=0.0)
        number_of = {value: n for value, n in clusters(numbers, gap).items()}  # noqa: C416 - of another type
    missing = 0 if len(set(number_of.values())) <= 1 else -1
    return [number_of.get(v, missing) for v in values]


def _meet(labels: list[int], slices: list[int]) -> bool:
    """Whether images of one slice have different labels."""
    label_of: dict[int, int] = {}
    return any(label_of.setdefault(place, label) != label for place, label in zip(slices, labels, strict=True))


def _with_torn(found: list[Train]) -> list[Train]:
    """Trains with a doubt where the images of one series became several."""
    families: dict[str, list[Train]] = {}
    for train in found:
        if train.frames[0].traits.series and train.n_joined == 1:
            families.setdefault(train.frames[0].traits.series, []).append(train)
    told: dict[int, tuple[Caution, ...]] = {}
    for family in families.values():
        told |= dict(zip(map(id, family), _torn(family), strict=True))
    return [replace(train, doubts=(*train.doubts, *told.get(id(train), ()))) for train in found]


def _torn(family: list[Train]) -> list[tuple[Caution, ...]]:
    """Doubts of each of the trains of one series."""
    times = [train.times for train in family[:MAX_COMPARED]]
    are_echoes = [not all(frame.is_combined for frame in train.frames) for train in family[:MAX_COMPARED]]
    n_patients = len({train.frames[0].identity[:2] for train in family})
    found: list[tuple[Caution, ...]] = []
    for n, train in enumerate(family):
        others = [
            is_echo
            for k, is_echo in enumerate(are_echoes)
            if k != n and (train.parted_by or times[k].isdisjoint(train.times))
        ]
        if others and n_patients > 1:
            found.append((two_patients_doubt(),))
        else:
            found.append((parted_doubt(train.parted_by),) if any(others) else ())
    return found


# ------------------------------------------------------------------------------------- joining


def _joined(found: list[Train]) -> list[Train]:
    """Trains, where single echoes of several series that agree in all but the series have become one."""
    single: dict[Hashable, list[Train]] = {}
    rest: list[Train] = []
    for train in found:
        if n_times(train.frames) == 1 and not train.parted_by and not any(f.inverted for f in train.frames):
            single.setdefault(_stack_key(train.frames), []).append(train)
        else:
            rest.append(train)
    return [*rest, *(train for family in single.values() for train in _of_single_echoes(family))]


def _stack_key(frames: list[Frame]) -> Hashable:
    """What series of one echo each agree in when they are of one acquisition."""
    first, traits = frames[0], frames[0].traits
    slices = sorted({round(f.position_mm, 1) for f in frames if f.position_mm is not None})
    corner = None if first.corner_mm is None else tuple(round(c / 0.5) for c in min(f.corner_mm or () for f in frames))
    rounded = [None if v is None else float(f"{v:.2g}") for v in (traits.repetition_time_ms, traits.flip_angle_deg)]
    same = (traits.contrast, traits.sequence, traits.field_tesla, traits.pixel_mm, traits.words, traits.frame_uid)
    return (first.identity, first.plane, tuple(slices), corner, *rounded, *same)


def _of_single_echoes(family: list[Train]) -> list[Train]:
    """One train out of several of one echo each, those of one moment apart from those of another."""
    frames = [frame for train in family for frame in train.frames]
    if len(family) == 1 or n_times(frames) < MIN_JOINED_ECHOES:
        return family
    moments = _moments(family)
    if all(n_times(part) >= MIN_JOINED_ECHOES for part in moments):
        return [_join(part, ()) for part in moments]
    clocks = [frame.clock_s for frame in frames if frame.clock_s is not None]
    if not clocks or max(clocks) - min(clocks) > SAME_SITTING_S:
        return family
    return [_join(frames, (far_apart_doubt(max(clocks) - min(clocks)),))]


def _moments(family: list[Train]) -> list[list[Frame]]:
    """Frames by the time at which their series began; of series without one, by none."""
    starts = [min((f.clock_s for f in train.frames if f.clock_s is not None), default=None) for train in family]
    numbers = clusters((start for start in starts if start is not None), SAME_MOMENT_S)
    parts: dict[int, list[Frame]] = {}
    for train, start in zip(family, starts, strict=True):
        parts.setdefault(-1 if start is None else numbers[start], []).extend(train.frames)
    return list(parts.values())


def _join(frames: list[Frame], doubts: tuple[Caution, ...]) -> Train:
    n_series = len({frame.traits.series for frame in frames})
    numbers = {frame.echo_number for frame in frames}
    if all(frame.clock_s is None for frame in frames) and len(numbers - {None}) < n_times(frames):
        doubts = (*doubts, far_apart_doubt(None))
    text = (
        f"The echoes come from {n_series} series of one echo each. They were joined because place, sequence and time "
        "agree; check that they are one acquisition."
    )
    return Train(frames, doubts=(Caution("SERIES_JOINED", text), *doubts), n_joined=n_series)


# ------------------------------------------------------------------------------------- one time on all echoes


def n_untimed(train: Train) -> int:
    """Images of each slice where one echo time stands on all of them; 0 where a series has one echo or several."""
    if n_times(train.frames) > 1:
        return 0
    sizes = {len(images) for images in _images_of_slices(train).values()}
    return min(sizes) if min(sizes) >= MIN_UNTIMED else 0


def with_typed_times(train: Train, te_ms: Sequence[float]) -> Train:
    """A train without its times, with echo times [ms] that the reader typed; any other train as it is.

    The images of a slice are taken in the order of their echo numbers, or of their image numbers.
    """
    slices = _images_of_slices(train)
    if not te_ms or not n_untimed(train) or any(len(images) != len(te_ms) for images in slices.values()):
        return train
    frames = []
    for images in slices.values():
        numbers = [frame.echo_number for frame in images.values()]
        by_echo = len({n for n in numbers if n is not None}) == len(te_ms)
        order = sorted(images.values(), key=lambda f: (f.echo_number or 0) if by_echo else (f.marks[-1] or 0.0))
        frames += [replace(frame, te_ms=float(te)) for frame, te in zip(order, te_ms, strict=True)]
    text = (
        "One echo time stands on all echoes in the headers. The times used were typed by the reader and given to the "
        "images in the order of their numbers; check that the first image is the brightest."
    )
    return replace(train, frames=frames, doubts=(*train.doubts, Caution("ECHO_TIMES_TYPED", text)))


def _images_of_slices(train: Train) -> dict[tuple[object, ...], dict[tuple[str, int], Frame]]:
    """Different images of each slice, and of each moment where no echo numbers say that they are of one."""
    is_numbered = all(frame.echo_number is not None for frame in train.frames) and n_times(train.frames) == 1
    by_number: dict[tuple[object, ...], dict[tuple[str, int], Frame]] = {}
    by_moment: dict[tuple[object, ...], dict[tuple[str, int], Frame]] = {}
    for frame, place in zip(train.frames, _slices(train.frames), strict=True):
        by_number.setdefault((place,), {})[frame.uid, frame.index] = frame
        by_moment.setdefault((place, *frame.marks[: ACQUISITION_TIME + 1]), {})[frame.uid, frame.index] = frame
    numbers = [{frame.echo_number for frame in images.values()} for images in by_number.values()]
    is_told = all(len(n) == len(images) > 1 for n, images in zip(numbers, by_number.values(), strict=True))
    return by_number if is_numbered and is_told else by_moment
