"""Keeps the sockets of a call on 127.0.0.1, and asks no server of the internet for addresses."""

import aioice.ice
from aiortc.rtcicetransport import RTCIceGatherer


def _addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: ARG001 - aioice's signature
    return ["127.0.0.1"] if use_ipv4 else []


def stay_on_loopback() -> None:
    """For the whole process. aioice leaves loopback out by itself."""
    aioice.ice.get_host_addresses = _addresses
    RTCIceGatherer.getDefaultIceServers = staticmethod(list)
