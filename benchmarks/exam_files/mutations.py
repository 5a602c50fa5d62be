"""One good exam file, and what chance, a hand or another program makes of it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from ironreport.assess import assess
from ironreport.assess.answerable import check_answerable
from ironreport.errors import IronReportError
from ironreport.exam import open_exam, save_exam
from ironreport.exports import ExportKind, export
from ironreport.intake import read_series
from ironreport.knowledge import published_knowledge
from ironreport.measure.region_signals import measure_together
from ironreport.records import Context, Exam, Measurement, PreviousResult, PrintedResult, Region, Transfused
from ironreport.report import describe
from ironreport.report.fhir import to_fhir
from ironreport.synthetic.samples import sample_exam, sample_images

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2.0, 0.5, -0.0, 1e-308, 1e29, 1e308, 10**12, 10**40, float("inf"), float("nan"), "",
    "text", "1.2", "2026-02-30", "\u202eevil\u202c", "\0", "=1+1", "\ud800", "x" * 30_000, [], {}, [[]],
    {"a": {"b": []}}, [1, "2", None], ["a"], [0.0] * 300,
)  # fmt: skip
WAYS_OUT: tuple[ExportKind, ...] = ("csv", "xlsx", "notebook")
WORDS = ("te_ms", "signal", "organ", "exam", "version", "unknown", "parts")


@cache
def good_exam() -> str:
    """An exam of typed, printed, pixel and several-region measurements, with all that a reader can add."""
    series = read_series([sample_images()]).series[0]
    places = [Region("ellipse", 60.0, 40.0, 9.0, 9.0), Region("ellipse", 74.0, 44.0, 8.0, 10.0)]
    pancreas = measure_together(series, [("head", places[0]), ("tail", places[1])], "pancreas", by_mean=True)
    liver = measure_together(series, [("", r) for r in places], "liver", by_mean=False)
    heart = next(m for m in sample_exam().measurements if m.organ == "heart")
    printed = PrintedResult("kidney", 1.5, r2star_per_s=40.0, t2star_ms=25.0)
    exam = Exam(
        "IR-1", "2026-11-21", (heart, Measurement(liver), Measurement(pancreas), Measurement(printed)),
        Context(
            "tdt", (("on_chelation", "yes"), ("lvef_percent", "61")),
            (PreviousResult("liver", "2025-10-01", field_tesla=1.5, r2star_per_s=200.0),),
            Transfused(weight_kg=52.5, n_units=31.0),
        ),
    )  # fmt: skip
    few = tuple(replace(m, signal=_with_few_replicates(m.signal)) for m in exam.measurements)
    exam = replace(exam, measurements=few)
    return save_exam(exam, assess(exam, published_knowledge()))


def _with_few_replicates(signal: Any) -> Any:
    """Twenty resampled curves do for what is asked here, and are read ten times as fast."""
    if isinstance(signal, PrintedResult) or signal.pixels is None:
        return signal
    pixels = replace(signal.pixels, replicates=signal.pixels.replicates[:20])
    return replace(signal, pixels=pixels, parts=tuple(map(_with_few_replicates, signal.parts)))


def mutated(text: str, seed: int) -> str:
    """The file with one to three changes; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - a search, no secret
    if draw.random() < 0.1:
        return _torn(text, draw)
    body = json.loads(text)
    for _ in range(draw.randint(1, 3)):
        _change(body, draw)
    return json.dumps(body)


def _torn(text: str, draw: random.Random) -> str:
    """Changes that are no longer JSON, or JSON that Python's reader takes and no other."""
    place = draw.randrange(len(text))
    kinds: tuple[Callable[[], str], ...] = (
        lambda: text[:place],
        lambda: text[:place] + draw.choice('{}[],:"0\x00') + text[place:],
        lambda: text.replace('"te_ms":', '"te_ms": [1.0], "te_ms":', 1),
        lambda: text.replace("1", "1" * 5_000, 1),
        lambda: "\ufeff" + text,
        lambda: text + text,
    )
    return draw.choice(kinds)()


def _change(body: Any, draw: random.Random) -> None:
    """Change one entry, wherever it lies; a walk down the tree, so that long lists of numbers are not all of it."""
    holder, key = (body, "exam") if "exam" in body and draw.random() < 0.9 else (body, draw.choice(list(body)))
    while isinstance(holder[key], dict | list) and holder[key] and draw.random() < 0.92:
        holder = holder[key]
        key = draw.choice(list(holder)) if isinstance(holder, dict) else draw.randrange(len(holder))
    value = holder[key]
    way = draw.randrange(6)
    if way == 0:
        del holder[key]
    elif way == 1 and isinstance(value, list):
        holder[key] = copy.deepcopy(value) * draw.choice((0, 2, 3)) if len(value) < 500 else value[:1]
    elif way == 2 and isinstance(value, int | float):
        holder[key] = value * draw.choice((-1, 1e-6, 1e-3, 1e3, 1e6, 1e20))
    elif way == 3 and isinstance(holder, dict):
        holder[draw.choice(WORDS)] = copy.deepcopy(value)
    elif way == 4 and isinstance(value, str):
        holder[key] = draw.choice(("heart", "liver", "zz", "T2", value * 3, value[:1]))
    else:
        holder[key] = copy.deepcopy(draw.choice(ODD))


def outcome(text: str) -> str:
    """``opened`` where every stage and export took it, else the code of the refusal; any other exception goes through.

    Raises
    ------
    ValueError
        Where a refusal has no cure.
    """
    knowledge = published_knowledge()
    try:
        exam = open_exam(text)
        check_answerable(exam, knowledge)
        assessment = assess(exam, knowledge)
        content = describe(assessment, knowledge)
    except IronReportError as error:
        if not error.refusal.cure:
            raise ValueError("a refusal without a cure") from error
        return error.refusal.code
    to_fhir(assessment, content, knowledge)
    for kind in WAYS_OUT:
        export(kind, assessment, content, knowledge)
    save_exam(exam, assessment)
    return "opened"
