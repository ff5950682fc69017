"""Plans, reminders and calendars: where a meeting stands in time, its score, and what people are told"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meeting", sa.Column("plan_number", sa.Integer(), nullable=False, server_default="0"))
    op.alter_column("meeting", "plan_number", server_default=None)
    op.add_column("meeting", sa.Column("score", sa.Float(), nullable=True))
    op.add_column(
        "meeting",
        sa.Column(
            "happens_at",
            sa.DateTime(timezone=True),
            sa.Computed("coalesce(started_at, scheduled_at, created_at)", persisted=True),
            nullable=True,
        ),
    )
    op.drop_index(op.f("ix_meeting_owner_id"), table_name="meeting")
    op.create_index("ix_meeting_listed", "meeting", ["owner_id", "happens_at", "id"])
    # Whoever sees a meeting sees what its agent was: the policy looks for one.
    op.create_index(op.f("ix_meeting_agent_version_id"), "meeting", ["agent_version_id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("about", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_good", sa.Boolean(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("meeting_id", "kind", "about"),
    )
    op.create_index(op.f("ix_notification_owner_id"), "notification", ["owner_id"], unique=False)
    op.create_index(op.f("ix_notification_meeting_id"), "notification", ["meeting_id"], unique=False)
    op.create_table(
        "notification_choice",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
        sa.Column("in_app", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("leads", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id", "kind"),
    )
    op.create_table(
        "planned_time",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meeting_id"),
    )
    op.create_index(op.f("ix_planned_time_owner_id"), "planned_time", ["owner_id"], unique=False)
    op.create_index(op.f("ix_planned_time_remind_at"), "planned_time", ["remind_at"], unique=False)
    op.create_table(
        "calendar_feed",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id"),
        sa.UniqueConstraint("token_hash"),
    )
    _carry_over()


def _carry_over() -> None:
    # Forced row-level security hides all rows from the owner too, who carries them over here.
    for table in ("meeting", "scorecard"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    # As `scorecards.scorecard.mean_of` counts it: half of the criteria must have a score.
    op.execute(
        """UPDATE meeting m SET score = counted.mean FROM (
          SELECT DISTINCT ON (s.meeting_id) s.meeting_id, given.mean
          FROM scorecard s CROSS JOIN LATERAL (
            SELECT CASE WHEN 2 * count(r->>'score') >= count(*) THEN avg((r->>'score')::int) END AS mean
            FROM jsonb_array_elements(s.content->'results') r
          ) given
          ORDER BY s.meeting_id, s.counts_since DESC, s.id DESC
        ) counted WHERE counted.meeting_id = m.id AND counted.mean IS NOT NULL"""
    )
    # An hour before is when someone is reminded who has chosen nothing.
    op.execute(
        """INSERT INTO planned_time (meeting_id, owner_id, starts_at, planned_at, remind_at)
        SELECT id, owner_id, scheduled_at, now(), CASE WHEN scheduled_at > now() + interval '1 hour' THEN scheduled_at - interval '1 hour' END
        FROM meeting WHERE status = 'scheduled' AND scheduled_at > now() AND NOT is_demo"""
    )
    for table in ("meeting", "scorecard"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    for table in ("calendar_feed", "planned_time", "notification_choice", "notification"):
        op.drop_table(table)
    op.drop_index(op.f("ix_meeting_agent_version_id"), table_name="meeting")
    op.drop_index("ix_meeting_listed", table_name="meeting")
    for column in ("happens_at", "score", "plan_number"):
        op.drop_column("meeting", column)
    op.create_index(op.f("ix_meeting_owner_id"), "meeting", ["owner_id"], unique=False)
