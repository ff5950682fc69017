"""Dagster's run coordinator: its queue, but for runs that a person waits for."""

import dagster as dg
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

from pipelines.awaited import is_awaited


class PromptRunCoordinator(QueuedRunCoordinator):
    """Hands awaited runs to the workers at once: they have a queue of their own, and Dagster's is slow to move."""

    def submit_run(self, context: SubmitRunContext) -> dg.DagsterRun:
        run = context.dagster_run
        if run.status == dg.DagsterRunStatus.NOT_STARTED and is_awaited(run):
            return self._instance.launch_run(run.run_id, context.workspace)
        return super().submit_run(context)
