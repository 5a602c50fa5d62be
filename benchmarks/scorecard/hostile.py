"""Rows about bytes that mean harm or are damaged: mutants, bombs, odd files, archives, codecs."""

from __future__ import annotations

import io
import random
import resource
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pydicom
from pydicom import Dataset, dcmread
from pydicom.sequence import Sequence

from benchmarks.reading import BATCH, Files, mutant
from benchmarks.scorecard.row import Measured, Row, by_tests, held
from ironreport.intake.masks import read_upload
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.each_syntax import series_of_each_syntax
from ironreport.synthetic.examination import synthetic_exam

N_MUTANTS, N_QUICK = 20_000, 400
PLAIN = {"implicit", "explicit", "big endian", "deflated"}
VENDORS = ("siemens", "ge", "philips", "siemens-xa", "philips-enhanced")
SMALL = Recipe(4.0, te_ms=(1.2, 2.6, 4.0, 5.4))
SLOWEST_S, MOST_MIB = 1.0, 400.0
GATE, SERIES, FOLDERS = "intake/test_gate.py", "intake/test_series.py", "intake/test_folders.py"


@cache
def seeds() -> dict[str, list[bytes]]:
    """Whole files of one exam each: every transfer syntax that can be written here, and five vendors' ways."""
    found = {one.syntax: list(one.files.values()) for one in series_of_each_syntax()}
    return found | {vendor: list(synthetic_exam(vendor, "liver", SMALL).files.values())[:4] for vendor in VENDORS}


def damaged_uploads(n_mutants: int, seed: int) -> Iterator[tuple[str, Files, int]]:
    """Seed, files and number of mutants of each upload; compressed ones 25 at a time, with one decoder."""
    rng = random.Random(seed)  # noqa: S311 - damage, no secrets
    plain = [name for name in seeds() if name in PLAIN or name in VENDORS]
    packed = [name for name in seeds() if name not in plain]
    n_packed = n_mutants // 4 // BATCH
    for n in range(n_mutants - n_packed * BATCH):
        name = plain[n % len(plain)]
        whole = seeds()[name]
        yield name, [("mutant", mutant(rng, rng.choice(whole))), ("whole", whole[0])], 1
    for n in range(n_packed):
        name = packed[n % len(packed)]
        yield name, [(str(k), mutant(rng, rng.choice(seeds()[name]))) for k in range(BATCH)], BATCH


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def mutants(quick: bool) -> Measured:
    """Damaged copies through the door that the app uses."""
    wanted = N_QUICK if quick else N_MUTANTS
    unhandled: Counter[str] = Counter()
    silent, slowest_s, tried = 0, 0.0, 0
    for name, files, n_files in damaged_uploads(wanted, 20):
        begun = _cpu_s()
        tried += n_files
        try:
            found = read_upload(files).found
        except Exception as error:  # what this row counts
            unhandled[f"{name}: {type(error).__name__}"] += 1
            continue
        slowest_s = max(slowest_s, (_cpu_s() - begun) / n_files)
        silent += not (found.series or found.inversion_series or any(one.code for one in found.left_out))
    said = (
        f"{tried:,} mutants of {len(seeds())} seeds: {sum(unhandled.values())} unhandled {dict(unhandled) or ''}, "
        f"{silent} without a reason, slowest {slowest_s:.2f} s of processor, {_peak_mib():.0f} MiB at most"
    )
    return Measured(said, not unhandled and not silent and slowest_s < SLOWEST_S and _peak_mib() < MOST_MIB)


# --------------------------------------------------------------------------------- files of others


def _twin(**tags: object) -> bytes:
    dataset = dcmread(io.BytesIO(seeds()["explicit"][0]))
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom sees what is wrong with some of them
        for name, value in tags.items():
            setattr(dataset, name, value)
        dataset.save_as(stream)
    return stream.getvalue()


def _nested(depth: int) -> bytes:
    inner = Dataset()
    inner.PatientName = "deep"
    for _ in range(depth):
        outer = Dataset()
        outer.ReferencedImageSequence = Sequence([inner])
        inner = outer
    return _twin(ReferencedImageSequence=Sequence([inner]))


def twins() -> dict[str, bytes]:
    """Files like the hostile ones that an archive keeps for its own tests, made here."""
    whole = seeds()["explicit"][0]
    return {
        "script in a name": _twin(PatientName="<script>alert(1)</script>"),
        "image in a description": _twin(SeriesDescription="<img src=x onerror=alert(1)>"),
        "nested 50 deep": _nested(50),
        "65535 rows and columns": _twin(Rows=65535, Columns=65535),
        "no rows": _twin(Rows=0),
        "pixels cut": whole[: len(whole) - 500],
        "pixels missing": _twin(PixelData=b""),
        "header cut": whole[:400],
        "preamble of a program": b"MZ" + whole[2:],
        "bits that cannot be": _twin(BitsAllocated=13),
        "64 samples a pixel": _twin(SamplesPerPixel=64),
        "palette": _twin(PhotometricInterpretation="PALETTE COLOR"),
        "slope of zero": _twin(RescaleSlope="0", RescaleIntercept="0"),
        "another kind": _twin(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11"),
        "unknown character set": _twin(SpecificCharacterSet="ISO_IR 999"),
        "two echo times": _twin(EchoTime=["1.2", "2.6"]),
    }


def odd_files(quick: bool) -> Measured:
    """Each file by itself: a series, or a reason; slow ones are counted."""
    folder = Path(pydicom.__file__).parent / "data/test_files"
    theirs = sorted(path for path in folder.rglob("*") if path.is_file())[:: 10 if quick else 1]
    files = [(path.name, path.read_bytes()) for path in theirs] + list(twins().items())
    wrong, slowest_s = [], 0.0
    for name, content in files:
        begun = time.process_time()
        try:
            upload = read_upload([(name, content)])
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}")
            continue
        slowest_s = max(slowest_s, time.process_time() - begun)
        named = (*upload.found.left_out, *upload.masks.left_out)
        if not (upload.found.series or upload.found.inversion_series or any(one.code for one in named)):
            wrong.append(f"{name}: no reason")
    said = (
        f"{len(theirs)} files of pydicom and {len(twins())} twins: {len(wrong)} without a picture or a reason "
        f"{wrong[:3] or ''}, slowest {slowest_s:.2f} s of processor"
    )
    return Measured(said, not wrong)


def bombs(quick: bool) -> Measured:
    """More than 20 files small on disk and large in memory, and echo times that are none."""
    del quick
    return held(
        f"{GATE}::test_bombs_are_refused_by_name", f"{GATE}::test_bombs_take_little_memory",
        f"{GATE}::test_huge_matrices_are_refused_before_decoding",
        f"{SERIES}::test_an_echo_time_that_is_no_echo_time_is_refused", at_least=40,
    )  # fmt: skip


ROWS = (
    Row(
        "R1", "Damaged files through the upload", "0 unhandled, all with a reason, each < 1 s, < 400 MiB",
        "python -m benchmarks.scorecard --only R1", mutants,
    ),
    Row(
        "R2", "Bombs: small files that want much memory or time", "20 of 20 refused by name, < 200 MiB",
        f"pytest tests/{GATE} -k 'bombs or huge'", bombs,
    ),
    Row(
        "R3", "pydicom's own test files and hostile twins", "0 exceptions, each a picture or a reason",
        "python -m benchmarks.scorecard --only R3", odd_files,
    ),
    Row(
        "R4", "Archives: bomb, nested, encrypted, lying, cut, slip ...", "10 of 10 by name, nothing on disk",
        f"pytest tests/{GATE} -k 'archive or zip'",
        by_tests(
            f"{GATE}::test_each_bad_archive_has_its_own_reason",
            f"{GATE}::test_an_archive_larger_than_the_exam_limit_is_refused_before_unpacking",
            f"{GATE}::test_a_member_of_a_zip_is_shown_without_its_path", at_least=15,
        ),
    ),
    Row(
        "R7", "Compressed images", "11 of 11 syntaxes a picture or the name of the extra",
        f"pytest tests/{GATE} {FOLDERS} -k 'compression or syntax or codec'",
        by_tests(
            f"{GATE}::test_every_compression_of_mr_images_comes_through",
            f"{GATE}::test_a_syntax_that_cannot_be_decoded_is_named_with_its_cure",
            f"{GATE}::test_jpeg_of_12_bits_names_the_optional_part",
            f"{FOLDERS}::test_each_transfer_syntax_gives_equal_pixels",
            f"{FOLDERS}::test_one_image_is_the_same_in_every_codec", at_least=11,
        ),
    ),
)  # fmt: skip
