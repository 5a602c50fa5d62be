"""Images as scanners and archives write them are read to the last bit, and hostile ones end in a refusal."""

from __future__ import annotations

import io
import zipfile

import numpy as np

from ironreport.intake import read_series
from ironreport.selfcheck.check_record import must
from ironreport.synthetic.each_syntax import damaged_series, series_of_each_syntax

BOMB_BYTES = 8 * 2**20
SAME = 1e-6
"""Pixels come as 32-bit numbers."""


def transfer_syntaxes() -> str:
    """A synthetic exam in each transfer syntax is read back to the same pixels."""
    written = series_of_each_syntax()
    found = read_series([file for one in written for file in one.files.items()])
    by_number = {series.number: series.images[0] for series in found.series}
    for one in written:
        images = by_number.get(one.number)
        must(images is not None, f"The series in {one.syntax} was not read.")
        assert images is not None  # noqa: S101 - the line above
        same = images.shape == one.stored.shape and np.allclose(images, one.stored * one.slope, rtol=SAME)
        must(bool(same), f"The pixels in {one.syntax} are others.")
    return f"Every pixel came back: {', '.join(one.syntax for one in written)}."


def decoder_limits() -> str:
    """A damaged stream and an archive that unpacks a thousandfold are refused, and the program goes on."""
    damaged = read_series(damaged_series().items())
    refused = {"UNREADABLE_PIXELS", "DECODER_STOPPED"} & {x.code for x in damaged.left_out}
    must(not damaged.series and bool(refused), "A damaged stream was read as an image.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(BOMB_BYTES))
    bomb = read_series([("zeros.zip", packed.getvalue())])
    must("ZIP_RATIO" in {x.code for x in bomb.left_out}, "An archive that unpacks without measure was unpacked.")
    return "A damaged stream and an archive that unpacks a thousandfold are refused."
