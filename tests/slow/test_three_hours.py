"""A meeting of three hours: its results come in pieces, and its run stays small."""

import sys
import time
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from bench.pipeline.hang_up import start
from peak_app.domain.insights.steps import REQUIRED, SCORECARD
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.embedded.postgres import DATABASE
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import PipelineStage

MOST_MEMORY_MB = 500
WITHIN_S = 240

pytestmark = pytest.mark.timeout(400)


def peak_memory_mb(pid: int) -> float:
    """The most this process ever had in memory, what it shares with others included; 0 when it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def test_a_meeting_of_three_hours_stays_within_its_memory(stage: PipelineStage, held: HeldCalls):
    meeting_id = start(held, timedelta(hours=3), seed=3)
    held.calls.end_call(held.user_id, meeting_id, "time_up")
    worker = psutil.Process(stage.processes["worker"].pid)
    most_mb, began = 0.0, time.monotonic()

    def is_scored() -> bool:
        with stage.database.server.superuser(DATABASE) as connection:
            found = connection.execute(
                "select 1 from pipeline_step where meeting_id = %s and name = %s", (meeting_id, SCORECARD)
            )
            return found.fetchone() is not None

    while not is_scored():
        assert time.monotonic() - began < WITHIN_S
        most_mb = max([most_mb, *(peak_memory_mb(child.pid) for child in worker.children())])
        time.sleep(0.05)

    assert held.status(meeting_id) == MeetingStatus.COMPLETED
    with stage.database.server.superuser(DATABASE) as connection:
        words = connection.execute("select word_count from transcript where meeting_id = %s", (meeting_id,)).fetchone()
        done = connection.execute(
            "select name from pipeline_step where meeting_id = %s and status = 'done'", (meeting_id,)
        ).fetchall()
    assert words is not None
    assert words[0] > 25_000
    assert {name for (name,) in done} >= {*REQUIRED, SCORECARD}
    sys.stdout.write(f"{words[0]} words, at most {most_mb:.0f} MB, {time.monotonic() - began:.1f} s\n")
    assert 0 < most_mb <= MOST_MEMORY_MB
