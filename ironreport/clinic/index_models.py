"""Tables of the index: what is asked of ten thousand patients at once. Everything in them stands in files too."""

from __future__ import annotations

from sqlalchemy import REAL, Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

STILL_OPEN = "state <> 'signed'"
"""Word for word as it is asked, or the index of the few open ones among thousands is not used."""
PSEUDONYM, ID, DATE, WORD = String(11), String(16), String(10), String(40)


class Base(DeclarativeBase):
    """Tables of a clinic. Dates are ISO text, the same in every database; an empty text is a date not stated."""


class PatientRow(Base):
    """A patient and the next scan: ``due`` to ``due_to``, both empty where the reason says why there is none."""

    __tablename__ = "patient"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    pseudonym: Mapped[str] = mapped_column(PSEUDONYM, unique=True)
    same_as: Mapped[str] = mapped_column(PSEUDONYM, default="")
    sealed: Mapped[str] = mapped_column(Text, default="")
    disease: Mapped[str] = mapped_column(WORD, default="")
    n_exams: Mapped[int] = mapped_column(Integer, default=0)
    last_exam: Mapped[str] = mapped_column(DATE, default="")
    due: Mapped[str] = mapped_column(DATE, default="")
    due_to: Mapped[str] = mapped_column(DATE, default="")
    due_of: Mapped[str] = mapped_column(DATE, default="")
    months: Mapped[int | None] = mapped_column(Integer)
    reason_key: Mapped[int | None] = mapped_column(ForeignKey("reason.key"))
    rule: Mapped[str] = mapped_column(WORD, default="")

    __table_args__ = (Index("patient_due", "due"), Index("patient_last_exam", "last_exam"))


class ReasonRow(Base):
    """A sentence of the guidance; thousands of exams share a few."""

    __tablename__ = "reason"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(Text, unique=True)


class MarkRow(Base):
    """A keyed mark by which a patient is found again."""

    __tablename__ = "mark"
    mark: Mapped[str] = mapped_column(String(20), primary_key=True)
    patient_key: Mapped[int] = mapped_column(ForeignKey("patient.key"), primary_key=True)


class ExamRow(Base):
    """An exam: how far it has come, and what its guidance says of the next."""

    __tablename__ = "exam"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    id: Mapped[str] = mapped_column(ID, unique=True)
    patient_key: Mapped[int] = mapped_column(ForeignKey("patient.key"), index=True)
    exam_date: Mapped[str] = mapped_column(DATE, default="")
    added_on: Mapped[str] = mapped_column(DATE, index=True, default="")
    state: Mapped[str] = mapped_column(String(8), default="new")
    second_of: Mapped[str] = mapped_column(ID, default="")
    disease: Mapped[str] = mapped_column(WORD, default="")
    series: Mapped[str] = mapped_column(Text, default="")
    n_images: Mapped[int] = mapped_column(Integer, default=0)
    n_doubts: Mapped[int] = mapped_column(Integer, default=0)
    months: Mapped[int | None] = mapped_column(Integer)
    months_to: Mapped[int | None] = mapped_column(Integer)
    rule: Mapped[str] = mapped_column(WORD, default="")
    reason_key: Mapped[int | None] = mapped_column(ForeignKey("reason.key"))
    is_critical: Mapped[bool] = mapped_column(Boolean, default=False)
    problem: Mapped[str] = mapped_column(WORD, default="")
    file_print: Mapped[str] = mapped_column(String(20), default="")

    __table_args__ = (Index("exam_open", "added_on", sqlite_where=text(STILL_OPEN), postgresql_where=text(STILL_OPEN)),)


class KindRow(Base):
    """What results have in common: organ, quantity, class and ladder, or why there is none; thousands share a few."""

    __tablename__ = "kind"
    key: Mapped[int] = mapped_column(Integer, primary_key=True)
    organ: Mapped[str] = mapped_column(WORD, default="")
    quantity: Mapped[str] = mapped_column(WORD, default="")
    bound: Mapped[str] = mapped_column(String(5), default="")
    field: Mapped[str] = mapped_column(String(8), default="")
    grade: Mapped[str] = mapped_column(WORD, default="")
    severity: Mapped[str] = mapped_column(WORD, default="")
    ladder: Mapped[str] = mapped_column(WORD, default="")
    absence: Mapped[str] = mapped_column(WORD, default="")


class ResultRow(Base):
    """What was found of one organ in one exam, in the quantity of its class; its kind says why where there is none.

    There are three of each exam, so a row holds as little as it can: numbers have the seven digits of a short float.
    """

    __tablename__ = "result"
    exam_key: Mapped[int] = mapped_column(ForeignKey("exam.key"), primary_key=True)
    kind_key: Mapped[int] = mapped_column(ForeignKey("kind.key"), primary_key=True)
    value: Mapped[float | None] = mapped_column(REAL)
    low: Mapped[float | None] = mapped_column(REAL)
    high: Mapped[float | None] = mapped_column(REAL)
    is_latest: Mapped[bool] = mapped_column(Boolean, default=False)

    __table_args__ = (
        Index(
            "result_latest",
            "kind_key",
            "exam_key",
            sqlite_where=text("is_latest = 1"),  # word for word as it is asked, or the index is not used
            postgresql_where=text("is_latest"),
        ),
        {"sqlite_with_rowid": False},
    )


class UnderWayRow(Base):
    """An exam whose files were being written: after a power cut it is read from them again."""

    __tablename__ = "under_way"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
