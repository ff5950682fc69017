"""Leaving with everything, deleting an account, and what left this machine"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_ids", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("receipt_link", sa.String(length=500), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "account_receipt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("row_counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("file_count", sa.Integer(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("run_count", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_table(
        "kept_minutes",
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address_hash"),
    )
    op.create_index(op.f("ix_kept_minutes_until"), "kept_minutes", ["until"], unique=False)
    op.create_table(
        "outflow",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(length=360), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("sent_bytes", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(op.f("ix_outflow_meeting_id"), "outflow", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_outflow_owner_id"), "outflow", ["owner_id"], unique=False)
    op.add_column("installation", sa.Column("vacated_at", sa.DateTime(timezone=True), nullable=True))
    # Written last mails are not kept once they are sent.
    op.add_column("mail", sa.Column("is_last", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.alter_column("mail", "is_last", server_default=None)


def downgrade() -> None:
    op.drop_column("mail", "is_last")
    op.drop_column("installation", "vacated_at")
    op.drop_table("outflow")
    op.drop_table("kept_minutes")
    op.drop_table("account_receipt")
    op.drop_table("account_erasure")
