"""Smaller tables: the organ stands with its kind, and what no question asks for is gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

WORD = sa.String(40)


def upgrade() -> None:
    """Keep what the results say, in narrower rows; the studies of the exams stand in their files."""
    op.drop_index("exam_study", "exam")
    op.drop_column("exam", "study")
    op.execute(
        "CREATE TEMPORARY TABLE held AS "
        "SELECT r.exam_key, r.organ, k.*, r.is_latest, r.value, r.low, r.high FROM result r "
        "JOIN kind k ON k.key = r.kind_key"
    )
    op.drop_table("result")
    op.drop_table("kind")
    _make_tables()
    op.execute(
        "INSERT INTO kind (key, organ, quantity, bound, field, grade, severity, ladder, absence) "
        "SELECT ROW_NUMBER() OVER (ORDER BY organ, key), "
        "organ, quantity, bound, field, grade, severity, ladder, absence "
        "FROM (SELECT DISTINCT organ, key, quantity, bound, field, grade, severity, ladder, absence FROM held) d"
    )
    op.execute(
        "INSERT INTO result (exam_key, kind_key, value, low, high, is_latest) "
        "SELECT h.exam_key, k.key, h.value, h.low, h.high, h.is_latest FROM held h JOIN kind k ON k.organ = h.organ "
        "AND k.quantity = h.quantity AND k.bound = h.bound AND k.field = h.field AND k.grade = h.grade "
        "AND k.severity = h.severity AND k.ladder = h.ladder AND k.absence = h.absence"
    )
    op.execute("DROP TABLE held")


def _make_tables() -> None:
    op.create_table(
        "kind",
        sa.Column("key", sa.Integer, primary_key=True),
        sa.Column("organ", WORD, nullable=False),
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
        sa.Column("kind_key", sa.Integer, sa.ForeignKey("kind.key"), primary_key=True),
        sa.Column("value", sa.REAL),
        sa.Column("low", sa.REAL),
        sa.Column("high", sa.REAL),
        sa.Column("is_latest", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "result_latest",
        "result",
        ["kind_key", "exam_key"],
        sqlite_where=sa.text("is_latest = 1"),
        postgresql_where=sa.text("is_latest"),
    )
