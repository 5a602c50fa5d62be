"""The registry benchmark: its cohort is put in on both databases, every question answered."""

from benchmarks.registry.__main__ import size_mb, times
from benchmarks.registry.cohort import cohort
from ironreport.clinic import Clinic
from ironreport.clinic.clinic_queries import due, patients, worklist
from ironreport.clinic.index_writing import put_all, put_exam

N_PATIENTS, N_VISITS = 30, 120


def test_every_question_is_timed_and_answered(clinic: Clinic) -> None:
    rows, people = cohort(N_PATIENTS, N_VISITS)
    with clinic.store.engine.execution_options(ironreport_writes=True).begin() as connection:
        put_all(connection, rows, people)
    assert len(patients(clinic)) == N_PATIENTS and not worklist(clinic) and size_mb(clinic) > 0.0
    assert all(clock >= 0.0 for clock, _ in times(clinic).values())


def test_exams_put_in_one_by_one_make_the_same_index_as_all_at_once(clinic: Clinic) -> None:
    from ironreport.clinic import contents

    rows, people = cohort(6, 24)
    with clinic.store.writing() as session:
        for row in reversed(rows):
            put_exam(session, row, people[row.visit.patient])
    one_by_one, listed = contents(clinic), due(clinic, "2030-01-01")
    with clinic.store.engine.execution_options(ironreport_writes=True).begin() as connection:
        put_all(connection, rows, people)
    assert contents(clinic) == one_by_one and due(clinic, "2030-01-01") == listed
