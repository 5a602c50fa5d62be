"""What a reader must know about a series before trusting a number from it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence

from pydicom.dataset import Dataset

from ironreport.intake.headers import Frame, field_of
from ironreport.intake.kinds import contrast
from ironreport.intake.pixels import is_lossy
from ironreport.intake.scaling import SAME_SCALE_RELATIVE, Scales, spread
from ironreport.intake.source_images import person_name
from ironreport.intake.values import FrameView, count, number, text, value
from ironreport.records import Caution

MIN_CLIPPED_PIXELS = 10
"""Scanners scale an image so that its brightest pixel reaches the top; many such pixels are clipped."""


FIELD_TRAIT = "field strength"
WRONG_AT_THE_OTHER = "A limit of one field is wrong at the other, so no class is given."

PROTON_MHZ_PER_TESLA = 42.577
"""CODATA, shielded proton."""

SHIFTED = 0.5
"""Of a pixel; rounding in headers and conversion is far smaller, a mistake of convention a half or more."""

SAME_FIELD_RELATIVE = 0.1
"""A magnet sold as 3 T runs at 2.89 T (4 %); the next field sold is 17 % away or more."""


def series_cautions(rows: Sequence[Sequence[Frame]], n_copies: int) -> tuple[Caution, ...]:
    """Doubts that the headers of a series raise.

    Parameters
    ----------
    rows : sequence of sequences of Frame
        Frames by slice and echo.
    n_copies : int
        Images given twice, equal in every pixel.
    """
    first = rows[0][0]
    found = list(_header_cautions(first.view, [frame for row in rows for frame in row]))
    if n_copies:
        found.append(
            Caution(
                "DUPLICATE_IMAGES", f"{n_copies} images were given twice, equal in every pixel; one of each was used."
            )
        )
    if any(map(_are_apart, rows)):
        found.append(
            Caution(
                "ECHOES_SHIFTED",
                "The headers put echoes of one slice at places that lie half a pixel or more apart, so a pixel is not "
                "the same tissue at each echo and no class is given. Convert or export the series again.",
                blocks_grade=True,
            )
        )
    if missing := _missing_echoes(rows[0]):
        found.append(
            Caution(
                "ECHO_GAP",
                f"Echo {missing} of the train is missing by its number; check that all echoes were exported.",
            )
        )
    return tuple(found)


def _header_cautions(view: FrameView, frames: Sequence[Frame]) -> Iterator[Caution]:
    dataset = view.dataset
    if not contrast(view)[1]:
        yield Caution(
            "CONTRAST_UNKNOWN",
            "The header does not say whether this is a gradient echo (T2*) or a spin echo (T2) series; it was taken "
            "as gradient echo. Check the sequence name, because T2 read as T2* hides iron.",
        )
    yield from _field_doubts(frames)
    if field_of(dataset)[1]:
        yield Caution(
            "FIELD_IN_GAUSS",
            f"The header gives the field strength in gauss; it was read as {field_of(dataset)[0]:g} T.",
        )
    if "PHILIPS" in text(dataset, "Manufacturer").upper() and not any(_states_a_scale(frame) for frame in frames):
        yield Caution(
            "SCALE_MISSING",
            "Philips writes each image on a scale of its own, and no scale stands in these headers: the echoes may not "
            "compare, which can double T2*, so no class is given. Export the series again from the scanner.",
            blocks_grade=True,
        )
    if not all(frame.is_stated_magnitude for frame in frames):
        yield Caution(
            "MAGNITUDE_ASSUMED",
            "The header does not say whether the images are magnitude; they were taken as such. Check the pictures.",
        )
    if any(frame.inverted for frame in frames):
        yield Caution(
            "INVERSION_PREPARED",
            "The images were acquired after an inversion pulse (for example black blood); weak signals are unsafe.",
        )
    if any(is_lossy(frame.view.dataset) for frame in frames):
        yield Caution(
            "LOSSY", "The images went through lossy compression, which changes signals. Export the originals."
        )


def _states_a_scale(frame: Frame) -> bool:
    """Whether a header says by which factor its image is stored."""
    scale = frame.scale
    return scale.rescale is not None or bool(scale.real_world) or scale.philips is not None


def _field_doubts(frames: Sequence[Frame]) -> Iterator[Caution]:
    """A doubt that withholds the class where nobody can know at which field the images were made.

    Images that state different fields are never one train: `parted_doubt`.
    """
    datasets = [frame.view.dataset for frame in frames]
    stated = {round(field, 2) for dataset in datasets if (field := field_of(dataset)[0]) is not None}
    measured = {found for dataset in datasets if (found := _field_of_protons(dataset)) is not None}
    apart = [tesla for tesla in measured for field in stated if abs(tesla / field - 1.0) > SAME_FIELD_RELATIVE]
    if apart:
        yield Caution(
            "FIELD_DISPUTED",
            f"The header states {min(stated):g} T, but an imaging frequency that belongs to {apart[0]:.2g} T. Nobody "
            "can know which is right, so no class is given. Check the scanner.",
            blocks_grade=True,
        )


def _field_of_protons(dataset: Dataset) -> float | None:
    """Field [T] at which protons have the imaging frequency stated; None without one, or for another nucleus."""
    frequency_mhz = number(value(dataset, "ImagingFrequency"))
    nucleus = text(dataset, "ImagedNucleus").upper()
    if frequency_mhz is None or frequency_mhz <= 0.0 or nucleus not in ("", "1H", "H1", "H"):
        return None
    return frequency_mhz / PROTON_MHZ_PER_TESLA


def _are_apart(row: Sequence[Frame]) -> bool:
    """Whether echoes of one slice lie at different places of its plane; which of them is right nobody can know."""
    corners = [frame.corner_mm for frame in row if frame.corner_mm is not None]
    pixel_mm = row[0].traits.pixel_mm
    if not corners or not pixel_mm:
        return False
    return any(math.dist(corners[0], corner) >= SHIFTED * pixel_mm for corner in corners)


def _missing_echoes(row: Sequence[Frame]) -> str:
    """Numbers of echoes missing in a train, by the echo numbers in the headers."""
    numbers = {frame.echo_number for frame in row}
    known = {n for n in numbers if n is not None}
    if len(known) < len(row) or max(known) > 2 * len(row):
        return ""
    return ", ".join(str(n) for n in sorted(set(range(1, max(known) + 1)) - known))


def scale_cautions(scale: Scales, slopes: Collection[float]) -> Iterator[Caution]:
    """Doubts about scaling: of another source than usual, different from image to image, or disputed."""
    if scale.is_disputed:
        yield Caution(
            "SCALE_DISPUTED",
            "The headers state two scales of the signal that make the echoes compare differently (rescale and real "
            "world value mapping), or a scale of some images only. Nobody can know which is right, so no class is "
            "given. Export the series again from the scanner.",
            blocks_grade=True,
        )
    if scale.source == "private":
        yield Caution(
            "PRIVATE_SCALE",
            "The standard rescale would leave the images of this series on different scales; they were scaled by the "
            "private Philips elements (2005,100D) and (2005,100E). Check that the decay is smooth.",
        )
    elif spread(list(slopes)) > SAME_SCALE_RELATIVE:
        name = "rescale slope" if scale.source == "standard" else "slope of the real world value mapping"
        yield Caution(
            "RESCALE_DIFFERS",
            f"The {name} differs between images ({min(slopes):g} to {max(slopes):g}); each image was scaled "
            "by its own slope and intercept. Check that the decay is smooth.",
        )


def image_cautions(n_negative: int, n_pixels: int, n_clipped: int) -> Iterator[Caution]:
    """Doubts that the pixels of a series raise: clipped or negative signals.

    Parameters
    ----------
    n_negative, n_pixels : int
        Of all images.
    n_clipped : int
        Pixels at the top of the range, in the image that has most of them.
    """
    if n_negative:
        yield Caution(
            "NEGATIVE_VALUES",
            f"{n_negative} pixels ({n_negative / n_pixels:.2%}) are negative, which magnitude never is; "
            "keep the region away from them.",
        )
    if n_clipped >= MIN_CLIPPED_PIXELS:
        yield Caution(
            "CLIPPED",
            f"Up to {n_clipped} pixels of an image stand at the largest value that can be stored and may be clipped; "
            "keep the region away from the brightest parts.",
        )


def name_cautions(dataset: Dataset) -> Iterator[Caution]:
    """Doubt about the letters of the patient's name, which an export would carry on."""
    if person_name(dataset, "PatientName").is_doubtful:
        yield Caution(
            "PATIENT_NAME_DOUBTFUL",
            "The patient's name may be damaged: its letters do not fit the character set that the headers state. DICOM "
            "exports leave it empty and keep the patient's number. Compare name and number with your archive.",
        )


def top_of_range(dataset: Dataset) -> int | None:
    """Largest value that the stored bits can hold, or None where the header does not say."""
    bits = number(count(dataset, "BitsStored"))
    if bits is None or not 2 <= bits <= 32:
        return None
    is_signed = count(dataset, "PixelRepresentation") == 1
    return int(2 ** (int(bits) - is_signed)) - 1


# ------------------------------------------------------------------------------------- membership


def two_patients_doubt() -> Caution:
    """Doubt of a series whose images carry different patients."""
    return Caution(
        "SERIES_OF_TWO_PATIENTS",
        "Images of one series carry different patients or studies in their headers, and its echoes were read "
        "apart. Check whose images these are, and whether echoes are missing here.",
        blocks_grade=True,
    )


def parted_doubt(names: tuple[str, ...]) -> Caution:
    """Doubt of a series whose images differ in traits, named in words; of the field nobody can say which is right."""
    is_of_field = FIELD_TRAIT in names
    text = (
        f"Images of one series differ in {' and '.join(names or ('orientation or matrix',))} and were kept apart. "
        "Check that the right ones are measured, and that their echoes are all there."
    )
    if is_of_field:
        text = f"{text} {WRONG_AT_THE_OTHER}"
    return Caution("SERIES_PARTED", text, blocks_grade=is_of_field)


def far_apart_doubt(seconds: float | None) -> Caution:
    """Doubt of joined echoes that were not acquired together."""
    when = "at times that are not stated" if seconds is None else f"up to {seconds:.0f} s apart"
    return Caution(
        "ECHOES_APART",
        f"The joined echoes were acquired {when}. Gain or position may have changed between them, which would change "
        "the decay, so no class is given.",
        blocks_grade=True,
    )
