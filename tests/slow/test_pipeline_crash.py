"""kill -9 of each process of the pipeline at the worst moment, and a database that is away.

Always: no meeting stays in processing, each step's result is there once, and what failed for good can be tried again.
"""

import os
import signal
import subprocess
import time
from dataclasses import replace
from uuid import UUID

import psutil
import pytest

from peak_app.db.outbox import MEETING_ENDED, publish
from peak_app.domain.insights.steps import REQUIRED
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.embedded.postgres import DATABASE
from pipelines.step import BROKEN
from tests.emulators.language_server import Reply, Request
from tests.held_calls import WORDS, HeldCalls
from tests.integration.pipeline_stage import PipelineStage, answer, wait_until
from tests.ports import free_port

FINISHED = {MeetingStatus.COMPLETED, MeetingStatus.FAILED}
AWAY_S = 20
_ONCE = {
    "transcript": 1,
    "summary": 1,
    "insight": 1,
    "scorecard": 1,
    "usage_entry": 1,
    "search_chunk": len(WORDS),
}

pytestmark = pytest.mark.timeout(400)


def slowly(request: Request) -> Reply:
    """The answer to a request for a summary never comes in this test."""
    return Reply(delay_s=60) if "responses" in request.path else answer(request)


def begin(stage: PipelineStage, held: HeldCalls) -> UUID:
    """A call has ended, and a run waits for its summary; from now on answers come at once."""
    stage.language.replies[:] = [slowly]
    meeting_id = held.hold()
    asked = len(stage.language.requests)
    wait_until(lambda: len(stage.language.requests) > asked, 60, "the request to the model")
    stage.language.replies[:] = [answer]
    return meeting_id


def kill_runs(stage: PipelineStage) -> None:
    """The children in which the worker has its runs, and not the worker."""
    children = psutil.Process(stage.processes["worker"].pid).children()
    assert children
    for child in children:
        child.kill()


def come_back(stage: PipelineStage, name: str, *arguments: str) -> None:
    """As the launcher does it."""
    stage.start(name, *arguments)
    if name != "operator_ui":
        stage.wait_for_beat(name)


def check_completed(stage: PipelineStage, held: HeldCalls, meetings: list[UUID], within_s: float = 90) -> None:
    for meeting_id in meetings:
        wait_until(lambda: held.status(meeting_id) in FINISHED, within_s, "the end of processing")  # noqa: B023
        assert held.status(meeting_id) == MeetingStatus.COMPLETED
    wait_until(lambda: rows(stage, meetings) == {t: n * len(meetings) for t, n in _ONCE.items()}, 60, "all results")


def rows(stage: PipelineStage, meetings: list[UUID]) -> dict[str, int]:
    """How many rows each table of results has of these meetings."""
    with stage.database.server.superuser(DATABASE) as connection:
        counted = {}
        for table in _ONCE:
            found = connection.execute(
                f"select count(*) from {table} where meeting_id = any(%s)".encode(), (meetings,)
            ).fetchone()
            counted[table] = found[0] if found else 0
        return counted


def test_a_run_whose_process_is_killed_is_done_again_from_what_was_missing(stage: PipelineStage, held: HeldCalls):
    meeting_id = begin(stage, held)

    kill_runs(stage)

    check_completed(stage, held, [meeting_id])


def test_a_run_goes_on_when_only_its_worker_is_killed(stage: PipelineStage, held: HeldCalls):
    stage.language.replies[:] = [lambda request: replace(answer(request), delay_s=3.0)]
    meeting_id = held.hold()
    asked = len(stage.language.requests)
    wait_until(lambda: len(stage.language.requests) > asked, 60, "the request to the model")
    stage.language.replies[:] = [answer]

    os.kill(stage.processes["worker"].pid, signal.SIGKILL)
    stage.processes["worker"].wait()
    come_back(stage, "worker")

    check_completed(stage, held, [meeting_id])


def test_worker_and_run_killed_together(stage: PipelineStage, held: HeldCalls):
    meeting_id = begin(stage, held)

    stage.kill("worker")
    come_back(stage, "worker")

    check_completed(stage, held, [meeting_id])


def test_a_run_that_dies_each_time_fails_its_meeting_and_try_again_mends_it(stage: PipelineStage, held: HeldCalls):
    stage.language.replies[:] = [slowly]
    meeting_id = held.hold()

    def kill_or_end() -> bool:
        for child in psutil.Process(stage.processes["worker"].pid).children():
            if time.time() - child.create_time() > 2:
                child.kill()
        return held.status(meeting_id) in FINISHED

    wait_until(kill_or_end, 240, "the end of processing")
    view = held.meetings.get_meeting(held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.FAILED, BROKEN)

    stage.language.replies[:] = [answer]
    held.meetings.retry_processing(held.user_id, meeting_id)
    check_completed(stage, held, [meeting_id])


def test_the_daemon_killed_in_the_middle_of_forty_calls(stage: PipelineStage, held: HeldCalls):
    before = stage.dagster("select count(*) from runs")[0][0]
    assert isinstance(before, int)
    meetings = [held.start() for _ in range(40)]
    for meeting_id in meetings:
        held.calls.end_call(held.user_id, meeting_id, "ended_by_person")

    def has_begun() -> bool:
        (count,) = stage.dagster("select count(*) from runs")[0]
        return isinstance(count, int) and count > before + 5

    wait_until(has_begun, 60, "the first runs")
    stage.kill("daemon")
    come_back(stage, "daemon")

    check_completed(stage, held, meetings, within_s=240)
    keys = ", ".join(f"'{meeting_id}'" for meeting_id in meetings)
    runs = stage.dagster(
        "select t.value, r.pipeline_name, count(*) from runs r join run_tags t on t.run_id = r.run_id"
        f" where t.key = 'dagster/partition' and t.value in ({keys}) group by 1, 2"
    )
    assert len([job for _, job, _ in runs if job == "process_meeting"]) == len(meetings)
    assert {count for _, _, count in runs} == {1}


def test_the_code_server_killed_during_a_run(stage: PipelineStage, held: HeldCalls):
    meeting_id = begin(stage, held)

    stage.kill("code_server")
    other = held.hold()
    come_back(stage, "code_server")
    kill_runs(stage)

    check_completed(stage, held, [meeting_id, other], within_s=120)


def test_the_operators_page_killed_during_a_run(stage: PipelineStage, held: HeldCalls):
    port = free_port()
    come_back(stage, "operator_ui", "--port", str(port))
    meeting_id = begin(stage, held)

    stage.kill("operator_ui")
    kill_runs(stage)

    check_completed(stage, held, [meeting_id])


def test_the_database_away_for_twenty_seconds_during_a_run(stage: PipelineStage, held: HeldCalls):
    meeting_id = begin(stage, held)
    server = stage.database.server
    pid = server.running_pid()
    assert pid is not None

    # As a crash of it: connections break, nothing is written in peace.
    os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie", 30, "its end")
    time.sleep(AWAY_S)
    with (stage.logs / "postgres.log").open("ab") as log:
        # Outlives its parent, and this module: the server belongs to the whole run, which stops whichever there is.
        subprocess.run(
            ["sh", "-c", '"$@" &', "sh", *server.start_command()],
            check=True,
            start_new_session=True,
            cwd="/",
            env=server.environment(),
            stdout=log,
            stderr=log,
            **server.account.spawn_options(),
        )
    wait_until(server.is_accepting, 60, "the database")

    check_completed(stage, held, [meeting_id], within_s=180)
    # And the next one finds everything as before.
    after = held.hold()
    check_completed(stage, held, [after])


def test_an_event_that_comes_twice_leaves_each_result_once(stage: PipelineStage, held: HeldCalls):
    meeting_id = held.start()
    held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
    with held.worker_sessions.for_user(held.user_id) as session:
        for _ in range(2):
            publish(session, MEETING_ENDED, owner_id=held.user_id, meeting_id=meeting_id)

    check_completed(stage, held, [meeting_id])
    with stage.database.server.superuser(DATABASE) as connection:
        assert connection.execute("select count(*) from outbox_event where done_at is null").fetchone() == (0,)


def test_an_event_that_commits_after_younger_ones_is_not_passed_over(stage: PipelineStage, held: HeldCalls):
    late = held.start()
    with held.worker_sessions.for_user(held.user_id) as session:
        # Its number is given now; its commit comes when the younger one's results are there.
        publish(session, MEETING_ENDED, owner_id=held.user_id, meeting_id=late)
        early = held.hold()
        check_completed(stage, held, [early])
    held.calls.end_call(held.user_id, late, "ended_by_person")

    check_completed(stage, held, [late])


def test_all_steps_say_that_they_are_done(stage: PipelineStage, held: HeldCalls):
    meeting_id = held.hold()
    check_completed(stage, held, [meeting_id])
    with stage.database.server.superuser(DATABASE) as connection:
        found = connection.execute(
            "select name from pipeline_step where meeting_id = %s and status = 'done'", (meeting_id,)
        ).fetchall()
    assert {name for (name,) in found} >= set(REQUIRED)
