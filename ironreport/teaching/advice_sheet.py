"""The protocol advice as a printed page: what one or two protocols can measure, and what would help."""

from __future__ import annotations

import math

from ironreport.knowledge import Knowledge
from ironreport.report.explained.sheet import LessonSheet, SheetChart, SheetCurve, SheetPart
from ironreport.teaching.protocol_power import ProtocolPower, protocol_power
from ironreport.teaching.simulator import Scan
from ironreport.teaching.words import say

SHOWN_T2STAR_MS = (0.8, 1.2, 2.0, 3.0, 5.0, 10.0, 20.0)
TICKS_MS = (0.4, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
WIDEST_PERCENT = 50.0
USEFUL_HALF_WIDTH = 0.1
"""An interval of ± 10 % of the noise alone leaves room for the error of repeating the scan."""
LATE_FIRST_ECHO = 3.0
"""By then a twentieth of the signal of the shortest T2* is left."""
FEW_ECHOES, MANY_ECHOES = 6, 12


def advice_sheet(scan: Scan, other: Scan | None, organ: str, knowledge: Knowledge) -> LessonSheet:
    """The page for a protocol, beside another one where there is one."""
    powers = [protocol_power(one, organ, knowledge) for one in (scan, other) if one is not None]
    names = [say("protocol_this"), say("protocol_kept")][: len(powers)]
    protocol = SheetPart(
        say("sheet_protocol"), head=("", *(names)), rows=tuple(_facts(powers)), lines=()
    )  # fmt: skip
    measured = SheetPart(
        say("sheet_measured"), lines=(say("sheet_measured_how"),), head=_head(names), rows=tuple(_rows(powers)),
        chart=_chart(powers, names),
    )  # fmt: skip
    organ_name = knowledge.organ(organ).name.lower()
    advice = SheetPart(say("sheet_advice"), lines=tuple(advice_lines(powers[0])))
    return LessonSheet(
        say("sheet_title"), say("sheet_beside", organ=organ_name), (protocol, measured, advice),
        (say("sheet_foot"), say("sheet_knowledge", version=knowledge.version)),
    )  # fmt: skip


def advice_lines(power: ProtocolPower) -> list[str]:
    """Whole sentences on what would help this protocol, the most important first."""
    scan, shortest = power.scan, power.shortest_ms
    short = say("advice_shortest", t2star=f"{shortest:.2g}") if shortest is not None else say("advice_nothing")
    useful = [t for t, half in zip(power.t2star_ms, power.half_width, strict=True) if half <= USEFUL_HALF_WIDTH]
    lines = [short]
    if useful:
        lines.append(say("advice_useful", low=f"{min(useful):.2g}", high=f"{max(useful):.2g}"))
    if shortest is not None and scan.first_te_ms > LATE_FIRST_ECHO * shortest:
        lines.append(say("advice_first_echo", te=f"{scan.first_te_ms:.2g}"))
    if scan.n_echoes < FEW_ECHOES:
        lines.append(say("advice_more_echoes", n=scan.n_echoes, few=FEW_ECHOES, many=MANY_ECHOES))
    largest = max((abs(bias) for t, bias in zip(power.t2star_ms, power.bias, strict=True) if t in useful), default=0.0)
    if largest > USEFUL_HALF_WIDTH and (scan.fat_fraction or scan.vessel_share):
        lines.append(say("advice_bias", percent=round(100 * largest)))
    return [*lines, say("advice_region")]


def _facts(powers: list[ProtocolPower]) -> list[tuple[str, ...]]:
    scans = [power.scan for power in powers]
    return [
        (say("fact_echoes"), *map(_train, scans)),
        (say("fact_field"), *(f"{s.field} T" for s in scans)),
        (say("fact_snr"), *(f"{s.snr:.0f}" for s in scans)),
        (say("fact_coils"), *(f"{s.n_coils}" for s in scans)),
        (say("fact_pixels"), *(f"{s.n_pixels}" for s in scans)),
        (say("fact_mixture"), *(f"{100 * s.fat_fraction:.0f} / {100 * s.vessel_share:.0f}" for s in scans)),
    ]  # fmt: skip


def _train(scan: Scan) -> str:
    first, spacing = f"{scan.first_te_ms:.3g}", f"{scan.spacing_ms:.3g}"
    return say("fact_train", n=scan.n_echoes, first=first, spacing=spacing)


def _head(names: list[str]) -> tuple[str, ...]:
    columns = ("column_half_width", "column_bias", "column_wrong")
    return (say("column_true"), *(say(column, protocol=name) for name in names for column in columns))


def _rows(powers: list[ProtocolPower]) -> list[tuple[str, ...]]:
    return [
        (f"{t:g}", *(cell for power in powers for cell in _cells(power, t)))
        for t in SHOWN_T2STAR_MS
    ]  # fmt: skip


def _cells(power: ProtocolPower, t2star_ms: float) -> tuple[str, str, str]:
    bias, half, wrong = power.at(t2star_ms)
    if not math.isfinite(half) or (power.shortest_ms is not None and t2star_ms < power.shortest_ms):
        return say("not_measurable"), "–", "–"
    return f"± {100 * half:.1f} %", f"{round(100 * bias, 1) + 0.0:+.1f} %", f"{100 * wrong:.0f} %"


def _chart(powers: list[ProtocolPower], names: list[str]) -> SheetChart:
    curves = tuple(
        SheetCurve(
            name,
            tuple(
                (t, min(100 * half, 4 * WIDEST_PERCENT))
                for t, half in zip(power.t2star_ms, power.half_width, strict=True)
            ),
        )
        for power, name in zip(powers, names, strict=True)
    )
    return SheetChart(say("axis_true"), say("axis_half_width"), curves, TICKS_MS, WIDEST_PERCENT, log_x=True)
