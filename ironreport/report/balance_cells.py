"""The iron balance as cells of the row of its organ: numbers unrounded, empty where there is none."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from ironreport.records import Estimate, IronBalance, NoBalance, Transfused

Cell = str | float | int | None
Record = dict[str, Cell]

AMOUNTS = (
    "body_iron_before_mg_per_kg", "body_iron_now_mg_per_kg",
    "body_iron_change_mg_per_kg", "body_iron_change_mg_per_kg_per_day",
    "iron_in_mg_per_kg", "iron_in_mg_per_kg_per_day", "iron_out_mg_per_kg", "iron_out_mg_per_kg_per_day",
)  # fmt: skip
ENDS = ("", "_low_95", "_high_95")


def balance_columns() -> tuple[str, ...]:
    """Every column of the balance in its order."""
    typed = (f.name for f in fields(Transfused))
    amounts = (f"{name}{end}" for name in AMOUNTS for end in ENDS)
    return ("balance_since", "balance_days", *typed, *amounts, "balance_doubts", "why_no_balance")


def balance_record(found: IronBalance | NoBalance | None, organ: str) -> Record:
    """The cells for one organ; none where the balance is not of this organ."""
    if found is None or found.organ != organ:
        return {}
    if isinstance(found, NoBalance):
        return {"why_no_balance": f"{found.what} {found.cure}".strip()}
    ledger = found.ledger
    flows = (ledger.change, ledger.iron_in, ledger.iron_out)
    amounts = (ledger.body_before, ledger.body_now, *(e for flow in flows for e in (flow.total, flow.per_day)))
    typed: dict[str, Any] = asdict(found.transfused)
    return {
        "balance_since": found.since,
        "balance_days": found.n_days,
        **typed,
        **{k: v for name, e in zip(AMOUNTS, amounts, strict=True) for k, v in _cells(name, e).items()},
        "balance_doubts": " ".join(caution.text for caution in found.cautions),
    }


def _cells(name: str, estimate: Estimate) -> Record:
    limits = (estimate.value, estimate.low, estimate.high)
    return {f"{name}{end}": cell for end, cell in zip(ENDS, limits, strict=True)}
