"""A receiver's packets through a capture, without a network: what reaches the sink, and what the sender is told."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from aiortc import RTCPeerConnection, RTCRtpReceiver
from aiortc.rtp import RtpPacket

from bridge.media import shims
from bridge.media.capture import Capture
from bridge.media.uplink import Heard
from tests.emulators.opus_sender import OpusSender, Sent


@pytest.fixture
async def receiver() -> AsyncIterator[RTCRtpReceiver]:
    connection = RTCPeerConnection()
    yield connection.addTransceiver("audio").receiver
    await connection.close()


def tone(ms: int) -> bytes:
    return (9000 * np.sin(2 * np.pi * 440 * np.arange(24 * ms) / 24_000)).astype("<i2").tobytes()


async def bring(receiver: RTCRtpReceiver, packet: Sent, ssrc: int = 1) -> None:
    rtp = RtpPacket(payload_type=111, sequence_number=packet.sequence, timestamp=packet.stamp, ssrc=ssrc)
    rtp.payload = packet.payload
    await receiver._handle_rtp_packet(rtp, arrival_time_ms=0)


def duration_ms(heard: list[Heard]) -> float:
    return sum(len(sound.data) for sound in heard) / 48


async def test_packets_become_sound_at_once(receiver: RTCRtpReceiver) -> None:
    heard: list[Heard] = []
    capture = Capture(receiver, heard.append)
    assert capture.is_direct
    assert capture.last_packet_ms is None
    for count, packet in enumerate(OpusSender().send(tone(200)), 1):
        await bring(receiver, packet)
        assert len(heard) == count
    assert duration_ms(heard) == 200
    assert capture.last_packet_ms is not None
    capture.close()


async def test_what_was_held_comes_by_itself(receiver: RTCRtpReceiver) -> None:
    heard: list[Heard] = []
    capture = Capture(receiver, heard.append)
    packets = OpusSender().send(tone(200))
    for packet in packets[:5] + packets[6:]:
        await bring(receiver, packet)
    assert duration_ms(heard) == 100
    await asyncio.sleep(0.05)
    assert duration_ms(heard) == 200
    assert capture.lost == 1
    capture.close()


async def test_a_page_that_sends_sound_faster_than_time_is_cut_short(
    receiver: RTCRtpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Heard] = []
    capture = Capture(receiver, heard.append)
    for packet in OpusSender(packet_ms=60).send(tone(1_000) * 60):
        await bring(receiver, packet)
    assert 9_900 <= duration_ms(heard) < 11_500
    assert caplog.messages == ["page sends sound faster than time, dropped"]
    capture.close()


async def test_timestamps_that_claim_hours_are_no_hours_of_silence(receiver: RTCRtpReceiver) -> None:
    heard: list[Heard] = []
    capture = Capture(receiver, heard.append)
    (packet,) = OpusSender().send(tone(20))
    for number in range(1_000):
        await bring(receiver, Sent(number, number * 90_000 % 2**32, packet.payload, 0))
    assert duration_ms(heard) < 11_500
    capture.close()


async def test_nothing_is_heard_after_the_end(receiver: RTCRtpReceiver) -> None:
    heard: list[Heard] = []
    capture = Capture(receiver, heard.append)
    packets = OpusSender().send(tone(200))
    for packet in packets[:2] + packets[3:5]:
        await bring(receiver, packet)
    capture.close()
    count = len(heard)
    await bring(receiver, packets[6])
    capture.poll()
    await asyncio.sleep(0.05)
    assert len(heard) == count


async def test_the_sender_is_told_of_its_losses_whatever_its_timestamps_are(receiver: RTCRtpReceiver) -> None:
    capture = Capture(receiver, lambda _: None)
    for number in range(200):
        if number % 4:
            await bring(receiver, Sent(number, number % 2 * (2**32 - 1), b"", 0))
    (report,) = [entry for entry in (await receiver.getStats()).values() if entry.type == "inbound-rtp"]
    assert report.packetsReceived == 150
    assert report.packetsLost == 49
    assert 0 <= report.jitter < 2**32
    capture.close()


async def test_a_page_that_claims_to_be_many_is_remembered_as_few(receiver: RTCRtpReceiver) -> None:
    capture = Capture(receiver, lambda _: None)
    for number in range(1_000):
        await bring(receiver, Sent(number, number * 960, b"", 0), ssrc=number)
        receiver.transport._rtp_router.ssrc_table[number] = receiver
    assert sum(entry.type == "inbound-rtp" for entry in (await receiver.getStats()).values()) == 1
    assert len(receiver.transport._rtp_router.ssrc_table) <= shims.MOST_SOURCES + 2
    capture.close()
