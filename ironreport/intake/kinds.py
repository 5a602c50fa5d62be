"""What kind of image a frame is: magnitude or not, spin echo or gradient echo, inverted or not."""

from __future__ import annotations

import re
from typing import Literal

from pydicom.dataset import Dataset

from ironreport.intake.reasons import clean_text
from ironreport.intake.values import FrameView, number, text, tokens, value
from ironreport.records import Contrast

Component = Literal["magnitude", "other", "unstated"]

MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"
_MR_CLASSES = {MR_IMAGE_STORAGE, f"{MR_IMAGE_STORAGE}.1", f"{MR_IMAGE_STORAGE}.4"}

_GE_GROUP, _GE_CREATOR, _GE_COMPONENT = 0x0043, "GEMS_PARM_01", 0x2F
_GE_SEQUENCE = (0x0019, "GEMS_ACQU_01", 0x9E)
_NOT_SIGNAL = {
    *("P", "PHASE", "R", "REAL", "I", "IMAGINARY", "VELOCITY"),
    *("B0", "ADC", "R2", "R2STAR", "R2_STAR", "T2STAR", "FF", "FAT_FRACTION", "FAT_FRAC"),
    *("WATER", "FAT", "WATER_ONLY", "FAT_ONLY", "PDFF"),
    *("R2*", "QSM", "SWI", "MNIP", "MIP", "MPR", "SUB", "MEAN", "STDDEV"),
}
_MAGNITUDE = re.compile(r"M|MAGNITUDE|MAGNITUDE_IMAGE|M_[A-Z]+")
_COMPLEX_PART = re.compile(r"[PRI]_[A-Z]+|(PHASE|REAL|IMAGINARY)_IMAGE|.*MAP")
_WORD_OF_ONE_ECHO = re.compile(r"(TE|E|ECHO)_?\d+(\.\d+)?|(IN|OPP|OUT|OPPOSED)_?PHASE|IP|OP")
_COMBINED = re.compile(
    r"RMS|ROOT_?MEAN_?SQUARE|SOS|SSOS|SUM|SUMMED|ADD|ADDED|ADDITION|AVG|AVE|AVERAGED?|COMP|COMPOSED|COMP_[A-Z]+|"
    r"COMB|COMBINED?|(ECHO|MULTIECHO|TE)_?(COMB|COMBINED|SUM|ADD|MEAN)|MEDIC"
)
_COMBINED_IN_WORDS = re.compile(
    r"\brms\b|root mean square|sum of squares|(combined|averaged|summed|mean of( the)?) echoes|echo (sum|average)",
    re.IGNORECASE,
)
_PHILIPS_TYPE = (0x2005, "Philips Imaging DD 001", 0x11)
# Vendors' names where ScanningSequence says RM (research mode) or nothing: Siemens fl and se, GE
# FGRE and SPGR, Philips FFE, Bruker MGE and MSME, Canon FE and SE.
_GRADIENT_NAME = re.compile(r"\*?fl\d?d|gre|ffe|spgr|flash|mge\b|\bfe(_|\d?d)", re.IGNORECASE)
_SPIN_NAME = re.compile(r"(?:^|[^a-z])(?:t?se\d?d|se(?![a-z])|mese|msme|rare|fse|tse|fase)", re.IGNORECASE)
_SPIN_ECHO_IN_WORDS = re.compile(r"spin.?echo|\bspin\b", re.IGNORECASE)


def is_mr_image(dataset: Dataset) -> bool:
    """Whether a file is a classic or enhanced MR image; screenshots of an MR exam are not."""
    storage = text(dataset, "SOPClassUID")
    return storage in _MR_CLASSES if storage else text(dataset, "Modality") == "MR"


def component(view: FrameView) -> Component:
    """Whether a frame is magnitude, something else, or does not say.

    Maps are told first; then the GE private value, which wins over an ImageType of OTHER; then
    the standard elements. DERIVED alone says nothing: an archive writes it on every image that it compresses.
    """
    words = image_type(view)[2:]
    if any(_COMPLEX_PART.fullmatch(word) for word in words):
        return "other"
    ge_component = _ge_component(view.dataset)
    if ge_component is not None:
        return "magnitude" if ge_component == 0 else "other"
    philips = tokens(_private(view.dataset, *_PHILIPS_TYPE))
    if _NOT_SIGNAL.intersection((*words, *philips)):
        return "other"
    stated = tokens(view.look("ComplexImageComponent", "MRImageFrameTypeSequence"))
    if stated and stated[0] in ("PHASE", "REAL", "IMAGINARY"):
        return "other"
    if stated[:1] == ("MAGNITUDE",) or any(_MAGNITUDE.fullmatch(word) for word in (*words, *philips)):
        return "magnitude"
    return "unstated"


def image_type(view: FrameView) -> tuple[str, ...]:
    """Words of the image type, of the frame where it has its own."""
    return tokens(view.look("FrameType", "MRImageFrameTypeSequence")) or tokens(view.look("ImageType"))


def kind_words(view: FrameView) -> tuple[str, ...]:
    """Words of the image type that are the same for all echoes of one train, in alphabetical order."""
    said = {"COMBINED"} if _says_combined(view) else set()
    return tuple(sorted(said | {word for word in image_type(view)[2:] if not _WORD_OF_ONE_ECHO.fullmatch(word)}))


def is_combined(view: FrameView) -> bool:
    """Whether an image says that it was computed from several echoes, coils or stations."""
    return _says_combined(view) or any(_COMBINED.fullmatch(word) for word in image_type(view)[2:])


def _says_combined(view: FrameView) -> bool:
    comments = (clean_text(view.look(keyword) or "", 200) for keyword in ("ImageComments", "DerivationDescription"))
    return any(_COMBINED_IN_WORDS.search(comment) for comment in comments)


def _ge_component(dataset: Dataset) -> int | None:
    """GE's private component: 0 magnitude, 1 phase, 2 real, 3 imaginary; None elsewhere."""
    found = _private(dataset, _GE_GROUP, _GE_CREATOR, _GE_COMPONENT)
    if isinstance(found, bytes):  # implicit VR without a dictionary entry
        found = int.from_bytes(found[:2], "little") if len(found) >= 2 else None
    known = number(found)
    return int(known) if known in (0.0, 1.0, 2.0, 3.0) else None


def _private(dataset: Dataset, group: int, creator: str, element: int) -> object:
    """Value of a private element by its creator, or None."""
    try:
        found: object = dataset.private_block(group, creator)[element].value
    except Exception:  # absent, or damaged in one of many ways
        return None
    return found


def is_mosaic(dataset: Dataset) -> bool:
    """Whether a file holds many slices tiled into one picture, as Siemens stores echo planar volumes."""
    return "MOSAIC" in tokens(value(dataset, "ImageType"))


def contrast(view: FrameView) -> tuple[Contrast, bool]:
    """Contrast of a frame and whether the header really tells it.

    A spin echo part anywhere makes it T2: taking T2 for T2* would read too little iron.
    """
    words = set(tokens(view.look("ScanningSequence"))) | set(tokens(view.look("EchoPulseSequence")))
    if words & {"SE", "SPIN", "BOTH"}:
        return "T2", True
    name = sequence_name(view)
    is_spin, is_gradient = bool(_SPIN_NAME.search(name)), bool(_GRADIENT_NAME.search(name))
    if words & {"GR", "GRADIENT"}:
        return "T2*", is_gradient or not is_spin  # a name against the tag leaves the kind open
    if is_gradient:
        return "T2*", True
    return ("T2", True) if is_spin or _described_as_spin_echo(view) else ("T2*", False)


def _described_as_spin_echo(view: FrameView) -> bool:
    """Whether a series of which no sequence is stated is called a spin echo by those who set it up."""
    words = " ".join(clean_text(view.look(keyword) or "") for keyword in ("SeriesDescription", "ProtocolName"))
    return bool(_SPIN_NAME.search(words) or _SPIN_ECHO_IN_WORDS.search(words)) and not _GRADIENT_NAME.search(words)


def sequence_name(view: FrameView) -> str:
    """Name of the pulse sequence as the vendor writes it, empty where there is none."""
    for keyword in ("SequenceName", "PulseSequenceName"):
        if name := clean_text(view.look(keyword) or ""):
            return name
    found = _private(view.dataset, *_GE_SEQUENCE)
    return found.strip() if isinstance(found, str) and found.isprintable() else ""


def inversion(view: FrameView) -> tuple[bool, float | None]:
    """Whether a frame was inverted before excitation, and its inversion time [ms] if stated."""
    time_ms = number(view.look("InversionTime"))
    if time_ms is None:
        time_ms = number(view.look("InversionTimes", "MRModifierSequence"))
    is_inverted = (
        "IR" in tokens(view.look("ScanningSequence"))
        or tokens(view.look("InversionRecovery", "MRModifierSequence")) == ("YES",)
        or bool(time_ms)
    )
    return is_inverted, time_ms
