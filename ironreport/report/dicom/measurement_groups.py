"""One organ in a structured report: where it was measured, what came out, with what doubt, and how it was computed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from highdicom.sr import (
    AlgorithmIdentification,
    CodedConcept,
    ContentItem,
    ContentSequence,
    FindingSite,
    ImageRegion,
    Measurement,
    MeasurementsAndQualitativeEvaluations,
    NumContentItem,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    RelationshipTypeValues,
    SourceImageForMeasurement,
    SourceImageForRegion,
    TextContentItem,
    TrackingIdentifier,
)

from ironreport.knowledge import Knowledge
from ironreport.records import DicomOrigin, Finding, Region, SourceImage
from ironreport.report.codes import (
    DCM,
    LOCAL,
    LOCAL_NAME,
    QUANTITY_CODE,
    SCT,
    SEVERITY_SCT,
    UCUM_UNIT,
)
from ironreport.report.content import Card
from ironreport.report.dicom.measured_in import measured_images, regions_of
from ironreport.report.dicom.study import DicomStudy, derived_uid, long_string, printable
from ironreport.report.pictures import region_outline
from ironreport.report.quantities import Stated, input_sha256, stated

Points = npt.NDArray[np.float64]
Group = MeasurementsAndQualitativeEvaluations | PlanarROIMeasurementsAndQualitativeEvaluations

DESIGNATOR = {DCM: "DCM", SCT: "SCT", LOCAL: LOCAL_NAME}
SEVERITY = CodedConcept("246112005", "SCT", "Severity")
FINDING = CodedConcept("121071", "DCM", "Finding")
COMMENT = CodedConcept("121106", "DCM", "Comment")
EQUATION = CodedConcept("121420", "DCM", "Equation")
FITTING = CodedConcept("113241", "DCM", "Model fitting method")
UPPER = CodedConcept("371886008", "SCT", "+, range of upper measurement uncertainty")
LOWER = CodedConcept("371885007", "SCT", "-, range of lower measurement uncertainty")
SIDES = {"left": CodedConcept("7771000", "SCT", "Left"), "right": CodedConcept("24028007", "SCT", "Right")}
UNIT_MEANING = {"ms": "millisecond", "/s": "per second", "mg/g": "milligram per gram"}
COMPARATOR_WORD = {">": "above", "<": "below"}


def measurement_group(
    finding: Finding, card: Card, study: DicomStudy, knowledge: Knowledge, origin: DicomOrigin | None
) -> Group:
    """The measurement group of one organ: on its region where there are images, else without any reference."""
    found = stated(finding, knowledge)
    measured = [one for one in found if one.value is not None and not one.comparator]
    what: dict[str, Any] = {
        "tracking_identifier": TrackingIdentifier(
            derived_uid("tracking", study.uid, finding.organ, input_sha256(finding.measurement)), long_string(card.name)
        ),
        "algorithm_id": _algorithm(finding, card, study),
        "finding_sites": [_site(finding, card, knowledge)],
        "measurements": [_measurement(one, card, measured_images(finding, origin)) for one in measured],
        "qualitative_evaluations": _severity(finding, card),
    }
    regions, images = regions_of(finding), measured_images(finding, origin)
    if origin is None or len(regions) != 1 or not images:  # a planar group has room for one region
        group: Group = MeasurementsAndQualitativeEvaluations(**what)
    else:
        source = SourceImageForRegion(images[0].sop_class_uid, images[0].sop_instance_uid, _frames(images[0]))
        drawn = ImageRegion(*outline(regions[0], origin.shape), source)
        group = PlanarROIMeasurementsAndQualitativeEvaluations(referenced_region=drawn, **what)
    group[0].ContentSequence.extend(_said(finding, card, found))
    return group


# ------------------------------------------------------------------------------------- numbers


def _measurement(one: Stated, card: Card, images: tuple[SourceImage, ...]) -> Measurement:
    """One number as the report prints it, with its interval and the images it came from."""
    unit = UCUM_UNIT[one.quantity]
    measured_in = CodedConcept(unit, "UCUM", UNIT_MEANING[unit])
    item = Measurement(
        name=_concept(*QUANTITY_CODE[one.quantity]),
        value=float(one.printed),
        unit=measured_in,
        referenced_images=[
            SourceImageForMeasurement(image.sop_class_uid, image.sop_instance_uid, _frames(image)) for image in images
        ],
    )
    parts: list[ContentItem] = []
    for name, end in ((UPPER, one.printed_high), (LOWER, one.printed_low)):
        if end:
            distance = abs(Decimal(end) - Decimal(one.printed))
            parts.append(
                NumContentItem(name, float(distance), measured_in, None, RelationshipTypeValues.HAS_PROPERTIES)
            )
    if one.calibration:
        parts.append(_text(EQUATION, _equation(one, card), RelationshipTypeValues.HAS_CONCEPT_MOD))
    item[0].ContentSequence = ContentSequence([*item[0].get("ContentSequence", ()), *parts])
    return item


def _equation(one: Stated, card: Card) -> str:
    """Which calibration gave the iron, and how with these numbers."""
    steps = [line for step in card.steps if step.key == "calibration" for line in step.formula]
    return "; ".join([card.calibration or one.calibration, *steps])


def _frames(image: SourceImage) -> list[int] | None:
    return None if image.frame_number is None else [image.frame_number]


def _concept(system: str, code: str, meaning: str) -> CodedConcept:
    return CodedConcept(code, DESIGNATOR[system], meaning)


def _text(name: CodedConcept, value: str, relation: RelationshipTypeValues) -> TextContentItem:
    return TextContentItem(name, printable(value), relation)


# --------------------------------------------------------------------------------- where and how


def _site(finding: Finding, card: Card, knowledge: Knowledge) -> FindingSite:
    """Organ with side or part, as far as its file has codes; the words stand beside them."""
    snomed = knowledge.organ(finding.organ).snomed
    if snomed is None:
        return FindingSite(CodedConcept(long_string(finding.organ.upper())[:16], LOCAL_NAME, long_string(card.name)))
    words = set(re.findall(r"[a-z]+", card.where.lower()))
    sides = [side for word, side in SIDES.items() if word in words and snomed.paired]
    parts = [CodedConcept(part.code, "SCT", part.meaning) for part in snomed.part if part.word in words]
    return FindingSite(
        CodedConcept(snomed.code, "SCT", snomed.meaning),
        laterality=sides[0] if len(sides) == 1 else None,
        topographical_modifier=parts[0] if len(parts) == 1 else None,
    )


def _algorithm(finding: Finding, card: Card, study: DicomStudy) -> AlgorithmIdentification:
    name, _, version = study.software.rpartition(" ")
    chosen = [
        *(f"{row.label}: {row.value}" for row in card.fit_rows),
        f"Calibration: {card.calibration}" if card.calibration else "",
        f"Class limits: {card.ladder}" if card.ladder else "",
        f"Knowledge: {study.knowledge_version}",
        f"Input SHA-256: {input_sha256(finding.measurement)}",
    ]
    return AlgorithmIdentification(name, version, [printable(line) for line in chosen if line])


def _severity(finding: Finding, card: Card) -> list[QualitativeEvaluation]:
    """The class as a code, only where the value has one class and not the best of several possible."""
    if finding.grading is None or finding.grading.bound or card.severity not in SEVERITY_SCT:
        return []
    code, meaning = SEVERITY_SCT[card.severity]
    return [QualitativeEvaluation(SEVERITY, CodedConcept(code, "SCT", meaning))]


def _said(finding: Finding, card: Card, found: tuple[Stated, ...]) -> Iterator[TextContentItem]:
    """What is not a plain number: limits, missing values, the class in words, the interval, the doubts."""
    inside = RelationshipTypeValues.CONTAINS
    for one in found:
        name = _concept(*QUANTITY_CODE[one.quantity])
        if one.value is None:
            yield _text(name, one.why_no_value, inside)
        elif one.comparator:
            word = COMPARATOR_WORD[one.comparator]
            yield _text(name, f"{word} {one.printed} {UCUM_UNIT[one.quantity]} (a limit, not measured)", inside)
    if finding.absence:
        yield _text(FINDING, str(finding.absence), inside)
    if finding.grading:
        provisional = " (provisional)" if card.provisional else ""
        yield _text(FINDING, f"{card.class_word} by {card.ladder}{provisional}", inside)
    if finding.fit:
        yield _text(FITTING, finding.fit.method, inside)
    notes = [card.where, f"{card.headline} ({card.interval})" if card.interval else "", card.measured]
    for note in dict.fromkeys([*notes, *card.flags, *card.cautions]):
        if note.strip():
            yield _text(COMMENT, note, inside)


# ---------------------------------------------------------------------------------- the region


def outline(region: Region, shape: tuple[int, int]) -> tuple[str, Points]:
    """Graphic type and (column, row) points of a region, with 0 at the outer corner of the top left pixel.

    DICOM holds no point outside the image: a region that reaches over the edge is cut there, as its pixels are.

    >>> outline(Region("rectangle", row=1, column=2, height=1, width=3), (8, 8))[1].tolist()
    [[1.0, 1.0], [4.0, 1.0], [4.0, 2.0], [1.0, 2.0], [1.0, 1.0]]
    """
    row, column, up, across = region.row + 0.5, region.column + 0.5, region.height / 2, region.width / 2
    is_inside = min(row - up, column - across) >= 0 and row + up <= shape[0] and column + across <= shape[1]
    if region.shape == "ellipse" and is_inside:
        axes = [[(column - across, row), (column + across, row)], [(column, row - up), (column, row + up)]]
        longest_first = axes if across >= up else axes[::-1]
        return "ELLIPSE", np.array([point for axis in longest_first for point in axis])
    corners = region_outline(region)
    closed = np.array([(c, r) for r, c in (*corners, corners[0])], dtype=np.float64)
    return "POLYLINE", np.clip(closed, 0.0, [shape[1], shape[0]])
