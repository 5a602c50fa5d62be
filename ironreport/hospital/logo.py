"""The hospital's logo: one picture file of this computer, read once and made harmless before it is printed."""

from __future__ import annotations

import hashlib
import math
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageOps

from ironreport.errors import IronReportError
from ironreport.report.content import Logo

MOST_LOGO_BYTES = 2_000_000
MOST_LOGO_PIXELS = 16_000_000
"""Above any scanned letterhead; a small file that unfolds into more than this is no logo."""
LOGO_EDGE_PX = 1_000
"""At 45 mm width more than 500 dots per inch; a larger picture is reduced, so that reports stay small."""
NOT_A_FILE_HERE = ("://", "\\\\", "//")
"""Addresses of the net and of shares: a logo is never fetched."""


class LogoError(IronReportError):
    """The logo named in the settings cannot be used."""


def read_logo(folder: Path, logo: str, place: str) -> Logo:
    """The picture ``logo``, a path as seen from ``folder``, made small and plain; ``place`` is where it is named.

    Raises
    ------
    LogoError
        If it is not a file here, cannot be read, is too large, or is no whole picture.
    """
    if any(mark in logo for mark in NOT_A_FILE_HERE):
        raise LogoError(
            "LOGO_ELSEWHERE", f"{place}: the logo is not a file on this computer; nothing is fetched from elsewhere.",
            "Save the picture beside the settings file and write its name.",
        )  # fmt: skip
    content = _bytes(folder / logo, place)
    try:
        png, (width, height) = _still_picture(content)
    except Exception:  # a broken picture ends the decoder in many ways, and all of them mean this
        raise LogoError(
            "LOGO_BROKEN", f"{place}: the file is not a whole PNG or JPEG of at most {MOST_LOGO_PIXELS:,} pixels.",
            "Save the picture again as PNG, or remove the key.",
        ) from None  # fmt: skip
    return Logo(hashlib.sha256(png).hexdigest()[:12], width, height, png)


def _bytes(path: Path, place: str) -> bytes:
    try:
        if not path.is_file():
            raise FileNotFoundError
        with path.open("rb") as file:
            content = file.read(MOST_LOGO_BYTES + 1)
    except (OSError, ValueError):
        raise LogoError(
            "NO_LOGO", f"{place}: the file cannot be read.",
            "Write its path as seen from the folder of the settings file, or remove the key.",
        ) from None  # fmt: skip
    if len(content) > MOST_LOGO_BYTES:
        raise LogoError(
            "LOGO_TOO_LARGE", f"{place}: the file is larger than {MOST_LOGO_BYTES / 1e6:g} MB.",
            f"Save the picture smaller; {LOGO_EDGE_PX} pixels along the longer edge are enough.",
        )  # fmt: skip
    return content


def _still_picture(content: bytes) -> tuple[bytes, tuple[int, int]]:
    """The picture on white as PNG without its metadata (a photo may say where it was taken), and its size [px]."""
    with Image.open(BytesIO(content), formats=("PNG", "JPEG")) as image:
        if math.prod(image.size) > MOST_LOGO_PIXELS:
            raise ValueError("more pixels than a logo has")
        seen = ImageOps.exif_transpose(image).convert("RGBA")
    flat = Image.new("RGB", seen.size, "white")
    flat.paste(seen, mask=seen.getchannel("A"))
    flat.thumbnail((LOGO_EDGE_PX, LOGO_EDGE_PX))
    out = BytesIO()
    flat.save(out, "PNG")
    return out.getvalue(), flat.size
