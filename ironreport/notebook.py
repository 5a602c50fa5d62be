"""An exam as a notebook that proves its own report: it holds the signals, fits them again and compares."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from importlib import import_module
from typing import Any

from ironreport.exam import save_exam
from ironreport.knowledge import Knowledge
from ironreport.records import Assessment, Context, DecaySignal, Estimate, Exam, Finding, IronBalance, Measurement
from ironreport.report.content import Card, ReportContent

PSEUDONYM = "Notebook"
NUMBER_LIST = re.compile(r"\[\n\s*((?:[\d.eE+-]+,\s*)*[\d.eE+-]+)\s*\]")

IMPORTS = """\
import json
import math

import ironreport as ir
from ironreport.exam import open_exam
from ironreport.notebook import reported"""

RERUN = """\
report = ir.assess(open_exam(EXAM), settings=False)
if report.content.knowledge_version != KNOWLEDGE:
    print(f"Reported with knowledge {KNOWLEDGE}, read now with another: classes may differ.")
report.assessment"""

WITH_OWN = """\
from ironreport.assess import assess
from ironreport.knowledge.site_precision import with_site_precision
from ironreport.library.reporting import Report
from ironreport.records import OwnPrecision
from ironreport.report import describe

OWN = {own}  # the repeatability that the site measured itself
measured = with_site_precision(ir.published_knowledge(), OWN)
assessment = assess(open_exam(EXAM), measured)
report = Report(assessment, describe(assessment, measured), ())
"""

CHECK = """\
def same(now, then):
    if isinstance(now, dict) and isinstance(then, dict):
        return now.keys() == then.keys() and all(same(now[name], then[name]) for name in now)
    if isinstance(now, float) and isinstance(then, (int, float)):
        return math.isclose(now, then, rel_tol=1e-9)
    return now == then


for now, then in zip(reported(report.assessment), REPORTED, strict=True):
    for name in then:
        what = f"{then['organ']}, {name}: the report says {then[name]}, this notebook {now[name]}."
        assert same(now[name], then[name]), what
print(f"All values of {len(REPORTED)} findings are those of the report.")"""


def _rerun(assessment: Assessment) -> str:
    """The fit again, with the site's own repeatability where it has one."""
    if not assessment.own_precision:
        return RERUN
    _first, rest = RERUN.split("\n", 1)
    return WITH_OWN.format(own=list(assessment.own_precision)) + rest


def to_notebook(assessment: Assessment, content: ReportContent, knowledge: Knowledge) -> bytes:
    """The exam as .ipynb without outputs; equal input gives equal bytes.

    It holds signals, choices and what is known of the patient, and no pixels, names, dates or free text. Run from top
    to bottom it stops with an AssertionError where a value differs from the report by more than 1e-9 of itself.
    """
    exam = without_identifiers(assessment.exam, knowledge)
    cells = [
        _text(
            f"# MRI iron report {content.report_id}, computed again",
            f"Written by {content.software}, knowledge {content.knowledge_version}. Run all cells: the signals below "
            "are fitted again, and the last cell stops if a value is not the one that was reported.",
            "Nothing in it needs a network.",
            content.not_a_device,
        ),
        _code(IMPORTS),
        _text("## The exam", "What was measured, in the form of an exam file: no pixels and nobody's name."),
        _code(f'EXAM = r"""\n{_quoted(_compact(save_exam(exam)))}"""'),
        _code(f"KNOWLEDGE = {content.knowledge_version!r}", _rerun(assessment)),
        *(cell for card in content.cards for cell in _organ(card)),
        _text("## The proof", "What the report says, unrounded, against what this notebook has just computed."),
        _code(f'REPORTED = json.loads(r"""\n{_quoted(_compact(json.dumps(reported(assessment), indent=2)))}""")'),
        _code(CHECK),
        *_balance(assessment),
    ]
    for place, cell in enumerate(cells, start=1):
        cell["id"] = f"cell-{place:02d}"
    book = _nbformat().v4.new_notebook(cells=cells, metadata=_metadata())
    _nbformat().validate(book)
    text: str = _nbformat().writes(book)
    return f"{text}\n".encode()


def _nbformat() -> Any:
    """The library, fetched late: beside JupyterLab its validator brings a grammar that takes seconds to load."""
    return import_module("nbformat")


def without_identifiers(exam: Exam, knowledge: Knowledge) -> Exam:
    """The exam without dates, and without what was typed freely or what an image header may have named."""
    typed_freely = {fact.id for fact in knowledge.shared.fact if fact.kind == "text"}
    facts = tuple((name, value) for name, value in exam.context.facts if name not in typed_freely)
    return Exam(
        pseudonym=PSEUDONYM,
        measurements=tuple(_bare(m) for m in exam.measurements),
        context=Context(exam.context.disease, facts),
    )


def _bare(measurement: Measurement) -> Measurement:
    """The numbers of a measurement; what is not named here does not come along."""
    signal = measurement.signal
    if not isinstance(signal, DecaySignal):
        return Measurement(replace(signal, origin=""), measurement.choices)
    return Measurement(_bare_signal(signal), measurement.choices)


def _bare_signal(signal: DecaySignal) -> DecaySignal:
    return DecaySignal(
        organ=signal.organ,
        te_ms=signal.te_ms,
        signal=signal.signal,
        contrast=signal.contrast,
        field_tesla=signal.field_tesla,
        sd=signal.sd,
        n_pixels=signal.n_pixels,
        origin="",
        region=signal.region,
        cautions=signal.cautions,
        pixels=signal.pixels,
        parts=tuple(_bare_signal(part) for part in signal.parts),
        regions=tuple(replace(one, location="") for one in signal.regions),
        header_organs=signal.header_organs,
        noise_sd=signal.noise_sd,
        n_coils=signal.n_coils,
    )


def reported(assessment: Assessment) -> list[dict[str, Any]]:
    """What an assessment says of each organ, unrounded: quantities with limits, class, iron by other calibrations."""
    return [_values(finding) for finding in assessment.findings]


def _values(finding: Finding) -> dict[str, Any]:
    estimate, grading, fit = finding.estimate, finding.grading, finding.fit
    iron = estimate.iron if estimate else None
    known = [e for e in (estimate.rate, estimate.time, iron.iron if iron else None) if e] if estimate else []
    return {
        "organ": finding.organ,
        "no value or class because": finding.absence.code if finding.absence else "",
        **{e.quantity: _limits(e) for e in known},
        "fitted": _limits(fit.rate) if fit else {},
        "echoes used": fit.n_used if fit else 0,
        "calibration": iron.calibration if iron else "",
        "other calibrations": {o.calibration: o.iron.value for o in estimate.others} if estimate else {},
        "ladder": grading.ladder if grading else "",
        "class": grading.grade if grading else "",
        "classes in the interval": list(grading.grades_in_interval) if grading else [],
    }


def _limits(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "bound": estimate.bound}


# ----------------------------------------------------------------------------------- iron balance


BALANCE_IMPORTS = """\
from dataclasses import asdict

from ironreport.assess.balance import ledger
from ironreport.records import Estimate, Transfused"""


def _balance(assessment: Assessment) -> list[Any]:
    """The iron balance computed again from the two results, without their dates; nothing where there is none."""
    found = assessment.balance
    if not isinstance(found, IronBalance):
        return []
    file = f"ir.published_knowledge().organ({found.organ!r}).balance"
    given = f"{found.iron_before!r},\n    {found.iron_now!r},\n    {found.n_days},\n    {found.transfused!r},"
    values = _quoted(_compact(json.dumps(asdict(found.ledger), indent=2)))
    return [
        _text(
            "## The iron balance",
            "From the two results [mg/g dry weight], the days between them and what was transfused: body iron [mg/kg], "
            "its change, iron in and iron out, as a whole and each day.",
        ),
        _code(BALANCE_IMPORTS),
        _code(f"balance = ledger(\n    {given}\n    {file},\n)", "balance"),
        _code(f'REPORTED_BALANCE = json.loads(r"""\n{values}""")'),
        _code(
            'assert same(asdict(balance), REPORTED_BALANCE), "The balance of the report is another one."',
            'print("The iron balance is that of the report.")',
        ),
    ]


# ------------------------------------------------------------------------------------------ cells


def _organ(card: Card) -> list[Any]:
    """Heading and doubts as reported, then answer, class bar and curve of one organ as computed again."""
    doubts = "\n".join(["As reported:", "", *(f"- {text}" for text in card.doubts)]) if card.doubts else ""
    return [_text(*filter(None, (f"## {card.name}", doubts))), _code(f"report.organ({card.organ!r})")]


def _text(*paragraphs: str) -> Any:
    return _nbformat().v4.new_markdown_cell("\n\n".join(paragraphs))


def _code(*parts: str) -> Any:
    return _nbformat().v4.new_code_cell("\n".join(parts))


def _metadata() -> dict[str, Any]:
    return {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def _compact(text: str) -> str:
    """JSON with every list of numbers on one line, so that an echo time can be found and changed."""
    return NUMBER_LIST.sub(lambda found: f"[{' '.join(found[1].split())}]", text)


def _quoted(text: str) -> str:
    """JSON in ASCII as it may stand between three quotation marks: JSON itself never has three in a row."""
    return "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text)
