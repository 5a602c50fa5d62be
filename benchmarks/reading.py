"""Speed of reading, and damaged files by the thousand: ``python -m benchmarks.reading [--mutants 20000]``.

Damaged copies are made of the real exams in ``../shared/data``. One of a plain file is read with a whole image beside
it, so that it reaches the pixels; those of compressed files are read 25 at a time, as one upload with one decoder.
"""

from __future__ import annotations

import argparse
import io
import random
import resource
import statistics
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from pydicom import dcmread

from ironreport.intake.series import ReadResult, read_series

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
PLAIN = {
    "GE": "ge_mr750_gre12_MRI_mixed_2slices/*.dcm",
    "Siemens": "siemens_prisma_megre3_mag_phase/mag/*",
    "Siemens enhanced": "siemens_xa30_enhanced_2echo_plus_phase/8*/*",
    "Philips": "philips_dstream_classic_2echo_MP_mixed/*.dcm",
    "Philips enhanced": "philips_achieva_enhanced_M_plus_FIELDMAP_TE0/*",
    "inversion recovery": "siemens_ir_tse_T1_5TI/*.IMA",
    "implicit": "derived_megre3_allsyntaxes/implicit_le/*.dcm",
    "big endian": "derived_megre3_allsyntaxes/big_endian/*.dcm",
    "deflated": "derived_megre3_allsyntaxes/deflated/*.dcm",
}
COMPRESSED = {
    name: f"derived_megre3_allsyntaxes/{name}/*.dcm"
    for name in ("jpeg_lossless_sv1", "jpeg_lossless_p14", "jpegls", "rle", "j2k_lossless")
}
BATCH = 25
Files = list[tuple[str, bytes]]


def seeds(pattern: str) -> list[bytes]:
    """Some whole files of one exam."""
    return [path.read_bytes() for path in sorted(DATA.glob(pattern)) if "LICENSE" not in path.name][:4]


def mutant(rng: random.Random, whole: bytes) -> bytes:
    """A file with bytes changed, some of them cut or lengthened too."""
    content = bytearray(whole)
    high = len(content) if rng.random() < 0.4 else min(len(content), 3000)  # half of them in the header
    for _ in range(rng.choice([1, 3, 10, 50])):
        content[rng.randrange(high)] = rng.choice([0, 255, rng.randrange(256)])
    if rng.random() < 0.15:
        del content[rng.randrange(len(content)) :]
    if rng.random() < 0.15:
        at = rng.randrange(len(content) + 1)
        content[at:at] = rng.randbytes(rng.randrange(1, 30))
    return bytes(content)


def uploads(n_mutants: int) -> Iterator[tuple[str, Files]]:
    """Damaged uploads, the same ones every time: three quarters of the files plain, one quarter compressed."""
    rng = random.Random(20)  # noqa: S311 - damage, no secrets
    plain = {name: seeds(pattern) for name, pattern in PLAIN.items()}
    packed = {name: seeds(pattern) for name, pattern in COMPRESSED.items()}
    for n in range(n_mutants * 3 // 4):
        name = list(plain)[n % len(plain)]
        whole = plain[name]
        yield name, [("mutant", mutant(rng, rng.choice(whole))), ("whole", whole[0])]
    for n in range(n_mutants // 4 // BATCH):
        name = list(packed)[n % len(packed)]
        yield name, [(str(k), mutant(rng, rng.choice(packed[name]))) for k in range(BATCH)]


def read_mutants(n_mutants: int) -> None:
    """Print what became of damaged files: what was not handled, what was slow, how much memory it took."""
    before_mib = _peak_mib()
    unhandled: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    slowest: dict[str, tuple[float, float]] = {}
    silent = 0
    for name, files in uploads(n_mutants):
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            found = read_series(files)
        except Exception as error:
            unhandled[f"{name}: {type(error).__name__}"] += 1
            continue
        spent = (time.process_time() - cpu, time.perf_counter() - wall)
        slowest[name] = max(slowest.get(name, (0.0, 0.0)), spent)
        silent += not (found.series or found.inversion_series or found.left_out)
        reasons.update({record.code: record.n_files for record in found.left_out})
    print(
        f"{n_mutants} damaged files: unhandled {sum(unhandled.values())} {dict(unhandled)}, without a reason {silent}"
    )
    for name, (cpu, wall) in slowest.items():
        print(f"  {name}: slowest upload {cpu:.2f} s CPU in this process, {wall:.2f} s in all")
    print("  reasons:", ", ".join(f"{code} {n}" for code, n in reasons.most_common()))
    print(f"  memory: {before_mib:.0f} MiB before, {_peak_mib():.0f} MiB at most")


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def exam_of_240() -> Files:
    """20 slices of 12 echoes, 256 x 256, as a real header carries them."""
    dataset = dcmread(next(iter(sorted(DATA.glob(PLAIN["Siemens"])))))
    rng = np.random.default_rng(1)
    dataset.Rows = dataset.Columns = 256
    files = []
    for n in range(240):
        dataset.EchoTime = 1.0 + n % 12
        dataset.ImagePositionPatient = [0, 0, 8.0 * (n // 12)]
        dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        dataset.PixelData = rng.integers(0, 4096, (256, 256)).astype("<u2").tobytes()
        stream = io.BytesIO()
        dataset.save_as(stream)
        files.append((f"IM{n:04}", stream.getvalue()))
    return files


def zipped(files: Files) -> Files:
    """The same files as one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return [("exam.zip", stream.getvalue())]


def read_240(repeats: int = 5) -> None:
    """Print how long 240 files take, loose and zipped."""
    loose = exam_of_240()
    for name, files in (("240 files", loose), ("the same as a zip", zipped(loose))):
        wall, cpu = _seconds(lambda files=files: read_series(files), repeats)  # type: ignore[misc]
        print(f"{name}: {wall:.2f} s ({cpu:.2f} s CPU), median of {repeats}")


def _seconds(work: Callable[[], ReadResult], repeats: int) -> tuple[float, float]:
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        if [series.images.shape for series in found.series] != [(20, 12, 256, 256)]:
            raise RuntimeError("The exam was not read as it is.")
    return statistics.median(walls), statistics.median(cpus)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutants", type=int, default=20_000)
    read_mutants(parser.parse_args().mutants)  # first, because memory is counted by its peak
    read_240()
