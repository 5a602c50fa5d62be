"""Images that take less memory than their signals: the numbers that were stored, as they are or packed.

A scanner stores whole numbers of 16 bits, and a line for each image makes signals of them. What an exam keeps while its
pages are open is kept as these numbers, and turned into signals where it is measured or drawn. The signals are the same
to the last digit, or the images stay as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

TOP = 65535
FAST = 1
"""Level of compression: higher ones take twice as long for a tenth."""

Signals = npt.NDArray[np.float32]
Words = npt.NDArray[np.uint16]
Lines = npt.NDArray[np.float64]
"""Slope and intercept of each image, shape (n_slices, n_times, 2): signal = slope times stored number + intercept."""


class Magnitudes(Protocol):
    """What images of a series can do, whether they are an array or kept small.

    Indexed, they give float32 signals [arbitrary units]; ``numpy.asarray`` gives all of them.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_slices, n_times, n_rows, n_columns)."""

    @property
    def size(self) -> int:
        """Number of pixels in all images."""

    def __getitem__(self, key: Any, /) -> Any:
        """Signals, the first index choosing slices."""

    def __array__(self, dtype: Any = None, /, *, copy: bool | None = None) -> Any:
        """All signals."""


class StoredImages:
    """Images as the numbers that were stored.

    Parameters
    ----------
    words : ndarray of uint16, shape (n_slices, n_times, n_rows, n_columns)
        Stored numbers, counted from the lowest of them.
    lowest : int
    lines : ndarray, shape (n_slices, n_times, 2)
    """

    def __init__(self, words: Words | None, lowest: int, lines: Lines) -> None:
        self._words, self.lowest, self.lines = words, lowest, lines

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_slices, n_times, n_rows, n_columns)."""
        return () if self._words is None else self._words.shape

    @property
    def size(self) -> int:
        """Number of pixels in all images."""
        return int(np.prod(self.shape))

    def words_of(self, at: int) -> Words:
        """Stored numbers of one slice, shape (n_times, n_rows, n_columns)."""
        if self._words is None:
            raise IndexError(at)
        found: Words = self._words[at]
        return found

    def __getitem__(self, key: Any, /) -> Any:
        """Signals of slices; further indices hold within each slice."""
        first, *within = key if isinstance(key, tuple) else (key,)
        chosen = np.arange(self.shape[0])[first]
        if chosen.ndim == 0:
            return self._within(int(chosen), within)
        return np.array([self._within(int(at), within) for at in chosen], dtype=np.float32)

    def __array__(self, dtype: Any = None, /, *, copy: bool | None = None) -> npt.NDArray[Any]:
        """All signals, in memory as long as the array is held."""
        signals = np.empty(self.shape, dtype=np.float32)
        for at in range(self.shape[0]):
            signals[at] = self._within(at, ())
        return signals if dtype is None else signals.astype(dtype, copy=False)

    def _within(self, at: int, indices: Sequence[Any]) -> Any:
        """Signals of one slice; of one image alone where only that is asked for."""
        words, lines = self.words_of(at), self.lines[at]
        if indices and isinstance(indices[0], int):
            return signals_of(words[indices[0]], self.lowest, lines[indices[0]])[tuple(indices[1:])]
        found = np.empty(words.shape, dtype=np.float32)
        for into, one, line in zip(found, words, lines, strict=True):
            into[...] = signals_of(one, self.lowest, line)
        return found[tuple(indices)]


@dataclass(frozen=True, slots=True)
class PackedPart:
    """Whole slices as one stream of zlib: little-endian uint16 (slice, time, row, column).

    Parameters
    ----------
    first_slice : int
    stream : bytes
    ends : tuple of int
        Where the bytes of each slice end in the stream; what follows can be unpacked without what is before.
    """

    first_slice: int
    stream: bytes
    ends: tuple[int, ...]

    def slice_bytes(self, at: int, n_bytes: int) -> bytes:
        """The bytes of one slice, ``at`` counted from the first of the part."""
        head = 2 if at == 0 else self.ends[at - 1]  # after the two bytes that begin every stream of zlib
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(self.stream[head : self.ends[at]], n_bytes)


class PackedImages(StoredImages):
    """Images as stored numbers, packed slice by slice; the slice that was asked for last is kept unpacked.

    Parameters
    ----------
    shape : tuple of int
        (n_slices, n_times, n_rows, n_columns).
    parts : tuple of PackedPart
    lowest, lines
        As of `StoredImages`.
    top : int
        Largest of the packed numbers.
    percentiles : tuple of float
        Those of all signals that were asked for when they were packed.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        parts: tuple[PackedPart, ...],
        lowest: int,
        lines: Lines,
        top: int,
        percentiles: tuple[float, ...],
    ) -> None:
        super().__init__(None, lowest, lines)
        self._shape, self.parts, self.top, self.percentiles = shape, parts, top, percentiles
        self._last: tuple[int, Words] | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_slices, n_times, n_rows, n_columns)."""
        return self._shape

    def words_of(self, at: int) -> Words:
        """Stored numbers of one slice, shape (n_times, n_rows, n_columns)."""
        last = self._last
        if last is not None and last[0] == at:
            return last[1]
        part = next(part for part in reversed(self.parts) if part.first_slice <= at)
        n_bytes = 2 * int(np.prod(self._shape[1:]))
        words = np.frombuffer(part.slice_bytes(at - part.first_slice, n_bytes), "<u2").reshape(self._shape[1:])
        self._last = (at, words)
        return words


def signals_of(words: Words, lowest: int, line: Sequence[float] | npt.NDArray[np.float64]) -> Signals:
    """Signals of one image, rounded once, as they are when files are read."""
    slope, intercept = float(line[0]), float(line[1])
    if (slope, intercept, lowest) == (1.0, 0.0, 0):
        return words.astype(np.float32)
    stored = words.astype(np.float64) + lowest
    return (stored * slope + intercept).astype(np.float32)


def stored_images(images: Signals, lines: Sequence[tuple[float, float]]) -> StoredImages | None:
    """Images as stored numbers of 16 bits; None where they would not come back to the digit.

    Parameters
    ----------
    images : ndarray of float32, shape (n_slices, n_times, n_rows, n_columns)
    lines : sequence of (slope, intercept)
        Of each image, slice by slice; empty where the signals are what was stored.
    """
    of_each = np.array(lines or [(1.0, 0.0)] * (images.shape[0] * images.shape[1]), dtype=np.float64)
    flat = images.reshape(-1, *images.shape[2:])
    ends = [(_stored(one.min(), line), _stored(one.max(), line)) for one, line in zip(flat, of_each, strict=True)]
    if not ends or not np.isfinite(ends).all():
        return None
    lowest = min(0, int(min(low for low, _ in ends)))
    if max(high for _, high in ends) - lowest > TOP:
        return None
    words = np.empty(images.shape, dtype=np.uint16)
    for one, line, into in zip(flat, of_each, words.reshape(flat.shape), strict=True):
        into[...] = _stored(one, line) - lowest
        if not np.array_equal(signals_of(into, lowest, line), one):
            return None
    return StoredImages(words, lowest, of_each.reshape(*images.shape[:2], 2))


def _stored(signals: Any, line: npt.NDArray[np.float64]) -> Any:
    """The numbers that signals were made of; one line turns both ways."""
    slope, intercept = float(line[0]), float(line[1])
    if (slope, intercept) == (1.0, 0.0):
        return np.rint(signals)
    return np.rint((np.asarray(signals, dtype=np.float64) - intercept) / slope)


def packed_images(images: StoredImages, part_bytes: int, percents: Sequence[float]) -> PackedImages:
    """Images packed in parts of whole slices.

    Parameters
    ----------
    images : StoredImages
    part_bytes : int
        Largest size of a part before it is packed, if a slice is not larger.
    percents : sequence of float
        Percentiles of all signals to be kept beside them.
    """
    n_slices = images.shape[0]
    per_part = max(part_bytes // max(images.size // n_slices * 2, 1), 1)
    found = _Counts(images.lowest)
    parts = []
    for first in range(0, n_slices, per_part):
        streams = list(_streams(images, range(first, min(first + per_part, n_slices)), found))
        parts.append(PackedPart(first, b"".join(streams), tuple(accumulate(map(len, streams)))[:-1]))
    percentiles = found.percentiles(percents)
    return PackedImages(images.shape, tuple(parts), images.lowest, images.lines, found.top, percentiles)


def _streams(images: StoredImages, slices: range, found: _Counts) -> Iterator[bytes]:
    """A stream of zlib piece by piece: one of each slice, and its end."""
    packer = zlib.compressobj(FAST)
    for at in slices:
        words = np.ascontiguousarray(images.words_of(at), dtype="<u2")
        found.add(words, images.lines[at])
        yield packer.compress(words.data) + packer.flush(zlib.Z_FULL_FLUSH)
    yield packer.flush()


class _Counts:
    """How many pixels have each stored number, of the images that share a line."""

    def __init__(self, lowest: int) -> None:
        self._lowest, self.top = lowest, 0
        self._of_line: dict[tuple[float, float], npt.NDArray[np.int64]] = {}

    def add(self, words: Words, lines: Lines) -> None:
        for one, line in zip(words, lines, strict=True):
            counts = np.bincount(one.reshape(-1))
            held = self._of_line.get((line[0], line[1]), np.zeros(0, dtype=np.int64))
            longer, shorter = (counts, held) if len(counts) > len(held) else (held, counts)
            longer[: len(shorter)] += shorter
            self._of_line[line[0], line[1]] = longer
            self.top = max(self.top, len(counts) - 1)

    def percentiles(self, percents: Sequence[float]) -> tuple[float, ...]:
        """Signals below which so many of all pixels lie; between two as `numpy.percentile` has it."""
        lines = self._of_line.items()
        numbers = [np.arange(len(counts), dtype=np.float64) + self._lowest for _, counts in lines]
        signals = np.concatenate([s * n + i for n, ((s, i), _) in zip(numbers, lines, strict=True)])
        order = np.argsort(signals, kind="stable")
        upto = np.cumsum(np.concatenate([counts for _, counts in lines])[order])
        places = np.asarray(percents) / 100.0 * (int(upto[-1]) - 1)
        low, high = (signals[order][np.searchsorted(upto, f(places), side="right")] for f in (np.floor, np.ceil))
        return tuple(float(one) for one in low + (places - np.floor(places)) * (high - low))
