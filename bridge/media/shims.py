"""The only places where the bridge reaches past the public interfaces of aiortc and aioice.

* aiortc hands received sound out through a jitter buffer of 80 ms that grows by 200 ms with a loss and never shrinks;
  there is no public way to see packets before it. `tap_packets` replaces the receiver's packet handler. What the
  handler did besides is kept up: the reports to the sender, by which it learns of losses and sends copies (FEC).
  The receiver's decoder thread has nothing to do then, and is ended.
* aioice leaves loopback out of its candidates, so a browser on the same machine finds no way when there is no network.

Both say whether they fit the installed version; the bridge works without them, slower or over the network only.
"""

import inspect
import logging
from collections.abc import Callable

import aioice.ice
import aiortc
from aiortc import RTCRtpReceiver
from aiortc.rtcrtpreceiver import StreamStatistics

log = logging.getLogger(__name__)

TESTED_AIORTC = ("1.14.0", "1.15.0", "1.16.0")
"""Versions whose receiver was read, and measured with the tap."""
MOST_ADDRESSES = 8
"""Addresses offered as candidates: a machine full of containers has dozens, and each costs a socket per call."""
MOST_SOURCES = 32
"""Sources (SSRC) the router of a call remembers; a page has one or two, and each packet may claim to be another."""

PacketSink = Callable[[int, int, bytes], None]
"""Takes sequence number, RTP timestamp and payload."""

_HANDLER, _STREAMS, _END_DECODER = (
    "_handle_rtp_packet",
    "_RTCRtpReceiver__remote_streams",
    "_RTCRtpReceiver__stop_decoder",
)
_CLOCK_RATE_HZ = 48_000


class _Statistics(StreamStatistics):
    """One sender's packets, for the reports to it."""

    @property
    def jitter(self) -> int:
        # Timestamps that jump back and forth add up to more than fits into a report, which would end all reports.
        return min(super().jitter, 2**31)


def can_tap() -> bool:
    """Whether the tap fits the installed aiortc; says so in the log when it does not, or is not known to."""
    fits = _tap_fits()
    if not fits:
        log.warning("aiortc %s has no packet handler: calls use its jitter buffer (+80 ms)", aiortc.__version__)
    elif aiortc.__version__ not in TESTED_AIORTC:
        log.warning("aiortc %s was not tested with the packet tap", aiortc.__version__)
    return fits


def _tap_fits() -> bool:
    handler = getattr(RTCRtpReceiver, _HANDLER, None)
    if handler is None or not inspect.iscoroutinefunction(handler) or not hasattr(RTCRtpReceiver, _END_DECODER):
        return False
    is_same = list(inspect.signature(handler).parameters) == ["self", "packet", "arrival_time_ms"]
    return is_same and _STREAMS in handler.__code__.co_names


def tap_packets(receiver: RTCRtpReceiver, sink: PacketSink) -> bool:
    """Send the receiver's packets to the sink instead of the jitter buffer. False when this aiortc can't."""
    if not _tap_fits():
        return False
    end_decoder = getattr(receiver, _END_DECODER)
    streams: dict[int, StreamStatistics] = getattr(receiver, _STREAMS)

    async def handle(packet: object, arrival_time_ms: int) -> None:  # noqa: ARG001 - aiortc's signature
        source: int = packet.ssrc  # pyright: ignore[reportAttributeAccessIssue]
        stream = streams.get(source)
        if stream is None:
            if not streams:
                end_decoder()
            _forget_sources(receiver)
            streams.clear()
            stream = streams[source] = _Statistics(_CLOCK_RATE_HZ)
        stream.add(packet)  # pyright: ignore[reportArgumentType]
        sink(packet.sequence_number, packet.timestamp, packet.payload)  # pyright: ignore[reportAttributeAccessIssue]

    setattr(receiver, _HANDLER, handle)
    return True


def _forget_sources(receiver: RTCRtpReceiver) -> None:
    router = getattr(receiver.transport, "_rtp_router", None)
    table = getattr(router, "ssrc_table", {})
    if len(table) > MOST_SOURCES:
        # The payload type still tells whose a packet is.
        table.clear()


def offer_loopback() -> bool:
    """Add loopback to the addresses calls are offered on, for the whole process. False when this aioice can't."""
    original = getattr(aioice.ice, "get_host_addresses", None)
    if original is None or list(inspect.signature(original).parameters) != ["use_ipv4", "use_ipv6"]:
        log.warning("aioice has no list of addresses: calls need a network interface")
        return False
    if getattr(original, "offers_loopback", False):
        return True

    def addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        found = list(original(use_ipv4, use_ipv6))[: MOST_ADDRESSES - 1]
        return [*found, "127.0.0.1"] if use_ipv4 else found

    addresses.offers_loopback = True  # pyright: ignore[reportFunctionMemberAccess]
    aioice.ice.get_host_addresses = addresses
    return True
