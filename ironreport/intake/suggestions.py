"""What a series seems made for, as its header and its times say: shown as a suggestion, never taken as a choice."""

from __future__ import annotations

from pydicom.dataset import Dataset

from ironreport.intake.values import text
from ironreport.records import EchoSeries, InversionSeries

_KEYWORDS = ("BodyPartExamined", "SeriesDescription", "ProtocolName")


def header_text(dataset: Dataset) -> str:
    """What the header says of body part, series and protocol, in capitals; the knowledge reads organs in it."""
    return " ".join(text(dataset, keyword) for keyword in _KEYWORDS).upper()


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
