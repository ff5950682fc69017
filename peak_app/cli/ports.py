"""TCP ports of this machine."""

import errno
import socket
from collections.abc import Iterable, Mapping


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now.

    Raises:
        OSError: the address itself is impossible here, or the port needs rights we lack.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # Connections of a server that just ended must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def near_address(host: str) -> str:
    """Where to reach a server of this machine that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # we connect to it, not listen


def choose_ports(names: Iterable[str], *, preferred: Mapping[str, int], taken: int) -> dict[str, int]:
    """A free port of 127.0.0.1 for each name: the preferred one when it is still free, never `taken`."""
    chosen: dict[str, int] = {}
    held: list[socket.socket] = []
    try:
        for name in names:
            wish = preferred.get(name, 0)
            if wish in (0, taken, *chosen.values()) or not is_free("127.0.0.1", wish):
                wish = 0
            # Held until all are chosen, so that no two get the same.
            holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            held.append(holder)
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            holder.bind(("127.0.0.1", wish))
            chosen[name] = holder.getsockname()[1]
    finally:
        for holder in held:
            holder.close()
    return chosen
