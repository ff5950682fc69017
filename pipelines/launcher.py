"""Dagster's run launcher: hands runs to warm workers instead of starting an interpreter for each."""

from collections.abc import Mapping
from typing import Any, Self

import psycopg
from dagster import DagsterRun, Field, StringSource
from dagster._core.launcher import (
    CheckRunHealthResult,
    LaunchRunContext,
    ResumeRunContext,
    RunLauncher,
    WorkerStatus,
)
from dagster._serdes import ConfigurableClass, ConfigurableClassData

from peak_app.db.address import CONNECT
from pipelines import run_queue
from pipelines.awaited import is_awaited
from pipelines.run_queue import Kind, WaitingRun


class WorkerRunLauncher(RunLauncher, ConfigurableClass):
    """Configured in `dagster.yaml` with the address of Dagster's database in libpq's form."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._inst_data = inst_data
        self._url = postgres_url
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"postgres_url": Field(StringSource)}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]) -> Self:
        return cls(inst_data=inst_data, **config_value)

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True, **CONNECT)

    def launch_run(self, context: LaunchRunContext) -> None:
        with self._connect() as connection:
            run_queue.enqueue(connection, _waiting(context.dagster_run, "execute", 0))

    @property
    def supports_resume_run(self) -> bool:
        return True

    def resume_run(self, context: ResumeRunContext) -> None:
        with self._connect() as connection:
            attempt = context.resume_attempt_number or 1
            run_queue.enqueue(connection, _waiting(context.dagster_run, "resume", attempt))

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished:
            return False
        self._instance.report_run_canceling(run)
        with self._connect() as connection:
            if run_queue.withdraw(connection, run_id):
                self._instance.report_run_canceled(run)
            else:
                run_queue.ask_to_cancel(connection, run_id)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        with self._connect() as connection:
            state = run_queue.find_state(connection, run.run_id)
        if state is None:
            return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "The run is not in the queue.")
        if state.is_finished:
            return CheckRunHealthResult(WorkerStatus.SUCCESS)
        if not state.is_claimed or state.is_locked or state.is_fresh:
            return CheckRunHealthResult(WorkerStatus.RUNNING, run_worker_id=state.worker)
        return CheckRunHealthResult(WorkerStatus.FAILED, f"{state.worker} died.", run_worker_id=state.worker)


def _waiting(run: DagsterRun, kind: Kind, attempt: int) -> WaitingRun:
    return WaitingRun(run.run_id, kind, attempt, is_awaited=is_awaited(run))
