"""A site's own repeatability is what its intervals and changes rest on, named on every way out, or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from ironreport.assess import assess
from ironreport.exports import export
from ironreport.hospital.defaults import assess_at_hospital, describe_at_hospital
from ironreport.hospital.settings import HospitalSettings, SettingsError, load_settings
from ironreport.knowledge import published_knowledge
from ironreport.records import Context, Exam, Measurement, PreviousResult, PrintedResult

KNOWLEDGE = published_knowledge()
ENTRY = """\
[[own_precision]]
organ = "liver"
cov_percent = 9.0
n_pairs = 24
source = "24 patients scanned twice, March 2026"
"""


def settings(tmp_path: Path, text: str = ENTRY) -> HospitalSettings:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, KNOWLEDGE)


def exam(*previous: PreviousResult) -> Exam:
    liver = Measurement(PrintedResult("liver", 1.5, r2star_per_s=200.0))
    return Exam("x", "2026-10-01", (liver,), Context("tdt", (), previous))


def test_the_interval_and_the_change_rest_on_it(tmp_path: Path) -> None:
    before = PreviousResult("liver", "2025-10-01", field_tesla=1.5, r2star_per_s=160.0)
    ours, published = assess_at_hospital(exam(before), settings(tmp_path), KNOWLEDGE), assess(exam(before), KNOWLEDGE)
    rates = [a.findings[0].estimate.rate for a in (ours, published)]  # type: ignore[union-attr]
    assert rates[0].high / rates[0].value > rates[1].high / rates[1].value  # type: ignore[operator, union-attr]
    verdicts = [a.courses[0].comparison.verdict for a in (ours, published)]
    assert verdicts == ["no measurable change", "changed"]


def test_between_scanners_only_that_is_replaced(tmp_path: Path) -> None:
    own = settings(tmp_path, ENTRY + "other_scanner = true\n")
    before = PreviousResult("liver", "2025-10-01", field_tesla=1.5, r2star_per_s=158.0, other_scanner=True)
    ours, published = assess_at_hospital(exam(before), own, KNOWLEDGE), assess(exam(before), KNOWLEDGE)
    assert ours.findings[0].estimate.precision == published.findings[0].estimate.precision  # type: ignore[union-attr]
    assert [a.courses[0].comparison.verdict for a in (ours, published)] == ["no measurable change", "changed"]


def test_every_report_names_it_and_its_source(tmp_path: Path) -> None:
    own = settings(tmp_path)
    assessment = assess_at_hospital(exam(), own, KNOWLEDGE)
    content = describe_at_hospital(assessment, own, KNOWLEDGE)
    assert any("24 patients scanned twice, March 2026" in r.citation for r in content.references)
    assert any("coefficient of variation 9 % from 24 pairs" in line for line in content.local.lines)
    assert b"measured at this site" in export("csv", assessment, content, KNOWLEDGE)


@pytest.mark.slow
def test_the_notebook_computes_with_it(tmp_path: Path, run_notebook: Callable[..., Any]) -> None:
    own = settings(tmp_path)
    assessment = assess_at_hospital(exam(), own, KNOWLEDGE)
    content = describe_at_hospital(assessment, own, KNOWLEDGE)
    book = nbformat.reads(export("notebook", assessment, content, KNOWLEDGE).decode(), as_version=4)
    assert run_notebook(book).printed[-1] == "All values of 1 findings are those of the report.\n"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (('"liver"', '"lung"'), "UNKNOWN_ORGAN"),
        (("9.0", "31.0"), "WRONG_SETTING"),
        (("9.0", "0.0"), "WRONG_SETTING"),
        (("24\n", "11\n"), "WRONG_SETTING"),
        (("24 patients scanned twice, March 2026", ""), "WRONG_SETTING"),
    ],
)
def test_a_mistake_is_refused(tmp_path: Path, change: tuple[str, str], code: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(tmp_path, ENTRY.replace(*change))
    assert refused.value.refusal.code == code


def test_one_organ_is_set_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="twice"):
        settings(tmp_path, ENTRY + ENTRY)
