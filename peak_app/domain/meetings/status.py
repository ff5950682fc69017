"""The states of a meeting: the one table of what may follow what."""

from enum import StrEnum

from peak_app.errors import Conflict
from peak_app.i18n.catalogue import t


class MeetingStatus(StrEnum):
    SCHEDULED = "scheduled"
    LIVE = "live"
    PROCESSING = "processing"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


TRANSITIONS: dict[MeetingStatus, frozenset[MeetingStatus]] = {
    MeetingStatus.SCHEDULED: frozenset({MeetingStatus.LIVE, MeetingStatus.CANCELLED}),
    # A call that nobody ever joined can be cancelled; one that was held goes through processing.
    MeetingStatus.LIVE: frozenset({MeetingStatus.PROCESSING, MeetingStatus.CANCELLED}),
    MeetingStatus.PROCESSING: frozenset({MeetingStatus.COMPLETED, MeetingStatus.FAILED}),
    # "Run again" on results, and "Try again" after a failure.
    MeetingStatus.COMPLETED: frozenset({MeetingStatus.PROCESSING}),
    MeetingStatus.FAILED: frozenset({MeetingStatus.PROCESSING}),
    MeetingStatus.CANCELLED: frozenset(),
}


def advance(current: MeetingStatus | str, wanted: MeetingStatus) -> MeetingStatus:
    """The wanted state, if it may follow the current one.

    Raises:
        Conflict: it may not.
    """
    if wanted not in TRANSITIONS[MeetingStatus(current)]:
        raise Conflict(t("refusal.meeting_state", current=MeetingStatus(current), wanted=wanted))
    return wanted


def check_joinable(status: MeetingStatus | str, *, was_held: bool) -> None:
    """Whether a call may be held now.

    Raises:
        Conflict: it is over, or was cancelled before anyone came.
    """
    if status not in (MeetingStatus.SCHEDULED, MeetingStatus.LIVE):
        raise Conflict(t("refusal.meeting_over") if was_held else t("refusal.meeting_cancelled"))
