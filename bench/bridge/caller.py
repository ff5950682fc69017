"""One caller: a light WebRTC client. aiortc carries ICE, DTLS and SRTP only; nothing is encoded or buffered here."""

import asyncio
import random
import time

from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from bench.bridge.contestants import Contestant
from bench.bridge.hearing import Arrival
from bench.bridge.microphone import Microphone
from bench.bridge.sounds import loudness
from bridge.media.opus import OpusError, new_decoder
from bridge.media.shims import tap_packets

JOIN_WITHIN_S = 20.0


class Caller:
    """`arrivals` grows with what the agent says. `loss` is the share of packets that never leave."""

    def __init__(self, *, loss: float = 0.0, seed: int = 0) -> None:
        self.microphone = Microphone()
        self.arrivals: list[Arrival] = []
        self.session = 0
        """Number of the conversation with the model this call has."""
        self._loss = loss
        self._random = random.Random(seed)
        self._decoder = new_decoder()
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._connected = asyncio.Event()
        self._connection.on("track", self._track)
        self._connection.on("connectionstatechange", self._state_changed)

    async def join(self, contestant: Contestant) -> None:
        """Raises TimeoutError: no connection in time."""
        sender = self._connection.addTrack(self.microphone)
        waited = [self._connected]
        if contestant.channel is not None:
            opened = asyncio.Event()
            self._connection.createDataChannel(contestant.channel).on("open", opened.set)
            waited.append(opened)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        async with asyncio.timeout(JOIN_WITHIN_S):
            answer = await contestant.answer(self._connection.localDescription.sdp)
            await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            for event in waited:
                await event.wait()
        if self._loss:
            self._lose_packets(sender.transport)

    async def close(self) -> None:
        self.microphone.stop()
        await self._connection.close()

    def _state_changed(self) -> None:
        if self._connection.connectionState == "connected":
            self._connected.set()

    def _track(self, track: MediaStreamTrack) -> None:
        receiver = next(entry.receiver for entry in self._connection.getTransceivers() if entry.receiver.track is track)
        if track.kind == "audio" and not tap_packets(receiver, self._packet):
            raise RuntimeError("This version of aiortc shows no packets: nothing can be measured.")

    def _packet(self, _sequence: int, stamp: int, payload: bytes) -> None:
        at = time.monotonic()
        if not payload:
            return
        try:
            pcm = self._decoder.decode(payload)
        except OpusError:
            return
        self.arrivals.append(Arrival(at, stamp, loudness(pcm)))

    def _lose_packets(self, transport) -> None:
        """aiortc has no bad network to offer: the packets are dropped before they are encrypted."""
        send = transport._send_rtp

        async def send_most(data: bytes) -> None:
            # Numbers of RFC 5761: these are reports, not sound.
            is_report = 192 <= data[1] <= 223
            if is_report or self._random.random() >= self._loss:
                await send(data)

        transport._send_rtp = send_most
