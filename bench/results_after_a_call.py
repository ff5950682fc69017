"""How long after hanging up the results are there: the real processes, a scratch database, the embedded model.

`python -m bench.results_after_a_call [calls]`. Prints the wait for each call, p50 and the longest, and what the
processes take while nothing happens.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from peak_app.config import Settings
from peak_app.db.engine import database_url, engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.embedded.postgres import PostgresServer
from peak_app.migrations.migrate import migrate
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import LanguageServer
from tests.held_calls import WORDS, HeldCalls
from tests.integration.pipeline_stage import PipelineStage, free_port, pipeline_stage, wait_until

IDLE_S = 30


def main(calls: int) -> None:
    home = Path(tempfile.mkdtemp(prefix="peak-bench-"))
    home.chmod(0o755)
    plain = Settings(_env_file=None, home=home, secret_key="a secret of this test")  # pyright: ignore[reportCallIssue, reportArgumentType]
    port = free_port()
    ai = subprocess.Popen([sys.executable, "-m", "peak_app.embedded.ai_server", "--port", str(port)])
    try:
        with PostgresServer.of(plain).running(plain, durable=True) as settings:
            migrate(settings)
            assert settings.dagster_database_url
            database = ScratchDatabase(
                settings=settings,
                server=PostgresServer.of(plain),
                owner_url=database_url(settings, "owner"),
                web_url=database_url(settings, "web"),
                worker_url=database_url(settings, "worker"),
                dagster_url=settings.dagster_database_url.get_secret_value(),
                seeds={},
            )
            model = LanguageServer(f"http://127.0.0.1:{port}/v1", [])
            with pipeline_stage(database, settings, model) as stage:
                measure(stage, calls)
    finally:
        ai.terminate()
        ai.wait()


def measure(stage: PipelineStage, calls: int) -> None:
    web, worker = (TenantSessions(engine(url)) for url in (stage.database.web_url, stage.database.worker_url))
    held = HeldCalls(web, worker)
    waits: list[float] = []
    for _ in range(calls):
        # About two minutes of talk.
        meeting_id = held.hold(WORDS * 3)
        waits.append(
            wait_until(lambda: held.status(meeting_id) == MeetingStatus.COMPLETED, 60, "the results")  # noqa: B023
        )
        print(f"results after {waits[-1]:.2f} s")
    print(f"p50 {statistics.median(waits):.2f} s, longest {max(waits):.2f} s of {calls}")

    processes = {name: psutil.Process(process.pid) for name, process in stage.processes.items()}
    before = {name: sum(process.cpu_times()[:2]) for name, process in processes.items()}
    time.sleep(IDLE_S)
    for name, process in processes.items():
        share = (sum(process.cpu_times()[:2]) - before[name]) / IDLE_S
        memory = process.memory_full_info()
        print(f"{name}: {memory.rss >> 20} MiB RSS, {memory.pss >> 20} MiB PSS, {share:.1%} of one core idle")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
