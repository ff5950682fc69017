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
from collections.abc import AsyncIterator, Coroutine, Iterator

import uvicorn

from bridge.desk import CallDesk
from bridge.facts_log import configure_logging
from bridge.journal import Journal
from bridge.media.opus import is_direct
from bridge.media.shims import can_tap, offer_loopback
from bridge.recording import TrackWriter
from bridge.room import RoomSetting
from bridge.server import signalling_app
from peak_app.config import Settings, settings
from peak_app.domain.meetings.ticket import TICKET_PURPOSE
from peak_app.ports.clock import system_clock
from peak_app.wiring import Services

log = logging.getLogger("bridge")


class _Server(uvicorn.Server):
    """A server that leaves signals to the process: uvicorn's would end it before calls are handed on."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def room_setting(config: Settings, journal: Journal, writer: TrackWriter) -> RoomSetting:
    services = Services(config, "worker")
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
    )


async def serve(config: Settings, host: str, port: int) -> None:
    """Until SIGTERM or SIGINT; calls are handed on before it returns."""
    offer_loopback()
    journal, writer = Journal(), TrackWriter()
    desk = CallDesk(room_setting(config, journal, writer))

    @contextlib.asynccontextmanager
    async def beside() -> AsyncIterator[None]:
        housekeeping = asyncio.create_task(desk.run(), name="housekeeping")
        try:
            yield
        finally:
            housekeeping.cancel()
            await asyncio.gather(housekeeping, return_exceptions=True)
            await desk.close()
            await asyncio.to_thread(journal.close)
            await asyncio.to_thread(writer.close)

    app = signalling_app(desk, config.derive(TICKET_PURPOSE), system_clock, beside)
    server = _Server(
        uvicorn.Config(
            app, host=host, port=port, loop="none", log_config=None, access_log=False, timeout_graceful_shutdown=1
        )
    )
    loop = asyncio.get_running_loop()

    def stop() -> None:
        server.should_exit = True

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)
    log.info("bridge starts", extra={"port": port, "is_direct_opus": is_direct(), "has_packet_tap": can_tap()})
    await server.serve()
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
