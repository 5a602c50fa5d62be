"""While the house is rebuilt: the same exams give the same bytes as before the first move.

``same_bytes.json`` was written before it, by ``python tests/test_same_bytes.py``. What a move may change is taken
out beforehand: the version of the knowledge, the fingerprint of the report, names of modules.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ironreport.assess import assess
from ironreport.exam import open_exam
from ironreport.exports import export
from ironreport.intake import read_series
from ironreport.knowledge import published_knowledge
from ironreport.records import (
    Choices,
    Context,
    DecaySignal,
    Exam,
    Measurement,
    PreviousResult,
    PrintedResult,
    Region,
)
from ironreport.relaxometry import fit_pixels, fit_region
from ironreport.report import describe

if (HERE_BELOW := Path(__file__).resolve().parents[1] / "ironreport").joinpath("measure").is_dir():
    from ironreport.measure import measure
else:
    from ironreport.measuring import measure
if HERE_BELOW.joinpath("synthetic").is_dir():
    from ironreport.synthetic.samples import sample_exam, sample_images
else:
    from ironreport.samples import sample_exam, sample_images
from ironreport.report.pdf import write_pdf

HERE = Path(__file__).resolve().parent
BEFORE = HERE / "same_bytes.json"
SHARED = HERE.parent / "../shared/data"
KNOWLEDGE = replace(published_knowledge(), version="0" * 12)
SAMPLES = ("heart_1t5_ge", "liver_1t5_siemens", "pancreas_1t5_philips_enhanced", "phantom_1t5_dicom")
CHOICES = ("calibration", "ladder", "method", "left_out")


def _case(case: dict[str, Any]) -> Exam:
    context = dict(case.get("context", {}))
    disease = context.pop("disease", "unknown")
    facts = tuple((name, str(value)) for name, value in context.items())
    renamed = ({"field_tesla" if k == "field" else k: v for k, v in p.items()} for p in case.get("previous", []))
    previous = tuple(PreviousResult(**p) for p in renamed)
    measured = tuple(_measurement(m) for m in case.get("exam", []))
    return Exam("case", exam_date="2026-11-01", measurements=measured, context=Context(disease, facts, previous))


def _measurement(given: dict[str, Any]) -> Measurement:
    entry = {"field_tesla" if k == "field" else k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}
    choices = Choices(**{k: entry.pop(k) for k in CHOICES if k in entry})
    if "from_calibration" in entry:
        entry["calibration"] = entry.pop("from_calibration")
    return Measurement(DecaySignal(**entry) if "te_ms" in entry else PrintedResult(**entry), choices)


def _drawn(sample: str) -> Exam:
    """A sample of images with a region of 12 pixels in the middle of every third slice, and a tall one."""
    series = read_series([sample_images(sample)]).series
    regions = [Region("ellipse", 40.0 + 8 * k, 36.0 + 10 * k, 14.0, 12.0, 0) for k in range(6)]
    measured = []
    for one in series:
        if hasattr(one, "te_ms"):
            organs = ("liver", "heart", "pancreas", "spleen", "kidney", "marrow")
            for region, organ in zip(regions, organs, strict=True):
                try:
                    measured.append(Measurement(measure(one, region, organ)))
                except Exception as error:
                    measured.append(repr(error))
    return Exam("drawn", exam_date="2026-11-01", measurements=tuple(m for m in measured if not isinstance(m, str)))


def exams() -> Iterator[tuple[str, Exam]]:
    yield "sample", sample_exam()
    yield "version 1", open_exam((HERE / "fixtures/exam_version_1.json").read_text(encoding="utf-8"))
    for name in SAMPLES:
        yield name, _drawn(name)
    for path in sorted((HERE / "cases").glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            yield f"{path.stem}:{case['id']}", _case(case)


def _hash(data: bytes) -> str:
    text = data.replace(b'\\"location\\"', b'\\"site\\"').replace(b'\\"version\\": 3', b'\\"version\\": 2')
    for place, uuid in enumerate(dict.fromkeys(re.findall(rb"urn:uuid:[0-9a-f-]{36}", text))):
        text = text.replace(uuid, b"urn:uuid:%d" % place)
    return hashlib.sha256(text).hexdigest()[:16]


def written(exam: Exam) -> dict[str, str]:
    assessment = assess(exam, KNOWLEDGE)
    content = replace(describe(assessment, KNOWLEDGE), report_id="0" * 8)
    files = {"pdf": write_pdf(content), "short": write_pdf(content, form="short")}
    files |= {kind: export(kind, assessment, content, KNOWLEDGE) for kind in ("csv", "xlsx", "fhir", "notebook")}
    return {kind: _hash(data) for kind, data in files.items()}


def golden() -> dict[str, str]:
    """Fits of simulated pixels and regions, to the last digit."""
    rng, te_ms, found = np.random.default_rng(7), 0.93 + 1.34 * np.arange(12), {}
    for t2star_ms in (0.5, 1.2, 3.0, 8.0, 25.0):
        clean = 500.0 * np.exp(-te_ms / t2star_ms)
        pixels = np.hypot(clean + rng.normal(0, 10, (200, 12)), rng.normal(0, 10, (200, 12)))
        for name, fits in {
            "pixels": fit_pixels(te_ms, pixels, sigma=10.0),
            "mean": fit_pixels(te_ms, pixels.mean(axis=0)[None], sigma=10.0, n_avg=200, field_tesla=1.5),
            "alone": fit_pixels(te_ms, pixels.mean(axis=0)[None]),
        }.items():
            found[f"{name} {t2star_ms}"] = _hash(
                np.stack([fits.r2star_per_s, fits.ci_low_per_s, fits.ci_high_per_s, fits.s0]).tobytes()
            )
        found[f"region {t2star_ms}"] = _hash(repr(fit_region(te_ms, pixels)).encode())
    return found


EXAMS = dict(exams())


@pytest.mark.parametrize("name", EXAMS)
def test_an_exam_is_written_as_before_the_move(name: str) -> None:
    assert written(EXAMS[name]) == json.loads(BEFORE.read_text())[name]


def test_fits_are_the_same_to_the_last_digit() -> None:
    assert golden() == json.loads(BEFORE.read_text())["golden"]


if __name__ == "__main__":
    rows = {name: written(exam) for name, exam in EXAMS.items()} | {"golden": golden()}
    BEFORE.write_text(json.dumps(rows, indent=1))
    sys.stdout.write(f"{len(rows)} exams, {sum(len(e.measurements) for e in EXAMS.values())} measurements\n")
