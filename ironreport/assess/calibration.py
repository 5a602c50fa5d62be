"""From a relaxation rate to iron, by the calibration chosen and by every other one of the field."""

from __future__ import annotations

from ironreport.assess.precision import inverted, is_wider, repeatability_interval
from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Calibration
from ironreport.records import Bound, CalibratedIron, Caution, Estimate, IronEstimate
from ironreport.units import TIME_OF_RATE


def measurement_interval(rate: Estimate, organ: str, knowledge: Knowledge) -> tuple[Estimate, str, str | None]:
    """The rate with the wider of its fit interval and the organ's repeatability.

    Returns
    -------
    rate : Estimate
    basis : str
        In words, which of the two is wider.
    precision : str or None
        Id of the precision entry, None where the organ has none.
    """
    if rate.bound:
        return rate, "none: the decay is too fast for these echoes, so only its 95 % limit is known", None
    precision = knowledge.precision(organ) if rate.quantity == "r2star_per_s" else None
    if precision is None:
        return rate, "fit only; no repeatability is published for this quantity and organ", None
    repeat = repeatability_interval(rate, precision.cov_percent)
    source = f"{precision.kind}; {precision.id}, {', '.join(precision.sources)}"
    words = f"repeatability, coefficient of variation {precision.cov_percent:g} % ({source})"
    if rate.low is None:
        return repeat, f"{words}; no interval of the fit", precision.id
    if is_wider(rate, repeat):
        return rate, f"fit (wider than {words})", precision.id
    return repeat, f"{words}; wider than the fit", precision.id


def calibrated(calibration: Calibration, time: Estimate, rate: Estimate) -> CalibratedIron:
    """Iron by one calibration, the measurement interval carried through its curve.

    Iron rises with the rate in every calibration, so beyond the acquisition the iron is more than the value.
    """
    given = next(e for e in (time, rate) if e.quantity == calibration.input)
    value = calibration.iron_mg_per_g(given.value)
    limits = sorted(calibration.iron_mg_per_g(x) for x in (given.low, given.high) if x is not None)
    low, high = limits if limits else (None, None)
    beyond = calibration.range_high is not None and value > calibration.range_high
    bound: Bound = "above" if given.bound else ""
    return CalibratedIron(calibration.id, Estimate(calibration.output, value, low, high, bound), beyond)


def choose_calibration(organ: str, field: str | None, choice: str, fitting: tuple[Calibration, ...]) -> Calibration:
    """The calibration chosen by id, or the published default of the field.

    Raises
    ------
    AssessmentError
        If the choice does not exist for this organ, field and kind of signal.
    """
    found = next((c for c in fitting if c.id == choice or not choice), None)
    if found is None:
        raise AssessmentError(
            "NO_SUCH_CALIBRATION", f"'{choice}' is not a calibration of the {organ} at {field} T for this signal.",
            f"Choose one of: {', '.join(c.id for c in fitting)}.",
        )  # fmt: skip
    return found


def estimate_iron(
    organ: str,
    rate: Estimate,
    field_tesla: float | None,
    knowledge: Knowledge,
    choice: str = "",
    declared: str = "",
) -> IronEstimate:
    """Relaxation and iron of one organ with their measurement interval.

    Parameters
    ----------
    rate : Estimate
        ``r2star_per_s`` or ``r2_per_s`` with its fit interval, if any.
    field_tesla : float or None
        Field strength [T]; without a class of field there is no iron concentration.
    choice : str
        Calibration id; empty for the published default.
    declared : str
        What the acquisition was declared to be, e.g. ``ferriscan-r2``: a curve that requires it is
        used for nothing else, so a multi-echo T2 never meets the FerriScan curve.

    Raises
    ------
    AssessmentError
        If the calibration chosen does not exist for this organ and field.
    """
    rate, basis, precision = measurement_interval(rate, organ, knowledge)
    time = inverted(rate, TIME_OF_RATE[rate.quantity])
    field_class = knowledge.field_class(field_tesla)
    field = field_class.id if field_class else None
    inputs = (time.quantity, rate.quantity)
    fitting = tuple(c for c in knowledge.calibrations(organ, field) if c.input in inputs and c.requires == declared)
    if not fitting:
        return IronEstimate(organ, time, rate, field, basis, precision)
    chosen = choose_calibration(organ, field, choice, fitting)
    iron = calibrated(chosen, time, rate)
    others = tuple(calibrated(c, time, rate) for c in fitting if c.id != chosen.id)
    return IronEstimate(organ, time, rate, field, basis, precision, iron, others, _range_cautions(chosen, iron))


def _range_cautions(calibration: Calibration, iron: CalibratedIron) -> tuple[Caution, ...]:
    if iron.beyond_range:
        return (
            Caution(
                "BEYOND_CALIBRATED_RANGE",
                f"Iron is above {calibration.range_high:g} mg/g, the upper end of {calibration.label}: "
                f"read it as more than {calibration.range_high:g} mg/g.",
            ),
        )
    if iron.iron.value <= 0.0:
        return (
            Caution(
                "BELOW_CALIBRATED_RANGE",
                f"{calibration.label} gives no iron at this rate; its line starts higher. Read it as not measurable.",
            ),
        )
    return ()
