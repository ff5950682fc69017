"""How results came about, since when a scorecard counts, when results were asked for again; practice by day"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_READ = ("pipeline_step", "insight", "recording", "scorecard")

# What a run found unchanged was made by another one, which nobody wrote down.
_CARRY_OVER = """
INSERT INTO making (meeting_id, name, input_hash, owner_id, run_id, took_ms, facts, made_at)
SELECT meeting_id, name, input_hash, owner_id, CASE WHEN is_unchanged THEN '' ELSE run_id END,
  CASE WHEN is_unchanged THEN (facts->>'took_ms')::int ELSE duration_ms END, facts - 'unchanged' - 'took_ms', finished_at
FROM (
  SELECT s.*, coalesce((s.facts->>'unchanged')::boolean, false) AS is_unchanged, coalesce(s.facts->>'input',
    (SELECT i.input_hash FROM insight i WHERE i.meeting_id = s.meeting_id AND s.name = 'delivery'),
    (SELECT r.input_hash FROM recording r WHERE r.meeting_id = s.meeting_id AND s.name = 'recording'), '') AS input_hash
  FROM pipeline_step s WHERE s.status = 'done'
) made WHERE input_hash <> ''
"""


def _show_rows(*, to_owner: bool) -> None:
    # Forced row-level security hides all rows from the owner too, who carries them over here.
    for table in _READ:
        op.execute(f"ALTER TABLE {table} {'NO ' if to_owner else ''}FORCE ROW LEVEL SECURITY")


def upgrade() -> None:
    _show_rows(to_owner=True)
    op.add_column("meeting", sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("scorecard", sa.Column("counts_since", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE scorecard SET counts_since = created_at")
    op.alter_column("scorecard", "counts_since", nullable=False)
    op.create_table(
        "making",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("input_hash", sa.String(length=64), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meeting_id", "name", "input_hash"),
    )
    op.create_index(op.f("ix_making_owner_id"), "making", ["owner_id"], unique=False)
    op.execute(_CARRY_OVER)
    op.create_table(
        "progress_day",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("meetings", sa.Integer(), nullable=False),
        sa.Column("practice_ms", sa.BigInteger(), nullable=False),
        sa.Column("mean_score", sa.Float(), nullable=True),
        sa.Column("words_per_minute", sa.Float(), nullable=True),
        sa.Column("fillers_per_minute", sa.Float(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "day"),
    )
    _show_rows(to_owner=False)


def downgrade() -> None:
    op.drop_table("progress_day")
    op.drop_table("making")
    op.drop_column("scorecard", "counts_since")
    op.drop_column("meeting", "asked_again_at")
