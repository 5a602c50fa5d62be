"""The one exam that travels through the pages, kept in this person's session only.

Nothing derived from input is put in a cache that another person could meet: the assessment is computed from the frozen
exam (about 40 ms for an organ with pixels) and kept in the session until the exam is another one. What is found of an
organ is kept until its own measurement is another one; the knowledge is constant for the process.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import streamlit as st

from ironreport.assess import find
from ironreport.hospital.defaults import (
    assess_at_hospital,
    default_calibration,
    default_ladder,
    describe_at_hospital,
    with_hospital_defaults,
)
from ironreport.hospital.settings import HospitalSettings, hospital_settings
from ironreport.knowledge import Knowledge, published_knowledge
from ironreport.records import Assessment, Choices, Context, DecaySignal, Exam, Finding, Measurement, ReportDetails
from ironreport.report.content import ReportContent
from ironreport.serving.handing_out import let_go
from ironreport.ui import ahead
from ironreport.ui.clearing import drop_uploads
from ironreport.ui.kept import kept
from ironreport.ui.newest import Newest

if TYPE_CHECKING:
    from ironreport.intake import ReadResult

EXAM, IMAGES, ASSESSED, DESCRIBED = "exam", "images", "assessed", "described"
GIVEN = "pseudonym-given"
"""The random pseudonym of a fresh exam: nobody typed it."""
KEPT_ON_NEW_EXAM = ("_entered", "_self-check", "_language", "_speech", "_browser")
OF_THE_CLINIC = CLINIC = "_clinic"
"""How keys of the clinic begin: it outlives an exam; and the key of the one that is open."""


def knowledge() -> Knowledge:
    """The published knowledge; constant for the process and free of patient data."""
    return published_knowledge()


@cache
def settings() -> HospitalSettings:
    """The settings of the hospital; read once for the process and free of patient data."""
    return hospital_settings(knowledge())


def exam() -> Exam:
    """The exam of this session; a fresh one with a random pseudonym if there is none."""
    if EXAM not in st.session_state:
        st.session_state[GIVEN] = f"Exam {secrets.token_hex(2).upper()}"
        st.session_state[EXAM] = Exam(pseudonym=st.session_state[GIVEN])
    found: Exam = st.session_state[EXAM]
    return found


def put(changed: Exam) -> None:
    """Make ``changed`` the exam of this session."""
    st.session_state[EXAM] = changed
    newest().held = changed


def newest() -> Newest[Exam]:
    """The exam as it stands, for downloads that must not miss what was typed last."""
    found: Newest[Exam] = st.session_state.setdefault("newest-exam", Newest())
    return found


def add(measurement: Measurement) -> None:
    """Add a measurement; one of the same organ is replaced. Images bring the exam date where none is given."""
    current = exam()
    others = tuple(m for m in current.measurements if m.organ != measurement.organ)
    technique = measurement.signal.technique if isinstance(measurement.signal, DecaySignal) else None
    date = current.exam_date or (technique.exam_date if technique else "")
    put(replace(current, measurements=(*others, measurement), exam_date=date))


def remove(organ: str) -> None:
    """Take an organ out of the exam."""
    current = exam()
    put(replace(current, measurements=tuple(m for m in current.measurements if m.organ != organ)))


def choose(organ: str, choices: Choices) -> None:
    """Keep the reader's choices for one organ; all that stands below follows on the next run."""
    current = exam()
    changed = tuple(replace(m, choices=choices, stored=None) if m.organ == organ else m for m in current.measurements)
    put(replace(current, measurements=changed))


def put_context(context: Context) -> None:
    """Keep what is known of the patient."""
    put(replace(exam(), context=context))


def put_details(details: ReportDetails) -> None:
    """Keep what the reader adds for the report."""
    put(replace(exam(), details=details))


def new_exam() -> None:
    """Forget everything of this exam: numbers, images, uploads, answers."""
    had_images = IMAGES in st.session_state
    for key in list(st.session_state.keys()):
        if key not in KEPT_ON_NEW_EXAM and not str(key).startswith(OF_THE_CLINIC):
            del st.session_state[key]
    # file uploaders keep their files unless their key changes
    st.session_state["exam_token"] = secrets.token_hex(4)
    drop_uploads(had_images=had_images)
    let_go()


def token() -> str:
    """Part of every widget key that must not survive *New exam*."""
    if "exam_token" not in st.session_state:
        st.session_state["exam_token"] = secrets.token_hex(4)
    return str(st.session_state["exam_token"])


def clinic_is_open() -> bool:
    """Whether a clinic was opened in this session; asked on each page, so that its index is loaded for nobody else."""
    return st.session_state.get(CLINIC) is not None


def images() -> ReadResult | None:
    """The images read in this session, if any."""
    found: ReadResult | None = st.session_state.get(IMAGES)
    return found


def put_images(result: ReadResult) -> None:
    """Keep the images read; they stay in memory and are never written to disk."""
    st.session_state[IMAGES] = result


def assessment() -> Assessment:
    """The assessment of the exam as it stands, kept in this session: panel and page of one run ask for the same one."""
    return kept_assessment(ASSESSED, exam())


def kept_assessment(name: str, one: Exam) -> Assessment:
    """The assessment of an exam, kept in this session under ``name`` until another exam is asked for there.

    A name typed, a question answered or a note written fits nothing again: findings of measurements that are the same
    as before are taken over.
    """
    held: tuple[Exam, Assessment] | None = st.session_state.get(name)
    if held is None or held[0] != one:
        found: dict[str, Finding] = st.session_state.setdefault(f"{name}-found", {})
        held = (one, assess_exam(one, found) if held is None else _assessed_anew(one, held, found))
        st.session_state[name] = held
    return held[1]


def _assessed_anew(one: Exam, before: tuple[Exam, Assessment], found: dict[str, Finding]) -> Assessment:
    """The assessment of an exam that changed; nothing that is found rests on a name or on what the reader adds."""
    exam, assessed = before
    if replace(one, pseudonym=exam.pseudonym, details=exam.details) == exam:
        return replace(assessed, exam=with_hospital_defaults(one, settings(), knowledge()))
    return assess_exam(one, found)


def put_assessed(one: Exam, assessed: Assessment, found: Mapping[str, Finding]) -> None:
    """Take over what was found of an exam that is the same for everybody; every other one is assessed here."""
    st.session_state[ASSESSED] = (one, assessed)
    st.session_state[f"{ASSESSED}-found"] = dict(found)


def _found_before(found: dict[str, Finding], measurement: Measurement, known: Knowledge) -> Finding:
    """The finding of an organ, as it was found before where nothing of its measurement has changed."""
    held = found.get(measurement.organ)
    if held is None or held.measurement != measurement:
        held = found[measurement.organ] = find(measurement, known)
    return held


def content() -> ReportContent:
    """The description of the exam as it stands, kept in this session as its assessment is."""
    return kept_content(DESCRIBED, assessment())


def kept_content(name: str, one: Assessment) -> ReportContent:
    """The description of an assessment, kept in this session under ``name`` until another one is asked for there."""
    return kept(name, (one,), lambda: described(one))


def assess_exam(one: Exam, found: dict[str, Finding] | None = None) -> Assessment:
    """The assessment of any exam, with the hospital's defaults where nothing is chosen.

    Parameters
    ----------
    found : dict of str to Finding, optional
        What was found of each organ before; it is taken over where it is of the same measurement, and kept up here.
    """
    if any(isinstance(measurement.signal, DecaySignal) for measurement in one.measurements):
        ahead.load_fits()
    finder = None if found is None else partial(_found_before, found)
    return assess_at_hospital(one, settings(), knowledge(), finder)


def described(one: Assessment) -> ReportContent:
    """The description of any assessment, with what the hospital's settings add."""
    return describe_at_hospital(one, settings(), knowledge())


def choices(organ: str) -> Choices:
    """What the reader chose for an organ, before the hospital's defaults fill what is empty."""
    return next((m.choices for m in exam().measurements if m.organ == organ), Choices())


def calibration_by_default(organ: str, field: str | None) -> str:
    """Id of the calibration that an empty choice means here: the hospital's, else the published one."""
    return default_calibration(organ, field, settings(), knowledge())


def ladder_by_default(organ: str, field: str | None) -> str:
    """Id of the ladder that an empty choice means here: the hospital's, else the published one."""
    return default_ladder(organ, field, settings(), knowledge())
