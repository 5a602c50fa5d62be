"""Why a file was not used: one sentence on what it is and one on the cure, by stable code.

The sentences never hold another library's exception text, which may carry a patient's name.
"""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from ironreport.errors import IntakeError, Refusal
from ironreport.records import LeftOut

MAX_EXAMPLE_CHARACTERS = 60

_AGAIN = "Export the series again from the scanner or PACS."
_SPLIT = "Export only the multi-echo series of one exam and read it alone."

REASONS: dict[str, tuple[str, str]] = {
    # the upload
    "TOO_MANY_FILES": ("More than {limit} files were given, so none was read.", _SPLIT),
    "EXAM_TOO_BIG": ("The exam is larger than {limit} MiB.", _SPLIT),
    "FILE_TOO_BIG": ("Larger than {limit} MiB once unpacked.", "Export the series as one file per image."),
    "ZIP_EMPTY": ("A zip archive without any file.", "Pack the DICOM files into the zip again."),
    "ZIP_TRUNCATED": ("A zip archive that is cut off or damaged.", "Copy or pack the archive again."),
    "ZIP_ENCRYPTED": ("A zip archive protected by a password.", "Unpack it and read the files, or pack without one."),
    "ZIP_METHOD": ("Packed by a zip method that is not read here.", "Pack again as an ordinary zip (deflate)."),
    "ZIP_NESTED": ("A zip archive inside a zip archive.", "Unpack the inner archive and read it by itself."),
    "ZIP_RATIO": ("A zip archive that unpacks to over {limit} times its size, as only hostile archives do.", _SPLIT),
    # one file
    "EMPTY_FILE": ("A file without content.", "Copy the file again."),
    "NOT_DICOM": ("Not a DICOM file, whatever its name says.", "Give DICOM images, loose or as one zip."),
    "DICOMDIR": ("The index of a disc, not an image.", "Nothing to do: the images are found without it."),
    "UNREADABLE": ("A damaged DICOM file.", _AGAIN),
    "NESTED": ("A DICOM file nested too deeply to be read safely.", _AGAIN),
    "TOO_MANY_ELEMENTS": ("A DICOM file with more elements than any MR image has.", _AGAIN),
    "DEFLATE_BOMB": ("A DICOM file that inflates to more than {limit} MiB.", "Export without deflate compression."),
    "IMAGE_TOO_LARGE": (
        "The image matrix is larger than {side} x {side} pixels or {limit} MiB.",
        "Export the original images, one file per image.",
    ),
    "COMPRESSED": (
        "Compressed as {syntax}, which cannot be decoded here.",
        "Export uncompressed (Explicit VR Little Endian), or as RLE or JPEG 2000 lossless.",
    ),
    "COMPRESSED_12_BIT": (
        "Compressed as JPEG Extended with 12 bits, a lossy kind that only an optional part under the GPL reads.",
        "Export uncompressed, or install ironreport[gpl].",
    ),
    # one image
    "NOT_MR": ("Not an MR image, for example a CT image, a screenshot or a report.", "Nothing to do."),
    "COLOUR": ("A colour picture, not an MR signal.", "Nothing to do: the original images are grey."),
    "NO_PIXELS": ("A DICOM header without an image.", _AGAIN),
    "TRUNCATED_PIXELS": ("The image is cut off: fewer pixels than the header states.", _AGAIN),
    "UNREADABLE_PIXELS": ("The pixels are damaged and cannot be decoded.", _AGAIN),
    "VALUES_BEYOND_BITS": (
        "Pixels hold larger values than fit the {bits} bits that the header says are stored, so one of the two is "
        "wrong.",
        "Export the series again from the scanner or PACS; what the values mean cannot be known here.",
    ),
    "DECODER_STOPPED": (
        "The compressed pixels broke the decoder or kept it busy without end; it works apart and was stopped.",
        "Export the series again, uncompressed.",
    ),
    "FRAME_MISMATCH": ("The number of frames contradicts the list of frames.", _AGAIN),
    "BAD_RESCALE": ("The rescale slope or intercept is not a number that can be used.", _AGAIN),
    "NOT_MAGNITUDE": (
        "Phase, real or imaginary images or a computed map, not magnitude.",
        "Nothing to do where magnitude images were read; otherwise export the magnitude series.",
    ),
    "MOSAIC": (
        "All slices of a volume tiled into one picture (mosaic).",
        "Export the series with one image per slice.",
    ),
    "NO_ECHO_TIME": (
        "No single echo time between {low} and {high} ms stands in the header.",
        "Export the original images; if echo times are known, type the signals on the quick check page.",
    ),
    # one series
    "ECHO_TIME_UNIT": (
        "The echo times seem to be written in {unit}, not in ms.",
        "Check the echo times and type the signals on the quick check page.",
    ),
    "ONE_ECHO": (
        "Only one echo time in the series, so no decay can be fitted.",
        "Export the series with all its echoes.",
    ),
    "INVERSION_RECOVERY": (
        "Images after an inversion pulse at fewer than {n} inversion times: neither a decay (T2*) nor a T1 series.",
        "Read the multi-echo gradient-echo (T2*) series; for T1, all inversion times together.",
    ),
    "INCOMPLETE_SLICE": (
        "Images of slices that lack one or more echoes (or inversion times) of their series.",
        "Nothing to do if the other slices suffice; otherwise export the series again.",
    ),
    "EXTRA_ECHO": ("Echoes that only some slices of the series have.", "Nothing to do."),
    "DUPLICATE_ECHO": (
        "Different images of the same slice at the same time, and nothing in their headers tells them apart.",
        "Give the files of one acquisition only, or have the series sent again with its acquisition times.",
    ),
    "NO_SLICE_PLACE": (
        "The headers do not say where the slices lie, so images of different slices at one time cannot be told apart.",
        "Export the series with its geometry: image position and orientation, or slice location.",
    ),
    "WORSE_COPY": (
        "Lossy or derived copies of images that were given as they were acquired too.",
        "Nothing to do: the originals were read.",
    ),
    "COMBINED_IMAGE": (
        "Images computed from several echoes or coils (root mean square, sum, composed), which are no echo.",
        "Nothing to do: the echoes beside them were read.",
    ),
    "ODD_IMAGE": (
        "Single images that differ from the rest of their series in {traits}, and are no echo of its train.",
        "Nothing to do where the series was read; otherwise export it alone.",
    ),
    "ONE_TIME_WRITTEN": (
        "Each slice has {n} different images with one echo time, {te} ms: one time was written on all echoes.",
        "Type the echo times of the protocol in the field beside this list, or export the series again.",
    ),
}


def refusal(code: str, **facts: object) -> IntakeError:
    """Error of a code, its sentences filled with facts (numbers and names of standards only).

    >>> str(refusal("ZIP_EMPTY"))
    'A zip archive without any file. Pack the DICOM files into the zip again.'
    """
    what, cure = REASONS[code]
    return IntakeError(code, what.format(**facts), cure.format(**facts))


LOOKED_AT_PER_SHOWN = 50
"""A damaged length can make a name of megabytes; what lies so far behind what is shown is not looked at."""


def clean_text(value: object, limit: int = 80) -> str:
    r"""One line of printable text of at most ``limit`` characters, from any outside value.

    Control, format and direction-changing characters are dropped: they could reorder a page.

    >>> clean_text("a\x00b\u202e\n c")
    'ab c'
    """
    spaced = " ".join(str(value)[: LOOKED_AT_PER_SHOWN * limit].split())
    return "".join(c for c in spaced if not unicodedata.category(c).startswith("C"))[:limit].strip()


def base_name(name: str) -> str:
    r"""Last part of a file name, for display only.

    >>> base_name("DICOM\\SER1/IM0001")
    'IM0001'
    """
    return clean_text(name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1], MAX_EXAMPLE_CHARACTERS)


class FileSource(NamedTuple):
    """A file given: its number in the upload, because names repeat, and its name for display."""

    number: int
    name: str


class Tally:
    """Counts files by the reason they were not used; a file counts once for each reason."""

    def __init__(self) -> None:
        self._sources: dict[Refusal, dict[FileSource, None]] = {}

    def add(self, source: FileSource, error: IntakeError) -> None:
        """Note that a file was not used because of ``error``."""
        self._sources.setdefault(error.refusal, {})[source] = None

    def left_out(self) -> tuple[LeftOut, ...]:
        """One record for each reason, most files first."""
        records = [
            LeftOut(reason.code, reason.what, reason.cure, len(sources), base_name(next(iter(sources)).name))
            for reason, sources in self._sources.items()
        ]
        return tuple(sorted(records, key=lambda record: -record.n_files))
