"""A bridge that does what a test tells it: answers offers, sends the messages of the call's data channel, plays a tone.

Behind its HTTP face is a real WebRTC peer, so that the page under test runs the code it runs with the real bridge.
"""

import asyncio
import contextlib
import fractions
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bridge.media.shims import offer_loopback
from tests.emulators.loopback_services import serving

_RATE_HZ = 48_000
_FRAME = 960
_WITHIN_S = 10.0
_TICK_S = 1.0
_TIME = {
    "remaining_s": 2_700,
    "left_s": 1_800,
    "is_late": False,
    "stage": None,
    "stage_left_s": None,
    "is_stage_late": False,
}


class Tone(MediaStreamTrack):
    """The agent's voice: a hum while `is_sounding`, silence otherwise."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.is_sounding = False
        self._pts = 0
        self._start: float | None = None

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        self._start = self._start or time.monotonic()
        await asyncio.sleep(max(0.0, self._start + self._pts / _RATE_HZ - time.monotonic()))
        at = np.arange(self._pts, self._pts + _FRAME)
        wave = 9_000 * np.sin(2 * np.pi * 220 * at / _RATE_HZ) * self.is_sounding
        frame = AudioFrame.from_ndarray(wave.astype(np.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = _RATE_HZ, self._pts, fractions.Fraction(1, _RATE_HZ)
        self._pts += _FRAME
        return frame


@dataclass
class ScriptedBridge:
    """`hello` and `time` are what pages are told by themselves; `refusals` answer the next offers.

    The methods are for the test's thread; the peers live on the server's.
    """

    hello: dict[str, Any] = field(default_factory=dict)
    time: dict[str, Any] = field(default_factory=dict)
    refusals: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    offers: list[dict[str, Any]] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)
    """What pages said on the data channel."""
    is_deaf: bool = False
    """Takes offers and never answers them."""
    _peers: list[RTCPeerConnection] = field(default_factory=list)
    _channel: RTCDataChannel | None = None
    _tone: Tone | None = None
    _since: float = 0.0
    _clock: asyncio.Task[None] | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    # for tests

    def tell(self, kind: str, **fields: object) -> None:
        """Send a message to the page that is connected."""
        self._run(self._send, {"type": kind, **fields})

    def say(self, text: str, *, speaker: str = "agent", caption: str = "a1", is_final: bool = True) -> None:
        self.tell("caption", id=caption, speaker=speaker, text=text, is_final=is_final, at_ms=0)

    def sound(self, is_on: bool) -> None:
        """Begin or end the tone."""
        if self._tone:
            self._tone.is_sounding = is_on

    def wait_for(self, kind: str, after: int = 0, **fields: object) -> dict[str, Any]:
        """The first message of a page of that type with those fields, from the given place in `received` on."""

        def find() -> dict[str, Any] | None:
            for message in list(self.received)[after:]:
                if message.get("type") == kind and all(message.get(name) == value for name, value in fields.items()):
                    return message
            return None

        return _until(find, f"no {kind} {fields} among {self.received[after:]}")

    def wait_offers(self, count: int, within_s: float = _WITHIN_S) -> None:
        _until(lambda: len(self.offers) >= count or None, f"{len(self.offers)} offers", within_s)

    def wait_connected(self) -> None:
        _until(lambda: self._channel is not None or None, "no page")

    def vanish(self) -> None:
        """Go without a word, as a bridge does that was killed."""
        self._run(self._abort)

    def forget(self) -> None:
        """Be as new."""
        self._run(self._abort)
        for kept in (self.hello, self.time, self.refusals, self.offers, self.ends, self.received):
            kept.clear()
        self.is_deaf = False

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        if self._loop is None:
            return
        done = threading.Event()

        def run() -> None:
            try:
                work(*arguments)
            finally:
                done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(_WITHIN_S)

    # on the server's loop

    def _send(self, message: dict[str, Any]) -> None:
        assert self._channel, "no page is connected"
        self._channel.send(json.dumps(message))

    def _abort(self) -> None:
        self._channel = None
        if self._clock:
            self._clock.cancel()
        for peer in self._peers:
            for transport in {sender.transport.transport for sender in peer.getSenders()}:
                for protocol in transport._connection._protocols:
                    protocol.transport.abort()
        self._peers.clear()

    def _opened(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        channel.on("message", lambda data: self._heard(json.loads(data)))
        said = {
            "elapsed_ms": self._elapsed_ms(),
            "agent": "Morgan",
            "notice": "",
            "is_resumed": len(self.offers) > 1,
            "cap_s": 2_700,
            "planned_s": 1_800,
            "stages": [],
            "is_recorded": True,
            **self.hello,
        }
        channel.send(json.dumps({"type": "hello", **said}))
        channel.send(json.dumps({"type": "state", "value": "listening"}))
        if self._clock:
            self._clock.cancel()
        self._clock = asyncio.create_task(self._tick(channel))

    def _heard(self, message: dict[str, Any]) -> None:
        self.received.append(message)
        if message["type"] == "end":
            self._send({"type": "ended", "reason": "ended_by_person"})

    def _elapsed_ms(self) -> int:
        return round((time.monotonic() - self._since) * 1000) if self._since else 0

    async def _tick(self, channel: RTCDataChannel) -> None:
        while channel.readyState == "open":
            message = {"type": "time", "elapsed_ms": self._elapsed_ms(), **_TIME, **self.time}
            channel.send(json.dumps(message))
            await asyncio.sleep(_TICK_S)

    async def offer(self, request: Request) -> Response:
        self._loop = asyncio.get_running_loop()
        body = await request.json()
        self.offers.append(body)
        if self.is_deaf:
            await asyncio.sleep(_WITHIN_S * 6)
        if self.refusals:
            status, said = self.refusals.pop(0)
            return JSONResponse(said, status)
        peer, self._tone = RTCPeerConnection(RTCConfiguration(iceServers=[])), Tone()
        self._peers.append(peer)
        self._since = self._since or time.monotonic()
        peer.on("datachannel", self._opened)
        peer.addTrack(self._tone)
        # Names of the local network take seconds to look up; the browser's own checks tell its address at once.
        usable = [line for line in body["sdp"].splitlines() if ".local " not in line]
        await peer.setRemoteDescription(RTCSessionDescription("\r\n".join([*usable, ""]), "offer"))
        await peer.setLocalDescription(await peer.createAnswer())
        return JSONResponse({"sdp": peer.localDescription.sdp})

    async def end(self, request: Request) -> Response:
        self.ends.append(await request.json())
        return JSONResponse({})

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ready", "calls": len(self._peers)})


def _until(find: Callable[[], Any], failure: str, within_s: float = _WITHIN_S) -> Any:
    deadline = time.monotonic() + within_s
    while (found := find()) is None:
        assert time.monotonic() < deadline, failure
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def scripted_bridge() -> Iterator[tuple[ScriptedBridge, str]]:
    """A bridge on a free port; gives it and its address."""
    offer_loopback()
    bridge = ScriptedBridge()
    app = Starlette(
        routes=[
            Route("/calls/{meeting_id}/offer", bridge.offer, methods=["POST"]),
            Route("/calls/{meeting_id}/end", bridge.end, methods=["POST"]),
            Route("/healthz", bridge.health),
        ]
    )
    with serving(app) as url:
        yield bridge, url
        bridge.forget()
