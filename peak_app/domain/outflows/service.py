"""What left this machine: counted where it leaves, shown to the person it was for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from peak_app.config import Settings, url_list
from peak_app.db.tenancy import TenantSessions, act_for
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.outflows import repository
from peak_app.domain.outflows.models import Outflow
from peak_app.ports.clock import Clock
from peak_app.ports.outflows import Behalf, Contact, current_behalf, host_of_url, outside_host

log = logging.getLogger(__name__)

MEETINGS_SHOWN = 20
"""Of each host, the newest."""


@dataclass(frozen=True, slots=True)
class HostSummary:
    """A host that was talked to. `meetings` are ids and titles of the newest; `meeting_count` counts all."""

    host: str
    purposes: list[str]
    requests: int
    sent_bytes: int
    meeting_count: int
    first_at: datetime
    last_at: datetime
    meetings: list[tuple[UUID, str]] = field(default_factory=list)


class OutflowService:
    """Counting never makes anything else fail: what can't be written is logged. All methods block."""

    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def tell(self, contact: Contact) -> None:
        """A `Tell`: for whom it is, `on_behalf_of` has said. What nobody said that of is logged, by its kind."""
        if not outside_host(contact.host):
            return
        behalf = current_behalf()
        if behalf is None:
            log.warning("a request left this machine for nobody in particular: %s", contact.purpose)
            return
        self.count(behalf, contact)

    def count(self, behalf: Behalf, contact: Contact) -> None:
        """Note a contact for a person and meeting."""
        try:
            self.write(behalf, contact)
        except SQLAlchemyError as error:
            # Also when meeting or account were deleted meanwhile: then nobody is left to be told.
            log.warning("what left this machine was not noted: %s", type(error).__name__)

    def write(self, behalf: Behalf, contact: Contact) -> None:
        """As `count`, for whoever tries again by themselves. Raises: SQLAlchemyError."""
        if not outside_host(contact.host):
            return
        with self._sessions.for_user(behalf.owner_id) as session:
            repository.count(session, behalf, contact, self._clock())

    def count_mail(self, email: str, contact: Contact) -> None:
        """Note a contact for whoever has this address; someone without an account has nothing to note it in."""
        if not outside_host(contact.host):
            return
        try:
            with self._sessions.for_email(email) as session:
                owner_id = repository.find_account_id(session, email)
                if owner_id is not None:
                    act_for(session, owner_id)
                    repository.count(session, Behalf(owner_id, None), contact, self._clock())
        except SQLAlchemyError as error:
            log.warning("a mail that left this machine was not noted: %s", type(error).__name__)

    def list_hosts(self, user_id: UUID) -> list[HostSummary]:
        """Every host that was talked to for this person, busiest first."""
        with self._sessions.for_user(user_id) as session:
            return [
                HostSummary(*row, meetings=repository.list_meetings(session, user_id, row[0], MEETINGS_SHOWN))
                for row in repository.list_hosts(session, user_id)
            ]

    def list_of_meeting(self, user_id: UUID, meeting_id: UUID) -> Sequence[Outflow]:
        """What left for one meeting of one's own. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            return repository.list_of_meeting(session, meeting_id)


def relay_hosts(settings: Settings) -> list[str]:
    """STUN and TURN servers that are not on this machine: a call's bridge and page talk to each."""
    named = [
        url.partition(":")[2].partition("?")[0] for url in url_list(settings.stun_urls) + url_list(settings.turn_urls)
    ]
    return sorted({host for name in named if (host := host_of_url(f"//{name}"))})


def database_hosts(settings: Settings) -> list[str]:
    """Where the rows of this installation are kept, when that is not this machine."""
    urls = (
        settings.database_url,
        settings.database_web_url,
        settings.database_worker_url,
        settings.database_pooler_url,
        settings.database_listen_url,
        settings.dagster_database_url,
    )
    return sorted({host for url in urls if url and (host := host_of_url(url.get_secret_value()))})


def voice_host(settings: Settings) -> str:
    """The host that hears a call and answers in it; empty: this machine."""
    if settings.is_embedded_ai:
        # The embedded server asks the connected text model what to say; sound stays here.
        return host_of_url(settings.llm_base_url)
    return host_of_url(settings.openai_base_url or "https://api.openai.com/v1")
