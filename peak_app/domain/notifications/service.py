"""Telling people of their meetings: in the app and by mail, each thing once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.models import Account
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.notifications import reminders, repository
from peak_app.domain.notifications.choices import Choice, checked_choice, due_lead, next_reminder
from peak_app.domain.notifications.mail_text import reminder_message, results_message
from peak_app.domain.notifications.models import Kind, Notification
from peak_app.errors import TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.mailer import Message

LISTED = 20
"""How many the app shows."""
CHOSEN_PER_HOUR = 120
"""Choices one person may save, of which a form has two: each plans all their reminders anew."""
_BATCH = 500


@dataclass(frozen=True, slots=True)
class NotificationView:
    """`at`: of a reminder, when the meeting was to begin. `is_good`: of results, whether they are there."""

    notification_id: UUID
    meeting_id: UUID
    title: str
    kind: Kind
    at: datetime | None
    is_good: bool
    created_at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class Notifications:
    newest: Sequence[NotificationView]
    unread: int


class NotificationService:
    """The web process lists and chooses; the pipeline sends, with the worker's role.

    Args: origin: of the pages, for links in mails.
    """

    def __init__(self, sessions: TenantSessions, clock: Clock, origin: str) -> None:
        self._sessions = sessions
        self._clock = clock
        self._origin = origin
        self._chosen = AttemptLimit(CHOSEN_PER_HOUR, timedelta(hours=1))

    def list_newest(self, user_id: UUID) -> Notifications:
        """What the person was told in the app, newest first, and how much of all of it is unread."""
        with self._sessions.for_user(user_id) as session:
            rows = repository.list_newest(session, user_id, LISTED)
            return Notifications([_view(*row) for row in rows], repository.count_unread(session, user_id))

    def mark_read(self, user_id: UUID, notification_ids: Sequence[UUID] | None = None) -> None:
        """These, or (None) everything. Those of others are left alone, and nobody is told whether there are any."""
        with self._sessions.for_user(user_id) as session:
            repository.mark_read(session, user_id, notification_ids, self._clock())

    def get_choices(self, user_id: UUID) -> dict[Kind, Choice]:
        with self._sessions.for_user(user_id) as session:
            return {kind: repository.get_choice(session, user_id, kind) for kind in Kind}

    def choose(self, user_id: UUID, kind: Kind, *, in_app: object, by_mail: object, leads: object = ()) -> Choice:
        """How to be told from now on; what is planned already is reminded of accordingly.

        Raises:
            InvalidInput
            TooManyRequests: more than `CHOSEN_PER_HOUR`.
        """
        choice = checked_choice(kind, in_app, by_mail, leads)
        now = self._clock()
        if not self._chosen.admit(str(user_id), now):
            raise TooManyRequests(t("refusal.changed_often"))
        with self._sessions.for_user(user_id) as session:
            repository.upsert_choice(session, user_id, kind, choice)
            record(session, user_id, "notifications_chosen", user_id, now)
            if kind is Kind.REMINDER:
                reminders.plan_anew(session, user_id, now)
        return choice

    def list_due(self) -> list[tuple[UUID, UUID]]:
        """Owner and meeting of reminders that are due, of everyone, the oldest first."""
        with self._sessions.without_tenant() as session:
            return repository.list_due(session, self._clock(), _BATCH)

    def remind(self, owner_id: UUID, meeting_id: UUID) -> bool:
        """Send what is due for a meeting. May be repeated, and run twice at a time. False: nothing was to be sent."""
        now = self._clock()
        with self._sessions.for_user(owner_id) as session:
            return self._remind(session, owner_id, meeting_id, now)

    def tell_of_results(self, session: Session, meeting: Meeting) -> None:
        """In the transaction in which the results of a meeting came, or failed. Nobody waits for a made-up meeting."""
        choice = repository.get_choice(session, meeting.owner_id, Kind.RESULTS)
        if choice.is_off or meeting.is_demo:
            return
        is_good = meeting.status == MeetingStatus.COMPLETED
        told = Notification(
            owner_id=meeting.owner_id,
            meeting_id=meeting.id,
            kind=Kind.RESULTS,
            about=f"{meeting.status}:{meeting.status_at.isoformat()}",
            is_good=is_good,
            is_shown=choice.in_app,
            created_at=meeting.status_at,
        )
        if repository.add_notification(session, told) and choice.by_mail:
            account = session.get_one(Account, meeting.owner_id)
            link = self._link(meeting.id)
            message = results_message(account.email, meeting.title, link, is_good=is_good)
            self._send(session, message, link, meeting.status_at)

    def _remind(self, session: Session, owner_id: UUID, meeting_id: UUID, now: datetime) -> bool:
        # The meeting first, as whoever moves it does.
        meeting = repository.hold_meeting(session, meeting_id)
        planned = repository.find_due(session, meeting_id, now)
        if meeting is None or planned is None:
            return False
        choice = repository.get_choice(session, owner_id, Kind.REMINDER)
        lead = due_lead(planned.starts_at, choice.wanted_leads, planned.planned_at, now)
        planned.remind_at = next_reminder(planned.starts_at, choice.wanted_leads, now)
        if lead is None or meeting.status != MeetingStatus.SCHEDULED:
            return False
        told = Notification(
            owner_id=owner_id,
            meeting_id=meeting_id,
            kind=Kind.REMINDER,
            about=f"{planned.starts_at.astimezone(UTC).isoformat()}/{lead}",
            at=planned.starts_at,
            is_shown=choice.in_app,
            created_at=now,
        )
        if not repository.add_notification(session, told):
            return False
        if choice.by_mail:
            account = session.get_one(Account, owner_id)
            link, zone = self._link(meeting_id), _zone_of(account.time_zone)
            message = reminder_message(account.email, meeting.title, planned.starts_at, zone, link)
            self._send(session, message, link, now)
        return True

    def _link(self, meeting_id: UUID) -> str:
        return f"{self._origin}/meetings/{meeting_id}"

    def _send(self, session: Session, message: Message, link: str, at: datetime) -> None:
        session.add(
            Mail(to_email=message.to_email, subject=message.subject[:200], text=message.text, link=link, created_at=at)
        )


def _view(notification: Notification, meeting: Meeting) -> NotificationView:
    return NotificationView(
        notification_id=notification.id,
        meeting_id=meeting.id,
        title=meeting.title,
        kind=Kind(notification.kind),
        at=notification.at,
        is_good=notification.is_good,
        created_at=notification.created_at,
        is_read=notification.read_at is not None,
    )


def _zone_of(name: str) -> ZoneInfo:
    """The zone with that name; UTC when there is none any more, so that nobody misses a reminder over it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
