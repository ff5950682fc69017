"""The step that read numbers from words is the step that listens: what it left behind has its name"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rename_step("insights", "delivery")


def downgrade() -> None:
    _rename_step("delivery", "insights")


def _rename_step(before: str, after: str) -> None:
    # The owner of a forced table sees no row of it either, unless the owner is a superuser.
    op.execute("ALTER TABLE pipeline_step NO FORCE ROW LEVEL SECURITY")
    op.execute(f"UPDATE pipeline_step SET name = '{after}' WHERE name = '{before}'")  # noqa: S608  # both are constants
    op.execute("ALTER TABLE pipeline_step FORCE ROW LEVEL SECURITY")
