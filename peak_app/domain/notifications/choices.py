"""How people want to be told, and when a reminder is due. Pure rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from peak_app.domain.notifications.models import Kind
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t

LEADS = (10, 60, 1440)
"""Minutes before a meeting at which one can be reminded."""


@dataclass(frozen=True, slots=True)
class Choice:
    """`leads` are minutes, ascending; only reminders have any."""

    in_app: bool
    by_mail: bool
    leads: tuple[int, ...] = ()

    @property
    def is_off(self) -> bool:
        return not self.in_app and not self.by_mail

    @property
    def wanted_leads(self) -> tuple[int, ...]:
        return () if self.is_off else self.leads


DEFAULTS: dict[Kind, Choice] = {
    Kind.REMINDER: Choice(in_app=True, by_mail=True, leads=(60,)),
    Kind.RESULTS: Choice(in_app=True, by_mail=False),
}
"""For whoever has chosen nothing."""


def checked_choice(kind: Kind, in_app: object, by_mail: object, leads: object) -> Choice:
    """What a person chose, if it makes sense.

    Raises:
        InvalidInput: not one of the times offered, or reminders without any time.
    """
    if not isinstance(leads, Iterable) or isinstance(leads, str | bytes | dict):
        raise InvalidInput(t("notifications.unknown_lead"), "Time")
    chosen: list[object] = list(leads)
    if any(isinstance(lead, bool) or lead not in LEADS for lead in chosen):
        raise InvalidInput(t("notifications.unknown_lead"), "Time")
    wanted = tuple(lead for lead in LEADS if lead in chosen) if kind is Kind.REMINDER else ()
    choice = Choice(in_app is True, by_mail is True, wanted)
    if kind is Kind.REMINDER and not choice.is_off and not wanted:
        raise InvalidInput(t("notifications.no_lead"), "Time")
    return choice


def next_reminder(starts_at: datetime, leads: Sequence[int], after: datetime) -> datetime | None:
    """When the next reminder is due that is due after that moment; None: none is left."""
    times = [starts_at - timedelta(minutes=lead) for lead in leads]
    return min((time for time in times if time > after), default=None)


def due_lead(starts_at: datetime, leads: Sequence[int], planned_at: datetime, now: datetime) -> int | None:
    """Which reminder is to be sent now: of those that are due, the one nearest to the meeting.

    A reminder for a time before the meeting was planned is none, and neither is one after the meeting was to begin.
    """
    if now >= starts_at:
        return None
    return min(
        (lead for lead in leads if planned_at < starts_at - timedelta(minutes=lead) <= now),
        default=None,
    )
