"""`peak up`: everything, in order, until Ctrl-C."""

import argparse
import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from peak_app.cli.command import CommandFailed
from peak_app.cli.console import Console
from peak_app.cli.left_overs import MARK, end_left_overs, marked_processes
from peak_app.cli.paths import ROOT
from peak_app.cli.ports import choose_ports, is_free, near_address
from peak_app.cli.probes import fetch
from peak_app.cli.product import PORT_NAMES, Product
from peak_app.cli.run_folder import AlreadyRunning, Instance, ProcessMark, RunFolder
from peak_app.cli.supervisor import Supervisor
from peak_app.cli.watchdog import GOODBYE
from peak_app.config import Settings
from peak_app.embedded.postgres import PostgresServer

_CLEANUP_WITHIN_S = 45.0
_SAY_AGAIN_S = 30.0


Make = Callable[[Settings, Mapping[str, int], PostgresServer | None], Product]


def run(settings: Settings, _given: argparse.Namespace) -> int:
    launch(settings, Product)
    return 0


def launch(settings: Settings, make: Make) -> None:
    """Run the product until a signal ends it.

    Raises:
        CommandFailed: it runs already, or its port is taken.
    """
    _receive_signals_again()
    folder = RunFolder(settings.home)
    with _only_one(folder) as lock:
        previous = folder.read_instance()
        end_left_overs(settings.home)
        _check_port(settings)
        # Made here, before several children want it at once.
        settings.secret()
        ports = choose_ports(PORT_NAMES, preferred=previous.ports if previous else {}, taken=settings.port)
        server = PostgresServer.of(settings) if settings.database_url is None else None
        product = make(settings, ports, server)
        instance = Instance(
            supervisor=ProcessMark.of(os.getpid()),
            origin=settings.origin,
            port=settings.port,
            ports=ports,
            ai_url=product.url("ai") if settings.is_embedded_ai else None,
        )
        with _watchdog(settings.home, lock):
            asyncio.run(_run(product, folder, instance))


def _receive_signals_again() -> None:
    """A shell that started us in the background may have told us to ignore Ctrl-C, and children inherit that."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


@contextlib.contextmanager
def _only_one(folder: RunFolder) -> Iterator[int]:
    deadline = time.monotonic() + _CLEANUP_WITHIN_S
    while True:
        try:
            with folder.locked() as lock:
                yield lock
                return
        except AlreadyRunning:
            instance = folder.read_instance()
            if instance is None or instance.is_alive() or time.monotonic() > deadline:
                where = f" at {instance.origin}" if instance else ""
                raise CommandFailed(f"PeakInterviewsAI already runs for {folder.path.parent}{where}.") from None
            # Its launcher was killed and the watchdog still cleans up.
            time.sleep(0.2)


def _check_port(settings: Settings) -> None:
    try:
        if is_free(settings.host, settings.port):
            return
    except OSError as error:
        reason = (error.strerror or "refused").lower()
        raise CommandFailed(
            f"Can't listen on {settings.host}, port {settings.port} ({reason}); change PEAK_HOST or PEAK_PORT."
        ) from None
    raise CommandFailed(f"Port {settings.port} is taken by another program; set PEAK_PORT to a free one.")


@contextlib.contextmanager
def _watchdog(home: Path, lock: int) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "peak_app.cli.watchdog", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != MARK},
        start_new_session=True,
        pass_fds=(lock,),
    )
    try:
        yield
    finally:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            process.communicate(GOODBYE, timeout=10)


async def _run(product: Product, folder: RunFolder, instance: Instance) -> None:
    parts = product.parts()
    console = Console(product.settings.home / "logs", width=max(len(part.name) for part in parts))

    def record(supervisor: Supervisor) -> None:
        conditions = supervisor.conditions
        instance.processes = {name: ProcessMark.of(c.pid) for name, c in conditions.items() if c.pid}
        folder.write_instance(instance)
        folder.write_components(
            [
                {
                    "name": name,
                    "state": condition.state,
                    "pid": condition.pid,
                    "restarts": condition.restarts,
                    "since": condition.since.isoformat(timespec="milliseconds"),
                }
                for name, condition in conditions.items()
            ]
        )

    supervisor = Supervisor(parts, say=console.line, on_change=record)
    loop = asyncio.get_running_loop()
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        if stop.is_set():
            hurry.set()
        else:
            console.line("peak", "Stopping. Once more to stop at once.")
            stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, on_signal)
    record(supervisor)
    supervisor.start()
    announcement = asyncio.create_task(_announce(product, supervisor, console))
    try:
        await stop.wait()
    finally:
        announcement.cancel()
        await supervisor.stop(hurry)
        # Grandchildren that left their group.
        stray = await asyncio.to_thread(marked_processes, product.settings.home)
        for process in stray:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        instance.is_stopped = True
        record(supervisor)
        console.line("peak", "Stopped.")


async def _announce(product: Product, supervisor: Supervisor, console: Console) -> None:
    """Say where the product is once all of it works."""
    settings = product.settings
    host = near_address(settings.host)
    said = time.monotonic()
    while True:
        await asyncio.sleep(0.1)
        if not supervisor.is_ready:
            continue
        answer = await fetch(host, settings.port, "/healthz", settings.origin.split("//", 1)[-1])
        if answer and answer.status == 200:
            console.plain(f"Ready: {settings.origin}")
            return
        if time.monotonic() - said > _SAY_AGAIN_S:
            said = time.monotonic()
            console.line(
                "peak", f"/healthz says {answer.status} {answer.body[:300]}" if answer else "/healthz does not answer."
            )
