"""Transactions that say for whom they are. There is no other way to reach a tenant's rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Engine, text
from sqlmodel import Session

LONGEST_WAIT_S = 600
"""How long someone waits for their turn."""


class TenantSessions:
    """Opens one transaction per use case: committed when the `with` ends, rolled back when it raises.

    The tenant is a transaction-local setting that row-level security reads, so it ends with the transaction also behind
    a pooler, and forgetting it shows nothing instead of everything.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def _open(self, setting: str | None = None, value: str = "") -> Iterator[Session]:
        # Rows outlive the transaction as plain values: services hand them out after commit.
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            if setting:
                session.execute(text("select set_config(:name, :value, true)"), {"name": setting, "value": value})
            yield session

    @contextmanager
    def for_user(self, user_id: UUID) -> Iterator[Session]:
        """A transaction that sees what this person may see."""
        with self._open("app.user_id", str(user_id)) as session:
            yield session

    @contextmanager
    def for_email(self, email: str) -> Iterator[Session]:
        """A transaction of someone who is signing in: sees the account and links of this address only."""
        with self._open("app.email", email) as session:
            yield session

    @contextmanager
    def for_token(self, token_hash: str) -> Iterator[Session]:
        """A transaction of someone who shows a secret: sees the link or session with this hash only."""
        with self._open("app.token_hash", token_hash) as session:
            yield session

    @contextmanager
    def mailroom(self) -> Iterator[Session]:
        """A transaction that sees outgoing mail, and nothing else."""
        with self._open("app.mailroom", "open") as session:
            yield session

    @contextmanager
    def till(self) -> Iterator[Session]:
        """A transaction that sees whose subscriptions are to be asked for, and nothing else."""
        with self._open("app.till", "open") as session:
            yield session

    @contextmanager
    def bell(self) -> Iterator[Session]:
        """A transaction that sees whose calls a room service holds, and nothing else."""
        with self._open("app.bell", "open") as session:
            yield session

    @contextmanager
    def without_tenant(self) -> Iterator[Session]:
        """A transaction that sees no tenant's rows: for the worker's outbox and leases, and the installation."""
        with self._open() as session:
            yield session

    @contextmanager
    def alone(self, work: str) -> Iterator[None]:
        """For as long as this lasts, whoever else says the same waits, in whatever process.

        It ends with the process, however that ends. Nothing is read or written within the transaction that holds it.

        Raises:
            sqlalchemy.exc.OperationalError: someone else took longer than `LONGEST_WAIT_S`.
        """
        with self._open() as session:
            session.execute(text(f"set local lock_timeout = '{LONGEST_WAIT_S}s'"))
            # Some services end transactions that do nothing; this one's work is done elsewhere.
            session.execute(text("set local idle_in_transaction_session_timeout = 0"))
            session.execute(text("select pg_advisory_xact_lock(hashtextextended(:work, 0))"), {"work": work})
            yield


def act_for(session: Session, user_id: UUID) -> None:
    """Go on in the same transaction as this person, once signing in has found out who it is."""
    session.execute(text("select set_config('app.user_id', :value, true)"), {"value": str(user_id)})


def also_by_email(session: Session, email: str) -> None:
    """Let the same transaction see what is known by this address as well: its account and links."""
    session.execute(text("select set_config('app.email', :value, true)"), {"value": email})


def also_by_token(session: Session, token_hash: str) -> None:
    """Let the same transaction see what is known by this hash of a secret as well."""
    session.execute(text("select set_config('app.token_hash', :value, true)"), {"value": token_hash})


def also_in_mailroom(session: Session) -> None:
    """Let the same transaction see outgoing mail as well."""
    session.execute(text("select set_config('app.mailroom', 'open', true)"))
