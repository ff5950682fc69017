"""The coach in a call at a video service, over a scripted service: who is heard, obeyed and missed."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from bridge.hosted import call as hosted_call
from bridge.hosted.call import HostedCall
from bridge.media.playout import PlayoutCallbacks
from bridge.media.uplink import Heard
from bridge.messages import DoneRequest, Ended, PageRequest, TypedAnswer
from bridge.seat import Seat, SeatCallbacks
from peak_app.ports.live_rooms import Attendant, LiveRoomCallbacks, RoomAway
from tests.fakes.live_rooms import FakeLiveRoom

PERSON, GUEST = "person-1", "guest-7"
TONE = (9000 * np.sin(2 * math.pi * 440 * np.arange(480) / 24_000)).astype("<i2").tobytes()
DONE = {"peak": {"type": "done"}}


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - whatever the test waits for
            await asyncio.sleep(0.01)


class Stage:
    """A call and everything the room was told of it."""

    def __init__(self) -> None:
        self.rooms: list[FakeLiveRoom] = []
        self.refusals = 0
        self.connected: list[Seat] = []
        self.lost: list[Seat] = []
        self.asked: list[PageRequest] = []
        self.heard: list[Heard] = []
        self.ended = 0
        self.finished: list[str] = []
        callbacks = SeatCallbacks(
            on_connected=self.connected.append,
            on_lost=self.lost.append,
            on_request=lambda _, request: self.asked.append(request),
            on_heard=lambda _, heard: self.heard.append(heard),
            playout=PlayoutCallbacks(
                on_started=lambda _item, _ms: None,
                on_progress=lambda _item, _heard, _ms: None,
                on_finished=lambda item, _ms: self.finished.append(item),
                on_sound=lambda _frame, _ms: None,
            ),
        )
        self.call = HostedCall(self._open, PERSON, "tab-1", callbacks, admit=lambda _: None, on_ended=self._note_ended)

    def _open(self, callbacks: LiveRoomCallbacks) -> FakeLiveRoom:
        refuses, self.refusals = self.refusals > 0, self.refusals - 1
        self.rooms.append(FakeLiveRoom(callbacks, refuses=refuses))
        return self.rooms[-1]

    def _note_ended(self) -> None:
        self.ended += 1

    @property
    def room(self) -> FakeLiveRoom:
        return self.rooms[-1]

    def speak(self, user: str, session: str, frames: int, first: int = 0) -> None:
        for number in range(first, first + frames):
            self.room.callbacks.on_sound(Attendant(user, session), TONE, number * 960)

    @property
    def loud_frames(self) -> int:
        return sum(any(heard.data) for heard in self.heard)


@pytest.fixture
async def stage(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(hosted_call, "RETRY_S", (0.01,))
    made = Stage()
    await made.call.join()
    yield made
    await made.call.close()


async def test_the_person_is_seated_when_they_come_and_nobody_else_is(stage: Stage) -> None:
    stage.room.people((GUEST, "g"), ("coach-9", "c"))
    assert stage.connected == []
    stage.room.people((GUEST, "g"), (PERSON, "a"))
    assert [seat.seat_id for seat in stage.connected] == ["tab-1"]


async def test_only_the_person_is_heard_and_obeyed(stage: Stage) -> None:
    stage.room.people((GUEST, "g"), (PERSON, "a"))
    stage.speak(GUEST, "g", 10)
    stage.room.callbacks.on_message(GUEST, DONE)
    assert (stage.loud_frames, stage.asked) == (0, [])
    stage.speak(PERSON, "a", 10)
    stage.room.callbacks.on_message(PERSON, DONE)
    assert stage.loud_frames == 10
    assert [type(request) for request in stage.asked] == [DoneRequest]


@pytest.mark.parametrize("custom", [None, "done", {}, {"peak": None}, {"peak": {"type": "?"}}, {"other": {}}])
async def test_events_that_are_none_of_ours_are_passed_over(stage: Stage, custom: object) -> None:
    stage.room.people((PERSON, "a"))
    stage.room.callbacks.on_message(PERSON, custom)
    assert stage.asked == []


def parts(text: str, count: int) -> list[dict[str, object]]:
    size = -(-len(text) // count)
    return [{"peak_part": {"at": at, "of": count, "text": text[at * size : (at + 1) * size]}} for at in range(count)]


async def test_a_long_answer_comes_in_parts(stage: Stage) -> None:
    stage.room.people((PERSON, "a"))
    answer = "\u4f60\u597d, \U0001f600! " * 300
    for part in parts(json.dumps({"type": "typed", "text": answer}, ensure_ascii=False), 5):
        stage.room.callbacks.on_message(PERSON, part)
    assert stage.asked == [TypedAnswer(type="typed", text=answer)]


@pytest.mark.parametrize(
    "told",
    [
        [
            {"peak_part": part}
            for part in ({"at": 0, "of": 9_000, "text": "x"}, {"at": "0", "of": 2, "text": "x"}, [], 7)
        ],
        parts(json.dumps({"type": "done"}), 3)[1:],
        parts(json.dumps({"type": "done"}), 3)[::2],
        parts("x" * 9, 3),
    ],
    ids=["forged", "without its beginning", "with a hole", "nonsense"],
)
async def test_parts_that_make_no_whole_are_passed_over(stage: Stage, told: list[object]) -> None:
    stage.room.people((PERSON, "a"))
    for part in told:
        stage.room.callbacks.on_message(PERSON, part)
    assert stage.asked == []


async def test_a_muted_person_is_silence_to_the_model(stage: Stage) -> None:
    stage.room.people((PERSON, "a"))
    stage.speak(PERSON, "a", 5)
    await until(lambda: len(stage.heard) > stage.loud_frames)
    assert stage.loud_frames == 5


async def test_a_reconnect_ends_nothing_and_the_new_session_is_heard(stage: Stage) -> None:
    stage.room.people((PERSON, "a"))
    stage.room.people()
    stage.room.people((PERSON, "b"))
    stage.speak(PERSON, "b", 10)
    assert stage.loud_frames == 10
    assert (len(stage.connected), stage.lost) == (1, [])


async def test_one_of_two_sessions_may_go(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted_call, "AWAY_AFTER_S", 0.0)
    stage.room.people((PERSON, "a"), (PERSON, "b"))
    stage.room.people((PERSON, "a"))
    stage.speak(PERSON, "a", 5)
    # Long enough for the watch to have looked: it fills silence each time.
    await until(lambda: len(stage.heard) > stage.loud_frames)
    assert stage.lost == []


async def test_who_stays_away_is_lost_and_may_come_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosted_call, "AWAY_AFTER_S", 0.0)
    stage.room.people((PERSON, "a"))
    stage.room.people()
    await until(lambda: stage.lost == stage.connected)
    stage.room.people((PERSON, "b"))
    assert len(stage.connected) == 2


async def test_a_page_that_joins_again_gets_a_seat_of_its_own(stage: Stage) -> None:
    stage.room.people((PERSON, "a"))
    old = stage.connected[0]
    stage.call.expect("tab-2")
    stage.room.people((PERSON, "a"), (PERSON, "b"))
    assert [seat.seat_id for seat in stage.connected] == ["tab-1", "tab-2"]
    old.tell(Ended("taken_over"))
    stage.connected[1].tell(Ended("done"))
    await until(lambda: bool(stage.room.messages))
    assert [message["peak"]["reason"] for message in stage.room.messages] == ["done"]  # pyright: ignore[reportIndexIssue]


async def test_an_interruption_sends_no_more_and_knows_what_was_sent(stage: Stage) -> None:
    stage.room.people((PERSON, "a"))
    playout = stage.connected[0].playout
    playout.play("item", TONE * 500)
    await until(lambda: len(stage.room.frames) >= 5)
    cut = playout.cut()
    sent = len(stage.room.frames)
    assert [(played.item_id, played.heard_ms) for played in cut] == [("item", sent * 20)]
    playout.play("next", TONE * 3)
    playout.finish("next")
    await until(lambda: stage.finished == ["next"])
    assert len(stage.room.frames) == sent + 3


async def test_a_lost_connection_is_made_again_and_the_person_seated_again(stage: Stage) -> None:
    stage.room.people((PERSON, "a"))
    stage.refusals = 2
    stage.room.callbacks.on_gone()
    assert stage.lost == stage.connected
    await until(lambda: len(stage.rooms) == 4 and not stage.room.refuses)
    await asyncio.sleep(0)
    assert stage.rooms[0].has_left
    stage.room.people((PERSON, "b"))
    assert len(stage.connected) == 2
    assert stage.ended == 0


async def test_the_end_for_all_is_told(stage: Stage) -> None:
    stage.room.callbacks.on_ended()
    assert stage.ended == 1


async def test_last_words_are_sent_before_leaving(stage: Stage) -> None:
    stage.room.people((PERSON, "a"))
    stage.connected[0].tell(Ended("done"))
    await stage.call.close()
    assert len(stage.room.messages) == 1
    assert stage.room.has_left


async def test_a_service_that_lets_nobody_in_is_said() -> None:
    made = Stage()
    made.refusals = 1
    with pytest.raises(RoomAway):
        await made.call.join()
    await made.call.close()
