"""Values that the organ they are named after cannot have: wrong region, wrong times, wrong unit, or no decay at all.

A reading that no tissue of the organ gives is not a mild one. It gets no class, whatever made it so long.
"""

from __future__ import annotations

from ironreport.assess.grading import graded_estimate
from ironreport.knowledge import Knowledge
from ironreport.knowledge.schema import Plausible
from ironreport.records import Caution, IronEstimate
from ironreport.units import NOTATION


def implausible(estimate: IronEstimate, knowledge: Knowledge) -> tuple[Caution, ...]:
    """The doubt that withholds the class of a value which the organ cannot have at this field; none where it can.

    A limit ("T2* below 1.6 ms") is no value and is not judged by where it stands. Iron is judged where it was given
    as such: computed from a rate it follows from the rate, whose own limits hold.
    """
    limits = knowledge.plausible(estimate.organ, estimate.field)
    crossed = [limit for limit in limits if _excluded(limit, estimate)]
    return tuple(plausible_doubt(limit, estimate.organ, knowledge) for limit in crossed[:1])


def _excluded(limit: Plausible, estimate: IronEstimate) -> bool:
    found = graded_estimate(estimate, limit.quantity)
    if limit.quantity == "lic_mg_per_g" and estimate.rate is not None:
        return False
    return found is not None and not found.bound and limit.excludes(found.value)


def plausible_doubt(limit: Plausible, organ_id: str, knowledge: Knowledge) -> Caution:
    """The doubt about a value beyond one such limit, whatever the value."""
    organ, notation = knowledge.organ(organ_id).name.lower(), NOTATION[limit.quantity]
    end, value = ("above", limit.above) if limit.above is not None else ("below", limit.below)
    text = (
        f"{notation.symbol} {end} {value:g} {notation.unit} is not plausible for this organ ({organ}): {limit.why} "
        "Check region, echo times and their unit, and that the images are magnitude images of one echo train."
    )
    return Caution("NOT_PLAUSIBLE", text, blocks_grade=True)
