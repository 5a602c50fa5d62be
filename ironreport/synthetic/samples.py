"""The sample exams that ship with the package, made by ``synthetic`` from known truth."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ironreport.intake import parse_file
from ironreport.records import Context, DecaySignal, Exam, Measurement

_PACKAGE = Path(__file__).parents[1]
_BESIDE = (_PACKAGE / "_app", _PACKAGE.parent)


def app_folder() -> Path:
    """Folder of ``app.py``: inside an installed wheel, or the checkout."""
    return next(folder for folder in _BESIDE if (folder / "app.py").is_file())


def samples_folder() -> Path:
    """Folder of the sample exams."""
    return app_folder() / "sample_data"


def _truth(name: str) -> dict[str, Any]:
    return tomllib.loads((samples_folder() / name / "expected.toml").read_text(encoding="utf-8"))


def sample_signal(name: str) -> DecaySignal:
    """Signal of one sample of numbers, e.g. ``liver_1t5_heavy``."""
    truth = _truth(name)
    content = (samples_folder() / name / "signal.csv").read_bytes()
    table = parse_file("signal.csv", content)
    return DecaySignal(
        organ=truth["organ"],
        te_ms=table.te_ms,
        signal=table.signal,
        field_tesla=truth["field_tesla"],
        origin=f"sample {name}, synthetic",
        cautions=table.cautions,
    )


def sample_exam() -> Exam:
    """A synthetic patient with TDT, a loaded heart and a loaded liver."""
    signals = (sample_signal("heart_1t5_severe"), sample_signal("liver_1t5_heavy"))
    return Exam(
        pseudonym="Sample exam (synthetic)",
        exam_date="2026-11-01",
        measurements=tuple(Measurement(s) for s in signals),
        context=Context("tdt"),
    )


def sample_images(name: str = "phantom_1t5_dicom") -> tuple[str, bytes]:
    """File name and content of one sample of images, zipped, e.g. ``liver_1t5_siemens``."""
    path = samples_folder() / name / "exam.zip"
    return path.name, path.read_bytes()
