"""One page: its WebRTC connection, its microphone, the agent's voice to it, and the data channel."""

import asyncio
import logging
import re
import time

from aiortc import (
    RTCDataChannel,
    RTCPeerConnection,
    RTCRemoteInboundRtpStreamStats,
    RTCRtpSender,
    RTCSessionDescription,
    RTCTransportStats,
)
from aiortc.exceptions import InvalidStateError

from bridge.ice import call_network, may_be_asked
from bridge.media.capture import Capture
from bridge.media.downlink import Downlink
from bridge.media.playout import Playout
from bridge.messages import CHANNEL_LABEL, PageMessage, parse_request, to_json
from bridge.rate import REQUEST_BURST, REQUESTS_PER_S, Rate
from bridge.seat import SeatCallbacks
from peak_app.errors import InvalidInput
from peak_app.i18n.catalogue import t

log = logging.getLogger(__name__)

LONGEST_SDP = 64_000
"""Characters; a browser's offer has some six thousand."""
MOST_CANDIDATES = 40
CONNECT_TIMEOUT_S = 20.0
SILENT_AFTER_S = 8.0
"""A page of which nothing at all was received for so long is gone: it acknowledges our messages every second."""
POLL_S = 0.1
_STATS_EVERY = 20
"""Polls between two looks at the statistics."""
_MOST_BUFFERED = 256_000
"""Bytes waiting in the data channel above which captions and times are dropped for a page that does not read."""

_CANDIDATE = re.compile(r"^a=candidate:\S+ \d+ (?P<transport>\S+) \d+ (?P<address>\S+) ")


def checked_offer(sdp: object) -> str:
    """The offer, without what the bridge doesn't follow.

    Of the addresses it names, those are left out that the bridge does not ask (`may_be_asked`), among them names of
    the local network (`….local`): resolving them takes up to a second each, and the browser's own checks tell its
    address at once.

    Raises:
        InvalidInput: not the offer of a page that wants to talk.
    """
    if not isinstance(sdp, str) or not 0 < len(sdp) <= LONGEST_SDP:
        raise InvalidInput(t("refusal.offer_missing"), "sdp")
    kept: list[str] = []
    candidates = 0
    # As whoever reads it splits it: what stands in a line of its own to them must not pass within one of ours.
    for line in sdp.splitlines():
        if line.startswith("a=candidate:"):
            match = _CANDIDATE.match(line)
            is_usable = match is not None and match["transport"].lower() == "udp" and may_be_asked(match["address"])
            candidates += is_usable
            if not is_usable or candidates > MOST_CANDIDATES:
                continue
        # Without an end of candidates the browser's own address can still turn up later.
        if line != "a=end-of-candidates":
            kept.append(line)
    if not any(line.startswith("m=audio ") for line in kept):
        raise InvalidInput(t("refusal.offer_silent"), "sdp")
    if not any(line.startswith("m=application ") for line in kept):
        raise InvalidInput(t("refusal.offer_channel"), "sdp")
    return "\r\n".join([*kept, ""])


class Peer:
    """See `Seat`. Made by `answer`; ends with `close`."""

    def __init__(self, seat_id: str, callbacks: SeatCallbacks) -> None:
        self.seat_id = seat_id
        self._callbacks = callbacks
        self._connection = RTCPeerConnection(call_network().configuration())
        self._downlink = Downlink(callbacks.playout)
        # Made before the offer is read, so that the answer takes up our preference.
        audio = self._connection.addTransceiver(self._downlink, direction="sendrecv")
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        audio.setCodecPreferences([codec for codec in codecs if codec.mimeType.lower() == "audio/opus"])
        self._audio = audio
        self._capture: Capture | None = None
        self._channel: RTCDataChannel | None = None
        self._watch: asyncio.Task[None] | None = None
        self._is_connected = False
        self._is_closed = False
        self._requests = Rate(REQUESTS_PER_S, REQUEST_BURST)
        self._connection.on("datachannel", self._channel_opened)
        self._connection.on("connectionstatechange", self._state_changed)

    async def answer(self, offer: str) -> str:
        """The SDP answer to a checked offer.

        Raises:
            InvalidInput: the offer can't be understood, or wants what the bridge doesn't offer.
        """
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            self._take_first_audio()
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except Exception as error:
            # aiortc's parser raises whatever its string handling meets; all of it is the offer's fault.
            await self.close()
            log.info("offer refused: %s", type(error).__name__)
            raise InvalidInput(t("refusal.offer_unreadable"), "sdp") from error
        self._watch = asyncio.create_task(self._keep_watch())
        return self._connection.localDescription.sdp

    def _take_first_audio(self) -> None:
        if self._audio.mid is None:
            raise ValueError("no audio")
        for transceiver in self._connection.getTransceivers():
            if transceiver is not self._audio:
                transceiver.direction = "inactive"
        self._capture = Capture(self._audio.receiver, lambda heard: self._callbacks.on_heard(self, heard))

    @property
    def playout(self) -> Playout:
        return self._downlink.playout

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    # telling

    def tell(self, message: PageMessage, *, is_dispensable: bool = False) -> None:
        """Send a message, if the page is there to read it."""
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return
        if is_dispensable and channel.bufferedAmount > _MOST_BUFFERED:
            return
        try:
            channel.send(to_json(message))
        except InvalidStateError:
            log.debug("channel closed under a message")

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._watch and self._watch is not asyncio.current_task():
            self._watch.cancel()
        if self._capture:
            self._capture.close()
        self._downlink.stop()
        try:
            async with asyncio.timeout(2):
                await self._connection.close()
        except TimeoutError:
            log.warning("peer connection did not close in time")

    # being told

    def _channel_opened(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL_LABEL or self._channel is not None:
            return
        self._channel = channel
        channel.on("message", self._message)
        channel.on("close", self._lose)
        self._is_connected = True
        self._callbacks.on_connected(self)

    def _message(self, data: str | bytes) -> None:
        if not self._requests.admit(1, time.monotonic()):
            return
        request = parse_request(data)
        if request is None:
            log.info("message of the page not understood, %d bytes", len(data))
        elif not self._is_closed:
            self._callbacks.on_request(self, request)

    def _state_changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._lose()

    def _lose(self) -> None:
        if self._is_connected and not self._is_closed:
            self._is_connected = False
            self._callbacks.on_lost(self)

    # watching

    async def _keep_watch(self) -> None:
        """Fills silence, measures the link, and notices a page that has gone without a word."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        received, received_at, polls = -1, loop.time(), 0
        while not self._is_closed:
            await asyncio.sleep(POLL_S)
            if not self._is_connected:
                if loop.time() - started > CONNECT_TIMEOUT_S:
                    log.info("page let go: it is not connected")
                    await self.close()
                continue
            if self._capture:
                self._capture.poll()
            polls += 1
            if polls % _STATS_EVERY == 0:
                packets = await self._measure(self._audio.sender)
                if packets != received:
                    received, received_at = packets, loop.time()
                elif loop.time() - received_at >= SILENT_AFTER_S:
                    log.info("page silent, taken for lost")
                    self._lose()
                    return

    async def _measure(self, sender: RTCRtpSender) -> int:
        """Packets received so far; on the way the downlink learns of the page's losses."""
        packets = 0
        for entry in (await sender.getStats()).values():
            if isinstance(entry, RTCTransportStats):
                packets = entry.packetsReceived
            elif isinstance(entry, RTCRemoteInboundRtpStreamStats):
                self._downlink.set_loss(entry.fractionLost / 256)
        return packets
