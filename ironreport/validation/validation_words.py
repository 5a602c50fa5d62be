"""What the agreement of pairs says in words: the rows, the sentence a department needs, the entry for its settings."""

from __future__ import annotations

import json

from ironreport.errors import ValidationError
from ironreport.records import Estimate
from ironreport.validation.agreement import FEW, STEADY, Agreement

OF = {
    "scan and rescan": "repeatability",
    "two readers": "agreement of two readers",
    "two scanners": "agreement of two scanners",
}


def percent(found: Estimate, sign: str = "+") -> str:
    """A percentage with its 95 % interval, e.g. ``+1.2 % (-0.4 to +2.9)``."""
    value = f"{found.value:{sign}.1f} %"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({found.low:{sign}.1f} to {found.high:{sign}.1f})"


def table(found: Agreement) -> tuple[tuple[str, str], ...]:
    """Names and values as they stand on the page, in the file and on paper."""
    rows = [("Pairs", str(found.n_pairs))]
    if found.kind == "phantom":
        rows.append(("Mean error (95 %)", percent(found.bias)))
    else:
        rows.append(("Mean difference, second to first (95 %)", percent(found.bias)))
    rows += [
        ("Lower limit of agreement (95 %)", percent(found.lower_limit)),
        ("Upper limit of agreement (95 %)", percent(found.upper_limit)),
    ]
    if found.cov is not None:
        rows.append(("Coefficient of variation (95 %)", percent(found.cov, "")))
        rows.append(("Smallest change beyond the error", f"{found.rise_percent:+.1f} % or {found.fall_percent:+.1f} %"))
    if found.slope is not None and found.slope.low is not None and found.slope.high is not None:
        slope = found.slope
        rows.append(("Slope on logarithms (95 %)", f"{slope.value:.3f} ({slope.low:.3f} to {slope.high:.3f})"))
    return tuple(rows)


def sentence(found: Agreement, what: str) -> str:
    """The sentence a department needs; ``what`` names organ and quantity, such as "liver R2*"."""
    if found.cov is None:
        return (
            f"Against a phantom of known values, our {what} is off by {percent(found.bias)} on average over "
            f"{found.n_pairs} values (95 % interval in brackets); 95 % of single errors are expected between "
            f"{found.lower_limit.value:+.1f} and {found.upper_limit.value:+.1f} %."
        )
    return (
        f"Our {OF[found.kind]} for {what}, a coefficient of variation of {percent(found.cov, '')} from "
        f"{found.n_pairs} pairs, supports changes of {found.rise_percent:+.1f} % or {found.fall_percent:+.1f} % and "
        "more as real."
    )


def settings_entry(found: Agreement, organ: str, source: str) -> str:
    """The site's own precision of R2* as an entry of its settings file.

    Raises
    ------
    ValidationError
        ``NO_PRECISION`` of a phantom or of two readers, ``FEW_PAIRS`` below twelve, ``NO_SOURCE`` without words on
        when and how it was measured.
    """
    if found.usable_cov_percent is None or found.kind == "two readers":
        raise ValidationError(
            "NO_PRECISION",
            "This is no repeatability of the scan.",
            "Only two scans of the same people tell it: scan and rescan.",
        )
    if found.n_pairs < FEW:
        raise ValidationError(
            "FEW_PAIRS", f"{found.n_pairs} pairs are too few for a setting.", f"Measure {FEW} or more."
        )
    if not source.strip():
        raise ValidationError(
            "NO_SOURCE", "Nothing says where the number comes from.", "Write when and how it was measured."
        )
    cov = f"{found.usable_cov_percent:.1f}"
    lines = [
        "[[own_precision]]",
        f"organ = {json.dumps(organ)}",
        f"cov_percent = {cov}"
        if found.n_pairs >= STEADY
        else f"cov_percent = {cov}    # the upper 95 % limit: few pairs",
        f"n_pairs = {found.n_pairs}",
        f"other_scanner = {str(found.kind == 'two scanners').lower()}",
        f"source = {json.dumps(source.strip()[:200], ensure_ascii=False)}",
    ]
    return "\n".join(lines) + "\n"
