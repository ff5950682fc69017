"""What is left to erase of deleted accounts, for the pipeline. With the worker's role; nobody's rows are in it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import String, cast, func
from sqlmodel import Session, col, delete, select, update

from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.billing.models import SubscriptionEnding, WebhookDelivery
from peak_app.domain.billing.sandbox import SANDBOX
from peak_app.domain.departures import repository
from peak_app.domain.departures.errors import NoSuchReceipt
from peak_app.domain.departures.models import AccountErasure, AccountReceipt, KeptMinutes
from peak_app.domain.departures.service import RECEIPT_LINK_LIFE
from peak_app.i18n.catalogue import plural, t
from peak_app.ports.clock import Clock
from peak_app.ports.storage import MediaUsage

FIRST_WAIT = timedelta(seconds=8)
"""So long what was under way may take to notice that there is no account any more. Twice as long after each attempt."""
DOUBLINGS = 8
"""After so many, half an hour."""


class ErasureService:
    """Every method may be repeated."""

    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def list_due(self, limit: int = 10) -> Sequence[AccountErasure]:
        """Those that are not done and have waited long enough, least tried first. None is ever given up."""
        attempts = col(AccountErasure.attempts)
        age_s = func.extract("epoch", self._clock() - col(AccountErasure.created_at))
        wait_s = FIRST_WAIT.total_seconds() * func.power(2, func.least(attempts, DOUBLINGS))
        due = select(AccountErasure).where(
            col(AccountErasure.done_at).is_(None),
            # Doubled up to half an hour, and after that once more for each attempt.
            age_s > wait_s * func.greatest(1, attempts - DOUBLINGS),
        )
        with self._sessions.without_tenant() as session:
            return session.exec(due.order_by(attempts, col(AccountErasure.created_at)).limit(limit)).all()

    def list_done(self) -> Sequence[AccountErasure]:
        """Those that were done lately: something may have come in after."""
        with self._sessions.without_tenant() as session:
            return session.exec(select(AccountErasure).where(col(AccountErasure.done_at).is_not(None))).all()

    def get(self, erasure_id: UUID) -> AccountErasure:
        """Raises: NoSuchReceipt."""
        with self._sessions.without_tenant() as session:
            return _get(session, erasure_id)

    def get_row_counts(self, erasure_id: UUID) -> Mapping[str, int]:
        """How many rows of which tables went with the account. Raises: NoSuchReceipt."""
        with self._receipt(erasure_id) as (_erasure, receipt):
            return dict(receipt.row_counts)

    def count_attempt(self, erasure: AccountErasure) -> bool:
        """Note one more attempt; False when someone else did so meanwhile."""
        with self._sessions.without_tenant() as session:
            counted = session.execute(
                update(AccountErasure)
                .where(col(AccountErasure.id) == erasure.id, col(AccountErasure.attempts) == erasure.attempts)
                .values(attempts=erasure.attempts + 1)
                .returning(col(AccountErasure.id))
            )
            return counted.first() is not None

    def note_media(self, erasure_id: UUID, media: MediaUsage) -> None:
        """Write down what is about to go. After a crash less is found than there was: the most counts."""
        with self._receipt(erasure_id) as (_erasure, receipt):
            receipt.file_count = max(receipt.file_count, media.file_count)
            receipt.byte_count = max(receipt.byte_count, media.byte_count)

    def note_forgotten(self, erasure_id: UUID, meeting_id: str, runs: int) -> None:
        """The history of one meeting is gone. Its id is kept for the sweep, and for no longer."""
        with self._receipt(erasure_id) as (erasure, receipt):
            lists = erasure.meeting_ids
            if meeting_id not in lists["waiting"]:
                return
            erasure.meeting_ids = {
                "waiting": [each for each in lists["waiting"] if each != meeting_id],
                "done": [*lists.get("done", []), meeting_id],
            }
            receipt.run_count += runs

    def forget_webhooks(self, owner_id: UUID) -> None:
        """What payment providers sent about someone."""
        with self._sessions.without_tenant() as session:
            session.exec(delete(WebhookDelivery).where(cast(WebhookDelivery.payload, String).contains(str(owner_id))))

    def finish(self, erasure_id: UUID) -> None:
        """Nothing is left: sign the receipt, write the last mail, and forget the address it goes to."""
        now = self._clock()
        with self._receipt(erasure_id) as (erasure, receipt):
            receipt.done_at = receipt.done_at or now
            if erasure.email:
                text = receipt_text(receipt, erasure.receipt_link)
                session = Session.object_session(erasure)
                assert session is not None
                session.add(
                    Mail(
                        to_email=erasure.email,
                        subject=t("goodbye.mail_subject"),
                        text=text,
                        created_at=now,
                        is_last=True,
                    )
                )
                # The policy lets a mail go to an address that is still waited for.
                session.flush()
            erasure.email = erasure.receipt_link = ""
            erasure.done_at = erasure.done_at or now

    def clear_old(self) -> int:
        """Forget what has had its time: ids of deleted accounts, links of receipts, minutes of past months."""
        now = self._clock()
        with self._sessions.without_tenant() as session:
            gone = session.execute(
                delete(AccountErasure)
                .where(col(AccountErasure.done_at) < now - repository.LATE)
                .returning(col(AccountErasure.id))
            ).all()
            session.exec(
                update(AccountReceipt)
                .where(col(AccountReceipt.asked_at) <= now - RECEIPT_LINK_LIFE)
                .values(token_hash=None)
            )
            session.exec(delete(KeptMinutes).where(col(KeptMinutes.until) <= now))
            # There no money moves, so what can't be ended there is not worth keeping an id for.
            session.exec(
                delete(SubscriptionEnding).where(
                    col(SubscriptionEnding.provider) == SANDBOX,
                    col(SubscriptionEnding.created_at) <= now - repository.LATE,
                )
            )
        return len(gone)

    @contextmanager
    def _receipt(self, erasure_id: UUID) -> Iterator[tuple[AccountErasure, AccountReceipt]]:
        with self._sessions.without_tenant() as session:
            erasure = _get(session, erasure_id, is_locked=True)
            yield erasure, session.get_one(AccountReceipt, erasure.receipt_id)


def _get(session: Session, erasure_id: UUID, *, is_locked: bool = False) -> AccountErasure:
    erasure = repository.get_erasure(session, erasure_id, is_locked=is_locked)
    if erasure is None:
        raise NoSuchReceipt
    return erasure


def receipt_text(receipt: AccountReceipt, link: str) -> str:
    """The last mail: what there was, and when it was gone. Times are UTC: nobody's zone is known any more."""
    rows = sum(receipt.row_counts.values())
    return t(
        "goodbye.mail_text",
        asked=_utc(receipt.asked_at),
        done=_utc(receipt.done_at or receipt.asked_at),
        rows=plural("goodbye.rows", rows),
        files=plural("deletion.files", receipt.file_count),
        megabytes=f"{receipt.byte_count / 1_000_000:.1f}",
        runs=plural("goodbye.runs", receipt.run_count),
        plan=t(f"goodbye.mail_plan.{receipt.plan}") if receipt.plan else "",
        link=link,
        days=RECEIPT_LINK_LIFE.days,
    )


def _utc(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
