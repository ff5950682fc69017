import pytest

from peak_app.domain.meetings.status import TRANSITIONS, MeetingStatus, advance, check_joinable
from peak_app.errors import Conflict


def test_a_meeting_goes_from_scheduled_to_completed() -> None:
    status = MeetingStatus.SCHEDULED
    for wanted in (MeetingStatus.LIVE, MeetingStatus.PROCESSING, MeetingStatus.COMPLETED):
        status = advance(status, wanted)
    assert status == MeetingStatus.COMPLETED


@pytest.mark.parametrize(
    ("current", "wanted"),
    [
        (MeetingStatus.COMPLETED, MeetingStatus.LIVE),
        (MeetingStatus.CANCELLED, MeetingStatus.LIVE),
        (MeetingStatus.SCHEDULED, MeetingStatus.COMPLETED),
        (MeetingStatus.LIVE, MeetingStatus.COMPLETED),
    ],
)
def test_a_state_is_never_skipped_or_undone(current: MeetingStatus, wanted: MeetingStatus) -> None:
    with pytest.raises(Conflict, match=current):
        advance(current, wanted)


def test_every_state_has_a_row_and_only_a_cancelled_meeting_is_final() -> None:
    assert set(TRANSITIONS) == set(MeetingStatus)
    assert [status for status, following in TRANSITIONS.items() if not following] == [MeetingStatus.CANCELLED]


def test_a_call_can_be_held_until_it_is_over_or_cancelled() -> None:
    for status in (MeetingStatus.SCHEDULED, MeetingStatus.LIVE):
        check_joinable(status, was_held=status == MeetingStatus.LIVE)
    with pytest.raises(Conflict, match="over"):
        check_joinable(MeetingStatus.COMPLETED, was_held=True)
    with pytest.raises(Conflict, match="cancelled"):
        check_joinable(MeetingStatus.CANCELLED, was_held=False)
