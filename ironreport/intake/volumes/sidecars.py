"""JSON side-cars of NIfTI images, as dcm2niix writes them and BIDS names them: times in seconds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ironreport.errors import IntakeError
from ironreport.units import seconds_to_ms

MAX_SIDECAR_BYTES = 2**20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
LONGEST_TE_S = 1.0
"""No echo of an image comes later; numbers above it were written in ms."""
_ENDING = re.compile(r"\.(nii|nii\.gz|json)$", re.IGNORECASE)
_ECHO = re.compile(r"_(?:e|echo-)0*(\d{1,3})(?=_|$)", re.IGNORECASE)
_IMAGES = re.compile(r"_(MEGRE|MESE|T2starw|T2star)$", re.IGNORECASE)
_SEQUENCES = {"megre": "GR", "t2starw": "GR", "t2star": "GR", "mese": "SE"}
_PHASE = re.compile(r"_(part-(phase|real|imag)|phase|ph|real|imaginary)(?=_|$)", re.IGNORECASE)
_SIDECAR_KEYS = {"EchoTime", "MagneticFieldStrength", "ConversionSoftware"}
Sidecar = Mapping[str, Any]


def stem_of(name: str) -> str:
    """Name of a file without its folder and ending, by which image and side-car belong together."""
    return _ENDING.sub("", name.replace("\\", "/").rsplit("/", 1)[-1])


def folder_of(name: str) -> str:
    """Folder of a file, empty where its name has none."""
    return name.replace("\\", "/").rpartition("/")[0]


def sidecar_of(content: bytes) -> Sidecar | None:
    """What a JSON file says, or None where it is no side-car."""
    if len(content) > MAX_SIDECAR_BYTES or content.removeprefix(BYTE_ORDER_MARK).lstrip()[:1] != b"{":
        return None
    try:
        found = json.loads(content.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError):
        return None
    is_of_images = (
        isinstance(found, dict) and {"EchoTime", "MagneticFieldStrength", "ConversionSoftware"} & found.keys()
    )
    return found if is_of_images else None


def echo_number(stem: str) -> int | None:
    """Number of the echo in a name, as dcm2niix (``_e2``) and BIDS (``_echo-2``) write it.

    >>> echo_number("0801_liver_e12"), echo_number("sub-1_echo-02_MEGRE"), echo_number("liver")
    (12, 2, None)
    """
    found = _ECHO.search(stem)
    return int(found.group(1)) if found else None


def without_echo(stem: str) -> str:
    """Name that all echoes of one series share."""
    return _ECHO.sub("", stem)


def names_images(stem: str) -> bool:
    """Whether a name says by BIDS that it holds images of several echoes."""
    return bool(_IMAGES.search(stem))


def sequence_in(stem: str) -> str:
    """Kind of sequence (GR or SE) in a name of BIDS, empty where it says none."""
    found = _IMAGES.search(stem)
    return _SEQUENCES[found.group(1).lower()] if found else ""


def is_phase_by_name(stem: str) -> bool:
    """Whether a name says that it holds phase, real or imaginary images."""
    return bool(_PHASE.search(stem))


def echo_times_ms(sidecar: Sidecar, n_images: int) -> tuple[float, ...]:
    """Echo times [ms] of the images of a file, in their order; empty where the side-car has none.

    Raises
    ------
    IntakeError
        ``NIFTI_TIMES`` where they are not as many as the images; ``NIFTI_TIME_UNIT`` where they are not in seconds.
    """
    stated = sidecar.get("EchoTime")
    if stated is None:
        return ()
    times = stated if isinstance(stated, list) else [stated]
    if not all(_is_time(one) for one in times) or len(times) != n_images:
        raise IntakeError(
            "NIFTI_TIMES", f"The side-car has not one echo time for each of the {n_images} images of a slice.",
            "Give the echo times in the order of the images: te_ms=(...).",
        )  # fmt: skip
    if max(times) > LONGEST_TE_S:
        raise IntakeError(
            "NIFTI_TIME_UNIT", "The echo times of the side-car are not in seconds, as BIDS has them.",
            "Check them, and give them in ms: te_ms=(...).",
        )  # fmt: skip
    return tuple(seconds_to_ms(float(one)) for one in times)


def number_in(sidecar: Sidecar, key: str) -> float | None:
    """One finite number of a side-car, or None."""
    found = sidecar.get(key)
    if not isinstance(found, int | float) or isinstance(found, bool):
        return None
    return float(found) if math.isfinite(found) else None


def words_in(sidecar: Sidecar, key: str) -> list[str]:
    """Words of a side-car, which stand as a list or parted by underscores and backslashes."""
    found = sidecar.get(key)
    parts: Sequence[object] = found if isinstance(found, list) else re.split(r"[_\\]", str(found or ""))
    return [str(part) for part in parts[:20] if str(part).strip()]


def _is_time(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found) and found > 0
