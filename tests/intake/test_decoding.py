"""Compressed pixels come back bit for bit, and what could do harm does it in a child process."""

from __future__ import annotations

import io
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from ironreport.errors import IntakeError
from ironreport.intake import decoding
from ironreport.intake.decoding import MAX_ENDS, PixelDecoder
from ironreport.intake.gate import open_dicom
from ironreport.intake.jpeg_lossless import JpegError, decode_jpeg_lossless, frame_size

JPEG_LOSSLESS, JPEG_LS, RLE, J2K = (f"1.2.840.10008.1.2.{suffix}" for suffix in ("4.70", "4.80", "5", "4.90"))
Pixels = npt.NDArray[np.int64]

# --------------------------------------------------------------------- an encoder, written plainly


def prediction(x: Pixels, i: int, j: int, predictor: int, first: int) -> int:
    """Prediction of one pixel by ITU-T T.81, table H.1."""
    if i == 0:
        return int(x[0, j - 1]) if j else first
    if j == 0:
        return int(x[i - 1, 0])
    a, b, c = int(x[i, j - 1]), int(x[i - 1, j]), int(x[i - 1, j - 1])
    return [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1][predictor - 1]


def coded(differences: list[int]) -> bytes:
    """Differences under a table that gives every category a code of five bits."""
    bits = []
    for difference in differences:
        d = (difference + 2**15) % 2**16 - 2**15  # modulo 2^16, from -32768
        if d == -(2**15):
            bits.append(f"{16:05b}")
            continue
        n = abs(d).bit_length()
        bits.append(f"{n:05b}" + (f"{d if d > 0 else d + 2**n - 1:0{n}b}" if n else ""))
    joined = "".join(bits)
    joined += "1" * (-len(joined) % 8)
    return int(joined, 2).to_bytes(len(joined) // 8, "big").replace(b"\xff", b"\xff\x00")


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def encoded(x: Pixels, predictor: int, precision: int = 12, restart_rows: int = 0, shift: int = 0) -> bytes:
    """JPEG Lossless stream of an image."""
    n_rows, n_columns = x.shape
    step = restart_rows or n_rows
    parts = []
    for top in range(0, n_rows, step):
        block = x[top : top + step] >> shift
        first = 1 << (precision - shift - 1)
        parts.append(coded([int(v) - prediction(block, i, j, predictor, first) for (i, j), v in np.ndenumerate(block)]))
    scan = b"".join(part + bytes([0xFF, 0xD0 + n % 8]) for n, part in enumerate(parts))[:-2]
    frame = bytes([precision]) + n_rows.to_bytes(2, "big") + n_columns.to_bytes(2, "big") + b"\x01\x01\x11\x00"
    table = b"\x00" + bytes([0, 0, 0, 0, 17] + [0] * 11) + bytes(range(17))
    interval = segment(0xDD, (restart_rows * n_columns).to_bytes(2, "big")) if restart_rows else b""
    header = segment(0xC3, frame) + segment(0xC4, table) + interval
    return b"\xff\xd8" + header + segment(0xDA, bytes([1, 1, 0, predictor, 0, shift])) + scan + b"\xff\xd9"


def smooth(n_rows: int, n_columns: int, top: int) -> Pixels:
    """Image with slopes, noise and the extremes of its range."""
    rng = np.random.default_rng(8)
    x = np.add.outer(np.arange(n_rows) * 7, np.arange(n_columns) * 3) + rng.integers(0, top // 2, (n_rows, n_columns))
    x[2, 3], x[3, 3] = 0, top
    return np.clip(x, 0, top)


# ------------------------------------------------------------------------------- JPEG Lossless


@pytest.mark.parametrize("predictor", range(1, 8))
@pytest.mark.parametrize("precision", [8, 12, 16])
def test_every_predictor_comes_back(predictor: int, precision: int) -> None:
    image = smooth(21, 33, 2**precision - 1)
    assert np.array_equal(decode_jpeg_lossless(encoded(image, predictor, precision)), image)


@pytest.mark.parametrize("predictor", [1, 4, 7])
def test_restart_intervals_start_the_prediction_anew(predictor: int) -> None:
    image = smooth(23, 10, 4095)
    assert np.array_equal(decode_jpeg_lossless(encoded(image, predictor, restart_rows=4)), image)


def test_a_point_transform_gives_the_upper_bits() -> None:
    image = smooth(12, 9, 4095) >> 2 << 2
    assert np.array_equal(decode_jpeg_lossless(encoded(image, 1, shift=2)), image)


def test_an_image_of_many_blocks_comes_back() -> None:
    image = np.random.default_rng(1).integers(0, 2**16, (300, 300))
    assert np.array_equal(decode_jpeg_lossless(encoded(image, 1, 16)), image)


def test_every_cut_of_a_stream_is_an_error() -> None:
    stream = encoded(smooth(8, 8, 4095), 1)
    for cut in range(0, len(stream) - 3, 3):
        with pytest.raises(JpegError):
            decode_jpeg_lossless(stream[:cut])


@pytest.mark.parametrize(
    "damage",
    [
        lambda s: s.replace(b"\xff\xc3", b"\xff\xc0", 1),  # baseline
        lambda s: s.replace(b"\x01\x01\x00\x01", b"\x01\x01\x00\x09", 1),  # predictor 9
        lambda s: s.replace(b"\x01\x01\x00\x01", b"\x01\x01\x10\x01", 1),  # table 1, which is not there
        lambda s: s.replace(b"\x0c\x00\x08\x00\x08", b"\x20\x00\x08\x00\x08", 1),  # 32 bits
        lambda s: s.replace(b"\x0c\x00\x08\x00\x08", b"\x0c\x00\x00\x00\x08", 1),  # no rows
        lambda s: s[:-20] + b"\xf8" * 18,  # a code that stands in no table
    ],
)
def test_a_stream_of_another_kind_is_an_error(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(JpegError):
        decode_jpeg_lossless(damage(encoded(smooth(8, 8, 4095), 1)))


def test_the_size_is_read_before_the_image() -> None:
    assert frame_size(encoded(smooth(21, 33, 255), 1, 8)) == (21, 33)


# ----------------------------------------------------------------------------------- the child


def compressed(mr_image: Callable[..., Dataset], stream: bytes, syntax: str, **tags: Any) -> Dataset:
    """MR image, as the gate gives it, with compressed pixels."""
    dataset = mr_image(**tags)
    dataset.PixelData = encapsulate([stream])
    dataset.file_meta = Dataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def test_signed_pixels_keep_their_sign(mr_image: Callable[..., Dataset]) -> None:
    image = smooth(16, 12, 4095)
    dataset = compressed(mr_image, encoded(image, 1), JPEG_LOSSLESS, PixelRepresentation=1)
    with PixelDecoder() as decoder:
        [frame] = decoder.frames(dataset)
    assert np.array_equal(frame, np.where(image > 2047, image - 4096, image))


def test_jpeg_baseline_comes_back_within_its_loss(mr_image: Callable[..., Dataset]) -> None:
    image = np.add.outer(np.arange(16) * 9, np.arange(12) * 6).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, "JPEG", quality=95)
    baseline = "1.2.840.10008.1.2.4.50"
    dataset = compressed(mr_image, stream.getvalue(), baseline, BitsAllocated=8, BitsStored=8, HighBit=7)
    with PixelDecoder() as decoder:
        [frame] = decoder.frames(dataset)
    assert np.abs(frame.astype(int) - image).max() <= 4


def test_plain_pixels_start_no_child(mr_file: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_started", lambda: pytest.fail("a child was started"))
    with PixelDecoder() as decoder:
        assert decoder.frames(open_dicom(mr_file())).shape == (1, 16, 12)


def test_one_child_serves_all_files_and_is_gone_afterwards(mr_image: Callable[..., Dataset]) -> None:
    dataset = compressed(mr_image, encoded(smooth(16, 12, 4095), 1), JPEG_LOSSLESS)
    with PixelDecoder() as decoder:
        decoder.frames(dataset)
        child = decoder._child
        decoder.frames(dataset)
        assert decoder._child is child
    assert child is not None and child.returncode is not None


def test_a_stream_that_contradicts_its_header_is_refused(mr_image: Callable[..., Dataset]) -> None:
    dataset = compressed(mr_image, encoded(smooth(17, 12, 4095), 1), JPEG_LOSSLESS)
    with PixelDecoder() as decoder, pytest.raises(IntakeError, match="damaged"):
        decoder.frames(dataset)


def stand_in(code: str) -> Callable[[], subprocess.Popen[bytes]]:
    """A child that behaves as a decoder does which a file has brought to harm."""
    pipe = subprocess.PIPE
    return lambda: subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe)


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "import time; time.sleep(60)",
        "import sys; sys.stdin.buffer.readline(); sys.stdout.buffer.write(b'\\x01ab')",
        "import sys; sys.stdin.buffer.readline(); sys.stdout.buffer.write(b'what?')",
    ],
)
def test_a_child_that_dies_hangs_or_lies_is_a_named_refusal(
    code: str, mr_image: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_started", stand_in(code))
    monkeypatch.setattr(decoding, "_START_SECONDS", 0.3)
    monkeypatch.setattr(decoding, "_LEAST_SECONDS", 0.0)
    dataset = compressed(mr_image, encoded(smooth(16, 12, 4095), 1), JPEG_LOSSLESS)
    with PixelDecoder() as decoder:
        with pytest.raises(IntakeError) as caught:
            decoder.frames(dataset)
        assert caught.value.refusal.code == "DECODER_STOPPED"
        assert decoder._child is None


def test_after_some_dead_children_no_more_is_started(
    mr_image: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    started = []
    dead = stand_in("raise SystemExit")
    monkeypatch.setattr(decoding, "_started", lambda: started.append(1) or dead())
    dataset = compressed(mr_image, encoded(smooth(16, 12, 4095), 1), JPEG_LOSSLESS)
    with PixelDecoder() as decoder:
        for _ in range(MAX_ENDS + 3):
            with pytest.raises(IntakeError):
                decoder.frames(dataset)
    assert len(started) == MAX_ENDS


@pytest.mark.skipif(sys.platform == "win32", reason="the time of a process is limited by POSIX timers")
def test_the_real_child_ends_when_it_has_worked_too_long(
    mr_image: Callable[..., Dataset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "_cpu_seconds", lambda _n_bytes: 1e-3)
    monkeypatch.setattr(decoding, "_START_SECONDS", 100.0)
    image = np.random.default_rng(1).integers(0, 2**12, (500, 500))
    dataset = compressed(mr_image, encoded(image, 7), JPEG_LOSSLESS, Rows=500, Columns=500)
    with PixelDecoder() as decoder, pytest.raises(IntakeError) as caught:
        decoder.frames(dataset)
    assert caught.value.refusal.code == "DECODER_STOPPED"


SEEDS = {
    JPEG_LOSSLESS: "derived_megre3_allsyntaxes/jpeg_lossless_sv1/e01.dcm",
    JPEG_LS: "derived_megre3_allsyntaxes/jpegls/e01.dcm",
    RLE: "derived_megre3_allsyntaxes/rle/e01.dcm",
    J2K: "derived_megre3_allsyntaxes/j2k_lossless/e01.dcm",
}


@pytest.mark.parametrize("syntax", SEEDS)
def test_damaged_streams_give_a_picture_or_a_named_refusal(syntax: str, shared_data: Path) -> None:
    whole = open_dicom((shared_data / SEEDS[syntax]).read_bytes())
    rng, original = random.Random(5), bytes(whole.PixelData)
    outcomes = set()
    with PixelDecoder() as decoder:
        for _ in range(60):
            content = bytearray(original)
            for _ in range(rng.choice([1, 3, 20])):
                content[rng.randrange(16, len(content))] = rng.randrange(256)
            whole.PixelData = bytes(content)
            try:
                assert decoder.frames(whole).shape == (1, whole.Rows, whole.Columns)
                outcomes.add("picture")
            except IntakeError as error:
                outcomes.add(error.refusal.code)
    assert outcomes <= {"picture", "UNREADABLE_PIXELS", "VALUES_BEYOND_BITS", "DECODER_STOPPED"}
