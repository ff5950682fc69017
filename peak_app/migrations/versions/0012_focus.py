"""What a meeting is to practise"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("meeting", sa.Column("focus", sa.String(length=400), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("meeting", "focus")
