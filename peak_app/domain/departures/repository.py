"""Queries of leaving for good. Callers open the transaction and say for whom it is."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, delete, select

from peak_app.db.models import Mail
from peak_app.domain.accounts.models import Account, LoginLink, LoginSession
from peak_app.domain.billing.allowance import Standing
from peak_app.domain.billing.models import SubscriptionEnding
from peak_app.domain.billing.repository import find_subscription
from peak_app.domain.departures.models import AccountErasure, AccountReceipt, PlanOutcome
from peak_app.domain.meetings.models import CallLease, DeletionReceipt, Meeting
from peak_app.domain.meetings.status import MeetingStatus

LATE = timedelta(days=2)
"""So long ago a meeting may have been deleted of which something can still come in."""


def lock_account(session: Session, user_id: UUID) -> Account | None:
    """The account; until the transaction ends nobody begins anything that refers to it: a call, above all."""
    return session.exec(select(Account).where(Account.id == user_id).with_for_update()).first()


def is_in_call(session: Session, user_id: UUID) -> bool:
    leased = session.exec(select(CallLease.meeting_id).where(CallLease.owner_id == user_id).limit(1)).first()
    live = session.exec(
        select(Meeting.id).where(Meeting.owner_id == user_id, Meeting.status == MeetingStatus.LIVE).limit(1)
    ).first()
    return leased is not None or live is not None


def list_meetings_with_history(session: Session, user_id: UUID, at: datetime) -> list[UUID]:
    """Ids of all meetings, and of deleted ones whose deletion is not done, or was lately."""
    own = session.exec(select(Meeting.id).where(Meeting.owner_id == user_id)).all()
    deleted = session.exec(
        select(DeletionReceipt.meeting_id).where(
            DeletionReceipt.owner_id == user_id,
            or_(col(DeletionReceipt.done_at).is_(None), col(DeletionReceipt.asked_at) > at - LATE),
        )
    ).all()
    return [*own, *deleted]


def list_session_ids(session: Session, user_id: UUID) -> list[UUID]:
    return list(session.exec(select(LoginSession.id).where(LoginSession.owner_id == user_id)).all())


def delete_mail(session: Session, email: str) -> None:
    """What is known by the address alone, and so does not go with the account."""
    session.exec(delete(Mail).where(col(Mail.to_email) == email))
    session.exec(delete(LoginLink).where(col(LoginLink.email) == email))


def delete_account(session: Session, user_id: UUID) -> None:
    """The row, and by the database's own rules every row that refers to it."""
    session.exec(delete(Account).where(col(Account.id) == user_id))


def plan_ending(session: Session, user_id: UUID, receipt: AccountReceipt, at: datetime) -> None:
    """If they ever went to buy the paid plan, have the payment provider end what there is of it."""
    known = find_subscription(session, user_id, is_locked=True)
    if known is None:
        return
    if known.standing in (Standing.ACTIVE, Standing.PAST_DUE):
        receipt.plan = PlanOutcome.ENDING
    # Also where nothing is known of a purchase: it may be a minute old, or be made in a checkout that is still open.
    session.add(
        SubscriptionEnding(owner_id=user_id, receipt_id=receipt.id, provider=known.provider, created_at=at, due_at=at)
    )


def find_receipt(session: Session, token_hash: str) -> AccountReceipt | None:
    return session.exec(select(AccountReceipt).where(AccountReceipt.token_hash == token_hash)).first()


def get_erasure(session: Session, erasure_id: UUID, *, is_locked: bool = False) -> AccountErasure | None:
    statement = select(AccountErasure).where(AccountErasure.id == erasure_id)
    return session.exec(statement.with_for_update() if is_locked else statement).first()
