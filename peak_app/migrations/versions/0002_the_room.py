"""The room: recording by choice, where a reply's delay went, cut-offs, bridges and those who wait for one"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workspace", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("meeting", sa.Column("is_recorded", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("meeting", sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "utterance",
        sa.Column("delay_parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"),
    )
    op.add_column("utterance", sa.Column("was_cut_off", sa.Boolean(), nullable=False, server_default=sa.false()))
    for table, column in (("meeting", "is_recorded"), ("utterance", "delay_parts"), ("utterance", "was_cut_off")):
        op.alter_column(table, column, server_default=None)
    op.create_table(
        "bridge",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("loop_lag_ms", sa.Float(), nullable=False),
        sa.Column("is_draining", sa.Boolean(), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_bridge_heartbeat_at"), "bridge", ["heartbeat_at"], unique=False)
    op.create_table(
        "waiting_call",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meeting_id"),
    )
    op.create_index(op.f("ix_waiting_call_owner_id"), "waiting_call", ["owner_id"], unique=False)
    op.create_index(op.f("ix_waiting_call_waiting_since"), "waiting_call", ["waiting_since"], unique=False)


def downgrade() -> None:
    op.drop_table("waiting_call")
    op.drop_table("bridge")
    op.drop_column("utterance", "was_cut_off")
    op.drop_column("utterance", "delay_parts")
    op.drop_column("meeting", "consented_at")
    op.drop_column("meeting", "is_recorded")
    op.drop_column("workspace", "retention_days")
