"""Two readers of one exam: the second one reads the same images without the first one's regions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ironreport.clinic.clinic_queries import ListedResult, results_in
from ironreport.clinic.exam_keeping import keep, now_text, study_id, visit_of
from ironreport.clinic.opened_clinic import Clinic, exam_bytes, visit_in
from ironreport.clinic.visits import Visit
from ironreport.errors import ClinicError
from ironreport.records import Caution, Estimate
from ironreport.report.answers import bounds_near
from ironreport.report.numbers import with_interval

CODE = "READERS_DIFFER"
NOT_READ = "not measured"


@dataclass(frozen=True, slots=True)
class ReadingPair:
    """One organ as two readers have it, in words; ``differs`` where the doubt of both readings names it."""

    organ: str
    name: str
    first: str
    second: str
    difference: str
    differs: bool


def begin_second(clinic: Clinic, visit_id: str, *, at: str = "") -> Visit:
    """The second reading of an exam, begun where there is none: its images, and nothing that was marked on them.

    Raises
    ------
    ClinicError
        ``NO_SUCH_EXAM``, ``SECOND_READING`` of one that is a second reading itself, ``NOTHING_MEASURED``.
    """
    first = visit_of(clinic, visit_id)
    if first.second_of:
        raise ClinicError("SECOND_READING", "This is a second reading itself.", "Open the first one of this exam.")
    if exam_bytes(clinic, first.id) is None:
        raise ClinicError("NOTHING_MEASURED", "Nothing is measured in this exam yet.", "Read it once before.")
    second_id, at = _second_id(clinic, first.id), at or now_text()
    held = visit_in(clinic, second_id)
    if held is not None:
        return held
    second = replace(
        first, id=second_id, added_at=at, history=(), source="second reading", doubts=(), second_of=first.id
    )
    keep(clinic, second.moved("new", at))
    return visit_of(clinic, second_id)


def _second_id(clinic: Clinic, visit_id: str) -> str:
    return study_id(clinic, "second reading", visit_id)


def reading_pairs(clinic: Clinic, visit_id: str) -> tuple[ReadingPair, ...]:
    """What two readers of an exam found, organ by organ; nothing before both have measured."""
    first, second = _both(clinic, visit_of(clinic, visit_id))
    if first is None or second is None:
        return ()
    held = [{r.organ: r for r in results_in(clinic, one.id)} for one in (first, second)]
    if not all(held):
        return ()
    return tuple(
        _pair(clinic, organ, *(own.get(organ) for own in held))
        for organ in clinic.knowledge.organs
        if any(organ in own for own in held)
    )


def _both(clinic: Clinic, visit: Visit) -> tuple[Visit | None, Visit | None]:
    if visit.second_of:
        return visit_in(clinic, visit.second_of), visit
    return visit, visit_in(clinic, _second_id(clinic, visit.id))


def _pair(clinic: Clinic, organ: str, one: ListedResult | None, other: ListedResult | None) -> ReadingPair:
    first, second = (_words(clinic, r) for r in (one, other))
    difference = ""
    if one and other and one.value and other.value and one.quantity == other.quantity and not one.bound + other.bound:
        difference = f"{100.0 * (other.value / one.value - 1.0):+.0f} %"
    return ReadingPair(organ, clinic.knowledge.organ(organ).name, first, second, difference, _differ(one, other))


def _words(clinic: Clinic, result: ListedResult | None) -> str:
    if result is None:
        return NOT_READ
    if result.value is None:
        return "no number"
    ladders = (x for x in clinic.knowledge.organ(result.organ).ladder if x.id == result.ladder)
    bounds = bounds_near(next(ladders, None), result.quantity)
    estimate = Estimate(result.quantity, result.value, result.low, result.high, result.bound)  # type: ignore[arg-type]
    return f"{with_interval(estimate, bounds)}, {result.severity or 'no class'}"


def _differ(one: ListedResult | None, other: ListedResult | None) -> bool:
    """Whether the readings say unlike things: another class, or a number outside the other's 95 % interval."""
    if one is None or other is None:
        return True
    alike = ("quantity", "bound", "grade", "absence")
    if any(getattr(one, name) != getattr(other, name) for name in alike):
        return True
    if one.value is None or other.value is None:
        return False
    return not (_is_inside(one.value, other) and _is_inside(other.value, one))


def _is_inside(value: float, other: ListedResult) -> bool:
    return (other.low is None or other.low <= value) and (other.high is None or value <= other.high)


# ------------------------------------------------------------------------------------- in the record


def note_difference(clinic: Clinic, visit_id: str) -> None:
    """Keep in the visits of both readings where they differ, or that they do no more."""
    both = _both(clinic, visit_of(clinic, visit_id))
    if None in both:
        return
    pairs = [pair for pair in reading_pairs(clinic, visit_id) if pair.differs]
    told = "; ".join(f"{pair.organ}: {pair.first} and {pair.second}" for pair in pairs)
    for visit in both:
        if visit is None:
            continue
        others = tuple(doubt for doubt in visit.doubts if doubt.code != CODE)
        own = (Caution("READERS_DIFFER", f"Two readers differ ({told}). Look at both regions."),) if told else ()
        if (*others, *own) != visit.doubts:
            keep(clinic, replace(visit, doubts=(*others, *own)))
