"""Who is measured: each a process of its own that takes calls and, but for the floor, talks to the stand-in."""

import asyncio
import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from bench.bridge.installation import Installation, PlannedMeeting
from bench.bridge.peer_environment import PeerEnvironment
from bench.bridge.processes import Child
from bench.product import free_port
from peak_app.cli.paths import ROOT

PEERS = ROOT / "bench" / "bridge" / "peers"
_ASK_AGAIN_S = 1.0
_PLACE_WITHIN_S = 20.0


class NotTaken(RuntimeError):
    """A call was refused; the sentence is the contestant's answer."""


class Contestant(Protocol):
    """`start`, and `answer` for each call; may be started anew when the process it gave is gone."""

    @property
    def name(self) -> str: ...

    @property
    def channel(self) -> str | None:
        """Label of the data channel its callers open; None: they open none."""
        ...

    @property
    def has_model(self) -> bool:
        """Whether each of its calls is a conversation with the model."""
        ...

    @property
    def port(self) -> int:
        """Where it takes calls; known once it was started."""
        ...

    def start(self, model_port: int, folder: Path) -> Child:
        """A new process; it is not ready yet."""
        ...

    async def answer(self, offer: str) -> str:
        """The SDP answer to a caller's offer.

        Raises:
            NotTaken: it refuses.
        """
        ...


@dataclass
class Floor:
    """aiortc alone: what comes in goes back."""

    name: str = "echo"
    channel: str | None = None
    has_model: bool = False
    port: int = 0

    def start(self, model_port: int, folder: Path) -> Child:  # noqa: ARG002 - it talks to no model
        self.port = free_port()
        command = [sys.executable, str(PEERS / "echo.py"), "--port", str(self.port)]
        return Child.start(self.name, command, folder)

    async def answer(self, offer: str) -> str:
        return await _plain_answer(self.port, offer)


@dataclass
class Pipecat:
    """The peer, in its own environment of packages."""

    packages: PeerEnvironment
    name: str = "pipecat"
    channel: str | None = "chat"
    has_model: bool = True
    port: int = 0

    def start(self, model_port: int, folder: Path) -> Child:
        self.port = free_port()
        url = f"ws://127.0.0.1:{model_port}/v1/realtime"
        script = str(PEERS / "pipecat_bot.py")
        command = [str(self.packages.python), script, "--port", str(self.port), "--model-url", url]
        # Its packages are its own: ours must not get in.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return Child.start(self.name, command, folder, environment)

    async def answer(self, offer: str) -> str:
        return await _plain_answer(self.port, offer)


@dataclass
class Ours:
    """`python -m bridge` as the launcher starts it. Each call is a meeting of a person of its own."""

    installation: Installation
    is_recorded: bool = True
    name: str = "bridge"
    channel: str | None = "peak"
    has_model: bool = True
    port: int = 0
    meetings: list[PlannedMeeting] = field(default_factory=list)

    def start(self, model_port: int, folder: Path) -> Child:
        part = self.installation.bridge(f"http://127.0.0.1:{model_port}/v1")
        self.port = int(part.command[part.command.index("--port") + 1])
        return Child.start(self.name, part.command, folder, part.environment, part.stop_signal)

    async def answer(self, offer: str) -> str:
        meeting = await asyncio.to_thread(self.installation.plan_meeting, is_recorded=self.is_recorded)
        self.meetings.append(meeting)
        until = time.monotonic() + _PLACE_WITHIN_S
        while True:
            body = {"ticket": self.installation.ticket(meeting), "sdp": offer}
            answer = await _post(f"http://127.0.0.1:{self.port}/calls/{meeting.meeting_id}/offer", body)
            if answer.status_code == 200:
                return answer.json()["sdp"]
            # As the page does: who finds all places taken asks again.
            if answer.status_code != 503 or time.monotonic() > until:
                raise NotTaken(f"{answer.status_code} {answer.text[:300]}")
            await asyncio.sleep(_ASK_AGAIN_S)

    def require_kept(self) -> str:
        """What the calls left behind. Only once the bridge is stopped: it has written all by then.

        Raises:
            RuntimeError: a journal or a recording is missing, or there is one that nobody wanted.
        """
        kept = [self.installation.kept(meeting) for meeting in self.meetings]
        if not all(entry.turns for entry in kept):
            raise RuntimeError("A call has no journal: its figures would flatter.")
        if any(bool(entry.recorded_s) != self.is_recorded for entry in kept):
            raise RuntimeError("A call was recorded that was not to be, or the other way round.")
        turns, recorded_s = sum(entry.turns for entry in kept), sum(entry.recorded_s for entry in kept)
        return f"kept {turns} turns and {recorded_s:.0f} s of each side's sound"


async def _plain_answer(port: int, offer: str) -> str:
    answer = await _post(f"http://127.0.0.1:{port}/offer", {"sdp": offer, "type": "offer"})
    if answer.status_code != 200:
        raise NotTaken(f"{answer.status_code} {answer.text[:300]}")
    return answer.json()["sdp"]


async def _post(url: str, body: object) -> httpx.Response:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        return await client.post(url, json=body)
