"""What a series seems made for, as its header and its times say: shown as a suggestion, never taken as a choice."""

from __future__ import annotations

from pydicom.dataset import Dataset

from ironreport.intake.values import text
from ironreport.records import EchoSeries, InversionSeries

_ORGAN_WORDS = {
    "liver": ("LIVER", "HEPAT", "LEBER", "FOIE", "HIGADO", "FEGATO"),
    "heart": ("HEART", "CARD", "MYO", "SEPT", "HERZ", "COEUR", "CUORE"),
    "pancreas": ("PANCREA", "PANKREA"),
    "spleen": ("SPLEEN", "MILZ", "BAZO"),
    "kidney": ("KIDNEY", "RENAL", "NIERE", "REIN"),
    "pituitary": ("PITUIT", "HYPOPHY", "SELLA"),
    "adrenal": ("ADRENAL", "NEBENNIERE"),
    "marrow": ("SPINE", "LUMB", "VERTEB", "MARROW"),
}
_KEYWORDS = ("BodyPartExamined", "SeriesDescription", "ProtocolName")


def organs_named(dataset: Dataset) -> tuple[str, ...]:
    """Ids of the organs whose names stand in the header of a file."""
    words = " ".join(text(dataset, keyword) for keyword in _KEYWORDS).upper()
    return tuple(organ for organ, names in _ORGAN_WORDS.items() if any(name in words for name in names))


def suggested_use(series: EchoSeries | InversionSeries) -> tuple[str, ...]:
    """Sentences on what a series is suitable for, for the reader to judge."""
    named = f"The header names: {', '.join(series.organs_named)}. Choose the organ by the picture."
    hint = (named,) if series.organs_named else ()
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
