"""Which tables hold something of a meeting. Read from the schema, so that a table made later is not forgotten."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Table, func, select
from sqlmodel import Session, SQLModel

from peak_app.domain.meetings.models import Meeting


def tables_of_a_meeting() -> list[Table]:
    """Every table whose rows refer to a meeting; they go with it."""
    meeting = SQLModel.metadata.tables[str(Meeting.__tablename__)]
    return [
        table
        for table in SQLModel.metadata.sorted_tables
        if any(key.column.table is meeting for key in table.foreign_keys)
    ]


def count_parts(session: Session, meeting_id: UUID) -> Mapping[str, int]:
    """Rows of a meeting that its person sees, by table, without those of which there are none."""
    counts = {
        table.name: session.execute(
            select(func.count()).select_from(table).where(table.c.meeting_id == meeting_id)
        ).scalar_one()
        for table in tables_of_a_meeting()
    }
    return {name: count for name, count in counts.items() if count}
