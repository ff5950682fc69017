"""The bridge as a process: `python -m bridge --host 127.0.0.1 --port 3011`."""

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

import uvicorn

from bridge import metrics
from bridge.desk import CallDesk, DeskSetting
from bridge.facts_log import configure_logging
from bridge.journal import Journal
from bridge.leaving import Leaving
from bridge.loop_lag import LoopLag
from bridge.media.opus import is_direct
from bridge.media.shims import can_tap, offer_loopback
from bridge.recording import TrackWriter
from bridge.registry import Registry
from bridge.room import RoomSetting
from bridge.server import signalling_app
from peak_app.config import Settings, settings
from peak_app.domain.meetings.ticket import TICKET_PURPOSE
from peak_app.ports.clock import system_clock
from peak_app.wiring import Services

log = logging.getLogger("bridge")


class _Server(uvicorn.Server):
    """A server that leaves signals to the process: uvicorn's would end it before calls are handed on."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def room_setting(config: Settings, services: Services, journal: Journal, writer: TrackWriter) -> RoomSetting:
    return RoomSetting(
        bridge_id=f"{socket.gethostname()[:32]}-{os.getpid()}-{secrets.token_hex(4)}",
        media_home=config.media_home,
        calls=services.calls,
        voice=services.voice,
        journal=journal,
        writer=writer,
        max_call_ms=config.max_call_minutes * 60_000,
        grace_ms=config.reconnect_grace_s * 1000,
        language=config.language,
        now=system_clock,
        leaving=Leaving.of(config, services.outflows),
        open_live_room=services.open_live_room,
        note_use=services.model_usage.note,
    )


class _End:
    """How the process ends: the first SIGTERM lets the calls finish; SIGINT, or another SIGTERM, hands them on."""

    def __init__(self, desk: CallDesk, registry: Registry, drain_s: float) -> None:
        self._desk = desk
        self._registry = registry
        self._drain_s = drain_s
        self._at_once = asyncio.Event()
        self._draining = asyncio.Event()

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._at_once.set)
        loop.add_signal_handler(signal.SIGTERM, self._terminate)

    def _terminate(self) -> None:
        if self._draining.is_set():
            self._at_once.set()
        self._draining.set()

    async def wait(self) -> None:
        """Until it is time to stop."""
        asked = asyncio.create_task(self._at_once.wait())
        drained = asyncio.create_task(self._drain())
        await asyncio.wait((asked, drained), return_when=asyncio.FIRST_COMPLETED)
        for task in (asked, drained):
            task.cancel()
        await asyncio.gather(asked, drained, return_exceptions=True)

    async def _drain(self) -> None:
        await self._draining.wait()
        self._desk.drain()
        self._registry.beat_now()
        log.info("bridge finishes its calls", extra={"calls": self._desk.calls, "within_s": self._drain_s})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drain_s):
                await self._desk.wait_empty()


async def serve(config: Settings, host: str, port: int) -> None:
    """Until SIGTERM or SIGINT; calls that still run are handed on before it returns."""
    offer_loopback()
    services = Services(config, "worker")
    journal, writer, lag = Journal(), TrackWriter(), LoopLag()
    own = DeskSetting(
        bridges=services.bridges,
        url=config.bridge_announced_url or f"http://{host}:{port}",
        capacity=config.bridge_capacity,
        loop_lag_ms=lambda: lag.p99_ms,
    )
    desk = CallDesk(room_setting(config, services, journal, writer), own)
    metrics.watch(desk.state, loop_lag_ms=own.loop_lag_ms, journal_waiting=lambda: journal.waiting)
    loop = asyncio.get_running_loop()
    registry = Registry(
        services.bridges, desk.state, lambda held, since: loop.call_soon_threadsafe(desk.give_up_lost, held, since)
    )
    end = _End(desk, registry, config.bridge_drain_s)
    end.listen()

    @contextlib.asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        lag.start()
        housekeeping = asyncio.create_task(desk.run(), name="housekeeping")
        try:
            yield
        finally:
            lag.stop()
            housekeeping.cancel()
            await asyncio.gather(housekeeping, return_exceptions=True)
            await desk.close()
            await asyncio.to_thread(journal.close)
            await asyncio.to_thread(writer.close)

    app = signalling_app(desk, config.derive(TICKET_PURPOSE), system_clock, beside, config.metrics_token)
    uvicorn_config = uvicorn.Config(
        app, host=host, port=port, loop="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = _Server(uvicorn_config, on_listening=registry.start)

    async def stop() -> None:
        await end.wait()
        # First of all: whoever is handed on must find another bridge.
        await asyncio.to_thread(registry.close)
        server.should_exit = True

    log.info("bridge starts", extra={"port": port, "is_direct_opus": is_direct(), "has_packet_tap": can_tap()})
    stopping = asyncio.create_task(stop())
    await server.serve()
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    log.info("bridge stopped")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bridge", description="Realtime audio between page and model.")
    parser.add_argument("--host", default="127.0.0.1", help="address for signalling; keep it on loopback")
    parser.add_argument("--port", type=int, default=3011)
    arguments = parser.parse_args()
    config = settings()
    configure_logging(config.log_level)
    run(serve(config, arguments.host, arguments.port))
    # All is written and told. Taking the interpreter down module by module would take longer than all of that.
    logging.shutdown()
    os._exit(0)


def run(main: Coroutine[None, None, None]) -> None:
    """On uvloop where there is one: at many calls it is late half as often."""
    if sys.platform == "win32":
        asyncio.run(main)
        return
    import uvloop  # noqa: PLC0415 - there is none for Windows

    uvloop.run(main)


if __name__ == "__main__":
    main()
