"""How the signals of an exam were acquired, in words."""

from __future__ import annotations

from ironreport.records import DecaySignal, Exam, PrintedResult, Technique
from ironreport.report.numbers import exact


def techniques_of(exam: Exam) -> tuple[Technique, ...]:
    """What the headers say of each series measured, every technique once."""
    found = [m.signal.technique for m in exam.measurements if isinstance(m.signal, DecaySignal) and m.signal.technique]
    return tuple(dict.fromkeys(found))


def scanner_of(exam: Exam) -> str:
    """Maker and model of the scanners by the headers; empty where none says."""
    return "; ".join(dict.fromkeys(f"{t.manufacturer} {t.scanner}".strip() for t in techniques_of(exam)))


def sequence_of(technique: Technique) -> str:
    """Sequence, repetition time, flip angle and slice thickness, as far as the header says."""
    parts = [
        technique.sequence,
        f"TR {technique.repetition_time_ms:g} ms" if technique.repetition_time_ms else "",
        f"flip angle {technique.flip_angle_deg:g}°" if technique.flip_angle_deg else "",
        f"slice {technique.slice_thickness_mm:g} mm" if technique.slice_thickness_mm else "",
    ]
    return "; ".join(p for p in parts if p)


def acquisition_of(signal: DecaySignal | PrintedResult) -> str:
    """How a signal came about: origin, sequence, first and last echo time; empty for a printed number."""
    if isinstance(signal, PrintedResult):
        return ""
    sequence = sequence_of(signal.technique) if signal.technique else ""
    times = f"TE {exact(signal.te_ms[0])} to {exact(signal.te_ms[-1])} ms"
    return "; ".join(p for p in (signal.origin, sequence, times) if p)


def echo_times_of(signal: DecaySignal | PrintedResult) -> str:
    """Every echo time [ms]; empty for a printed number."""
    return " ".join(exact(te) for te in signal.te_ms) if isinstance(signal, DecaySignal) else ""
