"""Deleting an account: its rows at once, its files and the pipeline's history soon after, with a receipt for nobody.

One transaction of the person takes every row of every table. What is left are files and what Dagster knows, and the
mail with the receipt; `account_erasure` remembers them for the pipeline, as often as it takes. What the person pays for
is ended at the payment provider, beside that and for as long as it takes: see `subscriptions.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts import repository as accounts
from peak_app.domain.accounts.belongings import count_belongings, open_everything
from peak_app.domain.accounts.tokens import TokenHasher, is_secret, new_secret
from peak_app.domain.billing.allowance import Allowance
from peak_app.domain.departures import repository
from peak_app.domain.departures.errors import AddressDiffers, InCall, NoSuchReceipt
from peak_app.domain.departures.minutes import ADDRESS_PURPOSE, keep_minutes
from peak_app.domain.departures.models import AccountErasure, AccountReceipt
from peak_app.domain.fields import optional_text
from peak_app.ports.clock import Clock

RECEIPT_LINK_LIFE = timedelta(days=7)
"""How long the link to a receipt leads to it."""
_ADDRESS_LIMIT = 254


@dataclass(frozen=True, slots=True)
class Farewell:
    """`secret` opens the receipt, and is known to nobody but whoever holds it."""

    secret: str
    receipt: AccountReceipt


class DepartureService:
    """The web process asks, with its own role; the pipeline does the rest with the worker's. All methods block.

    Args:
        derive: gives a key for a purpose, see `Settings.derive`.
        get_allowance: what a person has used this month.
        origin: of links in mail.
    """

    def __init__(
        self,
        sessions: TenantSessions,
        clock: Clock,
        *,
        derive: Callable[[str], bytes],
        get_allowance: Callable[[UUID], Allowance],
        origin: str,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._hasher = TokenHasher(derive("farewell"))
        self._address_key = derive(ADDRESS_PURPOSE)
        self._get_allowance = get_allowance
        self._origin = origin

    def delete_account(self, user_id: UUID, typed_email: object) -> Farewell:
        """Delete every row of a person, sign all their browsers out, and have the rest deleted.

        Raises:
            AddressDiffers: what was typed is not the account's address.
            InCall: a call of theirs is being held.
            NoSuchReceipt: the account is gone already.
        """
        now = self._clock()
        typed = optional_text(typed_email, "Email", _ADDRESS_LIMIT).lower()
        secret = new_secret()
        # Before the account is held: whoever counts may have to write, and would wait for this very transaction.
        allowance = self._get_allowance(user_id)
        with self._sessions.for_user(user_id) as session:
            account = repository.lock_account(session, user_id)
            if account is None:
                raise NoSuchReceipt
            email = account.email
            if typed != email:
                raise AddressDiffers
            if repository.is_in_call(session, user_id):
                raise InCall
            open_everything(session, email)
            receipt = AccountReceipt(
                token_hash=self._hasher.hash("receipt", secret),
                row_counts=count_belongings(session, user_id, email),
                asked_at=now,
            )
            meeting_ids = repository.list_meetings_with_history(session, user_id, now)
            repository.plan_ending(session, user_id, receipt, now)
            session.add(receipt)
            session.add(
                AccountErasure(
                    receipt_id=receipt.id,
                    owner_id=user_id,
                    meeting_ids={"waiting": [str(meeting_id) for meeting_id in meeting_ids]},
                    email=email,
                    receipt_link=f"{self._origin}/goodbye?receipt={secret}",
                    created_at=now,
                )
            )
            session.flush()
            renews_at = datetime.combine(allowance.renews_on, time(), UTC)
            keep_minutes(session, self._address_key, email, allowance.used, renews_at)
            for session_id in repository.list_session_ids(session, user_id):
                accounts.announce_ended(session, user_id, session_id)
            accounts.vacate_operator(session, user_id, now)
            repository.delete_mail(session, email)
            repository.delete_account(session, user_id)
        return Farewell(secret, receipt)

    def get_receipt(self, secret: object) -> AccountReceipt:
        """The receipt a link leads to, for whoever holds it. Raises: NoSuchReceipt."""
        if not isinstance(secret, str) or not is_secret(secret):
            raise NoSuchReceipt
        token_hash = self._hasher.hash("receipt", secret)
        with self._sessions.for_token(token_hash) as session:
            receipt = repository.find_receipt(session, token_hash)
        if receipt is None or receipt.asked_at + RECEIPT_LINK_LIFE <= self._clock():
            raise NoSuchReceipt
        return receipt
