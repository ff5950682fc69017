"""How sure the recogniser was of a turn"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("utterance", sa.Column("confidence", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("utterance", "confidence")
