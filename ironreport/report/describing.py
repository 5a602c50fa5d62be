"""From an assessment to the frozen description that screen, PDF and exports draw."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from importlib.metadata import version

from ironreport.knowledge import Knowledge
from ironreport.knowledge.site_precision import with_site_precision
from ironreport.records import Assessment, DecaySignal, Exam, GuidanceLine, PrintedResult
from ironreport.report.acquired import scanner_of, sequence_of, techniques_of
from ironreport.report.balancing import balance_section, balance_sources
from ironreport.report.cards import card
from ironreport.report.comparing import changes, trends
from ironreport.report.content import Card, CitedText, LocalAdditions, Reference, RegionPicture, ReportContent, Row
from ironreport.report.impression import impression
from ironreport.report.plain_words import plain_words

NOT_STATED = "not stated"
SOFTWARE = f"IronReport {version('ironreport')}"
REFERRAL_FACTS = {
    "transfusion": "regular_transfusion",
    "chelation": "on_chelation",
    "splenectomy": "splenectomised",
    "cardiac symptoms": "cardiac_symptoms",
}
"""Facts of the context form that a referral should state."""
IMAGES_CLOSED = "Picture: open the images again to print it."


def describe(
    assessment: Assessment,
    knowledge: Knowledge,
    local: LocalAdditions | None = None,
    pictures: tuple[RegionPicture, ...] = (),
) -> ReportContent:
    """The report of one exam as text and drawings to be made.

    Parameters
    ----------
    assessment : Assessment
    knowledge : Knowledge
        The knowledge the assessment was made with; its version is printed.
    local : LocalAdditions, optional
        What the hospital's settings add; without it nothing is said of a hospital.
    pictures : tuple of RegionPicture
        Slices with their regions, at most one of each organ; the report id does not depend on them.
    """
    local = local or LocalAdditions()
    knowledge = with_site_precision(knowledge, assessment.own_precision)
    exam, guidance = assessment.exam, assessment.guidance
    cards = tuple(card(f, assessment, knowledge) for f in assessment.findings)
    references = _references(assessment, cards, knowledge)
    marks = {r.source: r.number for r in references}
    found_changes = changes(assessment, knowledge)
    generated = impression(assessment.findings, cards, found_changes)
    content = ReportContent(
        report_id="",
        status="draft",
        hospital=exam.details.hospital,
        patient=_patient(exam, knowledge),
        technique=(Row("Technique", exam.details.technique),) if exam.details.technique.strip() else (),
        critical=_critical(assessment, cards, marks, knowledge),
        informed=knowledge.line("informed"),
        impression=_impression(exam, generated),
        impression_by_reader=bool(exam.details.impression.strip()),
        impression_generated=generated,
        impression_outdated=_outdated(exam, generated),
        plain_words=plain_words(assessment.findings, cards, found_changes, knowledge),
        cards=tuple(_marked_card(c, marks) for c in cards),
        not_assessed=_not_assessed(assessment, knowledge),
        not_assessed_text=knowledge.line("not-assessed"),
        next_scan=_next_scan(assessment, marks, knowledge),
        prompts=tuple(_cited(x, marks, knowledge) for x in guidance.prompts),
        information=tuple(_cited(x, marks, knowledge) for x in guidance.information)
        + _across(assessment, marks)
        + tuple(CitedText(line) for line in local.local_limits),
        physician_decides=knowledge.line("physician-decides"),
        missing=missing_for_report(exam),
        limitations=(*local.lines, *_limitations(cards, knowledge)),
        notes=exam.details.notes.strip(),
        references=references,
        disclaimer=knowledge.line("disclaimer"),
        not_a_device=knowledge.line("not-a-device"),
        software=SOFTWARE,
        knowledge_version=knowledge.version,
        reviewed=knowledge.reviewed,
        pseudonym=exam.pseudonym,
        exam_date=exam.exam_date,
        field=_field(exam) or NOT_STATED,
        local=local,
        changes=found_changes,
        trends=trends(assessment, knowledge),
        balance=balance_section(assessment, knowledge, marks),
    )
    report_id = hashlib.sha256(repr(content).encode()).hexdigest()[:8]
    return replace(content, report_id=report_id, cards=_with_pictures(content.cards, exam, pictures))


def _with_pictures(cards: tuple[Card, ...], exam: Exam, pictures: tuple[RegionPicture, ...]) -> tuple[Card, ...]:
    """Each card with the picture of its region, or with the reason why one is missing."""
    found = {picture.organ: picture for picture in pictures}
    drawn = {m.organ for m in exam.measurements if isinstance(m.signal, DecaySignal) and m.signal.drawn}
    return tuple(
        replace(c, picture=found.get(c.organ), no_picture=IMAGES_CLOSED if c.organ in drawn - set(found) else "")
        for c in cards
    )


# --------------------------------------------------------------------------------- who and how


def _patient(exam: Exam, knowledge: Knowledge) -> tuple[Row, ...]:
    """What is stated of patient and exam; what is not takes no room and is named among what is missing."""
    details, disease = exam.details, exam.context.disease
    rows = (
        Row("Patient", details.patient_id or exam.pseudonym),
        Row("Born", details.birth_date),
        Row("Sex", details.sex),
        Row("Exam date", exam.exam_date),
        Row("Field", _field(exam)),
        Row("Scanner", details.scanner or scanner_of(exam)),
        Row("Referred by", details.referring_physician),
        Row("Disease", "" if disease == "unknown" else knowledge.diseases[disease].name),
        Row("Question", details.question),
        Row("Stated facts", _facts(exam, knowledge)),
    )
    return tuple(row for row in rows if row.value.strip())


def _facts(exam: Exam, knowledge: Knowledge) -> str:
    labels = {f.id: f.label for f in knowledge.shared.fact}
    known = [(n, value) for n, value in exam.context.facts if n in labels and value not in ("unknown", "")]
    return " · ".join(f"{labels[n]}: {value}" for n, value in known)


def _field(exam: Exam) -> str:
    stated = {m.signal.field_tesla for m in exam.measurements if m.signal.field_tesla is not None}
    return " and ".join(f"{t:g} T" for t in sorted(stated))


# ---------------------------------------------------------------------------------- what is said


def _impression(exam: Exam, generated: str) -> tuple[str, ...]:
    """The reader's own lines, else the paragraph made of the findings."""
    by_reader = exam.details.impression.strip()
    return tuple(line for line in (by_reader or generated).splitlines() if line.strip())


def _outdated(exam: Exam, generated: str) -> bool:
    """Whether the reader's impression was written from other findings than these."""
    details = exam.details
    return bool(details.impression.strip()) and details.impression_of not in ("", generated)


def _critical(
    assessment: Assessment, cards: tuple[Card, ...], marks: dict[str, int], knowledge: Knowledge
) -> tuple[CitedText, ...]:
    ids = assessment.guidance.critical
    flags = [
        CitedText(f.text, f.id, f.evidence, _known(f.sources, marks), _marks(f.sources, marks))
        for c in cards
        for f in knowledge.organ(c.organ).flag
        if f.id in ids
    ]
    guidance = assessment.guidance
    lines = (*guidance.interval, *guidance.withheld, *guidance.prompts)
    return (*flags, *(_cited(x, marks, knowledge) for x in lines if x.rule in ids))


def _next_scan(assessment: Assessment, marks: dict[str, int], knowledge: Knowledge) -> tuple[CitedText, ...]:
    guidance, disease = assessment.guidance, knowledge.diseases[assessment.exam.context.disease]
    named = knowledge.line("missing-facts").format(missing="; ".join(guidance.missing))
    missing = (CitedText(named),) if guidance.missing else ()
    if guidance.withheld:
        withheld = [_cited(x, marks, knowledge) for x in guidance.withheld]
        return (replace(withheld[0], text=f"{knowledge.line('withheld')} {withheld[0].text}"), *withheld[1:])
    if guidance.months is None:
        return (CitedText(disease.without_interval), *missing)
    lines = [_cited(x, marks, knowledge) for x in guidance.interval]
    months = f"{guidance.months} to {guidance.months_to}" if guidance.months_to else str(guidance.months)
    return (replace(lines[0], text=f"About {months} months. {lines[0].text}"), *lines[1:], *missing)


def _across(assessment: Assessment, marks: dict[str, int]) -> tuple[CitedText, ...]:
    """Sentences that need two organs."""
    found = [x for x in assessment.sentences if x.organ is None]
    return tuple(
        CitedText(x.text, x.rule, x.evidence, _known(x.sources, marks), _marks(x.sources, marks)) for x in found
    )


def _cited(line: GuidanceLine, marks: dict[str, int], knowledge: Knowledge) -> CitedText:
    text = f"{line.text} ({knowledge.line('industry')})" if line.industry else line.text
    return CitedText(text, line.rule, line.evidence, _known(line.sources, marks), _marks(line.sources, marks))


def _not_assessed(assessment: Assessment, knowledge: Knowledge) -> tuple[str, ...]:
    measured = {f.organ for f in assessment.findings}
    return tuple(organ.name for organ in knowledge.organs.values() if organ.id not in measured)


def _limitations(cards: tuple[Card, ...], knowledge: Knowledge) -> tuple[str, ...]:
    """One line per organ, so that eight organs leave room for the answer on the first page."""
    return (*(_limits_of(c, knowledge) for c in cards), knowledge.line("out-of-scope"))


def _limits_of(c: Card, knowledge: Knowledge) -> str:
    research = f" ({knowledge.line('research')})" if c.standing == "research" else ""
    return f"{c.name}{research}: {' '.join(c.caveats)}"


def missing_for_report(exam: Exam) -> tuple[str, ...]:
    """What a report should name and this one does not yet (report items marked M)."""
    details, context = exam.details, exam.context
    asked = {
        "exam date": exam.exam_date,
        "hospital": details.hospital,
        "patient id (a pseudonym is printed)": details.patient_id,
        "birth date": details.birth_date,
        "sex": details.sex,
        "referring physician": details.referring_physician,
        "clinical question": details.question,
        "disease": "" if context.disease == "unknown" else context.disease,
        **{name: "known" if context.fact(fact) != "unknown" else "" for name, fact in REFERRAL_FACTS.items()},
        "scanner": details.scanner or scanner_of(exam),
        "sequence and technique": details.technique or "".join(sequence_of(t) for t in techniques_of(exam)),
        "breath-hold, gating, blood and fat suppression; who drew the regions": details.technique,
        "earlier result to compare with": "known" if context.previous else "",
    }
    missing = tuple(name for name, value in asked.items() if not value)
    return (*missing, *_missing_of_organs(exam))


def _missing_of_organs(exam: Exam) -> tuple[str, ...]:
    """What single organs lack of their region, field and fit: each once, with the organs it is missing for."""
    lacking: dict[str, list[str]] = {}
    for measurement in exam.measurements:
        signal = measurement.signal
        asked = {"field strength": signal.field_tesla is not None}
        if isinstance(signal, PrintedResult):
            asked["echo times, fit and residuals (read from another report)"] = False
        else:
            asked["place and size of the region"] = bool(signal.location and signal.n_pixels)
        for name in (name for name, is_there in asked.items() if not is_there):
            lacking.setdefault(name, []).append(measurement.organ)
    return tuple(f"{name}: {', '.join(organs)}" for name, organs in lacking.items())


# ----------------------------------------------------------------------------------- references


def _references(assessment: Assessment, cards: tuple[Card, ...], knowledge: Knowledge) -> tuple[Reference, ...]:
    used = [s for c in cards for step in c.steps for s in step.sources]
    used += [s for c in cards for text in c.sentences for s in text.sources]
    guidance = assessment.guidance
    lines = (*guidance.interval, *guidance.withheld, *guidance.prompts, *guidance.information, *assessment.sentences)
    used += [s for x in lines for s in x.sources]
    used += [s for f in assessment.findings if f.grading for s in _flag_sources(f.organ, f.grading.flags, knowledge)]
    used += [
        s for f in assessment.findings if f.estimate and f.estimate.precision for s in _precision(f.organ, knowledge)
    ]
    used += balance_sources(assessment, knowledge)
    ids = dict.fromkeys(knowledge.printed_sources(tuple(used)))
    return tuple(_reference(n, s, knowledge) for n, s in enumerate(ids, start=1))


def _flag_sources(organ: str, flags: tuple[str, ...], knowledge: Knowledge) -> tuple[str, ...]:
    return tuple(s for f in knowledge.organ(organ).flag if f.id in flags for s in f.sources)


def _precision(organ: str, knowledge: Knowledge) -> tuple[str, ...]:
    precision = knowledge.precision(organ)
    return precision.sources if precision else ()


def _reference(n: int, source: str, knowledge: Knowledge) -> Reference:
    found = knowledge.sources[source]
    return Reference(n, source, found.citation, found.doi or "", found.read)


def _known(sources: tuple[str, ...], marks: dict[str, int]) -> tuple[str, ...]:
    """Those of some sources that stand in the reference list."""
    return tuple(s for s in sources if s in marks)


def _marks(sources: tuple[str, ...], marks: dict[str, int]) -> str:
    numbers = sorted({marks[s] for s in sources if s in marks})
    return f"[{', '.join(str(n) for n in numbers)}]" if numbers else ""


def _marked_card(c: Card, marks: dict[str, int]) -> Card:
    sentences = tuple(replace(x, marks=_marks(x.sources, marks)) for x in c.sentences)
    steps = {s.key: _marks(s.sources, marks) for s in c.steps}
    return replace(
        c,
        sentences=sentences,
        calibration_marks=steps.get("calibration", ""),
        ladder_marks=steps.get("class", ""),
    )
