"""What one look of `peak doctor` came to."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`WRONG` keeps the product from working; `NOTE` is fine, or only worth knowing."""

    OK = "ok"
    NOTE = "note"
    WRONG = "WRONG"


class Source(StrEnum):
    """Who does a service's work."""

    EMBEDDED = "embedded"
    CONFIGURED = "configured"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one subject, without secrets.

    The sentence says what was reached, what it permits and of which version it is. `settings` are the names of what to
    change when it is to be otherwise; what is WRONG has at least one, or says which command puts it right. `source` is
    None for what is no service, such as the disk.
    """

    subject: str
    verdict: Verdict
    sentence: str
    source: Source | None = None
    settings: tuple[str, ...] = ()

    def line(self) -> str:
        """For people, on one line."""
        change = f" [{', '.join(self.settings)}]" if self.settings else ""
        return f"{self.verdict:<5}  {self.subject:<10} {self.source or '':<10}  {self.sentence}{change}"
