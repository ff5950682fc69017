"""The receive path over real WebRTC, without a room: with the packet tap, and where the tap does not fit."""

import asyncio
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from socket import AF_INET, SOCK_DGRAM, socket

import numpy as np
import pytest
from aiortc import RTCSessionDescription
from aiortc.rtp import RtpPacket

from bridge.ice import may_be_asked
from bridge.media import capture
from bridge.media.playout import PlayoutCallbacks
from bridge.media.uplink import Heard
from bridge.peer import Peer, checked_offer
from bridge.seat import Seat, SeatCallbacks
from tests.integration.bridge_page import Page, peak


def tone(ms: int) -> bytes:
    return (9000 * np.sin(2 * np.pi * 440 * np.arange(24 * ms) / 24_000)).astype("<i2").tobytes()


class Call:
    """A page, the bridge's end of it, and what the bridge hears."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self._news = asyncio.Event()
        nothing: Callable[..., None] = lambda *_: None  # noqa: E731
        self.peer = Peer(
            "seat",
            SeatCallbacks(
                on_connected=nothing,
                on_lost=nothing,
                on_request=nothing,
                on_heard=self._hear,
                playout=PlayoutCallbacks(nothing, nothing, nothing, nothing),
            ),
        )
        self.page = Page("")

    def _hear(self, _: Seat, heard: Heard) -> None:
        self.heard.append(heard)
        self._news.set()

    async def connect(self) -> None:
        answer = await self.peer.answer(checked_offer(await self.page.offer()))
        await self.page.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(10):
            await self.page._opened.wait()

    async def hears(self, ms: float) -> None:
        """Until that much more sound arrived."""
        before = self.heard_ms
        async with asyncio.timeout(15):
            while self.heard_ms < before + ms:
                self._news.clear()
                await self._news.wait()

    @property
    def heard_ms(self) -> float:
        return sum(len(heard.data) for heard in self.heard) / 48

    @property
    def loud_ms(self) -> float:
        return sum(len(heard.data) / 48 for heard in self.heard if peak(heard.data) > 1000)

    async def close(self) -> None:
        await asyncio.gather(self.peer.close(), self.page.close())


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    made = Call()
    yield made
    await made.close()


async def say(call: Call, ms: int) -> None:
    call.page.mouth.say(tone(ms))
    await call.hears(ms + 300)


async def test_no_address_of_this_machine_is_asked_because_a_page_names_it(call: Call) -> None:
    """Such as that of a server that listens on it. A page on this machine gets through by what it asks itself."""
    with socket(AF_INET, SOCK_DGRAM) as ear, socket(AF_INET, SOCK_DGRAM) as office:
        offer = await call.page.offer()
        own = [found[1] for found in re.finditer(r"^a=candidate:\S+ 1 udp \d+ ([\d.]+) ", offer, re.MULTILINE)]
        reachable = next((address for address in own if may_be_asked(address)), None)
        if reachable is None:
            pytest.skip("this machine has no address but its loopback ones, so nothing may be asked at all")
        office.bind((reachable, 0))
        ear.bind(("127.0.0.1", 0))
        named = [f"a=candidate:9 1 udp 2147483647 {host} {port} typ host" for host, port in _names(ear, office)]
        forged = offer + "\r\n".join([f"a=x:1\x0b{named[0]}", *named, ""])
        await call.peer.answer(checked_offer(forged))
        office.settimeout(10)
        # All are asked in turn: when one is asked again, so would the others have been.
        for _ in range(3):
            assert await asyncio.to_thread(office.recv, 2_000)
        ear.setblocking(False)
        with pytest.raises(BlockingIOError):
            ear.recv(2_000)


def _names(ear: socket, office: socket) -> list[tuple[str, int]]:
    port = ear.getsockname()[1]
    return [*((host, port) for host in ("127.0.0.1", "::ffff:127.0.0.1", "localhost")), office.getsockname()]


async def test_without_the_tap_a_call_is_heard_through_the_public_track(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "tap_packets", lambda *_: False)
    await call.connect()
    await say(call, 800)
    assert call.loud_ms == pytest.approx(800, abs=60)
    times = [heard.at_ms for heard in call.heard]
    assert times == sorted(times)


async def test_with_the_tap_no_thread_waits_for_packets_that_never_come(call: Call) -> None:
    before = threading.active_count()
    await call.connect()
    await say(call, 400)
    # How much longer it took to say depends on the machine.
    assert call.loud_ms >= 360
    assert not [thread for thread in threading.enumerate() if thread.name == "audio-decoder"]
    assert threading.active_count() <= before + 1


async def test_the_page_is_told_what_was_lost_on_the_way(call: Call) -> None:
    await call.connect()
    await call.hears(200)
    lose_every(call, 5)
    before, started = call.heard_ms, time.monotonic()
    async with asyncio.timeout(10):
        while not await loss_reported(call.page):
            await call.hears(100)
    # Nothing of it is missing: what was lost was made up.
    assert call.heard_ms - before == pytest.approx((time.monotonic() - started) * 1000, abs=100)


async def test_another_codec_and_nonsense_do_not_end_the_call(call: Call) -> None:
    await call.connect()
    await call.hears(200)
    transport = call.page.connection.getSenders()[0].transport
    for number in range(100):
        foreign = RtpPacket(
            payload_type=0, sequence_number=number, timestamp=number * 160, ssrc=77, payload=b"\xff" * 160
        )
        await transport._send_rtp(foreign.serialize())
        own = RtpPacket(
            payload_type=96, sequence_number=number * 500, timestamp=number * 77_777_777 % 2**32, ssrc=1000 + number
        )
        own.payload = b"\xff" * (number % 20)
        await transport._send_rtp(own.serialize())
    await asyncio.sleep(0.2)
    call.heard.clear()
    await say(call, 400)
    # How much longer it took to say depends on the machine.
    assert call.loud_ms >= 360
    assert len(call.peer._audio.receiver.transport._rtp_router.ssrc_table) <= 40
    reports = await call.peer._audio.receiver.getStats()
    assert sum(entry.type == "inbound-rtp" for entry in reports.values()) == 1


def lose_every(call: Call, nth: int) -> None:
    """Drop every nth packet in front of the bridge's receiver."""
    receiver = call.peer._audio.receiver
    handle: Callable[..., Awaitable[None]] = receiver._handle_rtp_packet

    async def lossy(packet: RtpPacket, arrival_time_ms: int) -> None:
        if packet.sequence_number % nth:
            await handle(packet, arrival_time_ms=arrival_time_ms)

    receiver._handle_rtp_packet = lossy


async def loss_reported(page: Page) -> bool:
    stats = await page.connection.getSenders()[0].getStats()
    return any(entry.type == "remote-inbound-rtp" and entry.fractionLost > 20 for entry in stats.values())
