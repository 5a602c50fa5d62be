"""What an upload holds as plain values: the same on the command line, as JSON and on a page. It names nobody.

What a series seems made for, as its header and its times say, is a suggestion and never taken as a choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ironreport.intake.series import ReadResult
from ironreport.records import EchoSeries, InversionSeries

_KINDS = {"T2*": "gradient echo (T2*)", "T2": "spin echo (T2)"}

OrgansNamed = Callable[[str], tuple[str, ...]]
"""Ids of the organs that the text of a header names; the knowledge has one."""


def listing(found: ReadResult, organs_named: OrgansNamed) -> dict[str, Any]:
    """Exams, series and refusals of an upload, in values that JSON knows; file names are left out too."""
    series: tuple[EchoSeries | InversionSeries, ...] = (*found.series, *found.inversion_series)
    numbers = {exam.study_key: number for number, exam in enumerate(found.exams, start=1)}
    return {
        "exams": [
            {
                "exam": number,
                "patient": exam.patient_number,
                "date": exam.exam_date,
                "scanner": exam.scanner,
                "files": exam.n_files,
                "series": exam.n_series,
            }
            for number, exam in enumerate(found.exams, start=1)
        ],
        "series": [_series(one, numbers[one.study_key], organs_named(one.header_text)) for one in series],
        "left_out": [
            {"code": left.code, "files": left.n_files, "what": left.what, "cure": left.cure} for left in found.left_out
        ],
    }


def _series(series: EchoSeries | InversionSeries, exam: int, organs: tuple[str, ...]) -> dict[str, Any]:
    is_echo = isinstance(series, EchoSeries)
    n_slices, n_times, n_rows, n_columns = series.images.shape
    return {
        "exam": exam,
        "series": series.label,
        "kind": _KINDS[series.contrast] if is_echo else "inversion recovery (T1)",
        "slices": n_slices,
        "images": n_slices * n_times,
        "te_ms": list(series.te_ms) if isinstance(series, EchoSeries) else [series.te_ms],
        "ti_ms": [] if isinstance(series, EchoSeries) else list(series.ti_ms),
        "field_tesla": series.field_tesla,
        "rows": n_rows,
        "columns": n_columns,
        "suggested_use": list(suggested_use(series, organs)),
        "cautions": [{"code": caution.code, "text": caution.text} for caution in series.cautions],
    }


def listing_lines(found: dict[str, Any]) -> list[str]:
    """A listing as lines for people."""
    lines = [_exam_line(exam) for exam in found["exams"]]
    if len(lines) > 1:
        lines.append("More than one exam: choose which one is meant before anything is measured.")
    for series in found["series"]:
        lines += _series_lines(series)
    if not found["series"]:
        lines.append("No usable series.")
    n_left = sum(left["files"] for left in found["left_out"])
    lines += [f"Left out: {_counted(n_left, 'file')}"] if n_left else []
    lines += [f"  {left['files']} x {left['code']}: {left['what']} {left['cure']}" for left in found["left_out"]]
    return lines


def _exam_line(exam: dict[str, Any]) -> str:
    head = f"Exam {exam['exam']}: patient {exam['patient']}, {exam['date'] or 'date not stated'}"
    counts = f"{_counted(exam['files'], 'MR file')}, {exam['series']} usable series"
    return f"{head}, {exam['scanner'] or 'scanner not stated'}, {counts}"


def _series_lines(series: dict[str, Any]) -> list[str]:
    field = "field not stated" if series["field_tesla"] is None else f"{series['field_tesla']:g} T"
    size = f"{_counted(series['slices'], 'slice')} of {series['rows']} x {series['columns']}, {series['images']} images"
    times = [
        f"  {name} [ms]: {', '.join(f'{time:g}' for time in series[key])}"
        for name, key in (("TE", "te_ms"), ("TI", "ti_ms"))
        if series[key]
    ]
    return [
        f"Series {series['series']} (exam {series['exam']}): {series['kind']}, {field}, {size}",
        *times,
        *(f"  {sentence}" for sentence in series["suggested_use"]),
        *(f"  ! {caution['text']}" for caution in series["cautions"]),
    ]


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def suggested_use(series: EchoSeries | InversionSeries, organs_named: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Sentences on what a series is suitable for, for the reader to judge; ``organs_named`` by its header."""
    named = f"The header names: {', '.join(organs_named)}. Choose the organ by the picture."
    hint = (named,) if organs_named else ()
    if isinstance(series, InversionSeries):
        read_out = (
            "All inversion times stand in one series, as Look-Locker methods (MOLLI) give them: T1* is not yet T1."
        )
        return ("Inversion recovery: for T1, not for iron by T2*.", *((read_out,) if series.one_series else ()), *hint)
    first_ms = series.te_ms[0]
    if series.contrast == "T2":
        return ("Spin echo: for T2. Limits and calibrations of T2* do not hold for it.", *hint)
    return (
        "Gradient echo: for T2*.",
        f"The first echo is at {first_ms:g} ms: a T2* much shorter than this cannot be measured.",
        *hint,
    )
