"""Which tables hold something of a person, and by which column. Read from the schema, so that none is forgotten.

What is exported, counted and deleted follows from it. A table must either lead to a person here or stand in `NOBODYS`
with a reason; a test sees to that.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Table, func, select
from sqlmodel import Session, SQLModel

from peak_app.db.tenancy import also_by_email, also_in_mailroom
from peak_app.domain.accounts.models import Account

NOBODYS: Final[Mapping[str, str]] = {
    "installation": "which account is the operator's: that it is, is not theirs to take along",
    "bridge": "processes of this installation",
    "sign_in_start": "begun before anyone knows who it is, and gone when it is answered",
    "webhook_delivery": "what payment providers sent, before anyone knows whom it is about",
    "account_erasure": "made when an account is deleted",
    "account_receipt": "made when an account is deleted, and says of nobody whose it was",
    "subscription_ending": "made when an account is deleted, so that nobody goes on paying",
    "kept_minutes": "made when an account is deleted; found by whoever knows the address only",
}
SECRET_COLUMNS: Final[Mapping[str, frozenset[str]]] = {
    # Sign-in mails hold what lets one in.
    "mail": frozenset({"text", "link"}),
}
_SECRET = re.compile(r"(^|_)(token|secret|password|code|browser|key|feed)_hash$|(^|_)(token|secret|password)$")


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of `table` are of the person whose id, or address, stands in `column`."""

    table: Table
    column: Column
    by: Literal["person", "address"]

    def of(self, user_id: UUID, email: str) -> ColumnElement[bool]:
        return self.column == (user_id if self.by == "person" else email)

    @property
    def shown_columns(self) -> list[str]:
        """Those without secrets, in the table's order."""
        return [column.name for column in self.table.columns if not is_secret_column(self.table.name, column.name)]


def is_secret_column(table: str, column: str) -> bool:
    """Whether it would let someone in: such columns never leave."""
    return column in SECRET_COLUMNS.get(table, ()) or _SECRET.search(column) is not None


def belongings() -> list[Belonging]:
    """Every table with something of a person, those that others refer to first."""
    found = [_find(table) for table in SQLModel.metadata.sorted_tables if table.name not in NOBODYS]
    return [belonging for belonging in found if belonging is not None]


def _find(table: Table) -> Belonging | None:
    account = SQLModel.metadata.tables[str(Account.__tablename__)]
    if table is account:
        return Belonging(table, table.c.id, "person")
    for column in table.columns:
        if any(key.column is account.c.id for key in column.foreign_keys):
            return Belonging(table, column, "person")
    named = next((table.c[name] for name in ("email", "to_email") if name in table.c), None)
    return Belonging(table, named, "address") if named is not None else None


def open_everything(session: Session, email: str) -> None:
    """Let a transaction of a person also see what is known by their address: links to sign in, and mail.

    The mail of others is seen as well: whoever asks for mail names the address, as `Belonging.of` does.
    """
    also_by_email(session, email)
    also_in_mailroom(session)


def count_belongings(session: Session, user_id: UUID, email: str) -> dict[str, int]:
    """Rows of a person by table, without those of which there are none. After `open_everything`."""
    counts = {
        each.table.name: session.execute(
            select(func.count()).select_from(each.table).where(each.of(user_id, email))
        ).scalar_one()
        for each in belongings()
    }
    return {name: count for name, count in counts.items() if count}
