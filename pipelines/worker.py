"""The warm worker: imports everything once, then forks one child for each run.

The parent starts no thread and leaves no connection of a library open before it forks; children leave by `os._exit`.
"""

import gc
import logging
import os
import select
import signal
import socket
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from uuid import UUID

import psycopg
from dagster import DagsterInstance

from peak_app.adapters.openai.language import OpenAILanguage
from peak_app.config import Settings, settings
from peak_app.db.address import CONNECT
from peak_app.db.engine import database_url, engine
from peak_app.heartbeat import beat
from peak_app.metrics.listener import MetricsListener, open_listener
from peak_app.wiring import services
from pipelines import run_queue
from pipelines.instance import dagster_url, prepare
from pipelines.log_lines import print_log
from pipelines.metrics import REGISTRY, RESULTS, runs, step_reports
from pipelines.outbox import Outbox
from pipelines.run_queue import Claim
from pipelines.storage import close_connections

log = logging.getLogger("pipelines.worker")

SLOTS = 2
"""Runs at once: more than the cores of a small machine make each slower and none sooner."""
SLOTS_ASIDE = 1
"""How many of them may be runs that nobody waits for: a long recording, or a backfill, holds up no summary."""
_SWEEP_S = 5.0
_BEAT_S = 2.0

_PRELOADED = (
    "dagster._cli.api",
    "dagster_postgres.storage",
    "alembic",
    "sqlalchemy.dialects.postgresql.psycopg2",
    "sqlalchemy.dialects.postgresql.psycopg",
)


def preload() -> DagsterInstance:
    """Pay for imports and caches once, and give the instance that runs use. Nothing stays open."""
    for name in _PRELOADED:
        import_module(name)
    instance = DagsterInstance.get()
    instance.get_run_by_id("none")
    instance.event_log_storage.get_dynamic_partitions("none")
    close_connections(instance)
    definitions = import_module("pipelines.definitions")
    definitions.defs().get_repository_def().get_all_jobs()
    product = services("worker")
    Outbox(product.sessions).find_owner(UUID(int=0))
    engine(database_url(product.settings, "worker")).dispose()
    language = product.language
    if isinstance(language, OpenAILanguage):
        language.warm_up()
    return instance


def execute(instance: DagsterInstance, claim: Claim, url: str) -> int:
    """In the child: run it to its end. Gives the exit code."""
    from dagster._cli.api import _execute_run_command_body, _resume_run_command_body  # noqa: PLC0415
    from dagster._utils.interrupts import capture_interrupts  # noqa: PLC0415

    lock = psycopg.connect(url, autocommit=True, **CONNECT)
    if not run_queue.lock_run(lock, claim.run_id):
        return 3
    body = _execute_run_command_body if claim.kind == "execute" else _resume_run_command_body
    try:
        with capture_interrupts():
            return body(claim.run_id, instance, lambda _event: None, True)
    finally:
        run_queue.finish(lock, claim.queue_id)


@dataclass
class Worker:
    """The parent's loop: claim, fork, reap, listen."""

    settings: Settings
    instance: DagsterInstance
    listener: MetricsListener | None
    children: dict[int, Claim] = field(default_factory=dict)
    is_stopping: bool = False

    def run(self) -> None:
        reports = step_reports()
        readable = [reports, *([self.listener] if self.listener else [])]
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        # A child's end, or the order to stop, interrupts the wait below.
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        connection: psycopg.Connection | None = None
        swept_at = 0.0
        while not self.is_stopping or self.children:
            beat(self.settings, "worker")
            try:
                if connection is None:
                    connection = self._connect()
                if time.monotonic() - swept_at > _SWEEP_S:
                    swept_at = time.monotonic()
                    for run_id in run_queue.give_back_orphans(connection):
                        log.warning("run %s was claimed by a worker that died, and is given back", run_id)
                    for run_id in run_queue.take_in_lost(connection):
                        log.warning("run %s was lost on its way here, and is taken in", run_id)
                self._claim(connection)
                select.select([connection.fileno(), wake_read, *readable], [], [], _BEAT_S)
                self._hear(connection)
            except psycopg.Error as error:
                log.warning("lost the database: %s", type(error).__name__)
                connection = None
                time.sleep(0.5)
            with suppress(BlockingIOError):
                os.read(wake_read, 4096)
            self._reap(connection)
            reports.take()
            if self.listener:
                self.listener.answer_waiting()

    def _stop(self, *_: object) -> None:
        self.is_stopping = True

    def _connect(self) -> psycopg.Connection:
        connection = psycopg.connect(dagster_url(self.settings), autocommit=True, **CONNECT)
        connection.execute(f"LISTEN {run_queue.CHANNEL}")
        connection.execute(f"LISTEN {run_queue.CANCEL_CHANNEL}")
        return connection

    def _claim(self, connection: psycopg.Connection) -> None:
        name = f"{socket.gethostname()}:{os.getpid()}"
        while len(self.children) < SLOTS and not self.is_stopping:
            aside = sum(not claim.is_awaited for claim in self.children.values())
            claim = run_queue.claim(connection, name, is_any=aside < SLOTS_ASIDE)
            if claim is None:
                return
            sys.stdout.flush()
            sys.stderr.flush()
            pid = os.fork()
            if pid == 0:
                self._become_child(claim)
            self.children[pid] = claim

    def _become_child(self, claim: Claim) -> None:
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if self.listener:
                self.listener.close()
            # An operator's "terminate" comes as SIGINT. The order to stop goes to the whole group, and is the parent's
            # matter: it waits for what has begun. A run that was interrupted would fail its meeting; one that is
            # killed in the end is taken up again at the next start.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            code = execute(self.instance, claim, dagster_url(self.settings))
        except BaseException:  # the child ends below, whatever happened
            # Frames only: the words of an error may be words of a meeting.
            log.error("run %s broke\n%s", claim.run_id, "".join(traceback.format_tb(sys.exc_info()[2])))  # noqa: TRY400
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _hear(self, connection: psycopg.Connection) -> None:
        for notice in connection.notifies(timeout=0, stop_after=100):
            if notice.channel == run_queue.CANCEL_CHANNEL:
                for pid, claim in self.children.items():
                    if claim.run_id == notice.payload:
                        os.kill(pid, signal.SIGINT)

    def _reap(self, connection: psycopg.Connection | None) -> None:
        while self.children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            claim = self.children.pop(pid, None)
            if claim:
                result = _result(connection, claim.run_id)
                runs.labels(result if result in RESULTS else "other").inc()
            if status and claim:
                log.info("run %s ended with exit code %s", claim.run_id, os.waitstatus_to_exitcode(status))


def _result(connection: psycopg.Connection | None, run_id: str) -> str:
    try:
        return run_queue.find_result(connection, run_id) if connection else ""
    except psycopg.Error:
        # The loop finds out by itself that the database is gone.
        return ""


def main() -> None:
    product = settings()
    print_log(product)
    prepare(product)
    started = time.monotonic()
    instance = preload()
    # What was imported is never collected again, so that children share its pages with the parent.
    gc.collect()
    gc.freeze()
    log.info("ready after %.1f s", time.monotonic() - started)
    Worker(product, instance, open_listener(REGISTRY, product)).run()


if __name__ == "__main__":
    main()
