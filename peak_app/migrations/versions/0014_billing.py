"""Subscriptions as last known, and what happened to each meeting"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Of earlier meetings what they themselves still know.
_CARRY_OVER = """
INSERT INTO meeting_event (meeting_id, owner_id, kind, detail, at)
SELECT id, owner_id, kind, detail, at FROM (
  SELECT id, owner_id, 1 AS place, 'created' AS kind,
    coalesce(to_char(scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), '') AS detail, created_at AS at FROM meeting
  UNION ALL SELECT id, owner_id, 2, 'became', 'live', started_at FROM meeting WHERE started_at IS NOT NULL
  UNION ALL SELECT id, owner_id, 3, 'became', 'processing', ended_at FROM meeting WHERE ended_at IS NOT NULL
  UNION ALL SELECT id, owner_id, 4, 'became', status, status_at FROM meeting
    WHERE status IN ('completed', 'failed', 'cancelled')
) known ORDER BY at, place
"""


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("subscription_id", sa.String(length=80), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("standing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancels_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id"),
    )
    op.create_index(op.f("ix_subscription_due_at"), "subscription", ["due_at"], unique=False)
    op.create_table(
        "meeting_event",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_meeting_event_meeting_id"), "meeting_event", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_meeting_event_owner_id"), "meeting_event", ["owner_id"], unique=False)
    # Forced row-level security hides all rows from the owner too, who carries them over here.
    op.execute("ALTER TABLE meeting NO FORCE ROW LEVEL SECURITY")
    op.execute(_CARRY_OVER)
    op.execute("ALTER TABLE meeting FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    # The triggers, made with the policies, write what is gone now.
    op.execute("DROP TRIGGER IF EXISTS note_new_meetings ON meeting")
    op.execute("DROP TRIGGER IF EXISTS note_meeting_change ON meeting")
    op.drop_table("meeting_event")
    op.drop_table("subscription")
