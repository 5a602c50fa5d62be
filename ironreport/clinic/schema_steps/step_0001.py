"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PSEUDONYM, ID, DATE, WORD = sa.String(11), sa.String(16), sa.String(10), sa.String(40)


def upgrade() -> None:
    """Make reasons, patients, marks, exams, results, and the list of what is being written."""
    op.create_table(
        "reason",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("text", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "patient",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("pseudonym", PSEUDONYM, nullable=False, unique=True),
        sa.Column("same_as", PSEUDONYM, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("disease", WORD, nullable=False),
        sa.Column("n_exams", sa.Integer, nullable=False),
        sa.Column("last_exam", DATE, nullable=False),
        sa.Column("due", DATE, nullable=False),
        sa.Column("due_to", DATE, nullable=False),
        sa.Column("due_of", DATE, nullable=False),
        sa.Column("months", sa.Integer),
        sa.Column("reason_key", sa.Integer, sa.ForeignKey("reason.key")),
        sa.Column("rule", WORD, nullable=False),
    )
    op.create_index("patient_due", "patient", ["due"])
    op.create_index("patient_last_exam", "patient", ["last_exam"])
    op.create_table(
        "mark",
        sa.Column("mark", sa.String(20), primary_key=True),
        sa.Column("patient_key", sa.Integer, sa.ForeignKey("patient.key"), primary_key=True),
    )
    _make_exams()
    _make_results()
    op.create_table("under_way", sa.Column("id", ID, primary_key=True))


def _make_exams() -> None:
    op.create_table(
        "exam",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("id", ID, nullable=False, unique=True),
        sa.Column("patient_key", sa.Integer, sa.ForeignKey("patient.key"), nullable=False, index=True),
        sa.Column("exam_date", DATE, nullable=False),
        sa.Column("added_on", DATE, nullable=False, index=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("study", sa.String(20), nullable=False),
        sa.Column("second_of", ID, nullable=False),
        sa.Column("disease", WORD, nullable=False),
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("n_images", sa.Integer, nullable=False),
        sa.Column("n_doubts", sa.Integer, nullable=False),
        sa.Column("months", sa.Integer),
        sa.Column("months_to", sa.Integer),
        sa.Column("rule", WORD, nullable=False),
        sa.Column("reason_key", sa.Integer, sa.ForeignKey("reason.key")),
        sa.Column("is_critical", sa.Boolean, nullable=False),
        sa.Column("problem", WORD, nullable=False),
        sa.Column("file_print", sa.String(20), nullable=False),
    )
    still_open = sa.text("state <> 'signed'")
    op.create_index("exam_open", "exam", ["added_on"], sqlite_where=still_open, postgresql_where=still_open)
    has_study = sa.text("study <> ''")
    op.create_index("exam_study", "exam", ["study"], sqlite_where=has_study, postgresql_where=has_study)


def _make_results() -> None:
    op.create_table(
        "kind",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("quantity", WORD, nullable=False),
        sa.Column("bound", sa.String(5), nullable=False),
        sa.Column("field", sa.String(8), nullable=False),
        sa.Column("grade", WORD, nullable=False),
        sa.Column("severity", WORD, nullable=False),
        sa.Column("ladder", WORD, nullable=False),
        sa.Column("absence", WORD, nullable=False),
    )
    op.create_table(
        "result",
        sa.Column("exam_key", sa.Integer, sa.ForeignKey("exam.key"), primary_key=True),
        sa.Column("organ", WORD, primary_key=True),
        sa.Column("patient_key", sa.Integer, nullable=False),
        sa.Column("kind_key", sa.Integer, sa.ForeignKey("kind.key"), nullable=False),
        sa.Column("year", sa.String(4), nullable=False),
        sa.Column("is_latest", sa.Boolean, nullable=False),
        sa.Column("value", sa.Float),
        sa.Column("low", sa.Float),
        sa.Column("high", sa.Float),
        sqlite_with_rowid=False,
    )
    op.create_index("result_by_year", "result", ["organ", "year", "kind_key"])
    op.create_index(
        "result_latest",
        "result",
        ["organ", "patient_key"],
        sqlite_where=sa.text("is_latest = 1"),
        postgresql_where=sa.text("is_latest"),
    )
