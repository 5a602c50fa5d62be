"""A writer of JPEG Lossless (ITU-T T.81, process 14, selection value 1), for exams whose reading is to be checked.

Differences are written under a table that gives every category a code of five bits: plain, and never smaller.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def jpeg_lossless_stream(image: npt.NDArray[np.uint16], n_bits: int = 12) -> bytes:
    """The stream of one image.

    Parameters
    ----------
    image : ndarray of unsigned integer, shape (n_rows, n_columns)
    n_bits : int
        Bits of a pixel.
    """
    values = image.astype(np.int64)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << (n_bits - 1)
    bits = "".join(_coded(int(d)) for d in (values - predicted).ravel())
    bits += "1" * (-len(bits) % 8)
    scan = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\x00")
    size = b"".join(n.to_bytes(2, "big") for n in image.shape)
    table = b"\x00" + bytes([0, 0, 0, 0, 17] + [0] * 11) + bytes(range(17))
    head = _segment(0xC3, bytes([n_bits]) + size + b"\x01\x01\x11\x00") + _segment(0xC4, table)
    return b"\xff\xd8" + head + _segment(0xDA, bytes([1, 1, 0, 1, 0, 0])) + scan + b"\xff\xd9"


def _coded(difference: int) -> str:
    """Category in five bits, then the difference as T.81 writes it: of a negative one, the bits of one less."""
    n_bits = abs(difference).bit_length()
    if n_bits == 0:
        return f"{0:05b}"
    return f"{n_bits:05b}{difference if difference > 0 else difference + 2**n_bits - 1:0{n_bits}b}"


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content
