"""Known decays in, known numbers out: the golden values of the self-check."""

from __future__ import annotations

from ironreport.assess import assess
from ironreport.knowledge import published_knowledge
from ironreport.records import DecaySignal
from ironreport.relaxometry import fit_decay
from ironreport.selfcheck.check_record import must
from ironreport.synthetic import decay
from ironreport.synthetic.samples import sample_exam

TE_MS = tuple(1.2 + 1.4 * i for i in range(12))
T2STAR_MS = (1.5, 3.0, 6.0, 12.0, 25.0)
EXACT = 1e-3
"""A decay without noise comes back to a thousandth."""
GOLDEN = {"heart": ("t2star_ms", 8.0, "severe"), "liver": ("t2star_ms", 3.0, "moderate")}
"""Quantity, value and class of the sample exam that ships."""
NEAR = 0.02
"""Share by which a value of the sample may differ from the truth it was made from."""


def reference_decays() -> str:
    """Decays without noise give back the T2* they were made from."""
    for t2star_ms in T2STAR_MS:
        values = tuple(float(x) for x in decay(TE_MS, 1000.0, t2star_ms))
        found = fit_decay(DecaySignal("liver", TE_MS, values, field_tesla=1.5)).time.value
        must(abs(found / t2star_ms - 1.0) <= EXACT, f"T2* {t2star_ms:g} ms reads {found:.4g} ms.")
    return f"{len(T2STAR_MS)} decays of T2* {T2STAR_MS[0]:g} to {T2STAR_MS[-1]:g} ms come back within {EXACT:.1%}."


def sample_classes() -> str:
    """The sample exam has its golden values and classes."""
    found, said = assess(sample_exam(), published_knowledge()), []
    for organ, (quantity, value, grade) in GOLDEN.items():
        finding = found.finding(organ)
        must(finding is not None and finding.estimate is not None, f"The {organ} has no value.")
        assert finding is not None and finding.estimate is not None and finding.estimate.time is not None  # noqa: S101
        read, named = finding.estimate.time, finding.grading.grade if finding.grading else "no class"
        near = read.quantity == quantity and abs(read.value / value - 1.0) <= NEAR
        must(near, f"The {organ} reads {read.value:.4g} ms.")
        must(named == grade, f"The {organ} has the class {named}, not {grade}.")
        said.append(f"{organ} {read.value:.3g} ms, {named}")
    return f"As they must be: {'; '.join(said)}."
