"""A deleted account's subscription is ended at the payment provider, however long that takes"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription_ending",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner_id"),
    )
    op.create_index(op.f("ix_subscription_ending_due_at"), "subscription_ending", ["due_at"], unique=False)
    op.add_column("account_receipt", sa.Column("plan", sa.String(length=10), server_default="", nullable=False))
    op.alter_column("account_receipt", "plan", server_default=None)


def downgrade() -> None:
    op.drop_column("account_receipt", "plan")
    op.drop_table("subscription_ending")
