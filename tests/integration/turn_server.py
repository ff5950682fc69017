"""coturn for a test. `python -m tests.integration.turn_server` installs it when it is not there."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.ports import free_port

READY_WITHIN_S = 15
REALM = "peak.test"


class NoTurnServer(RuntimeError):
    """coturn is not there; the sentence says how to get it."""


@dataclass(frozen=True, slots=True)
class TurnServer:
    """Where it listens, the secret that opens it, and what it has noted."""

    url: str
    secret: str
    log: Path

    @property
    def relays(self) -> int:
        """Relayed addresses given out so far."""
        return self.log.read_text(errors="replace").count("ALLOCATE processed, success")


def find_turn_server() -> str | None:
    # Debian keeps it where only root's path looks.
    return shutil.which("turnserver") or shutil.which("turnserver", path="/usr/sbin:/usr/bin")


@contextmanager
def turn_server(folder: Path, secret: str = "a secret of this test") -> Iterator[TurnServer]:
    """A server on loopback with passwords that expire, which relays to loopback only for this test."""
    program = find_turn_server()
    if program is None:
        raise NoTurnServer("The tests need coturn: apt-get install coturn, or brew install coturn.")
    port, log = free_port(), folder / "turn.log"
    command = [
        program, "--no-cli", "--no-tls", "--no-dtls", "--use-auth-secret", f"--static-auth-secret={secret}",
        f"--realm={REALM}", f"--listening-port={port}", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1",
        "--allow-loopback-peers", "--verbose", "--log-file=stdout", f"--pidfile={folder / 'turn.pid'}",
        f"--userdb={folder / 'turn.db'}", "-c", str(folder / "none.conf"),
    ]  # fmt: skip
    (folder / "none.conf").touch()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(process, log)
            yield TurnServer(f"turn:127.0.0.1:{port}?transport=udp", secret, log)
        finally:
            process.terminate()
            process.wait(10)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if "listener opened on" in log.read_text(errors="replace"):
            return
        time.sleep(0.05)
    raise NoTurnServer("coturn did not start:\n" + log.read_text(errors="replace")[-2000:])


def main() -> int:
    if find_turn_server() is None and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "coturn"]):
            subprocess.run(["apt-get", *command], stdin=subprocess.DEVNULL, env=environment, timeout=900, check=False)
    found = find_turn_server()
    sys.stdout.write(f"coturn: {found}\n" if found else "coturn is missing: apt-get install coturn\n")
    return int(found is None)


if __name__ == "__main__":
    sys.exit(main())
