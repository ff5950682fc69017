"""The bridge's own side of the network: which servers its connections use, and under which address it is reached."""

import re
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address, ip_address

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCIceServer

from peak_app.config import Settings, settings
from peak_app.domain.meetings.ice import ice_servers
from peak_app.ports.clock import system_clock

_WHO = "bridge"
_HOST = re.compile(
    r"a=candidate:(?P<foundation>\S+) (?P<component>\d+) (?P<transport>\S+) (?P<priority>\d+) (?P<address>\S+) "
    r"(?P<rest>\d+ typ host.*)"
)


@dataclass(frozen=True, slots=True)
class CallNetwork:
    """One for the process: see `call_network`."""

    settings: Settings

    def configuration(self) -> RTCConfiguration:
        """For a new connection. aiortc uses the first STUN and the first TURN server."""
        servers = [
            RTCIceServer(urls=list(server.urls), username=server.username, credential=server.credential)
            for server in ice_servers(self.settings, who=_WHO, at=system_clock())
        ]
        return RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)

    def announced(self, answer: str) -> str:
        """The SDP answer, with the public address offered beside the bridge's own ones."""
        address = self.settings.bridge_public_ip
        return with_public_address(answer, address) if address else answer


@cache
def call_network() -> CallNetwork:
    return CallNetwork(settings())


def may_be_asked(address: str) -> bool:
    """Whether the bridge sends connectivity checks to an address that a page names as its own.

    Not to names, which it would have to ask others for, and not where no browser is: this machine itself, its link
    (169.254.169.254 tells machines of clouds their secrets), everyone at once. A browser on this very machine is found
    all the same, by its own checks.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return False
    if isinstance(known, IPv6Address):
        known = known.ipv4_mapped or known
    is_special = known.is_loopback or known.is_link_local or known.is_multicast or known.is_unspecified
    return not is_special and not known.is_reserved


def with_public_address(answer: str, address: str) -> str:
    """Each address of this machine once more under the public one: a NAT 1:1 passes its ports through unchanged."""
    lines: list[str] = []
    offered: set[str] = set()
    for line in answer.split("\r\n"):
        lines.append(line)
        match = _HOST.fullmatch(line)
        if match is None or not _is_mapped(match["address"], address):
            continue
        # Tried after the machine's own addresses: who is in the same network gets there without the NAT.
        priority = max(1, int(match["priority"]) - 1)
        public = (
            f"a=candidate:{match['foundation']}p {match['component']} {match['transport']} {priority} {address} "
            f"{match['rest']}"
        )
        if public not in offered:
            offered.add(public)
            lines.append(public)
    return "\r\n".join(lines)


def _is_mapped(own: str, public: str) -> bool:
    mine, theirs = ip_address(own), ip_address(public)
    return mine.version == theirs.version and mine != theirs and not mine.is_loopback
