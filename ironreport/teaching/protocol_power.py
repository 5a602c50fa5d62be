"""What a protocol can measure: bias, width of the interval and chance of a wrong class against the true T2*."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr

from ironreport.knowledge import Knowledge
from ironreport.records import DecaySignal, Exam, FloatArray
from ironreport.relaxometry.bound import largest_rate_per_s
from ironreport.relaxometry.descent import start
from ironreport.relaxometry.known_noise import fit_moment
from ironreport.relaxometry.noise_law import first_moment
from ironreport.teaching.case_numbers import grade_label, iron_by_calibration
from ironreport.teaching.simulator import NORMAL_95, Scan, expected_signals, scatter, shortest_t2star_ms
from ironreport.teaching.words import say
from ironreport.units import rate_per_s, time_ms

SHORTEST_MS, LONGEST_MS, N_TIMES = 0.4, 60.0, 45


@dataclass(frozen=True, slots=True)
class ProtocolPower:
    """What one protocol makes of each true T2*.

    Parameters
    ----------
    t2star_ms : tuple of float, shape (n,)
        True T2* [ms].
    bias : tuple of float, shape (n,)
        Relative error of T2* of a fit that knows the noise, but neither fat nor vessels.
    half_width : tuple of float, shape (n,)
        Half of the 95 % interval over T2* by noise alone, at the least possible scatter; inf where nothing is left.
    wrong_class : tuple of float, shape (n,)
        Chance that a scan falls into another class than the truth, by bias and the wider of noise and repeatability.
    shortest_ms : float or None
        Shortest T2* [ms] that can be measured at all.
    """

    scan: Scan
    t2star_ms: tuple[float, ...]
    bias: tuple[float, ...]
    half_width: tuple[float, ...]
    wrong_class: tuple[float, ...]
    shortest_ms: float | None

    def at(self, t2star_ms: float) -> tuple[float, float, float]:
        """Bias, half width and chance of a wrong class at the T2* nearest to the one asked for."""
        i = int(np.argmin(np.abs(np.log(np.asarray(self.t2star_ms) / t2star_ms))))
        return self.bias[i], self.half_width[i], self.wrong_class[i]


def protocol_power(scan: Scan, organ: str, knowledge: Knowledge) -> ProtocolPower:
    """What a protocol can measure of an organ."""
    times = np.geomspace(SHORTEST_MS, LONGEST_MS, N_TIMES)
    spread, bias = scatter(scan, times), _bias(scan, times)
    largest = largest_rate_per_s(scan.te_ms, scan.snr, scan.n_pixels, scan.n_coils)
    printed = np.maximum(spread, repeatability(organ, knowledge))
    wrong = _wrong_class(times, bias, printed, limits_ms(organ, scan.field, knowledge))
    with np.errstate(over="ignore"):
        half = np.where(spread < 3.0, np.expm1(NORMAL_95 * np.minimum(spread, 3.0)), np.inf)
    return ProtocolPower(
        scan, tuple(times.tolist()), tuple(bias.tolist()), tuple(half.tolist()), tuple(wrong.tolist()),
        shortest_t2star_ms(largest),
    )  # fmt: skip


def _bias(scan: Scan, times: FloatArray) -> FloatArray:
    """Relative error of T2* by the model of the noise alone."""
    moment, values = first_moment(scan.n_coils), expected_signals(scan, times) / scan.noise_sd
    everything = np.ones_like(values)
    origin = start(scan.te_ms, moment.amplitude(values), everything)
    found = fit_moment(scan.te_ms, values, moment, scan.n_pixels, everything, origin)
    return np.asarray(np.exp(-found.points[:, 1]) / times - 1.0)


def _wrong_class(times: FloatArray, bias: FloatArray, spread: FloatArray, limits: list[float]) -> FloatArray:
    """Chance that a log-normal reading with this bias and scatter lies beyond the limits around the truth."""
    edges = np.log(np.array([1e-9, *sorted(limits), 1e9]))
    at = np.searchsorted(edges, np.log(times)) - 1
    middle = np.log(times) + np.log1p(np.maximum(bias, -0.999))
    wide = np.where(np.isfinite(spread), spread, 3.0)
    inside = ndtr((edges[at + 1] - middle) / wide) - ndtr((edges[at] - middle) / wide)
    return np.asarray(np.clip(1.0 - inside, 0.0, 1.0))


def repeatability(organ: str, knowledge: Knowledge) -> float:
    """SD of ln T2* between two scans of an unchanged organ; 0 where none is published."""
    found = knowledge.precision(organ)
    return found.cov_percent / 100.0 if found else 0.0


def limits_ms(organ: str, field: str, knowledge: Knowledge) -> list[float]:
    """Class limits of an organ as T2* [ms], by its default ladder and calibration; none where it has no class."""
    ladder = next(iter(knowledge.ladders(organ, field)), None)
    if ladder is None:
        return []
    if ladder.quantity == "t2star_ms":
        return list(ladder.bounds)
    found = [c for c in knowledge.calibrations(organ, field) if c.output == ladder.quantity and not c.requires]
    if not found:
        return []
    inputs = [found[0].input_for(bound) for bound in ladder.bounds]
    return [time_ms(x) if found[0].input == "r2star_per_s" else x for x in inputs if x > 0.0]


def in_words_of(organ: str, field: str, t2star_ms: float, knowledge: Knowledge) -> str:
    """The iron and class of a T2* [ms] by each calibration, default first; the class by T2* where that is graded."""
    by_time = grade_label(organ, field, "t2star_ms", t2star_ms, knowledge)
    if by_time:
        return by_time
    names = {c.id: c.label for c in knowledge.calibrations(organ, field)}
    found = iron_by_calibration(organ, field, rate_per_s(t2star_ms), knowledge).items()
    graded = [(names[c], iron, grade_label(organ, field, "lic_mg_per_g", iron, knowledge)) for c, iron in found]
    return "; ".join(
        say("sim_iron", iron=f"{iron:.2g}", calibration=label, **{"class": grade})
        for label, iron, grade in graded if grade
    )  # fmt: skip


def scan_of(exam: Exam, scan: Scan, knowledge: Knowledge) -> Scan | None:
    """The scan with the echo times and the field of the first curve of an exam; None where it holds no curve."""
    signal = next((m.signal for m in exam.measurements if isinstance(m.signal, DecaySignal)), None)
    if signal is None or signal.n_echoes < 2:
        return None
    spacing = float(np.median(np.diff(signal.te_ms)))
    field = knowledge.field_class(signal.field_tesla)
    taken = replace(
        scan, first_te_ms=float(signal.te_ms[0]), spacing_ms=spacing, n_echoes=signal.n_echoes,
        field=field.id if field else scan.field,
    )  # fmt: skip
    if signal.pixels is None:
        return taken
    share_of_noise = signal.pixels.sigma / signal.signal[0]
    return replace(
        taken, noise_sd=scan.s0 * share_of_noise, n_coils=signal.pixels.n_coils, n_pixels=signal.pixels.n_kept
    )
