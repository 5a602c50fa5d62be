"""Many exams in one process, in two, and on Dask, with equal bytes: ``python -m benchmarks.batch_speed --exams 24``."""

from __future__ import annotations

import argparse
import io
import mmap
import os
import shutil
import tempfile
import time
from importlib import import_module
from pathlib import Path

import pydicom

import ironreport as ir
from ironreport.batch import BatchOptions, measured_exam, run_batch
from ironreport.batch.batch_jobs import jobs_of, sorted_files
from ironreport.batch.batch_run import Stage, Workers
from ironreport.exam import save_exam
from ironreport.library.file_refs import files_below
from ironreport.synthetic.acquisition import Recipe
from ironreport.synthetic.examination import synthetic_exam

VENDORS = ("siemens", "ge", "philips", "uih", "canon", "hitachi")
TE_MS = tuple(round(1.1 + 1.2 * k, 1) for k in range(10))


def write_day(folder: Path, n_exams: int, n_slices: int = 3) -> None:
    """Exams of six vendors, liver and heart in turn, each of a patient of its own, with an exam file of a region."""
    (folder / "regions").mkdir(parents=True)
    for number in range(n_exams):
        organ = ("liver", "heart")[number % 2]
        recipe = Recipe(2.0 + number * 7 % 25, te_ms=TE_MS, phase=False, seed=number, n_slices=n_slices)
        made = synthetic_exam(VENDORS[number % len(VENDORS)], organ, recipe)
        place = folder / "images" / f"exam{number:03d}"
        for name, content in made.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(_of_patient(content, number))
        places = next(iter(made.truth.locations.values()))
        regions = [places[len(places) // 2]]
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
    """Print exams a second, and whether all ways wrote the same bytes; or how memory goes over many exams."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--exams", type=int, default=24)
    parser.add_argument("--slices", type=int, default=5, help="Five of ten echoes are 50 files.")
    parser.add_argument("--no-pdf", action="store_true")
    parser.add_argument("--no-dask", action="store_true")
    parser.add_argument("--soak", type=int, default=0, help="Instead: so many exams in one process.")
    asked = parser.parse_args()
    options = BatchOptions("tdt", pdf=not asked.no_pdf)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_day(root, asked.exams, asked.slices)
        if asked.soak:
            _soak(root, asked.soak, options)
            return
        serial = _run(root, "one process", Workers(1), asked.exams, None, options)
        _run(root, "two processes", Workers(2), asked.exams, serial, options)
        if not asked.no_dask:
            distributed = import_module("distributed")
            with distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster:
                dask = Workers(dask=cluster.scheduler_address)
                _run(root, "Dask, two workers", dask, asked.exams, serial, options)


def _run(root: Path, name: str, workers: Workers, n_exams: int, like: Path | None, options: BatchOptions) -> Path:
    out = root / name.replace(" ", "_")
    out.mkdir()
    if like is not None:
        shutil.copy(like / "batch.key", out)
    stages: list[tuple[float, Stage]] = []
    began, worked = time.perf_counter(), _processor_s()
    run_batch(
        root / "images", out, root / "regions", options, workers, lambda s: stages.append((time.perf_counter(), s))
    )
    seconds, of_processor = time.perf_counter() - began, _processor_s() - worked
    at = [moment for moment, stage in stages if stage.doing == "Measuring" and stage.n_done > 0]
    steady = (len(at) - 1) / (at[-1] - at[0])  # without the start of the processes
    equal = "" if like is None else ", bytes equal" if _bytes(out) == _bytes(like) else ", BYTES DIFFER"
    print(
        f"{name:20} {n_exams / seconds:6.2f} exams/s, {steady:.2f} once it runs, "
        f"{of_processor / n_exams:.2f} s of processor an exam{equal}",
        flush=True,
    )
    return out


def _processor_s() -> float:
    """Processor time of this process and of its children that have ended [s]."""
    return sum(os.times()[:4])


def _soak(root: Path, n_exams: int, options: BatchOptions) -> None:
    """One process measures the same exams again and again, and says what memory it holds."""
    refs = files_below(root / "images")
    jobs, _ = jobs_of(refs, sorted_files(refs), files_below(root / "regions"), options, b"k" * 32, "")
    began = _processor_s()
    for n in range(n_exams):
        if not measured_exam(jobs[n % len(jobs)]).rows:
            raise RuntimeError("An exam has no number.")
        if (n + 1) % (n_exams // 10) == 0:
            each_s = (_processor_s() - began) / (n + 1)
            print(f"{n + 1:6} exams, {each_s:.2f} s of processor each, {held_mib():.0f} MiB", flush=True)


def held_mib() -> float:
    """What this process holds now [MiB]."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * mmap.PAGESIZE / 2**20


def _bytes(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


if __name__ == "__main__":
    main()
