"""Masks drawn elsewhere, on the series they fit, with the organ their names suggest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ironreport.errors import IntakeError
from ironreport.intake.masks import FoundMask, MasksFound, read_masks
from ironreport.knowledge import published_knowledge
from ironreport.library.arguments import slice_given
from ironreport.library.sources import Source, files_in
from ironreport.records import EchoSeries, LeftOut
from ironreport.records.jupyter import table


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OpenedMasks(Sequence[FoundMask]):
    """Masks that fit the images, one after the other, and what was not taken.

    Parameters
    ----------
    found : MasksFound
        Masks with the organ that their names suggest, and what was left out, counted by reason.
    """

    found: MasksFound

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Masks that do not fit or cannot be read, counted by reason."""
        return self.found.left_out

    def named(self, name: str) -> FoundMask:
        """The one mask of a name.

        Raises
        ------
        IntakeError
            ``NO_MASK``.
        """
        fitting = [one for one in self if one.name == name]
        if len(fitting) != 1:
            known = ", ".join(one.name for one in self[:20])
            cure = f"Names: {known}." if known else "There is no mask here."
            raise IntakeError("NO_MASK", f"{len(fitting)} masks have the name '{str(name)[:60]}'.", cure)
        return fitting[0]

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.found.masks[index]

    def __len__(self) -> int:
        return len(self.found.masks)

    def __iter__(self) -> Iterator[FoundMask]:
        return iter(self.found.masks)

    def __repr__(self) -> str:
        names = ", ".join(one.name[:30] for one in self.found.masks[:5])
        n_left = sum(one.n_files for one in self.left_out)
        return f"OpenedMasks({len(self)} masks: {names}{', ...' if len(self) > 5 else ''}; {n_left} left out)"

    def _repr_html_(self) -> str:
        masks = [(one.name, mask_line(one)) for one in self.found.masks]
        gone = [(f"{one.n_files} left out, e.g. {one.example}", f"{one.what} {one.cure}") for one in self.left_out]
        return table("Masks", [*masks, *gone])


def mask_line(one: FoundMask) -> str:
    """What a mask is, in a line."""
    slices = ", ".join(str(index + 1) for index in one.slices)
    organ = f"suggests {one.organ}" if one.organ else "suggests no organ"
    asked = [f"To be confirmed: {one.question}"] if one.question else []
    return " ".join([f"{one.n_pixels} pixels on slice {slices}; {organ}.", f"{one.source}.", *asked])


def masks_listing(found: MasksFound) -> dict[str, list[dict[str, Any]]]:
    """Masks of an upload in values that JSON knows, without names, for a file may be named after somebody."""
    return {
        "masks": [
            {"pixels": m.n_pixels, "slices": [i + 1 for i in m.slices], "organ": m.organ, "source": m.source}
            for m in found.masks
        ],
        "masks_left_out": [
            {"code": one.code, "files": one.n_files, "what": one.what, "cure": one.cure} for one in found.left_out
        ],
    }


def masks_lines(found: MasksFound) -> list[str]:
    """The same for people."""
    masks = [f"Mask {number}: {mask_line(one)}" for number, one in enumerate(found.masks, start=1)]
    gone = [f"  {one.n_files} x {one.code}: {one.what} {one.cure}" for one in found.left_out]
    return [*masks, *(["Masks left out:", *gone] if gone else [])]


def opened_masks(
    source: Source | Iterable[Source], series: Sequence[EchoSeries], slice_index: int | None = None
) -> OpenedMasks:
    """Masks in files, a folder or a zip, each on the one series it fits.

    Raises
    ------
    IntakeError
        ``MASK_PATIENT``; where no mask could be taken, why the first could not.
    """
    found = read_masks(files_in(source), series, slice_given(slice_index))
    if not found.masks:
        raise _none_taken(found)
    return OpenedMasks(with_organs(found))


def with_organs(found: MasksFound) -> MasksFound:
    """The same masks with the organ that each name suggests, where the file does not say it."""
    knowledge = published_knowledge()
    return replace(
        found, masks=tuple(replace(m, organ=m.organ or knowledge.organ_of_mask(m.name)) for m in found.masks)
    )


def _none_taken(found: MasksFound) -> IntakeError:
    """Why there is no mask: the commonest reason but for files that are none."""
    reasons = [one for one in found.left_out if one.code != "NOT_A_MASK"] or list(found.left_out)
    if not reasons:
        return IntakeError("NO_MASK", "There is no file.", "Give the file of a mask, or a folder of them.")
    most = max(reasons, key=lambda one: one.n_files)
    return IntakeError(most.code, most.what, most.cure)
