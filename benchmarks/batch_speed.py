"""Many exams in one process, in two, and on Dask, with equal bytes: ``python -m benchmarks.batch_speed --exams 24``."""

from __future__ import annotations

import argparse
import io
import shutil
import tempfile
import time
from importlib import import_module
from pathlib import Path

import pydicom

import ironreport as ir
from ironreport.batch import BatchOptions, run_batch
from ironreport.batch.batch_run import Workers
from ironreport.exam import save_exam
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

VENDORS = ("siemens", "ge", "philips", "uih", "canon", "hitachi")
TE_MS = tuple(round(1.1 + 1.2 * k, 1) for k in range(10))


def write_day(folder: Path, n_exams: int, n_slices: int = 3) -> None:
    """Exams of six vendors, liver and heart in turn, each of a patient of its own, with an exam file of its region."""
    (folder / "regions").mkdir(parents=True)
    for number in range(n_exams):
        organ = ("liver", "heart")[number % 2]
        recipe = Recipe(2.0 + number * 7 % 25, te_ms=TE_MS, phase=False, seed=number, n_slices=n_slices)
        made = synthetic_exam(VENDORS[number % len(VENDORS)], organ, recipe)
        place = folder / "images" / f"exam{number:03d}"
        for name, content in made.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(_of_patient(content, number))
        regions = list(next(iter(made.truth.locations.values())))
        measured = ir.read(place).series[0].region(regions, organ)
        text = save_exam(ir.assess(measured, disease="tdt").assessment.exam)
        (folder / "regions" / f"{number:03d}.ironreport.json").write_text(text, encoding="utf-8")


def _of_patient(content: bytes, number: int) -> bytes:
    dataset, out = pydicom.dcmread(io.BytesIO(content), force=True), io.BytesIO()
    dataset.PatientID, dataset.PatientName = f"P{number:04d}", f"Synthetic{number}"
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(dataset, keyword, f"{str(dataset.get(keyword))[:50]}.{number}")
    dataset.save_as(out)
    return out.getvalue()


def main() -> None:
    """Print exams a second, and whether all ways wrote the same bytes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--exams", type=int, default=24)
    parser.add_argument("--no-dask", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_day(root, asked.exams)
        serial = _run(root, "one process", Workers(1), asked.exams, None)
        _run(root, "two processes", Workers(2), asked.exams, serial)
        if not asked.no_dask:
            distributed = import_module("distributed")
            with distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster:
                _run(root, "Dask, two workers", Workers(dask=cluster.scheduler_address), asked.exams, serial)


def _run(root: Path, name: str, workers: Workers, n_exams: int, like: Path | None) -> Path:
    out = root / name.replace(" ", "_")
    out.mkdir()
    if like is not None:
        shutil.copy(like / "batch.key", out)
    began, worked = time.perf_counter(), time.process_time()
    run_batch(root / "images", out, root / "regions", BatchOptions("tdt"), workers)
    seconds, of_processor = time.perf_counter() - began, time.process_time() - worked
    equal = "" if like is None else ", bytes equal" if _bytes(out) == _bytes(like) else ", BYTES DIFFER"
    print(
        f"{name:20} {n_exams / seconds:6.2f} exams/s, {of_processor / n_exams:.2f} CPU s an exam here{equal}",
        flush=True,
    )
    return out


def _bytes(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


if __name__ == "__main__":
    main()
