"""Scorecards: several of a meeting, so that old and new scores can be compared"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scorecard",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("rubric", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("engine", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("prompt_version", sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
        sa.Column("input_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("meeting_id", "input_hash"),
    )
    op.create_index(op.f("ix_scorecard_meeting_id"), "scorecard", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_scorecard_owner_id"), "scorecard", ["owner_id"], unique=False)


def downgrade() -> None:
    op.drop_table("scorecard")
