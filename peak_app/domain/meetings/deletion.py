"""Deleting a meeting: its rows at once, its files and the pipeline's history of it soon after, with a receipt.

Rows go in the transaction of the person who asks: from then on no list, page, search or route knows the meeting, and no
step of the pipeline that still works on it can write anything, for there is no meeting to write it for. What is left
are files and what Dagster knows; the event of the same transaction sees to them, as often as it takes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, select

from peak_app.db.audit import record
from peak_app.db.outbox import MEETING_DELETED, publish
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.billing.ledger import book
from peak_app.domain.meetings import repository
from peak_app.domain.meetings.models import DeletionReceipt, Meeting
from peak_app.domain.meetings.parts import count_parts
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.progress.repository import count_days
from peak_app.errors import Conflict, NotFound, PeakError, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.storage import MediaUsage

DELETED_PER_HOUR = 60
"""Of one person: each deletion is a run of the pipeline."""
RECEIPT_LIMIT = 50
"""How many receipts are shown."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A meeting that was not deleted, and the sentence why. `title` is empty where there is no such meeting."""

    meeting_id: UUID
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of several meetings at once."""

    receipts: Sequence[DeletionReceipt]
    refusals: Sequence[Refusal]


class DeletionService:
    """The web process asks, with its own role; the pipeline does the rest with the worker's."""

    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._deleted = AttemptLimit(DELETED_PER_HOUR, timedelta(hours=1))

    def delete_meeting(self, user_id: UUID, meeting_id: UUID) -> DeletionReceipt:
        """Delete every row of a meeting and have the rest deleted. Asking twice gives the same receipt.

        Minutes that were used stay used: those of a call that was not booked yet are booked first.

        Raises:
            NotFound: also for a meeting of someone else.
            Conflict: it is being held.
            TooManyRequests: more than `DELETED_PER_HOUR`.
        """
        now = self._clock()
        with self._sessions.for_user(user_id) as session:
            meeting = session.exec(
                # Whoever writes something for the meeting in this moment is waited for.
                select(Meeting).where(Meeting.id == meeting_id, Meeting.owner_id == user_id).with_for_update()
            ).first()
            if meeting is None:
                known = _find_receipt(session, col(DeletionReceipt.meeting_id) == meeting_id)
                if known is None:
                    raise NotFound(t("refusal.meeting_missing"))
                return known
            if meeting.status == MeetingStatus.LIVE or repository.find_lease(session, meeting_id):
                raise Conflict(t("refusal.being_held"))
            if not self._deleted.admit(str(user_id), now):
                raise TooManyRequests(t("deletion.too_many"))
            if meeting.ended_at is not None:
                book(session, meeting, now)
            receipt = DeletionReceipt(
                owner_id=user_id,
                meeting_id=meeting_id,
                row_counts={"meeting": 1, **count_parts(session, meeting_id)},
                asked_at=now,
            )
            session.execute(delete(Meeting).where(col(Meeting.id) == meeting_id))
            count_days(session, user_id, now)
            session.add(receipt)
            record(session, user_id, "meeting_deleted", meeting_id, now)
            publish(
                session, MEETING_DELETED, owner_id=user_id, meeting_id=None, payload={"receipt_id": str(receipt.id)}
            )
            return receipt

    def delete_meetings(self, user_id: UUID, meeting_ids: Iterable[UUID]) -> Deleted:
        """Each of them by itself: one that is refused holds up no other. Asking twice deletes nothing twice."""
        receipts: list[DeletionReceipt] = []
        refusals: list[Refusal] = []
        for meeting_id in dict.fromkeys(meeting_ids):
            try:
                receipts.append(self.delete_meeting(user_id, meeting_id))
            except PeakError as refusal:
                refusals.append(Refusal(meeting_id, self._find_title(user_id, meeting_id), refusal.sentence))
        return Deleted(receipts, refusals)

    def list_receipts(self, user_id: UUID) -> Sequence[DeletionReceipt]:
        """The person's receipts, newest first."""
        with self._sessions.for_user(user_id) as session:
            newest = select(DeletionReceipt).order_by(col(DeletionReceipt.asked_at).desc()).limit(RECEIPT_LIMIT)
            return session.exec(newest.where(DeletionReceipt.owner_id == user_id)).all()

    def _find_title(self, user_id: UUID, meeting_id: UUID) -> str:
        with self._sessions.for_user(user_id) as session:
            own = select(Meeting.title).where(Meeting.id == meeting_id, Meeting.owner_id == user_id)
            return session.exec(own).first() or ""

    def get_receipt(self, owner_id: UUID, receipt_id: UUID) -> DeletionReceipt:
        """Raises: NotFound."""
        with self._sessions.for_user(owner_id) as session:
            return _get_receipt(session, receipt_id)

    def note_found(
        self, owner_id: UUID, receipt_id: UUID, *, media: MediaUsage | None = None, runs: int | None = None
    ) -> None:
        """Write down what is about to go. After a crash less is found than there was: the most counts."""
        with self._sessions.for_user(owner_id) as session:
            receipt = _get_receipt(session, receipt_id)
            if media is not None:
                receipt.file_count = max(receipt.file_count, media.file_count)
                receipt.byte_count = max(receipt.byte_count, media.byte_count)
            if runs is not None:
                receipt.run_count = max(receipt.run_count, runs)

    def finish(self, owner_id: UUID, receipt_id: UUID) -> None:
        """Nothing of the meeting is left. Repeating it changes nothing."""
        with self._sessions.for_user(owner_id) as session:
            receipt = _get_receipt(session, receipt_id)
            receipt.done_at = receipt.done_at or self._clock()


def _find_receipt(session: Session, condition: ColumnElement[bool]) -> DeletionReceipt | None:
    return session.exec(select(DeletionReceipt).where(condition)).first()


def _get_receipt(session: Session, receipt_id: UUID) -> DeletionReceipt:
    receipt = _find_receipt(session, col(DeletionReceipt.id) == receipt_id)
    if receipt is None:
        raise NotFound(t("refusal.receipt_missing"))
    return receipt
