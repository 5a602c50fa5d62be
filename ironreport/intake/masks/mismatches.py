"""Why a mask was not taken: one sentence on what does not fit and one on the cure, by stable code."""

from __future__ import annotations

from typing import NamedTuple

from ironreport.errors import IntakeError

_SAVE_AGAIN = "Save the mask again on the grid of these images, without resampling; it is never stretched or shifted."
_OTHER_SERIES = "Give the masks of these images, or the images that they were drawn on."

MISMATCHES: dict[str, tuple[str, str]] = {
    # whose it is
    "MASK_PATIENT": (
        "The mask was drawn on images of another patient than those opened.",
        "Stop and check which files belong together; nothing was taken from it.",
    ),
    "MASK_SERIES": ("The mask was drawn on images of another series than those opened.", _OTHER_SERIES),
    "MASK_FRAME": (
        "The mask names another frame of reference than the images, or none, so its places cannot be compared.",
        _OTHER_SERIES,
    ),
    "MASK_SEVERAL_SERIES": (
        "The mask fits {n} of the series opened equally well.",
        "Say on which one it is to be measured: series.masks(...) of that series.",
    ),
    "MASK_NO_PLACE": (
        "The headers of the images do not say where their slices lie, so a mask cannot be placed on them.",
        "Give an array of the rows and columns of the images, or draw the region here.",
    ),
    # where it lies
    "MASK_AFFINE": (
        "The mask's affine holds values that are no numbers, or no volume, so nobody knows where it lies.",
        "Save the mask again with the geometry of the images.",
    ),
    "MASK_NO_SPACE": (
        "The mask does not say in which anatomical space its axes are.",
        "Save it with its space (left-posterior-superior or right-anterior-superior).",
    ),
    "MASK_SPACING": ("The mask has other pixels or slice distances than the images: it was resampled.", _SAVE_AGAIN),
    "MASK_TILTED": (
        "The axes of the mask are tilted against those of the images: it was resampled or rotated.",
        _SAVE_AGAIN,
    ),
    "MASK_SHIFTED": ("The grid of the mask is shifted against that of the images.", _SAVE_AGAIN),
    "MASK_ELSEWHERE": (
        "The mask lies beside the images: another series, or an axis flipped when its affine was written.",
        _SAVE_AGAIN,
    ),
    "MASK_PLANE": ("A contour of the mask does not lie in a slice of the images.", _OTHER_SERIES),
    "MASK_OUTSIDE": ("Part of the mask lies outside the images.", _OTHER_SERIES),
    "MASK_SLICE": (
        "The mask does not say on which slice of these images it was drawn.",
        "Say which one: slice_index, counted from 0.",
    ),
    "MASK_SHAPE": ("The mask has {found} pixels, the images have {expected} (rows x columns).", _SAVE_AGAIN),
    # what it is
    "MASK_EMPTY": ("The mask selects no pixel.", "Give one that is not zero inside the organ."),
    "MASK_FRACTIONAL": (
        "The mask holds shares or probabilities, not yes or no for each pixel.",
        "Save it as labels; where a share becomes a pixel is not decided here.",
    ),
    "MASK_TOO_MANY_LABELS": (
        "It holds more than {limit} different values, so it is an image and not a mask.",
        "Give the labels, or images with their echo times.",
    ),
    "MASK_DIMENSIONS": (
        "It has {n} axes that are more than one element long; a mask has two or three.",
        "Save one mask.",
    ),
    "MASK_LINE": (
        "It is a {what}, which holds no pixels.",
        "Draw an area: a polygon, an ellipse, a rectangle or a freehand line that is closed.",
    ),
    "MASK_MM_ONLY": (
        "The export names places in mm only, so nobody can check that these are the images it was drawn on.",
        "Export with the plug-in Export ROIs, as XML, JSON or CSV.",
    ),
    "MASK_ROUNDED": ("It is a {what}, whose pixels cannot be told apart here.", "Draw it as a polygon."),
    "MASK_UNREADABLE": ("A damaged mask file.", "Save or export the mask again."),
    "MASK_ENCODING": (
        "The mask is stored in a way that is not read here ({what}).",
        "Save it uncompressed, as whole numbers.",
    ),
    "NOT_A_MASK": (
        "It is no mask in a format that is read here.",
        "Give DICOM SEG or RTSTRUCT, NIfTI, NRRD, an ImageJ ROI or its zip, a ROI export of Horos or OsiriX, or an "
        "exam file.",
    ),
}


def mismatch(code: str, **facts: object) -> IntakeError:
    """Error of a code, its sentences filled with facts.

    >>> str(mismatch("MASK_EMPTY"))
    'The mask selects no pixel. Give one that is not zero inside the organ.'
    """
    what, cure = MISMATCHES[code]
    return IntakeError(code, what.format(**facts), cure.format(**facts))


class NotTaken(NamedTuple):
    """One mask of a file that could not be taken, and why."""

    name: str
    error: IntakeError
