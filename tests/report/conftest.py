"""One report described by hand: an overloaded heart, a moderate liver, every kind of line."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from ironreport.assess import assess
from ironreport.assess.calibration import estimate_iron
from ironreport.assess.grading import grade
from ironreport.knowledge import published_knowledge
from ironreport.records import Assessment, Context, DecaySignal, Estimate, Exam, Measurement, PrintedResult
from ironreport.report import describe
from ironreport.report.content import (
    BandBar,
    Card,
    CitedText,
    CurvePoint,
    DecayFigure,
    DecayPoint,
    OtherCurve,
    Reference,
    ReportContent,
    Row,
    Segment,
)
from ironreport.synthetic import decay as decayed
from ironreport.synthetic.samples import sample_signal

KNOWLEDGE = published_knowledge()


def decay(title: str, s0: float, t2star_ms: float, te_ms: tuple[float, ...], floor: float, n_used: int) -> DecayFigure:
    """A decay that meets its noise floor; echoes from ``n_used`` on are left out."""
    wobble = (6.0, -9.0, 4.0, 7.0, -5.0, -3.0, 8.0, -6.0, 3.0, -4.0, 5.0, -2.0)
    points = []
    for i, te in enumerate(te_ms):
        model = s0 * math.exp(-te / t2star_ms)
        signal = math.hypot(model, floor) + wobble[i % 12] * s0 / 1500
        why = "" if i < n_used else "at the noise floor"
        points.append(DecayPoint(i + 1, te, signal, signal - model, why))
    times = [te_ms[-1] * 1.05 * i / 60 for i in range(61)]
    curve = [s0 * math.exp(-t / t2star_ms) for t in times]
    band = [1.96 * (0.012 + 0.006 * t / t2star_ms) for t in times]
    plain = tuple(CurvePoint(t, s0 * 0.97 * math.exp(-t / (1.09 * t2star_ms))) for t in te_ms)
    offset = tuple(CurvePoint(t, s0 * math.exp(-t / (0.94 * t2star_ms)) + floor) for t in te_ms)
    return DecayFigure(
        title=title,
        points=tuple(points),
        curve=tuple(
            CurvePoint(t, s, s * math.exp(-b), s * math.exp(b)) for t, s, b in zip(times, curve, band, strict=True)
        ),
        others=(
            OtherCurve("plain exponential, all echoes", f"T2* {1.09 * t2star_ms:.1f} ms", plain),
            OtherCurve("exponential plus constant", f"T2* {0.94 * t2star_ms:.1f} ms", offset),
        ),
        noise_floor=floor,
        residual_sd=s0 / 180,
    )


def heart() -> Card:
    """Septal T2* 7.9 ms: severe and critical."""
    te_ms = (1.3, 3.3, 5.3, 7.3, 9.3, 11.3, 13.3, 15.3)
    return Card(
        organ="heart",
        name="Heart",
        standing="established",
        where="mid-ventricular septum, short axis · 1.5 T · 84 pixels",
        headline="T2* 7.9 ms",
        interval="95 % 7.4 to 8.4",
        class_word="severe",
        severity="severe",
        provisional=False,
        measured="R2* 127 s⁻¹ (119 to 135) · T2* 7.9 ms (7.4 to 8.4)",
        other_calibrations="",
        calibration="Carpenter 2011 (carpenter-2011) · chosen by default [2]",
        ladder="Kirk 2009 (20 / 10 ms) [1]",
        flags=("Critical: cardiac T2* below 10 ms.",),
        band=BandBar(
            quantity="T2*",
            unit="ms",
            segments=(
                Segment("no significant iron by T2*", "normal"),
                Segment("mild to moderate", "mild-moderate"),
                Segment("severe", "severe"),
            ),
            limits=("20", "10"),
            value_at=0.737,
            value_text="T2* 7.9 ms",
            interval_at=(0.72, 0.753),
        ),
        cautions=(
            "Last echo is near the noise floor. It was modelled, not dropped; without that T2* reads 2 % longer.",
        ),
        absence=(),
        sentences=(
            CitedText(
                "Septal T2* is shortened: myocardial iron, severe.", "heart-shortened", "A", ("kirk-2009",), "[1]"
            ),
        ),
        tests=("LVEF by cine MRI or echocardiography", "ECG", "Holter ECG", "native T1", "NT-proBNP (rises late)"),
        caveats=(
            "Septum only: the inferolateral wall beside veins and lung reads far too short.",
            "A high ejection fraction in anaemia can hide dysfunction.",
        ),
        decay=decay("Signal decay, heart", 412.0, 7.9, te_ms, 21.0, 8),
        fit_rows=(
            Row("Model", "exponential with Rician noise floor"),
            Row("Echoes used", "8 of 8"),
            Row("Echoes left out", "none"),
            Row("From the fit", "T2* 7.9 ms (7.6 to 8.2)"),
            Row("Interval used", "repeatability, 7.4 % (prec-heart-same)"),
            Row("S0", "412"),
            Row("Residual SD", "2.3"),
            Row("R²", "0.9992"),
            Row("Noise floor", "21"),
            Row("Beside it: plain exponential", "T2* 8.6 ms (8.0 to 9.2)"),
            Row("Beside it: exponential plus constant", "T2* 7.4 ms (6.9 to 8.0)"),
        ),
        calibration_rows=(Row("Carpenter 2011", "MIC 3.6 mg/g dry weight (3.3 to 3.9)"),),
        steps=(),
        critical=True,
    )


def liver() -> Card:
    """LIC 8.5 mg/g, moderate, with echoes left out at the noise floor."""
    te_ms = (1.2, 2.3, 3.4, 4.5, 5.6, 6.7, 7.8, 8.9, 10.0, 11.1, 12.2, 13.3)
    return Card(
        organ="liver",
        name="Liver",
        standing="established",
        where="right lobe, away from vessels, bile ducts and the edge · 1.5 T · 1204 pixels",
        headline="LIC 8.5 mg/g dry weight",
        interval="95 % 7.8 to 9.3",
        class_word="moderate",
        severity="moderate",
        provisional=False,
        measured="R2* 333 s⁻¹ (305 to 364) · T2* 3.00 ms (2.75 to 3.28)",
        other_calibrations="other published calibrations of this field give 8.0 to 10.5 mg/g dry weight",
        calibration="Hernando 2023 (hernando-2023) · chosen by default [3, 4]",
        ladder="ESGAR SAR 2023 (1.8 / 3.2 / 7 / 15 mg/g) [5]",
        flags=(),
        band=BandBar(
            quantity="LIC",
            unit="mg/g dry weight",
            segments=(
                Segment("normal", "normal"),
                Segment("borderline", "borderline"),
                Segment("mild", "mild"),
                Segment("moderate", "moderate"),
                Segment("severe", "severe"),
            ),
            limits=("1.8", "3.2", "7", "15"),
            value_at=0.6375,
            value_text="LIC 8.5 mg/g dry weight",
            interval_at=(0.62, 0.6575),
            others_at=(0.625, 0.6875),
        ),
        cautions=(
            "Echoes 8 to 12 are at the noise floor. They were left out; with them T2* would read 9 % longer.",
            "The plain exponential and the exponential plus constant differ by 14 %: see the chart.",
        ),
        absence=(),
        sentences=(
            CitedText(
                "LIC 8.5 mg/g dry weight by Hernando 2023: moderate liver iron.",
                "liver-moderate",
                "A",
                ("esgar-2023",),
                "[5]",
            ),
        ),
        tests=("ALT", "GGT", "HCV status", "elastography", "ferritin", "transferrin saturation"),
        caveats=("LIC depends on the calibration named.", "Steatosis can bias the signal decay."),
        decay=decay("Signal decay, liver", 655.0, 3.0, te_ms, 32.0, 7),
        fit_rows=(
            Row("Model", "exponential, truncated at the noise floor"),
            Row("Echoes used", "7 of 12"),
            Row("Echoes left out", "8, 9, 10, 11, 12 (at the noise floor)"),
            Row("From the fit", "T2* 3.00 ms (2.75 to 3.28)"),
            Row("Interval used", "from the fit"),
            Row("S0", "655"),
            Row("Residual SD", "3.6"),
            Row("R²", "0.9987"),
            Row("Noise floor", "32"),
        ),
        calibration_rows=(
            Row("Hernando 2023", "LIC 8.5 mg/g dry weight (7.8 to 9.3) · moderate"),
            Row("Wood 2005", "LIC 8.7 mg/g dry weight (7.9 to 9.4) · moderate"),
            Row("Garbowski 2014", "LIC 10.5 mg/g dry weight (9.6 to 11.4) · moderate"),
            Row("Henninger 2015", "LIC 8.3 mg/g dry weight (7.6 to 9.0) · moderate"),
        ),
        steps=(),
    )


def references() -> tuple[Reference, ...]:
    """Eight numbered sources, with and without a DOI."""
    return (
        Reference(
            1, "kirk-2009", "Kirk P. Circulation 2009;120:1961-8", "10.1161/CIRCULATIONAHA.109.874487", "in full"
        ),
        Reference(2, "carpenter-2011", "Carpenter JP. Circulation 2011;123:1519-28", "", "abstract"),
        Reference(3, "hernando-2023", "Hernando D. Radiology 2023;306:e213256", "10.1148/radiol.213256", "in full"),
        Reference(4, "stpierre-2005", "St Pierre TG. Blood 2005;105:855-61", "10.1182/blood-2004-01-0177", "abstract"),
        Reference(5, "esgar-2023", "Reeder SB. Radiology 2023;307:e221856", "10.1148/radiol.221856", "in full"),
        Reference(6, "meloni-2025", "Meloni A. Radiol Med 2025;130:1-20", "", "in full"),
        Reference(7, "aha-2013", "Pennell DJ. Circulation 2013;128:281-308", "", "not read; through meloni-2025"),
        Reference(8, "kirk-2010", "Kirk P. J Magn Reson Imaging 2010;32:315-9", "10.1002/jmri.22245", "abstract"),
    )


def described() -> ReportContent:
    """The whole report, as ``describe`` would hand it over."""
    return ReportContent(
        report_id="1a2b3c4d",
        status="draft",
        hospital="Example University Hospital, Department of Radiology",
        patient=(
            Row("Patient", "IR-0427"),
            Row("Born", "1998-03-14"),
            Row("Sex", "female"),
            Row("Exam date", "2026-10-03"),
            Row("Field", "1.5 T"),
            Row("Scanner", "Siemens MAGNETOM Avanto fit"),
            Row("Disease", "Transfusion-dependent thalassaemia (TDT)"),
            Row("Referred by", "Dr A. Example"),
            Row("Question", "Iron load of heart and liver under chelation, comparison with last year"),
            Row("On chelation", "yes"),
            Row("LVEF reduced", "no"),
        ),
        technique=(
            Row(
                "Heart",
                "1.5 T; mid-ventricular septum; DICOM series; 84 pixels; TE [ms] 1.3 3.3 5.3 7.3 9.3 11.3 13.3 15.3",
            ),
            Row("", "multi-echo gradient echo, breath-hold; TR 200 ms; flip angle 20°; slice 10 mm"),
            Row(
                "Liver",
                "1.5 T; right lobe; DICOM series; 1204 pixels; TE [ms] 1.2 2.3 3.4 4.5 5.6 6.7 7.8 8.9 10 11.1 12.2",
            ),
        ),
        critical=(CitedText("Heart T2* below 10 ms: priority communication.", "tdt-i2", "A", ("meloni-2025",), "[6]"),),
        informed="Referring physician informed: name ____________________  time ________  read back ☐",
        impression=(
            "Heart: T2* 7.9 ms (95 % 7.4 to 8.4), severe by Kirk 2009 (20 / 10 ms).",
            "Liver: LIC 8.5 mg/g dry weight (95 % 7.8 to 9.3), moderate by ESGAR SAR 2023, Hernando 2023.",
        ),
        impression_by_reader=False,
        cards=(heart(), liver()),
        not_assessed=("Spleen", "Pancreas", "Kidney", "Pituitary", "Adrenal", "Marrow"),
        not_assessed_text="not assessed",
        next_scan=(
            CitedText(
                "About 6 months. Heart T2* below 10 ms: priority communication.", "tdt-i2", "A", ("meloni-2025",), "[6]"
            ),
            CitedText("Not known: treatment interrupted. A missing fact never makes the interval longer."),
        ),
        prompts=(
            CitedText("Heart first: cardiac iron outranks liver iron.", "safe-1", "A", ("kirk-2009",), "[1, 6]"),
            CitedText("Discuss the chelation regimen with the haematologist.", "tdt-p3", "B", ("aha-2013",), "[7]"),
            CitedText("Repeat LVEF by the same method before the next scan.", "tdt-p5", "A", ("aha-2013",), "[6, 7]"),
        ),
        information=(
            CitedText(
                "Liver iron and heart iron clear at different speeds.", "word-both", "A", ("meloni-2025",), "[6]"
            ),
        ),
        physician_decides="Suggested, for the treating team to confirm. To be decided by the treating physician.",
        missing=("sequence of the liver series",),
        limitations=(
            "Heart: Septum only: the inferolateral wall beside veins and lung reads far too short.",
            "Liver: LIC depends on the calibration named.",
            "Pregnancy, implants and contrast agents are outside the scope of this report.",
        ),
        notes="",
        references=references(),
        disclaimer=(
            "Decision support for trained readers. Values depend on scanner, field, sequence, fit and calibration. "
            "Classes and follow-up suggestions summarise published sources and do not replace clinical judgement. "
            "Research-level organs are marked. Not valid without the signature of a responsible physician."
        ),
        not_a_device="Not validated as a medical device. Not valid without signature.",
        software="IronReport 0.1.0",
        knowledge_version="a1b2c3d4",
        reviewed="2026-11-01",
        pseudonym="IR-0427",
        exam_date="2026-10-03",
        field="1.5 T",
    )


@pytest.fixture
def report_content() -> ReportContent:
    """A report with an overloaded heart, a moderate liver and eight references."""
    return described()


# ------------------------------------------------------------------------------------- for exports


def every_kind_of_finding() -> Assessment:
    """One organ for each thing an export must get right: a value, a limit, a range end, a missing class, no number."""
    te_ms = tuple(1.3 + 1.2 * k for k in range(10))
    gone = DecaySignal("kidney", (4.8, 7.0, 9.2, 11.4, 13.6), (25.0, 19.0, 19.0, 19.0, 19.0), field_tesla=1.5)
    too_fast = estimate_iron("pancreas", Estimate("r2star_per_s", 61.37, bound="above"), 1.5, KNOWLEDGE)
    measurements = (
        Measurement(sample_signal("heart_1t5_severe")),
        Measurement(PrintedResult("liver", 1.5, r2star_per_s=1700.0)),
        Measurement(DecaySignal("spleen", te_ms, tuple(map(float, decayed(te_ms, 1000.0, 20.0))), field_tesla=1.5)),
        Measurement(DecaySignal("pancreas", te_ms, tuple(map(float, decayed(te_ms, 1000.0, 0.6))), field_tesla=1.5)),
        Measurement(gone),
    )
    assessment = assess(Exam("IR-0427", "2026-10-03", measurements, Context("tdt")), KNOWLEDGE)
    limited = (
        replace(f, fit=None, absence=None, estimate=too_fast, grading=grade(too_fast, KNOWLEDGE), cautions=())
        if f.organ == "pancreas"
        else f
        for f in assessment.findings
    )
    return replace(assessment, findings=tuple(limited))


@pytest.fixture(scope="session")
def assessment() -> Assessment:
    return every_kind_of_finding()


@pytest.fixture(scope="session")
def content(assessment: Assessment) -> ReportContent:
    return describe(assessment, KNOWLEDGE)
