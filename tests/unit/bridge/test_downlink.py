"""The agent's track, asked for packets as aiortc asks."""

import asyncio
import time
from dataclasses import dataclass, field

import av
import pytest
from aiortc.mediastreams import MediaStreamError

from bridge.media.downlink import Downlink
from bridge.media.opus import FRAME_BYTES
from bridge.media.playout import Played, PlayoutCallbacks

FRAME = b"\x10\x20" * 480


@dataclass
class Listener:
    started: list[str] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    progress: list[tuple[str, int]] = field(default_factory=list)
    sounds: list[bytes] = field(default_factory=list)

    def track(self) -> Downlink:
        return Downlink(
            PlayoutCallbacks(
                on_started=lambda item_id, _: self.started.append(item_id),
                on_progress=lambda item_id, heard_ms, _: self.progress.append((item_id, heard_ms)),
                on_finished=lambda item_id, _: self.finished.append(item_id),
                on_sound=lambda frame, _: self.sounds.append(frame),
            )
        )


async def packets(track: Downlink, count: int) -> list[av.Packet]:
    return [await track.recv() for _ in range(count)]


async def test_silence_goes_on_every_twenty_milliseconds() -> None:
    track = Listener().track()
    started = time.monotonic()
    received = await packets(track, 11)
    assert 0.18 < time.monotonic() - started < 0.4
    assert [packet.pts for packet in received] == [960 * n for n in range(11)]
    assert len({bytes(packet) for packet in received}) == 1


async def test_the_first_slice_does_not_wait_for_the_clock() -> None:
    listener = Listener()
    track = listener.track()
    await packets(track, 3)
    waiting = asyncio.create_task(track.recv())
    await asyncio.sleep(0.002)
    track.playout.play("i1", FRAME)
    spoke = time.monotonic()
    await waiting
    assert time.monotonic() - spoke < 0.01
    assert listener.started == ["i1"]


async def test_an_item_is_finished_when_its_last_slice_is_gone() -> None:
    listener = Listener()
    track = listener.track()
    track.playout.play("i1", FRAME + FRAME[:100])
    await packets(track, 2)
    assert listener.finished == []
    track.playout.finish("i1")
    await packets(track, 1)
    assert listener.finished == ["i1"]
    assert listener.sounds == [FRAME, FRAME[:100].ljust(FRAME_BYTES, b"\0")]
    assert track.playout.cut() == []


async def test_items_are_played_one_after_the_other() -> None:
    listener = Listener()
    track = listener.track()
    track.playout.play("i1", FRAME + b"\1\0")
    track.playout.play("i2", FRAME)
    track.playout.finish("i2")
    await packets(track, 3)
    assert listener.started == ["i1", "i2"]
    assert listener.finished == ["i1", "i2"]


async def test_a_cut_tells_what_was_handed_on_and_leaves_nothing() -> None:
    listener = Listener()
    track = listener.track()
    track.playout.play("i1", FRAME * 50)
    track.playout.play("i2", FRAME * 5)
    await packets(track, 7)
    assert track.playout.cut() == [Played("i1", 140), Played("i2", 0)]
    await packets(track, 10)
    assert len(listener.sounds) == 7
    assert listener.finished == []


async def test_a_pause_sends_silence_and_keeps_the_rest() -> None:
    listener = Listener()
    track = listener.track()
    track.playout.play("i1", FRAME * 20)
    await packets(track, 8)
    track.playout.pause()
    track.playout.play("i1", FRAME * 2)
    track.playout.finish("i1")
    await packets(track, 10)
    assert len(listener.sounds) == 8
    track.playout.resume()
    await packets(track, 19)
    # The last 100 ms before the pause were on their way when the page fell silent: they are said again.
    assert len(listener.sounds) == 8 + 5 + 14
    assert listener.started == ["i1"]
    assert listener.finished == ["i1"]


async def test_a_pause_at_the_very_end_can_still_be_taken_back() -> None:
    listener = Listener()
    track = listener.track()
    track.playout.play("i1", FRAME * 3)
    track.playout.finish("i1")
    await packets(track, 2)
    track.playout.pause()
    await packets(track, 3)
    assert listener.finished == []
    track.playout.resume()
    await packets(track, 3)
    assert listener.finished == ["i1"]


async def test_a_cut_in_a_pause_tells_what_was_sent_before_it() -> None:
    listener = Listener()
    track = listener.track()
    track.playout.play("i1", FRAME * 50)
    await packets(track, 7)
    track.playout.pause()
    await packets(track, 4)
    assert track.playout.cut() == [Played("i1", 140)]
    track.playout.play("i2", FRAME)
    await packets(track, 1)
    assert listener.started == ["i1", "i2"]


async def test_it_tells_five_times_a_second_how_far_it_is() -> None:
    listener = Listener()
    track = listener.track()
    track.playout.play("i1", FRAME * 25)
    await packets(track, 25)
    assert listener.progress == [("i1", 200), ("i1", 400)]


async def test_an_endless_answer_is_refused_at_some_point() -> None:
    track = Listener().track()
    minute = bytes(60 * 48_000)
    assert [track.playout.play("i1", minute) for _ in range(7)].count(False) == 1


async def test_a_stalled_process_does_not_send_a_burst_of_old_sound() -> None:
    track = Listener().track()
    await packets(track, 2)
    time.sleep(0.6)  # noqa: ASYNC251 - the stall is the point
    started = time.monotonic()
    received = await packets(track, 10)
    assert time.monotonic() - started > 0.12
    assert received[0].pts > 960 * 25


async def test_a_stopped_track_gives_nothing_more() -> None:
    track = Listener().track()
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()
