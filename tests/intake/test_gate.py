"""Hostile, damaged and wrong files stop at the gate, each with its own reason."""

from __future__ import annotations

import io
import logging
import random
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian

from ironreport.errors import IntakeError
from ironreport.intake.gate import open_dicom, open_files
from ironreport.intake.series import read_series

MEBIBYTE = 2**20


def codes(*files: tuple[str, bytes]) -> list[str]:
    """Reasons why files did not come through the gate."""
    return [record.code for record in open_files(files).left_out]


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def file_meta(syntax: bytes) -> bytes:
    """Preamble and the least file meta information."""
    padded = syntax + b"\0" * (len(syntax) % 2)
    return bytes(128) + b"DICM" + b"\x02\x00\x10\x00UI" + struct.pack("<H", len(padded)) + padded


def in_syntax(syntax: str, explicit: bytes) -> bytes:
    """The dataset of an uncompressed file under the name of another transfer syntax."""
    return file_meta(syntax.encode()) + explicit[explicit.index(b"\x08\x00\x08\x00CS") :]


def refused(content: bytes) -> str:
    with pytest.raises(IntakeError) as caught:
        open_dicom(content)
    return caught.value.refusal.code


def test_names_do_not_decide_what_a_file_is(mr_file: Callable[..., bytes]) -> None:
    found = open_files([("holiday.jpg", mr_file()), ("scan.dcm", zipped(("a", mr_file(4.0))))])
    assert len(found.opened) == 2
    assert found.left_out == ()


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(200),
        b"%PDF-1.7 " + bytes(200),
        b"\x1f\x8b\x08\x00" + bytes(200),
        b"MZ" + bytes(300),
        "TE,signal\n1.2,500\n".encode("utf-16"),
        b"just some text, longer than any preamble would be" * 10,
        b"\x00",
    ],
)
def test_a_wrong_type_renamed_dcm_is_told_by_content(content: bytes) -> None:
    assert codes(("liver.dcm", content)) == ["NOT_DICOM"]


def test_an_executable_preamble_is_no_hindrance(mr_file: Callable[..., bytes]) -> None:
    content = mr_file()
    assert open_dicom(b"MZ" + content[2:]).EchoTime == 2.0


def test_a_polyglot_of_zip_and_dicom_is_read_as_one_of_them(mr_file: Callable[..., bytes]) -> None:
    content = zipped(("a", b"text")) + mr_file()
    assert set(codes(("polyglot", content))) <= {"NOT_DICOM", "ZIP_TRUNCATED", "UNREADABLE"}


def test_a_file_without_preamble_is_accepted(mr_file: Callable[..., bytes], shared_data: Path) -> None:
    assert open_dicom(mr_file()[132:]).EchoTime == 2.0
    headerless = shared_data / "derived_megre3_allsyntaxes" / "no_preamble_implicit" / "e01.dcm"
    assert open_dicom(headerless.read_bytes()).EchoTime == 4


# ------------------------------------------------------------------------------------- archives


def with_encryption_flag(content: bytes) -> bytes:
    """Set the encryption bit in the local and the central header of the first member."""
    patched = bytearray(content)
    patched[6] |= 1
    patched[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(patched)


def with_method(content: bytes, method: int) -> bytes:
    patched = bytearray(content)
    struct.pack_into("<H", patched, 8, method)
    struct.pack_into("<H", patched, content.index(b"PK\x01\x02") + 10, method)
    return bytes(patched)


def with_declared_size(content: bytes, n_bytes: int) -> bytes:
    patched = bytearray(content)
    struct.pack_into("<I", patched, content.index(b"PK\x01\x02") + 24, n_bytes)
    return bytes(patched)


NOISE = random.Random(3).randbytes(3000)
ZIPS: dict[str, tuple[Callable[[], bytes], list[str]]] = {
    "empty": (zipped, ["ZIP_EMPTY"]),
    "only folders": (lambda: zipped(("folder/", b"")), ["ZIP_EMPTY"]),
    "cut": (lambda: zipped(("a", NOISE))[:2000], ["ZIP_TRUNCATED"]),
    "encrypted": (lambda: with_encryption_flag(zipped(("a", NOISE))), ["ZIP_ENCRYPTED"]),
    "method 97": (lambda: with_method(zipped(("a", NOISE)), 97), ["ZIP_METHOD"]),
    "bzip2": (lambda: zipped(("a", NOISE), method=zipfile.ZIP_BZIP2), ["ZIP_METHOD"]),
    "nested": (lambda: zipped(("b.zip", zipped(("a", NOISE)))), ["ZIP_NESTED"]),
    "bomb": (lambda: zipped(("a", bytes(20 * MEBIBYTE))), ["ZIP_RATIO"]),
    "lying small": (lambda: with_declared_size(zipped(("a", NOISE)), 10), ["ZIP_TRUNCATED"]),
    "lying large": (lambda: with_declared_size(zipped(("a", NOISE)), 2**31), ["ZIP_RATIO"]),
    "many members": (lambda: zipped(*((f"{n}", b"") for n in range(20_001))), ["TOO_MANY_FILES"]),
    "too long a member": (lambda: zipped(("a", bytes(65 * MEBIBYTE)), method=zipfile.ZIP_STORED), ["FILE_TOO_BIG"]),
    "slip": (lambda: zipped(("../../etc/passwd", NOISE), ("C:\\x\\..\\y", NOISE)), ["NOT_DICOM"]),
}


@pytest.mark.parametrize("case", ZIPS)
def test_each_bad_archive_has_its_own_reason(case: str) -> None:
    made, expected = ZIPS[case]
    assert codes(("upload", made())) == expected


def test_an_archive_larger_than_the_exam_limit_is_refused_before_unpacking() -> None:
    content = zipped(*((str(n), NOISE) for n in range(20)))
    for n in range(20):
        at = [i for i in range(len(content)) if content[i : i + 4] == b"PK\x01\x02"][n]
        content = content[: at + 20] + struct.pack("<II", 2**27, 2**27) + content[at + 28 :]
    assert codes(("upload", content)) == ["EXAM_TOO_BIG"]


def test_a_member_of_a_zip_is_shown_without_its_path() -> None:
    [record] = open_files([("x.zip", ZIPS["slip"][0]())]).left_out
    assert record.n_files == 2
    assert record.example == "passwd"


def test_too_many_loose_files_are_refused_together() -> None:
    [record] = open_files([(f"IM{n}", b"text") for n in range(20_001)]).left_out
    assert (record.code, record.n_files) == ("TOO_MANY_FILES", 20_001)


def test_files_of_one_name_are_counted_apart() -> None:
    [record] = open_files([("IM1", b"text"), ("IM1", b"text")]).left_out
    assert record.n_files == 2


# ---------------------------------------------------------------------------------------- bombs


def element(group: int, number: int, vr: bytes, value: bytes) -> bytes:
    return struct.pack("<HH", group, number) + vr + struct.pack("<H", len(value)) + value


def sop_class() -> bytes:
    return element(8, 0x16, b"UI", b"1.2.840.10008.5.1.4.1.1.4\0")


def nested_undefined(depth: int) -> bytes:
    start = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return start * depth


def frames_with_many_elements() -> bytes:
    item = element(0x0018, 0x9082, b"FD", bytes(8)) * 400_000
    return (
        struct.pack("<HH", 0x5200, 0x9230) + b"SQ\0\0" + struct.pack("<I", len(item) + 8)
        + b"\xfe\xff\x00\xe0" + struct.pack("<I", len(item)) + item
    )  # fmt: skip


def converted_attributes_with_many_elements() -> bytes:
    """Frames whose converted attributes hold 300,000 tiny elements in all: no one of them too many."""
    attributes = element(0x0018, 0x0081, b"DS", b"2.0 ") * 30_000

    def sequence(group: int, number: int, item: bytes) -> bytes:
        return (
            struct.pack("<HH", group, number) + b"SQ\0\0" + struct.pack("<I", len(item) + 8)
            + b"\xfe\xff\x00\xe0" + struct.pack("<I", len(item)) + item
        )  # fmt: skip

    frame = sequence(0x0020, 0x9171, attributes)
    items = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(frame)) + frame for _ in range(10))
    return struct.pack("<HH", 0x5200, 0x9230) + b"SQ\0\0" + struct.pack("<I", len(items)) + items


EXPLICIT = file_meta(b"1.2.840.10008.1.2.1")


def deflate_bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(sop_class() + bytes(200 * MEBIBYTE)) + packer.flush()
    return file_meta(DeflatedExplicitVRLittleEndian.encode()) + body


def packed_elements() -> bytes:
    """Two million tiny elements that deflate to a small file."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(sop_class() + element(9, 0x1001, b"LO", b"ab") * 2_000_000) + packer.flush()
    return file_meta(DeflatedExplicitVRLittleEndian.encode()) + body


def image_bomb(syntax: str, stream: bytes, rows: int = 16, columns: int = 12, frames: int = 1) -> bytes:
    """MR image whose header is harmless or not, and whose stream is not."""
    numbers = {0x10: rows, 0x11: columns, 0x100: 16, 0x101: 12, 0x102: 11, 0x103: 0}
    header = (
        sop_class() + element(0x8, 0x8, b"CS", b"ORIGINAL\\PRIMARY\\M ") + element(0x8, 0x60, b"CS", b"MR")
        + element(0x18, 0x81, b"DS", b"%TE%") + element(0x28, 0x2, b"US", b"\1\0")
        + element(0x28, 0x4, b"CS", b"MONOCHROME2 ") + element(0x28, 0x8, b"IS", f"{frames:<12}".encode())
        + b"".join(element(0x28, tag, b"US", struct.pack("<H", n)) for tag, n in numbers.items())
    )  # fmt: skip
    start = b"\xe0\x7f\x10\x00OB\x00\x00\xff\xff\xff\xff"
    stream += b"\0" * (len(stream) % 2)
    return file_meta(syntax.encode()) + header + start + encapsulate([stream]) + b"\xfe\xff\xdd\xe0\0\0\0\0"


def two_echoes(bomb: bytes) -> list[tuple[str, bytes]]:
    """The bomb at two echo times, so that it reaches the decoder."""
    return [(te, bomb.replace(b"%TE%", te.encode())) for te in ("2.00", "4.00")]


RLE, JPEG_SV1, JPEG_LS, J2K = (f"1.2.840.10008.1.2.{suffix}" for suffix in ("5", "4.70", "4.80", "4.90"))
HUGE = b"\xea\x60\xea\x60"  # 60,000 rows and columns
J2K_HUGE = b"\xff\x4f\xff\x51\0\x29\0\0" + b"\0\0\xea\x60" * 2 + bytes(8) + b"\0\0\xea\x60" * 2 + bytes(8)
J2K_HUGE += b"\0\1\x0f\1\1\xff\x93" + bytes(50)
JPEG_CODES, NO_CODES = b"\xff\xc4\0\x14\0\1" + bytes(16), b"\xff\xc4\0\x13" + bytes(17)
JPEG_SCAN = JPEG_CODES + b"\xff\xda\0\x08\1\1\0\1\0\0"
JPEG_HUGE = b"\xff\xd8\xff\xc3\0\x0b\x0c" + HUGE + b"\1\1\x11\0" + JPEG_SCAN + bytes(2 * MEBIBYTE)
JPEG_LS_HUGE = b"\xff\xd8\xff\xf7\0\x0b\x0c" + HUGE + b"\1\1\x11\0\xff\xda\0\x08\1\1\0\0\0\0" + bytes(500)
RLE_LONG = struct.pack("<16L", 2, 64, 2**21, *[0] * 13) + b"\x81\0" * (2 * MEBIBYTE)
RLE_LYING = struct.pack("<16L", 2**32 - 1, *[2**32 - 1] * 15) + bytes(610)
UNREADABLE = {"UNREADABLE_PIXELS", "DECODER_STOPPED"}
TOO_LARGE = {"IMAGE_TOO_LARGE"}

BOMBS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "deflated elements": (packed_elements, {"TOO_MANY_ELEMENTS"}),
    "RLE of 674 bytes and 8 GiB": (lambda: image_bomb(RLE, RLE_LYING, 65535, 65535), TOO_LARGE),
    "RLE that lies about its segments": (lambda: image_bomb(RLE, RLE_LYING), UNREADABLE),
    "RLE that unpacks to 256 MiB": (lambda: image_bomb(RLE, RLE_LONG), UNREADABLE),
    "JPEG 2000 of 60,000 columns": (lambda: image_bomb(J2K, J2K_HUGE), UNREADABLE),
    "JPEG-LS of 60,000 columns": (lambda: image_bomb(JPEG_LS, JPEG_LS_HUGE), UNREADABLE),
    "JPEG Lossless of 60,000 columns": (lambda: image_bomb(JPEG_SV1, JPEG_HUGE), UNREADABLE),
    "JPEG Lossless of codes without bits": (
        lambda: image_bomb(JPEG_SV1, JPEG_HUGE.replace(HUGE, b"\0\x10\0\x0c").replace(JPEG_CODES, NO_CODES)),
        UNREADABLE,
    ),
    "65,535 rows and columns": (lambda: image_bomb(JPEG_LS, bytes(100), 65535, 65535), TOO_LARGE),
    "4,096 rows and columns, 3 frames": (lambda: image_bomb(J2K, bytes(100), 4096, 4096, 3), TOO_LARGE),
    "4,097 rows": (lambda: image_bomb(JPEG_SV1, bytes(100), 4097), TOO_LARGE),
    "two thousand million frames": (lambda: image_bomb(RLE, bytes(100), frames=2**31 - 1), TOO_LARGE),
    "a million frames of a pixel": (lambda: image_bomb(J2K, b"\0" * 100, 1, 1, 10**6), {"FRAME_MISMATCH"}),
    "zip": (ZIPS["bomb"][0], {"ZIP_RATIO"}),
    "zip of many members": (ZIPS["many members"][0], {"TOO_MANY_FILES"}),
    "zip of a long member": (ZIPS["too long a member"][0], {"FILE_TOO_BIG"}),
    "deflate": (deflate_bomb, {"DEFLATE_BOMB"}),
    "million elements": (
        lambda: EXPLICIT + sop_class() + element(9, 0x1001, b"LO", b"ab") * 1_000_000,
        {"TOO_MANY_ELEMENTS"},
    ),
    "million elements in a frame": (
        lambda: EXPLICIT + sop_class() + frames_with_many_elements(),
        {"TOO_MANY_ELEMENTS"},
    ),
    "million elements in converted attributes": (
        lambda: EXPLICIT + sop_class() + converted_attributes_with_many_elements(),
        {"TOO_MANY_ELEMENTS"},
    ),
    "nested 5000 deep": (lambda: EXPLICIT + sop_class() + nested_undefined(5000), {"NESTED"}),
    "nested 200,000 deep": (lambda: EXPLICIT + sop_class() + nested_undefined(200_000), {"NESTED"}),
    "length of 4 GB": (
        lambda: EXPLICIT + sop_class() + b"\xe0\x7f\x10\x00OW\x00\x00\xfe\xff\xff\xff" + bytes(100),
        {"UNREADABLE", "TRUNCATED_PIXELS", "NO_PIXELS"},
    ),
}


@pytest.mark.parametrize("case", BOMBS)
def test_bombs_are_refused_by_name(case: str) -> None:
    build, expected = BOMBS[case]
    found = read_series(two_echoes(build()))
    assert expected & {record.code for record in found.left_out}
    assert found.series == ()


@pytest.mark.parametrize("case", ["deflate", "million elements", "length of 4 GB"])
def test_bombs_take_little_memory(case: str) -> None:
    content = BOMBS[case][0]()
    tracemalloc.start()
    try:
        read_series([("bomb.dcm", content)])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 200 * MEBIBYTE


@pytest.mark.parametrize(
    "tags",
    [
        {"Rows": 65535, "Columns": 65535},
        {"Rows": 4097},
        {"Rows": 4096, "Columns": 4096, "NumberOfFrames": 3},
        {"NumberOfFrames": 2**31 - 1},
    ],
)
@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90"])
def test_huge_matrices_are_refused_before_decoding(
    tags: dict[str, int], syntax: str, mr_file: Callable[..., bytes]
) -> None:
    assert refused(in_syntax(syntax, mr_file(**tags))) == "IMAGE_TOO_LARGE"


# ------------------------------------------------------------------------------- single faults


def test_a_disc_index_is_named_as_such(mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]) -> None:
    index = mr_image(SOPClassUID="1.2.840.10008.1.3.10", PixelData=None)
    assert refused(dicom_bytes(index)) == "DICOMDIR"


def test_an_empty_file_is_named_as_such() -> None:
    assert codes(("a.dcm", b"")) == ["EMPTY_FILE"]


@pytest.mark.parametrize(
    ("syntax", "name"), [("1.2.840.10008.1.2.4.100", "MPEG2"), ("1.2.3.4.5.98765", "unknown transfer syntax")]
)
def test_a_syntax_that_cannot_be_decoded_is_named_with_its_cure(
    syntax: str, name: str, mr_file: Callable[..., bytes]
) -> None:
    [record] = open_files([("a", in_syntax(syntax, mr_file()))]).left_out
    assert record.code == "COMPRESSED"
    assert name in record.what
    assert "98765" not in record.what
    assert "uncompressed" in record.cure


@pytest.mark.parametrize(
    "suffix", ["5", "4.50", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "4.201", "4.202", "4.203"]
)
def test_every_compression_of_mr_images_comes_through(suffix: str, mr_file: Callable[..., bytes]) -> None:
    assert open_files([("a", in_syntax(f"1.2.840.10008.1.2.{suffix}", mr_file()))]).left_out == ()


def test_jpeg_of_12_bits_names_the_optional_part(mr_file: Callable[..., bytes]) -> None:
    if find_spec("libjpeg") is not None:
        pytest.skip("the optional part is installed here")
    extended = "1.2.840.10008.1.2.4.51"
    assert refused(in_syntax(extended, mr_file())) == "COMPRESSED_12_BIT"
    assert open_files([("a", in_syntax(extended, mr_file(BitsAllocated=8, BitsStored=8, HighBit=7)))]).left_out == ()


def test_damaged_deflate_is_unreadable(mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]) -> None:
    content = dicom_bytes(mr_image(), DeflatedExplicitVRLittleEndian)
    assert open_dicom(content).EchoTime == 2.0
    damaged = content[:400] + bytes(40) + content[440:]
    assert refused(damaged) == "UNREADABLE"


def test_harmless_nesting_is_read(mr_image: Callable[..., Dataset], dicom_bytes: Callable[..., bytes]) -> None:
    inner = Dataset()
    for _ in range(40):
        outer = Dataset()
        outer.ReferencedImageSequence = Sequence([inner])
        inner = outer
    dataset = mr_image(ReferencedImageSequence=Sequence([inner]))
    assert open_dicom(dicom_bytes(dataset)).EchoTime == 2.0


def test_every_cut_of_a_file_is_refused_or_left_out_by_name(mr_file: Callable[..., bytes]) -> None:
    whole, other = mr_file(2.0), mr_file(4.0)
    for cut in range(0, len(whole), 16):
        found = read_series([("a", whole[:cut]), ("b", other)])
        assert found.series == ()
        assert found.left_out
    assert len(read_series([("a", whole), ("b", other)]).series) == 1


def test_no_library_message_and_no_identifier_gets_out(
    mr_file: Callable[..., bytes], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    files = [(f"{n}", content) for n, content in enumerate(mutants([mr_file(2.0), mr_file(4.0)], 200))]
    with caplog.at_level(logging.DEBUG):
        found = read_series(files)
    shown = capfd.readouterr()
    spoken = shown.out + shown.err + caplog.text + repr(found.left_out) + repr([s.technique for s in found.series])
    assert "SECRET" not in spoken
    assert "pydicom" not in spoken


def mutants(seeds: list[bytes], n: int) -> list[bytes]:
    """Files with some bytes changed, cut or put in, the same ones every time."""
    rng = random.Random(11)
    found = []
    for _ in range(n):
        content = bytearray(rng.choice(seeds))
        for _ in range(rng.choice([1, 3, 10, 50])):
            content[rng.randrange(len(content))] = rng.choice([0, 255, rng.randrange(256)])
        if rng.random() < 0.2:
            del content[rng.randrange(len(content)) :]
        if rng.random() < 0.2:
            at = rng.randrange(len(content) + 1)
            content[at:at] = rng.randbytes(rng.randrange(1, 30))
        found.append(bytes(content))
    return found


@pytest.mark.parametrize(
    ("folder", "n_mutants"),
    [
        ("ge_mr750_gre12_MRI_mixed_2slices", 60),
        ("philips_dstream_classic_2echo_MP_mixed", 60),
        ("siemens_prisma_megre3_mag_phase", 60),
        ("siemens_xa30_enhanced_2echo_plus_phase", 10),  # large files: slower
        ("derived_megre3_allsyntaxes", 15),  # with a child process each
        ("philips_achieva_enhanced_M_plus_FIELDMAP_TE0", 5),
    ],
)
def test_damaged_copies_of_real_files_never_raise(folder: str, n_mutants: int, shared_data: Path) -> None:
    seeds = [path.read_bytes() for path in sorted((shared_data / folder).rglob("*.dcm"))[:30:4]]
    for content in mutants(seeds, n_mutants):
        found = read_series([("a", content), ("b", seeds[0])])
        assert found.series or found.left_out


def test_progress_reaches_the_number_of_files(mr_file: Callable[..., bytes]) -> None:
    calls: list[tuple[int, int]] = []
    archive = zipped(("a", mr_file(2.0)), ("b", mr_file(4.0)))
    open_files([("x.zip", archive), ("c", b"text")], lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]
