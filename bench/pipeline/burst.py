"""Many meetings that end in the same moment."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from peak_app.domain.meetings.status import MeetingStatus
from tests.held_calls import HeldCalls


@dataclass(frozen=True, slots=True)
class Burst:
    completed: int
    failed: int
    seconds: float
    """Until the last one was completed."""

    @property
    def per_minute(self) -> float:
        return self.completed / self.seconds * 60


def end_at_once(people: Sequence[HeldCalls], number: int, within_s: float) -> Burst:
    """Short calls, live side by side, all ended; returns when all have an end, or the time is over."""
    calls = [(held, held.start()) for held in (people[index % len(people)] for index in range(number))]
    began = time.monotonic()
    for held, meeting_id in calls:
        held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
    outcomes: dict[UUID, MeetingStatus] = {}
    while len(outcomes) < number and time.monotonic() - began < within_s:
        time.sleep(0.25)
        for held, meeting_id in calls:
            if meeting_id not in outcomes:
                status = held.status(meeting_id)
                if status not in (MeetingStatus.COMPLETED, MeetingStatus.FAILED):
                    # They end in about the order they came: no need to ask for all others too.
                    break
                outcomes[meeting_id] = status
    counted = Counter(outcomes.values())
    return Burst(
        completed=counted[MeetingStatus.COMPLETED],
        failed=counted[MeetingStatus.FAILED],
        seconds=time.monotonic() - began,
    )
