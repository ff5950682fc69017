"""What a call sends away from this machine, if anything: told to the journal, which writes it down in its own time."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from peak_app.config import Settings
from peak_app.domain.outflows.service import OutflowService, relay_hosts, voice_host
from peak_app.ports.outflows import Behalf, Contact, Purpose


@dataclass(frozen=True, slots=True)
class Leaving:
    """`voice_host` is empty, and there are no `relay_hosts`, where a call stays on this machine."""

    count: Callable[[Behalf, Contact], object]
    voice_host: str
    takes_sound: bool
    """Whether the host hears the call; if not, it is only given its words."""
    relay_hosts: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings, outflows: OutflowService) -> "Leaving":
        return cls(outflows.write, voice_host(settings), not settings.is_embedded_ai, tuple(relay_hosts(settings)))

    @property
    def purpose(self) -> Purpose:
        return "voice" if self.takes_sound else "text"

    def on_open(self) -> list[Contact]:
        """A call begins on this bridge."""
        return [Contact(host, "relay") for host in self.relay_hosts]

    def on_attempt(self) -> list[Contact]:
        """The model is about to be reached."""
        return [Contact(self.voice_host, self.purpose)] if self.voice_host else []

    def on_close(self, sent_bytes: int) -> list[Contact]:
        """The call is over; so much of the person's sound was sent."""
        is_told = self.voice_host and self.takes_sound and sent_bytes
        return [Contact(self.voice_host, self.purpose, requests=0, sent_bytes=sent_bytes)] if is_told else []

    def write(self, owner_id: UUID, meeting_id: UUID, contact: Contact) -> None:
        self.count(Behalf(owner_id, meeting_id), contact)


NOTHING_LEAVES = Leaving(lambda _behalf, _contact: None, "", False, ())
