"""The fit of one organ in words: every row of it for the appendix, and the few that each report prints."""

from __future__ import annotations

from ironreport.records import DecayFit, DecaySignal, Estimate, Finding
from ironreport.report.acquired import echo_times_of
from ironreport.report.content import Row
from ironreport.report.numbers import named, precision_of_fit, with_interval

MOST_R_SQUARED = 0.9999


def fit_rows(finding: Finding) -> tuple[Row, ...]:
    """Label and value of all that the fit says of itself; nothing without a fit."""
    fit, estimate = finding.fit, finding.estimate
    if fit is None or estimate is None:
        return ()
    rows = [
        Row("Echo times [ms]", echo_times_of(finding.measurement.signal)),
        Row("Model", fit.method),
        Row("Echoes used", f"{fit.n_used} of {len(fit.used)}"),
        Row("Echoes left out", _left_out(fit) or "none"),
        Row("Interval used", estimate.interval_basis),
        *(() if (precision := precision_of_fit(fit)) is None else (Row("Precision of the fit alone", precision),)),
        *(() if fit.rate.bound else (Row("S0", f"{fit.s0:.4g}"),)),
        Row("Residual SD", f"{fit.residual_sd:.3g}" if fit.residual_sd is not None else "unknown (two echoes)"),
        Row("R²", _r_squared(fit.r_squared)),
        Row("Noise floor", f"{fit.noise_floor:.3g}" if fit.noise_floor is not None else "not reached"),
    ]
    if fit.largest_rate_per_s is not None:
        reach = Estimate(fit.rate.quantity, fit.largest_rate_per_s)
        rows.append(Row("Fastest decay these echoes measure", f"about {named(reach)} (to 20 %)"))
    rows += _region_rows(finding)
    beside = [m for m in fit.bracket if m.time != fit.time]
    return (*rows, *(Row(f"Beside it: {m.model}", with_interval(m.time)) for m in beside))


def _region_rows(finding: Finding) -> list[Row]:
    """What each of several regions reads alone."""
    signal = finding.measurement.signal
    regions = signal.regions if isinstance(signal, DecaySignal) else ()
    return [
        Row(
            f"Region {n} alone{f', {one.location}' if one.location else ''}",
            f"{with_interval(one.time) if one.time else 'no number'}, {one.n_pixels} pixels",
        )
        for n, one in enumerate(regions, start=1)
    ]


def _r_squared(value: float | None) -> str:
    if value is None:
        return "unknown (two echoes)"
    return f"{value:.4f}" if value < MOST_R_SQUARED else f"above {MOST_R_SQUARED}"


def _left_out(fit: DecayFit) -> str:
    """Echoes that were left out, those of one reason together."""
    reasons = dict.fromkeys(why for why in fit.left_out_because if why)
    echoes = {why: [str(i + 1) for i, w in enumerate(fit.left_out_because) if w == why] for why in reasons}
    return ", ".join(f"{', '.join(numbers)} ({why})" for why, numbers in echoes.items())


def fit_summary(finding: Finding) -> str:
    """Model, echoes, noise floor and where the interval comes from, as one paragraph; empty without an estimate."""
    fit, estimate = finding.fit, finding.estimate
    if estimate is None:
        return ""
    interval = f"95 % interval: {estimate.interval_basis}" if estimate.interval_basis else ""
    if fit is None:
        return interval
    left_out = _left_out(fit)
    said = (
        fit.method,
        f"{fit.n_used} of {len(fit.used)} echoes{f', left out {left_out}' if left_out else ''}",
        f"noise floor {f'{fit.noise_floor:.3g}' if fit.noise_floor is not None else 'not reached'}",
        f"R² {_r_squared(fit.r_squared)}",
        interval,
    )
    return "; ".join(part for part in said if part)
