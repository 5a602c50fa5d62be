"""A clinic: a folder that holds exams as files, and an index of them that can be made anew.

Nothing is kept unless a clinic is opened. ``make_clinic`` and ``open_clinic`` give a `Clinic`, which every other
function takes first.
"""

from ironreport.clinic.exam_keeping import (
    add_exam,
    earlier_ids,
    exam_of,
    keep,
    pseudonym_for,
    say_same,
    study_id,
    visit_of,
    whose,
)
from ironreport.clinic.image_arrivals import Arrived, add_images, image_files, unpacked
from ironreport.clinic.opened_clinic import Clinic, make_clinic, open_clinic, recover
from ironreport.clinic.reading_states import keep_exam, move
from ironreport.clinic.rebuilding import Rebuilt, contents, rebuild
from ironreport.clinic.second_readings import ReadingPair, begin_second, reading_pairs
from ironreport.clinic.visits import STATE_WORDS, STATES, State, Visit

__all__ = [
    "STATES",
    "STATE_WORDS",
    "Arrived",
    "Clinic",
    "ReadingPair",
    "Rebuilt",
    "State",
    "Visit",
    "add_exam",
    "add_images",
    "begin_second",
    "contents",
    "earlier_ids",
    "exam_of",
    "image_files",
    "keep",
    "keep_exam",
    "make_clinic",
    "move",
    "open_clinic",
    "pseudonym_for",
    "reading_pairs",
    "rebuild",
    "recover",
    "say_same",
    "study_id",
    "unpacked",
    "visit_of",
    "whose",
]
