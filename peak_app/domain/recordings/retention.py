"""For how long recordings are kept. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t

DAYS = (1, 3650)
"""Least and most days someone may choose."""


@dataclass(frozen=True, slots=True)
class Retention:
    """`own_days` is what a workspace chose; None: as long as the installation keeps recordings."""

    own_days: int | None
    default_days: int

    @property
    def days(self) -> int:
        return self.default_days if self.own_days is None else self.own_days

    def expires_at(self, made_at: datetime) -> datetime:
        """When a recording that was made then is deleted."""
        return made_at + timedelta(days=self.days)


def checked_days(value: object) -> int | None:
    """What a person entered; None when they left it empty.

    Raises:
        InvalidInput: it is no whole number of days, too few or too many.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    text = value.strip() if isinstance(value, str) else ""
    days = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    least, most = DAYS
    if not least <= days <= most:
        raise InvalidInput(t("refusal.retention", least=least, most=most), "Retention")
    return days
