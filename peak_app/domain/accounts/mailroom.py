"""Outgoing mail: sent by a mail server, or kept for the local inbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, delete, select, update

from peak_app.config import Settings
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.ports.clock import Clock, system_clock
from peak_app.ports.mailer import Message
from peak_app.this_machine import is_loopback

RETRY_AFTER_S = (0, 5, 20, 60, 180, 420)
"""Seconds after a mail was written at which it is tried; later than a link's life there is no use in it."""
KEPT_FOR = timedelta(days=1)
_BATCH = 20
_INBOX_LIMIT = 50


@dataclass(frozen=True, slots=True)
class InboxMail:
    to_email: str
    subject: str
    text: str
    link: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DueMail:
    mail_id: UUID
    message: Message
    is_last_try: bool


def has_local_inbox(settings: Settings) -> bool:
    """Whether mail is shown at /dev/inbox: only without a mail server, and only to this very machine.

    Listening on loopback is not enough: a proxy on this machine would let everyone in.
    """
    public_host = urlsplit(settings.origin).hostname or ""
    return settings.smtp_host is None and is_loopback(settings.host) and is_loopback(public_host)


class Mailroom:
    """All methods block; call them in a thread."""

    def __init__(self, sessions: TenantSessions, clock: Clock = system_clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def list_newest(self) -> Sequence[InboxMail]:
        """What the local inbox shows, newest first."""
        with self._sessions.mailroom() as session:
            rows = session.exec(select(Mail).order_by(col(Mail.created_at).desc()).limit(_INBOX_LIMIT)).all()
            return [InboxMail(row.to_email, row.subject, row.text, row.link, row.created_at) for row in rows]

    def claim_due(self) -> Sequence[DueMail]:
        """Mails to try now. Each try is counted before it is made, so that a crash can't repeat one for ever."""
        at = self._clock()
        due = or_(
            *(
                (col(Mail.attempts) == tries) & (col(Mail.created_at) <= at - timedelta(seconds=wait_s))
                for tries, wait_s in enumerate(RETRY_AFTER_S)
            )
        )
        with self._sessions.mailroom() as session:
            # Two web processes never try the same mail at the same time.
            chosen = (
                select(Mail.id)
                .where(col(Mail.sent_at).is_(None), due)
                .order_by(col(Mail.created_at))
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            )
            rows = session.exec(
                update(Mail).where(col(Mail.id).in_(chosen)).values(attempts=Mail.attempts + 1).returning(Mail)  # pyright: ignore[reportArgumentType]
            )
            return [
                DueMail(
                    mail.id,
                    Message(to_email=mail.to_email, subject=mail.subject, text=mail.text),
                    is_last_try=mail.attempts >= len(RETRY_AFTER_S),
                )
                for (mail,) in rows
            ]

    def mark_sent(self, mail_id: UUID) -> None:
        """It was taken by the server: its words, and the link in them, are not kept."""
        self._blank(mail_id, {"sent_at": self._clock()})

    def give_up(self, mail_id: UUID) -> None:
        """No server took it in time, or one refused it for good."""
        self._blank(mail_id, {"attempts": len(RETRY_AFTER_S)})

    def _blank(self, mail_id: UUID, more: Mapping[str, object]) -> None:
        with self._sessions.mailroom() as session:
            # Of the last mail to someone who has left, not even the address is kept.
            session.exec(delete(Mail).where(col(Mail.id) == mail_id, col(Mail.is_last).is_(True)))
            session.exec(update(Mail).where(col(Mail.id) == mail_id).values(text="", link="", **more))

    def clear_old(self) -> None:
        """Delete mails nobody can use any more."""
        with self._sessions.mailroom() as session:
            session.exec(delete(Mail).where(col(Mail.created_at) < self._clock() - KEPT_FOR))
