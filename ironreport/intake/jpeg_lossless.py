"""JPEG Lossless (process 14) decoded with NumPy: what most archives compress MR with.

Of the decoders on offer one is under the GPL and the others bring toolkits of 13 and 26 MB in C; the method itself
is a Huffman code of differences to a predicted neighbour. Reference: ITU-T T.81 (1992), annexes C, F and H.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_SOF3, _DHT, _SOI, _EOI, _SOS, _DRI = 0xC3, 0xC4, 0xD8, 0xD9, 0xDA, 0xDD
_FRAME_MARKERS = {*range(0xC0, 0xD0)} - {_DHT, 0xC8, 0xCC}
_RESTART = re.compile(rb"\xff+[\xd0-\xd7]")
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_BLOCK_BYTES = 2**16
"""Bits are looked up for a block at a time, so that memory stays small whatever the image."""
_LONGEST_CODE = 16


class JpegError(ValueError):
    """The stream is not a JPEG Lossless image of one grey component, or is damaged."""


@dataclass(frozen=True, slots=True)
class _HuffmanTable:
    """What the next 16 bits of the stream stand for: length of the code, and number of bits after it."""

    length: npt.NDArray[np.uint8]
    category: npt.NDArray[np.uint8]


@dataclass(slots=True)
class _Header:
    """What the markers before the scan say."""

    n_rows: int = 0
    n_columns: int = 0
    precision: int = 0
    predictor: int = 0
    point_transform: int = 0
    restart_pixels: int = 0
    table_id: int = 0


def decode_jpeg_lossless(stream: bytes) -> npt.NDArray[np.uint16]:
    """Image of one JPEG Lossless stream, as stored.

    Returns
    -------
    ndarray of uint16, shape (n_rows, n_columns)

    Raises
    ------
    JpegError
        Where the stream is of another kind or damaged.
    """
    header, tables, start = _read_header(stream)
    table = tables.get(header.table_id)
    if table is None or not header.n_rows or not header.n_columns or not 1 <= header.predictor <= 7:
        raise JpegError("The header lacks a frame, a table or a predictor.")
    end = _END_OF_SCAN.search(stream, start)
    parts = _RESTART.split(stream[start : end.start() if end else len(stream)])
    n_pixels = header.n_rows * header.n_columns
    step = header.restart_pixels or n_pixels
    if step % header.n_columns or len(parts) < -(-n_pixels // step):
        raise JpegError("Restart intervals do not fit the image.")
    images = []
    for first, part in zip(range(0, n_pixels, step), parts, strict=False):
        differences = _differences(part.replace(b"\xff\x00", b"\xff"), min(step, n_pixels - first), table)
        images.append(_predicted(differences.reshape(-1, header.n_columns), header))
    return np.concatenate(images) << np.uint16(header.point_transform)


def _segments(stream: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and end of each segment up to the scan."""
    if stream[:2] != b"\xff\xd8":
        raise JpegError("Not a JPEG stream.")
    position = 2
    while position + 4 <= len(stream):
        if stream[position] != 0xFF:
            raise JpegError("A marker is missing.")
        marker = stream[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
            continue
        end = position + 2 + int.from_bytes(stream[position + 2 : position + 4], "big")
        yield marker, stream[position + 4 : end], end
        if marker == _SOS:
            return
        position = end
    raise JpegError("The stream ends before the image.")


def _read_header(stream: bytes) -> tuple[_Header, dict[int, _HuffmanTable], int]:
    """Header, Huffman tables by their number and start of the coded image."""
    header, start = _Header(), 0
    tables: dict[int, _HuffmanTable] = {}
    for marker, content, end in _segments(stream):
        start = end
        if marker == _SOF3 and len(content) >= 9 and content[5] == 1:
            header.precision = content[0]
            header.n_rows, header.n_columns = (int.from_bytes(content[i : i + 2], "big") for i in (1, 3))
        elif marker in _FRAME_MARKERS:
            raise JpegError("Not a lossless image of one component.")
        elif marker == _DHT:
            tables.update(_huffman_tables(content))
        elif marker == _DRI and len(content) >= 2:
            header.restart_pixels = int.from_bytes(content[:2], "big")
        elif marker == _SOS:
            if len(content) != 6 or content[0] != 1:
                raise JpegError("Not a scan of one component.")
            header.table_id, header.predictor, header.point_transform = content[2] >> 4, content[3], content[5] & 15
    if not header.point_transform < header.precision <= 16:
        raise JpegError("The precision cannot be.")
    return header, tables, start


def frame_size(stream: bytes) -> tuple[int, int] | None:
    """Rows and columns that any kind of JPEG stream declares, or None where it does not."""
    for marker, content, _ in _segments(stream):
        if marker in _FRAME_MARKERS or marker == 0xF7:  # F7 is the frame of JPEG-LS
            return int.from_bytes(content[1:3], "big"), int.from_bytes(content[3:5], "big")
    return None


def _huffman_tables(content: bytes) -> Iterator[tuple[int, _HuffmanTable]]:
    """Tables of one segment by number, spread out over all 16-bit beginnings (T.81, annex C)."""
    while len(content) >= 17:
        number, counts = content[0] & 15, content[1:17]
        symbols = content[17 : 17 + sum(counts)]
        length, category = np.zeros(2**16, np.uint8), np.zeros(2**16, np.uint8)
        at, n_used = 0, 0
        for n_bits, count in enumerate(counts, start=1):
            for symbol in symbols[n_used : n_used + count]:
                width = 2 ** (_LONGEST_CODE - n_bits)
                if symbol > 16 or at + width > 2**16:
                    raise JpegError("A Huffman table cannot be.")
                length[at : at + width], category[at : at + width] = n_bits, symbol
                at += width
            n_used += count
        yield number, _HuffmanTable(length, category)
        content = content[17 + n_used :]


def _differences(data: bytes, n_pixels: int, table: _HuffmanTable) -> npt.NDArray[np.int64]:
    """Differences of one restart interval, shape (n_pixels,).

    The code at every bit of a block is looked up at once; only the way from one code to the next is a loop.
    """
    n_extra = np.where(table.category == 16, 0, table.category)  # 16 is the difference 32768, without further bits
    advance = (table.length + n_extra).astype(np.uint8)
    padded = np.frombuffer(data + bytes(8), np.uint8).astype(np.uint64)
    found: list[npt.NDArray[np.int64]] = []
    position, n_left = 0, n_pixels
    for block in range(0, len(data), _BLOCK_BYTES):
        n_bytes = min(_BLOCK_BYTES, len(data) - block)
        windows = np.zeros(n_bytes, np.uint64)  # five bytes: a code and its bits at any of eight offsets
        for k in range(5):
            windows = windows << np.uint64(8) | padded[block + k : block + k + n_bytes]
        codes = windows[:, np.newaxis] >> np.arange(24, 16, -1, dtype=np.uint64) & np.uint64(0xFFFF)
        steps = advance[codes.ravel()].tobytes()
        places: list[int] = []
        bit, end = position - 8 * block, 8 * n_bytes
        while bit < end and len(places) < n_left:
            places.append(bit)
            bit += steps[bit]
        found.append(_values(np.array(places, np.uint64), windows, table, n_extra))
        position, n_left = bit + 8 * block, n_left - len(places)
        if not n_left:
            break
    if n_left or position > 8 * len(data):
        raise JpegError("The image is cut off.")
    return np.concatenate(found)


def _values(
    places: npt.NDArray[np.uint64],
    windows: npt.NDArray[np.uint64],
    table: _HuffmanTable,
    n_extra: npt.NDArray[np.int64],
) -> npt.NDArray[np.int64]:
    """Differences coded at the given bits of a block (T.81, table H.2)."""
    window = windows[places >> np.uint64(3)].astype(np.int64)
    offset = (places & np.uint64(7)).astype(np.int64)
    code = window >> (24 - offset) & 0xFFFF
    length, n_bits = table.length[code].astype(np.int64), n_extra[code].astype(np.int64)
    if not length.all():
        raise JpegError("A code is in no table.")
    bits = window >> (40 - offset - length - n_bits) & ((1 << n_bits) - 1)
    is_negative = (n_bits > 0) & (bits < (1 << np.maximum(n_bits - 1, 0)))
    value = np.where(is_negative, bits - (1 << n_bits) + 1, bits)
    return np.where(table.category[code] == 16, 2**15, value)


def _predicted(differences: npt.NDArray[np.int64], header: _Header) -> npt.NDArray[np.uint16]:
    """Image of one restart interval: each difference is added to its prediction, modulo 2^16 (T.81, table H.1)."""
    image = differences
    image[0, 0] += 1 << (header.precision - header.point_transform - 1)
    if header.predictor in (1, 4):  # left; left + above - above left, which is a sum over both directions
        columns = slice(0, 1) if header.predictor == 1 else slice(None)
        image[:, columns] = np.cumsum(image[:, columns], axis=0)
        return np.cumsum(image, axis=1).astype(np.uint16)
    image[0] = np.cumsum(image[0]) & 0xFFFF
    for above, row in itertools.pairwise(image):
        _predict_row(above, row, header.predictor)
    return image.astype(np.uint16)


def _predict_row(above: npt.NDArray[np.int64], row: npt.NDArray[np.int64], predictor: int) -> None:
    """Turn the differences of a row into its values, in place."""
    row[0] += above[0]
    if predictor == 2:
        row[1:] += above[1:]
    elif predictor == 3:
        row[1:] += above[:-1]
    elif predictor == 5:
        row[1:] += (above[1:] - above[:-1]) >> 1
        row[:] = np.cumsum(row)
    else:
        left, up = int(row[0]) & 0xFFFF, above.tolist()
        values = [left]
        for j, difference in enumerate(row[1:].tolist(), start=1):
            guess = up[j] + ((left - up[j - 1]) >> 1) if predictor == 6 else (left + up[j]) >> 1
            left = (guess + difference) & 0xFFFF
            values.append(left)
        row[:] = values
    row &= 0xFFFF
