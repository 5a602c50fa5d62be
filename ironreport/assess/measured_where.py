"""Doubts about where a signal was measured: in the organ it is named after, or in another one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import choose_ladder, grade
from ironreport.assess.precision import is_wider, repeatability_interval
from ironreport.errors import AssessmentError
from ironreport.knowledge import Knowledge
from ironreport.records import Caution, Choices, DecaySignal, Estimate, OrganRegion, PrintedResult

TOUCHING_PIXELS = 1
"""From one pixel to the next: farther apart there is something between a region and what lies beside it."""


def header_doubts(signal: DecaySignal | PrintedResult, knowledge: Knowledge) -> Iterator[Caution]:
    """A doubt where the header of the images names other organs; a series may well show several."""
    named = signal.header_organs if isinstance(signal, DecaySignal) else ()
    known = [knowledge.organs[organ].name.lower() for organ in named if organ in knowledge.organs]
    if not known or signal.organ in named:
        return
    organ = knowledge.organ(signal.organ).name.lower()
    text = (
        f"The header of this series names {', '.join(known)}, the region is named {organ}. Both may be right; check "
        "series and organ."
    )
    yield Caution("HEADER_NAMES_OTHER_ORGAN", text)


def name_doubts(signal: DecaySignal | PrintedResult, knowledge: Knowledge) -> Iterator[Caution]:
    """A doubt where a region is called after another organ than the one it is measured as."""
    if isinstance(signal, DecaySignal):
        names = [signal.location, *(r.location for r in signal.regions), *(p.location for p in signal.parts)]
        yield from {doubt for name in names for doubt in named_otherwise(name, signal.organ, knowledge)}


def named_otherwise(name: str, organ: str, knowledge: Knowledge) -> Iterator[Caution]:
    """A doubt where the name of a region or mask says another organ, and no place of the organ it is measured as."""
    file, named = knowledge.organs.get(organ), knowledge.organ_of_mask(name)
    if file is None or named in ("", organ) or any(place.casefold() in name.casefold() for place in file.draw_at):
        return
    text = (
        f"The name of the region or mask says {knowledge.organ(named).name.lower()}, and it is measured as "
        f"{file.name.lower()}. Look at the image, then choose the organ it lies in, or give the region another name."
    )
    yield Caution("NAME_SAYS_OTHER_ORGAN", text, blocks_grade=True)


def region_doubts(signal: DecaySignal, choices: Choices, knowledge: Knowledge) -> Iterator[Caution]:
    """A doubt where two regions of one organ read apart beyond their intervals: one may lie in another organ.

    No class is given where the two have none in common, unless the organ's rule is the mean of regions that differ.
    """
    read = [(n, one, _interval(one.rate, knowledge)) for n, one in enumerate(signal.regions, start=1) if one.rate]
    apart = [(a, b) for a, b in combinations(read, 2) if _gap(a[2], b[2]) > 0.0]
    if not apart:
        return
    (first, one, one_rate), (second, other, other_rate) = max(apart, key=lambda pair: _gap(pair[0][2], pair[1][2]))
    organ = knowledge.organ(signal.organ)
    classes = [_classes(rate, signal, choices, knowledge) for rate in (one_rate, other_rate)]
    is_strong = organ.pooling == "pixels" and all(classes) and not classes[0] & classes[1]
    text = (
        f"Regions {first} and {second} of the {organ.name.lower()} read apart beyond their intervals: "
        f"{_words(one, one_rate)} and {_words(other, other_rate)}. One of them may lie in another organ: look at both, "
        "and take the tick from the one that is not the organ."
    )
    yield Caution("REGIONS_DISAGREE", text, blocks_grade=is_strong)


def beside_doubts(signal: DecaySignal, rate: Estimate, choices: Choices, knowledge: Knowledge) -> Iterator[Caution]:
    """A doubt, and no class, where right beside the region lies tissue of a worse class: it may be the organ.

    Beside an organ that often holds less iron than its neighbours only what touches the region counts.
    """
    beside = signal.beside
    if beside is None or rate.bound:
        return
    organ = knowledge.organ(signal.organ)
    if organ.beside_more_iron and beside.distance_pixels > TOUCHING_PIXELS:
        return
    own, other = (_class_number(x, signal, choices, knowledge) for x in (rate.value, beside.rate_per_s))
    if own is None or other is None or other <= own:
        return
    name = organ.name.lower()
    place = "Across the rim of" if beside.distance_pixels == 0 else "Right beside"
    symbol = "R2*" if rate.quantity == "r2star_per_s" else "R2"
    text = (
        f"{place} the region lies tissue that decays much faster: {symbol} {beside.rate_per_s:.3g} s⁻¹ against "
        f"{rate.value:.3g} s⁻¹, which would be a worse class. It may be the {name}, and the region lie beside the "
        f"{name}: draw it inside the {name}, four pixels from other tissue. Until then there is no class."
    )
    yield Caution("FASTER_TISSUE_BESIDE", text, blocks_grade=True)


def _class_number(rate_per_s: float, signal: DecaySignal, choices: Choices, knowledge: Knowledge) -> int | None:
    """The class of a rate, counted from the mildest; None where the organ has none."""
    quantity = "r2star_per_s" if signal.contrast == "T2*" else "r2_per_s"
    try:
        rate = Estimate(quantity, rate_per_s)
        estimate = estimate_iron(signal.organ, rate, signal.field_tesla, knowledge, choices.calibration)
        if estimate.field is None:
            return None
        ladder = choose_ladder(signal.organ, estimate.field, choices.ladder, knowledge)
        return ladder.index(grade(estimate, knowledge, ladder.id).grade)
    except AssessmentError:
        return None


def _interval(rate: Estimate | None, knowledge: Knowledge) -> Estimate:
    """A rate with the wider of its fit's interval and repeatability: that of the least repeatable organ.

    What two regions of one scan differ by is not published for each organ.
    """
    assert rate is not None  # noqa: S101 - region_doubts() asked
    covs = [p.cov_percent for organ in knowledge.organs if (p := knowledge.precision(organ)) is not None]
    if rate.bound or not covs:
        return rate
    repeated = repeatability_interval(rate, max(covs))
    return rate if is_wider(rate, repeated) else repeated


def _gap(one: Estimate, other: Estimate) -> float:
    """How far apart two intervals are on the log scale; 0 or less where they touch."""
    lows, highs = zip(_ends(one), _ends(other), strict=True)
    slower_high = min(highs)
    return math.log(max(lows) / slower_high) if math.isfinite(slower_high) else 0.0


def _ends(rate: Estimate) -> tuple[float, float]:
    low = rate.value if rate.bound or rate.low is None else rate.low
    high = math.inf if rate.bound else rate.value if rate.high is None else rate.high
    return low, high


def _classes(rate: Estimate, signal: DecaySignal, choices: Choices, knowledge: Knowledge) -> frozenset[str]:
    """Every class that the interval of one region touches; empty where it has none."""
    try:
        estimate = estimate_iron(signal.organ, rate, signal.field_tesla, knowledge, choices.calibration)
        return frozenset(grade(estimate, knowledge, choices.ladder).grades_in_interval)
    except AssessmentError:
        return frozenset()


def _words(one: OrganRegion, rate: Estimate) -> str:
    symbol = "R2*" if rate.quantity == "r2star_per_s" else "R2"
    said = f"{symbol} {'above ' if rate.bound else ''}{rate.value:.3g} s⁻¹"
    return said if one.s0 is None else f"{said} (S0 {one.s0:.3g})"
