"""A page for tests of the bridge: a small WebRTC client that speaks, listens and keeps what it hears."""

import array
import asyncio
import fractions
import json
import time
from collections import deque
from typing import Any

import av
import httpx
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from bridge.media.opus import FRAME_BYTES, OpusError, new_decoder, new_encoder
from bridge.media.shims import offer_loopback, tap_packets

RATE_HZ = 24_000
_TIME_BASE = fractions.Fraction(1, 48_000)
SOUND = 400
"""Peak above which a frame is sound."""


class Mouth(MediaStreamTrack):
    """A microphone: silence, or what it is told to say, in real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._encoder = new_encoder()
        self._frames: deque[bytes] = deque()
        self._pts = 0
        self._start: float | None = None
        self.finished_at: float | None = None
        """Monotonic seconds at which the last frame of what was said left."""

    def say(self, pcm: bytes) -> None:
        self.finished_at = None
        for at in range(0, len(pcm), FRAME_BYTES):
            self._frames.append(pcm[at : at + FRAME_BYTES].ljust(FRAME_BYTES, b"\0"))

    @property
    def is_speaking(self) -> bool:
        return bool(self._frames)

    async def recv(self) -> av.Packet:
        if self.readyState != "live":
            raise MediaStreamError
        self._start = self._start or time.monotonic()
        delay = self._start + self._pts / 48_000 - time.monotonic()
        if delay > 0:
            await asyncio.sleep(delay)
        frame = bytes(FRAME_BYTES)
        if self._frames:
            frame = self._frames.popleft()
            if not self._frames:
                self.finished_at = time.monotonic() + 0.02
        packet = av.Packet(self._encoder.encode(frame))
        packet.pts, packet.time_base = self._pts, _TIME_BASE
        self._pts += 960
        return packet


def peak(pcm: bytes) -> int:
    return max((abs(sample) for sample in array.array("h", pcm)), default=0)


class Page:
    """Joins with `join`; `messages` grows with what the data channel brings, `heard` with the agent's frames."""

    def __init__(self, bridge_url: str) -> None:
        offer_loopback()
        self._bridge_url = bridge_url
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.mouth = Mouth()
        self.messages: list[dict[str, Any]] = []
        self.heard: list[tuple[float, bytes]] = []
        """When each frame arrived (monotonic seconds), and its sound."""
        self._news = asyncio.Event()
        self._opened = asyncio.Event()
        self._decoder = new_decoder()
        self.connection.addTrack(self.mouth)
        self.channel = self.connection.createDataChannel("peak")
        self.channel.on("open", self._opened.set)
        self.channel.on("message", self._told)
        self.connection.on("track", self._track)

    def _told(self, data: str) -> None:
        self.messages.append(json.loads(data))
        self._news.set()

    def _track(self, track: MediaStreamTrack) -> None:
        receiver = next(entry.receiver for entry in self.connection.getTransceivers() if entry.receiver.track is track)
        assert tap_packets(receiver, self._packet)

    def _packet(self, sequence: int, stamp: int, payload: bytes) -> None:
        try:
            self.heard.append((time.monotonic(), self._decoder.decode(payload)))
        except OpusError:
            return

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def join(self, meeting_id: object, ticket: str) -> None:
        """Raises AssertionError with the bridge's answer when it refuses."""
        offer = await self.offer()
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            url = f"{self._bridge_url}/calls/{meeting_id}/offer"
            answer = await client.post(url, json={"ticket": ticket, "sdp": offer})
        assert answer.status_code == 200, answer.text
        await self.accept(answer.json()["sdp"])

    async def accept(self, answer: str) -> None:
        """Connect as the bridge answered."""
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        async with asyncio.timeout(10):
            await self._opened.wait()

    async def message(self, kind: str, timeout_s: float = 15.0, after: int = 0, **fields: object) -> dict[str, Any]:
        """The first message of that type with those fields, from the given place in `messages` on."""
        async with asyncio.timeout(timeout_s):
            while True:
                for message in self.messages[after:]:
                    if message["type"] == kind and all(message.get(name) == value for name, value in fields.items()):
                        return message
                self._news.clear()
                await self._news.wait()

    def tell(self, **message: object) -> None:
        self.channel.send(json.dumps(message))

    @property
    def sound_ms(self) -> int:
        """How much of what was heard was not silence."""
        return sum(20 for _, pcm in self.heard if peak(pcm) > SOUND)

    async def close(self) -> None:
        self.mouth.stop()
        await self.connection.close()

    def vanish(self) -> None:
        """Go without a word, as a page does whose machine sleeps: nothing more is sent or read."""
        for transport in {sender.transport.transport for sender in self.connection.getSenders()}:
            for protocol in transport._connection._protocols:
                protocol.transport.abort()
