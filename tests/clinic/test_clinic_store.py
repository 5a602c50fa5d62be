"""Exams kept in a clinic: files are the truth, the database an index that can be made anew and equal."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ironreport.clinic import (
    Clinic,
    add_exam,
    contents,
    earlier_ids,
    exam_keeping,
    exam_of,
    keep_exam,
    make_clinic,
    migrating,
    move,
    open_clinic,
    opened_clinic,
    rebuild,
    say_same,
    visit_of,
    whose,
)
from ironreport.clinic.clinic_queries import (
    classes_by_year,
    due,
    pairs,
    patient,
    patients,
    results_of,
    without_date,
    worklist,
)
from ironreport.clinic.index_models import Base
from ironreport.clinic.outlooks import PastExam, outlook
from ironreport.errors import ClinicError
from ironreport.exam import open_exam
from ironreport.intake.exams import Person, person_of
from ironreport.knowledge import published_knowledge
from ironreport.records import ReportDetails

from .conftest import printed_exam

AT = "2026-11-29T10:00:00"


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(ClinicError) as caught:
        call()
    return caught.value.refusal.code


def test_an_exam_comes_back_as_it_was_kept_but_under_a_pseudonym(clinic: Clinic) -> None:
    exam = replace(printed_exam(), details=ReportDetails(patient_id="4711", birth_date="1990-01-01", notes="calm"))
    visit = add_exam(clinic, exam, at=AT)
    opened = exam_of(clinic, visit.id)
    assert opened.pseudonym == visit.patient != "4711"
    assert (opened.details.patient_id, opened.details.birth_date, opened.details.notes) == ("", "", "calm")
    assert [m.signal for m in opened.measurements] == [m.signal for m in exam.measurements]


def test_nothing_that_names_a_patient_is_in_any_file_of_the_clinic(small_clinic: Clinic) -> None:
    whose(small_clinic, person_of(("MRN-900817", "Sentinel^Jane", "19700203")))
    add_exam(small_clinic, printed_exam(pseudonym="MRN-900817"), at=AT)
    small_clinic.close()
    for path in small_clinic.folder.root.rglob("*"):
        held = path.read_bytes() if path.is_file() else b""
        assert not any(word in held for word in (b"900817", b"Sentinel", b"sentinel", b"19700203")), path.name


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights otherwise.")
def test_only_its_owner_may_read_the_key(small_clinic: Clinic) -> None:
    assert stat.S_IMODE(small_clinic.folder.key_file.stat().st_mode) == 0o600


def test_the_same_exam_again_is_the_same_visit(clinic: Clinic) -> None:
    assert add_exam(clinic, printed_exam(), at=AT).id == add_exam(clinic, printed_exam(), at="2026-12-01T09:00:00").id
    assert len(worklist(clinic)) == 1


def test_the_index_made_anew_from_the_files_is_equal(clinic: Clinic) -> None:
    for n, date in enumerate(("2024-01-31", "2025-02-28", "2026-11-01")):
        for one in ("a", "b", "c"):
            add_exam(clinic, printed_exam(date, heart_ms=9.0 + 5 * n, pseudonym=one), at=AT)
    move(clinic, worklist(clinic)[0].id, "signed", at=AT)
    keep_exam(clinic, worklist(clinic)[0].id, printed_exam("2025-03-01", "scd"), at=AT)
    say_same(clinic, worklist(clinic)[0].pseudonym, worklist(clinic)[-1].pseudonym)
    before = contents(clinic)
    assert rebuild(clinic).n_changed == 0
    assert contents(clinic) == before


def test_a_database_that_is_lost_comes_back_from_the_files(small_clinic: Clinic) -> None:
    add_exam(small_clinic, printed_exam(), at=AT)
    before, folder = contents(small_clinic), small_clinic.folder
    small_clinic.close()
    for path in folder.root.glob("clinic.sqlite*"):
        path.unlink()
    again = open_clinic(folder.root)
    assert not worklist(again)
    rebuild(again)
    assert contents(again) == before
    again.close()


def test_an_exam_file_changed_by_hand_is_doubted_and_its_number_is_the_one_of_the_file(clinic: Clinic) -> None:
    visit = add_exam(clinic, printed_exam(heart_ms=25.0), at=AT)
    path = clinic.folder.exam_file(visit.id)
    path.write_text(path.read_text(encoding="utf-8").replace("25.0", "8.0"), encoding="utf-8")
    assert rebuild(clinic).n_changed == 1
    (heart,) = (r for r in results_of(clinic, visit.patient) if r.organ == "heart")
    assert heart.value == 8.0 and worklist(clinic)[0].n_doubts > 0


def test_an_exam_file_that_cannot_be_read_stays_on_the_list_with_its_reason(clinic: Clinic) -> None:
    visit = add_exam(clinic, printed_exam(), at=AT)
    clinic.folder.exam_file(visit.id).write_text("{", encoding="utf-8")
    assert rebuild(clinic).problems == (("NOT_AN_EXAM", 1),)
    assert [e.problem for e in worklist(clinic)] == ["NOT_AN_EXAM"]
    assert not results_of(clinic, visit.patient)


def test_a_state_beyond_drawn_falls_back_where_the_exam_is_changed(small_clinic: Clinic) -> None:
    visit = add_exam(small_clinic, printed_exam(), at=AT)
    move(small_clinic, visit.id, "signed", at=AT)
    assert keep_exam(small_clinic, visit.id, printed_exam(), at=AT).state == "signed"
    changed = keep_exam(small_clinic, visit.id, printed_exam(heart_ms=9.0), at=AT)
    assert changed.state == "drawn" and [d.code for d in changed.doubts] == ["CHANGED_AFTER_SIGNING"]
    assert not move(small_clinic, visit.id, "signed", at=AT).doubts


def test_nothing_that_was_not_measured_is_signed_off(small_clinic: Clinic) -> None:
    visit = add_exam(small_clinic, printed_exam(), at=AT)
    small_clinic.folder.exam_file(visit.id).unlink()
    assert refused(lambda: move(small_clinic, visit.id, "signed")) == "NOTHING_MEASURED"
    assert refused(lambda: visit_of(small_clinic, "a" * 16)) == "NO_SUCH_EXAM"
    assert refused(lambda: visit_of(small_clinic, "../../clinic.key")) == "NO_SUCH_EXAM"


# ------------------------------------------------------------------------------------- who


def test_two_patients_with_one_id_are_kept_apart_and_doubted(clinic: Clinic) -> None:
    first = whose(clinic, Person("17", frozenset({"doe jane"}), "19700101"))
    add_exam(clinic, printed_exam(), first.pseudonym, at=AT)
    other = whose(clinic, Person("17", frozenset({"roe mary"}), "19700101"))
    assert other.pseudonym != first.pseudonym and [d.code for d in other.doubts] == ["ID_OF_TWO_PATIENTS"]
    assert first.pseudonym in other.doubts[0].text


def test_one_patient_with_two_ids_is_doubted_and_can_be_said_to_be_one(clinic: Clinic) -> None:
    first = whose(clinic, Person("17", frozenset({"doe jane"}), "19700101"))
    add_exam(clinic, printed_exam("2025-01-01"), first.pseudonym, at=AT)
    second = whose(clinic, Person("18", frozenset({"doe jane"}), "19700101"))
    assert [d.code for d in second.doubts] == ["PATIENT_WITH_TWO_IDS"]
    add_exam(clinic, printed_exam("2026-01-01"), second.pseudonym, at=AT)
    assert say_same(clinic, second.pseudonym, first.pseudonym) == 1
    assert len(results_of(clinic, first.pseudonym)) == 4 and patient(clinic, second.pseudonym) is None
    assert whose(clinic, Person("18", frozenset({"doe jane"}), "19700101")).pseudonym == first.pseudonym
    assert refused(lambda: say_same(clinic, second.pseudonym, first.pseudonym)) == "SAME_PATIENT"


def test_a_patient_who_comes_again_in_another_spelling_is_found(small_clinic: Clinic) -> None:
    first = whose(small_clinic, person_of(("17", "Doe^Jane", "19700101")))
    add_exam(small_clinic, printed_exam(), first.pseudonym, at=AT)
    assert whose(small_clinic, person_of(("17 ", "DOE^JANE^^", "1970.01.01"))).pseudonym == first.pseudonym
    assert whose(small_clinic, person_of(("", "Jane^Doe", "19700101"))).pseudonym == first.pseudonym


def test_images_that_name_nobody_are_patients_of_their_own(small_clinic: Clinic) -> None:
    one, other = (whose(small_clinic, person_of(("", "", "")), study) for study in ("1.2", "1.3"))
    assert one.pseudonym != other.pseudonym and one.doubts[0].code == "NO_PATIENT_NAMED"


@settings(max_examples=30)
@given(words=st.tuples(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8)))
def test_a_pseudonym_holds_nothing_of_the_words_and_is_always_the_same(words: tuple[str, str, str]) -> None:
    from ironreport.clinic.patient_files import is_pseudonym
    from ironreport.clinic.pseudonyms import marks_of, pseudonym_of

    one, other = (marks_of(person_of(words), key) for key in (b"k" * 32, b"l" * 32))
    made = pseudonym_of(one, b"k" * 32)
    assert is_pseudonym(made) and made == pseudonym_of(one, b"k" * 32)
    assert not one.all or not {*one.all} & {*other.all}


# ------------------------------------------------------------------------------------- when


def past(key: int, date: str, months: int | None, *organs: str, rule: str = "r") -> PastExam:
    return PastExam(key, f"{key:016d}", date, "tdt", months, None, rule if months else "", key, organs)


def test_a_later_scan_of_another_organ_does_not_take_a_date_away() -> None:
    heart, liver = past(1, "2026-01-31", 6, "heart", "liver"), past(2, "2026-03-01", 12, "liver")
    assert outlook([heart, liver]).due == "2026-07-31"
    assert outlook([heart, past(2, "2026-03-01", 12, "liver", "heart")]).due == "2027-03-01"


def test_a_rule_that_withholds_an_interval_is_not_answered_by_an_older_date() -> None:
    withheld = replace(past(2, "2026-03-01", None, "liver"), rule="pregnant")
    assert outlook([past(1, "2026-01-31", 6, "heart"), withheld]).due == ""
    assert outlook([past(1, "2026-01-31", 6, "heart"), past(2, "2026-03-01", None, "liver")]).due == "2026-07-31"


def test_an_exam_without_a_date_or_a_result_makes_nobody_due() -> None:
    assert outlook([]).due == outlook([past(1, "", 6, "heart")]).due == outlook([past(1, "2026-01-01", 6)]).due == ""


def test_the_recall_list_says_who_is_due_at_which_interval_and_why(clinic: Clinic) -> None:
    severe = add_exam(clinic, printed_exam("2026-01-31", heart_ms=8.0, pseudonym="severe"), at=AT)
    add_exam(clinic, printed_exam("2026-01-31", heart_ms=30.0, liver_per_s=50.0, pseudonym="normal"), at=AT)
    add_exam(clinic, printed_exam("2026-01-31", "unknown", pseudonym="unknown"), at=AT)
    (first, *_) = due(clinic, "2030-01-01")
    assert first.pseudonym == severe.patient and first.months and first.rule and first.why
    rules = {rule.id for rule in published_knowledge().rules("tdt")}
    assert {one.rule for one in due(clinic, "2030-01-01")} <= rules
    assert not due(clinic, "2026-02-01")
    assert [one.why for one in without_date(clinic)] == ["No interval: the disease is not stated."]


def test_the_cohort_is_counted_by_class_and_year(clinic: Clinic) -> None:
    add_exam(clinic, printed_exam("2025-05-05", heart_ms=8.0), at=AT)
    add_exam(clinic, printed_exam("2026-05-05", heart_ms=30.0), at=AT)
    assert classes_by_year(clinic, "heart") == [("2025", "severe", 1), ("2026", "normal", 1)]
    ((who, lic, _, heart_ms, _),) = pairs(clinic, "liver", "heart")
    assert who == patients(clinic)[0].pseudonym and lic > 5.0 and heart_ms == pytest.approx(30.0)
    assert [p.pseudonym for p in patients(clinic, "tdt 2026-05")] == [who] and not patients(clinic, "scd")


def test_earlier_exams_are_those_of_the_patient_without_second_readings(small_clinic: Clinic) -> None:
    now = add_exam(small_clinic, printed_exam("2026-01-01"), at=AT)
    before = add_exam(small_clinic, printed_exam("2025-01-01"), at=AT)
    again = replace(add_exam(small_clinic, printed_exam("2025-01-02"), at=AT), second_of=before.id)
    exam_keeping.keep(small_clinic, again)
    add_exam(small_clinic, printed_exam("2024-01-01", pseudonym="other"), at=AT)
    assert list(earlier_ids(small_clinic, now.id)) == [before.id]


# ------------------------------------------------------------------------------------- faults


def test_what_a_power_cut_left_between_files_and_database_is_read_from_the_files(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = add_exam(clinic, printed_exam(heart_ms=25.0), at=AT)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(exam_keeping, "put_from_files", cut)
        with pytest.raises(KeyboardInterrupt):
            keep_exam(clinic, visit.id, printed_exam(heart_ms=8.0), at=AT)
    assert opened_clinic.recover(clinic) == 1 and opened_clinic.recover(clinic) == 0
    before = contents(clinic)
    rebuild(clinic)
    assert contents(clinic) == before
    assert {r.value for r in results_of(clinic, visit.patient) if r.organ == "heart"} == {8.0}


def test_a_full_disk_is_said_and_leaves_what_was_kept_before(
    small_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = add_exam(small_clinic, printed_exam(heart_ms=25.0), at=AT)
    before = small_clinic.folder.exam_file(visit.id).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("ironreport.writing.os.fsync", full)
        code = refused(lambda: keep_exam(small_clinic, visit.id, printed_exam(heart_ms=8.0), at=AT))
    assert code == "DISK_FULL"
    assert small_clinic.folder.exam_file(visit.id).read_bytes() == before
    assert not list(small_clinic.folder.root.rglob("*.part"))
    opened_clinic.recover(small_clinic)
    assert {r.value for r in results_of(small_clinic, visit.patient) if r.organ == "heart"} == {25.0}


def test_a_database_that_another_program_holds_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ironreport.clinic.store_engine.WAIT_S", 0)
    clinic = make_clinic(tmp_path / "clinic")
    other = sqlite3.connect(clinic.folder.database_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert refused(lambda: add_exam(clinic, printed_exam(), at=AT)) == "CLINIC_BUSY"
    assert worklist(clinic) == []
    other.execute("ROLLBACK")
    other.close()
    add_exam(clinic, printed_exam(), at=AT)
    clinic.close()


def test_a_folder_that_is_no_clinic_or_lost_its_key_is_refused(tmp_path: Path) -> None:
    assert refused(lambda: open_clinic(tmp_path)) == "NOT_A_CLINIC"
    (tmp_path / "other").write_text("", encoding="utf-8")
    assert refused(lambda: make_clinic(tmp_path)) == "FOLDER_NOT_EMPTY"
    root = tmp_path / "clinic"
    make_clinic(root).close()
    assert refused(lambda: make_clinic(root)) == "CLINIC_THERE"
    (root / "clinic.key").unlink()
    assert refused(lambda: open_clinic(root)) == "NO_KEY"
    (root / "clinic.toml").write_text("format = 1", encoding="utf-8")
    assert refused(lambda: open_clinic(root)) == "CLINIC_SETTINGS"


def test_tables_made_by_a_newer_version_are_refused(small_clinic: Clinic) -> None:
    with small_clinic.store.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert refused(lambda: open_clinic(small_clinic.folder.root)) == "CLINIC_VERSION"


def test_the_steps_make_the_tables_that_the_models_describe(clinic: Clinic) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    with clinic.store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_folder_with_odd_signs_in_its_name_can_hold_a_clinic(tmp_path: Path) -> None:
    clinic = make_clinic(tmp_path / "Klinik 100 % ä;? #1")
    add_exam(clinic, printed_exam(), at=AT)
    clinic.close()
    again = open_clinic(tmp_path / "Klinik 100 % ä;? #1")
    assert len(worklist(again)) == 1
    again.close()


# ------------------------------------------------------------------------------------- command line


def test_the_command_line_makes_a_clinic_takes_exams_and_says_who_is_due(
    tmp_path: Path, ironreport: Callable[..., object]
) -> None:
    from ironreport.exam import save_exam

    root, file = tmp_path / "clinic", tmp_path / "one.ironreport.json"
    file.write_text(save_exam(printed_exam("2026-01-31", heart_ms=8.0)), encoding="utf-8")
    said = [
        ironreport(*arguments)
        for arguments in (
            ("clinic", "new", root), ("clinic", "add", root, file), ("clinic", "list", root),
            ("clinic", "list", root, "--patients"), ("clinic", "due", root, "--until", "2030-01-01"),
            ("clinic", "due", root, "--undated"), ("clinic", "rebuild", root), ("clinic", "add", root, tmp_path / "no"),
        )
    ]  # fmt: skip
    assert [done.returncode for done in said] == [0] * 7 + [1]
    assert "drawn" in said[1].stdout and "tdt" in said[3].stdout and "months after 2026-01-31" in said[4].stdout
    assert "Nobody." in said[5].stdout and "all rows as before" in said[6].stdout
    assert json.loads(next((root / "exams").rglob("*.visit.json")).read_text(encoding="utf-8"))["version"] == 1
    assert open_exam(next((root / "exams").rglob("*.ironreport.json")).read_bytes()).pseudonym.startswith("P-")


# ------------------------------------------------------------------------------------- earlier forms of the tables

OLD_TABLES = {
    "0001": (
        "INSERT INTO reason SELECT key, text FROM new.reason",
        "INSERT INTO patient SELECT key, pseudonym, same_as, sealed, disease, n_exams, last_exam, due, due_to, due_of, "
        "months, reason_key, rule FROM new.patient",
        "INSERT INTO mark SELECT mark, patient_key FROM new.mark",
        "INSERT INTO exam SELECT key, id, patient_key, exam_date, added_on, state, '', second_of, disease, series, "
        "n_images, n_doubts, months, months_to, rule, reason_key, is_critical, problem, file_print FROM new.exam",
        "INSERT INTO kind SELECT key, quantity, bound, field, grade, severity, ladder, absence FROM new.kind",
        "INSERT INTO result SELECT r.exam_key, k.organ, e.patient_key, r.kind_key, substr(e.exam_date, 1, 4), "
        "r.is_latest, r.value, r.low, r.high FROM new.result r JOIN new.kind k ON k.key = r.kind_key "
        "JOIN new.exam e ON e.key = r.exam_key",
    ),
}
"""How the rows of today stood in each earlier form."""


def test_every_earlier_form_of_the_tables_is_brought_up_to_date_without_a_loss(clinic: Clinic) -> None:
    steps = sorted(path.stem[-4:] for path in migrating.STEPS.glob("step_*.py"))
    assert list(OLD_TABLES) == steps[:-1]
    for one in ("a", "b"):
        for date in ("2025-02-28", "2026-11-01"):
            add_exam(clinic, printed_exam(date, heart_ms=9.0, pseudonym=one), at=AT)
    before = contents(clinic)
    for revision, moved in OLD_TABLES.items():
        with migrated_back(clinic, revision, moved) as old:
            assert migrating.bring_up_to_date(old.store) and not migrating.bring_up_to_date(old.store)
            assert contents(old) == before
            assert rebuild(old).n_changed == 0 and contents(old) == before


@contextmanager
def migrated_back(clinic: Clinic, revision: str, moved: Sequence[str]) -> Iterator[Clinic]:
    """The same clinic with its rows as an earlier version kept them, in the same database."""
    clinic.store.engine.dispose()
    if clinic.store.engine.dialect.name == "sqlite":
        file = clinic.folder.database_file
        with closing(sqlite3.connect(file)) as held:
            held.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        file.rename(file.with_name("new.sqlite"))
        migrating.bring_up_to_date(clinic.store, revision)
        with closing(sqlite3.connect(file, isolation_level=None)) as old:
            old.execute("ATTACH ? AS new", [str(file.with_name("new.sqlite"))])
            for line in moved:
                old.execute(line)
    else:
        with clinic.store.engine.begin() as connection:
            own = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
            connection.exec_driver_sql(f"ALTER SCHEMA {own} RENAME TO new")
            connection.exec_driver_sql(f"CREATE SCHEMA {own}")
        migrating.bring_up_to_date(clinic.store, revision)
        with clinic.store.engine.begin() as connection:
            for line in moved:
                connection.exec_driver_sql(line)
            connection.exec_driver_sql("DROP SCHEMA new CASCADE")
    yield clinic
