"""The only places where the bridge reaches past the public interfaces of aiortc and aioice.

* aiortc hands received sound out through a jitter buffer of 80 ms that grows by 200 ms with a loss and never shrinks;
  there is no public way to see packets before it. `tap_packets` replaces the receiver's packet handler.
* aioice leaves loopback out of its candidates, so a browser on the same machine finds no way when there is no network.

Both say whether they fit the installed version; the bridge works without them, slower or over the network only.
"""

import inspect
import logging
from collections.abc import Callable

import aioice.ice
import aiortc
from aiortc import RTCRtpReceiver

log = logging.getLogger(__name__)

TESTED_AIORTC = ("1.14.0", "1.15.0", "1.16.0")
"""Versions whose receiver was read, and measured with the tap."""
MOST_ADDRESSES = 8
"""Addresses offered as candidates: a machine full of containers has dozens, and each costs a socket per call."""

PacketSink = Callable[[int, int, bytes], None]
"""Takes sequence number, RTP timestamp and payload."""


def can_tap() -> bool:
    """Whether the receiver of the installed aiortc has the handler the tap replaces."""
    handler = getattr(RTCRtpReceiver, "_handle_rtp_packet", None)
    if handler is None or not inspect.iscoroutinefunction(handler):
        return False
    return list(inspect.signature(handler).parameters) == ["self", "packet", "arrival_time_ms"]


def tap_packets(receiver: RTCRtpReceiver, sink: PacketSink) -> bool:
    """Send the receiver's packets to the sink instead of the jitter buffer. False when this aiortc can't."""
    if not can_tap():
        log.warning("aiortc %s has no packet handler: calls use its jitter buffer (+80 ms)", aiortc.__version__)
        return False

    async def handle(packet: object, arrival_time_ms: int) -> None:  # noqa: ARG001 - aiortc's signature
        payload: bytes = packet.payload  # pyright: ignore[reportAttributeAccessIssue]
        if payload:
            sink(packet.sequence_number, packet.timestamp, payload)  # pyright: ignore[reportAttributeAccessIssue]

    receiver._handle_rtp_packet = handle
    return True


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
