"""The pipeline as it runs in production: code server, daemon, worker and operators' page as processes of their own."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from pydantic import SecretStr

from peak_app.adapters.operator_ui.runs import PipelineRuns
from peak_app.config import Settings
from peak_app.db.engine import engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights.steps import REQUIRED
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.ports.clock import system_clock
from peak_app.wiring import Services
from tests.camera_files import tone, write_voice
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import Reply, language_server
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import PipelineStage, answer, pipeline_stage, wait_until
from tests.ports import free_port

RARE_WORDS = "zanzibarian marmalade"
FINISHED = {MeetingStatus.COMPLETED, MeetingStatus.FAILED}


@pytest.fixture(scope="module")
def stage(scratch_database: ScratchDatabase, settings_for_tests: Callable[..., Settings]) -> Iterator[PipelineStage]:
    settings = settings_for_tests(secret_key="a secret of this test")
    with language_server(answer) as language, pipeline_stage(scratch_database, settings, language) as running:
        yield running


@pytest.fixture(scope="module")
def finished(stage: PipelineStage) -> UUID:
    """A meeting that went through it all; its own rows are gone in later tests, what Dagster knows of it is not."""
    web, worker = (TenantSessions(engine(url)) for url in (stage.database.web_url, stage.database.worker_url))
    held = HeldCalls(web, worker)
    meeting_id = held.hold([("candidate", f"I sold {RARE_WORDS}.")])
    wait_for_results(held, meeting_id)
    assert held.status(meeting_id) == MeetingStatus.COMPLETED
    return meeting_id


@pytest.fixture
def held(stage: PipelineStage, sessions: TenantSessions, worker_sessions: TenantSessions) -> HeldCalls:
    stage.language.replies[:] = [answer]
    return HeldCalls(sessions, worker_sessions)


def wait_for_results(held: HeldCalls, meeting_id: UUID, within_s: float = 60) -> float:
    return wait_until(lambda: held.status(meeting_id) in FINISHED, within_s, "the end of processing")


def services(stage: PipelineStage) -> Services:
    """As the worker has them, without a process of its own."""
    worker_url = SecretStr(stage.database.worker_url)
    return Services(stage.settings.model_copy(update={"database_worker_url": worker_url}), "worker")


def test_results_are_there_soon_after_hanging_up(held: HeldCalls):
    meeting_id = held.hold()

    # Seconds; how many is measured by bench/pipeline, on a machine with nothing else to do.
    wait_for_results(held, meeting_id)

    assert held.status(meeting_id) == MeetingStatus.COMPLETED


def test_a_meeting_that_ends_gets_its_recording_too(stage: PipelineStage, held: HeldCalls):
    meeting_id = held.start()
    live = stage.settings.home / "media" / str(held.user_id) / str(meeting_id) / "live"
    write_voice(live, 0, 0, tone(2, 440), tone(2, 900))
    held.calls.end_call(held.user_id, meeting_id, "ended_by_person")

    def is_recorded() -> bool:
        steps = services(stage).insights.get_results(held.user_id, meeting_id).steps
        return "recording" in {step.name for step in steps}

    wait_until(is_recorded, 60, "the recording")
    recording, store = services(stage).recordings.open_recording(held.user_id, meeting_id)
    assert recording.duration_ms == 2_000
    assert store.size_bytes(recording.media_key) == recording.size_bytes
    assert not live.exists()


def test_a_model_that_refuses_for_good_fails_the_meeting_and_try_again_mends_it(stage: PipelineStage, held: HeldCalls):
    stage.language.replies[:] = [Reply(400, {"error": {"message": "no"}})]
    meeting_id = held.hold()

    wait_for_results(held, meeting_id)
    view = held.meetings.get_meeting(held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.FAILED, "The text model refused the request.")

    stage.language.replies[:] = [answer]
    held.meetings.retry_processing(held.user_id, meeting_id)
    wait_for_results(held, meeting_id)
    assert held.status(meeting_id) == MeetingStatus.COMPLETED


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(stage: PipelineStage, held: HeldCalls):
    stage.language.replies[:] = [lambda request: Reply(delay_s=60) if "responses" in request.path else answer(request)]
    meeting_id = held.hold()
    asked = len(stage.language.requests)
    wait_until(lambda: len(stage.language.requests) > asked, 60, "the request to the model")

    stage.kill("worker")
    stage.language.replies[:] = [answer]
    stage.start("worker")
    stage.wait_for_beat("worker")

    wait_for_results(held, meeting_id, within_s=90)
    assert held.status(meeting_id) == MeetingStatus.COMPLETED
    steps = services(stage).insights.get_results(held.user_id, meeting_id).steps
    assert {step.name for step in steps if step.is_done} >= set(REQUIRED)


def test_a_meeting_that_is_deleted_while_it_is_worked_on_is_gone_within_a_minute(stage: PipelineStage, held: HeldCalls):
    stage.language.replies[:] = [lambda request: Reply(delay_s=60) if "responses" in request.path else answer(request)]
    meeting_id = held.start()
    folder = stage.settings.home / "media" / str(held.user_id) / str(meeting_id)
    write_voice(folder / "live", 0, 0, tone(2, 440), tone(2, 900))
    held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
    asked = len(stage.language.requests)
    wait_until(lambda: len(stage.language.requests) > asked, 60, "the request to the model")
    deletions = DeletionService(held.sessions, system_clock)

    receipt = deletions.delete_meeting(held.user_id, meeting_id)
    wait_until(lambda: deletions.get_receipt(held.user_id, receipt.id).done_at is not None, 60, "the receipt")

    assert not folder.exists()
    for table in ("event_logs", "runs", "run_tags", "dynamic_partitions", "asset_keys", "job_ticks"):
        named = f"position('{meeting_id}' in to_jsonb(t)::text) > 0"
        found = stage.dagster(f'select count(*) from "{table}" t where {named}')
        assert (table, found) == (table, [(0,)])
    # Dagster's own remarks about an asset belong to no run; a sensor may remark on a run in the moment it is forgotten.
    orphans = """select dagster_event_type from event_logs e where run_id <> '' and dagster_event_type <> 'ENGINE_EVENT'
      and not exists (select 1 from runs r where r.run_id = e.run_id)"""
    assert stage.dagster(orphans) == []


def test_a_call_that_ends_while_the_daemon_is_down_is_found_when_it_is_back(stage: PipelineStage, held: HeldCalls):
    stage.kill("daemon")
    meeting_id = held.hold()
    stage.start("daemon")
    stage.wait_for_beat("daemon")

    wait_for_results(held, meeting_id)

    assert held.status(meeting_id) == MeetingStatus.COMPLETED


def test_one_event_makes_one_run_of_each_job(stage: PipelineStage, finished: UUID):
    rows = stage.dagster(
        "select r.pipeline_name from runs r join run_tags t on t.run_id = r.run_id"
        f" where t.key = 'dagster/partition' and t.value = '{finished}'"
    )

    assert sorted(rows) == [("process_media",), ("process_meeting",)]


def test_dagsters_database_and_logs_hold_no_words_of_a_meeting(stage: PipelineStage, finished: UUID):
    rows = stage.dagster(f"select count(*) from event_logs where partition = '{finished}'")
    found = stage.dagster(f"select count(*) from event_logs where event ilike '%{RARE_WORDS}%'")

    assert rows[0] > (0,)
    assert found == [(0,)]
    assert not [log for log in stage.logs.iterdir() if RARE_WORDS in log.read_text(errors="replace").lower()]


def test_operators_see_dagsters_page_and_nobody_else_does(stage: PipelineStage, finished: UUID):
    port = free_port()
    stage.start("operator_ui", "--port", str(port))
    query = {"query": '{ assetNodeOrError(assetKey: {path: ["summary"]}) { ... on AssetNode { partitionKeys } } }'}

    def is_up() -> bool:
        try:
            return stage.ops(port, "/healthz")[0] == 200
        except OSError:
            return False

    wait_until(is_up, 60, "the operators' page")
    assert stage.ops(port, "/healthz", secret="")[0] == 200
    assert stage.ops(port, "/ops/overview", secret="wrong")[0] == 401
    assert stage.ops(port, "/ops/graphql", body=query, secret="")[0] == 401
    assert '"assetPrefix":"/ops"' in stage.ops(port, "/ops/overview")[1]
    status, body = stage.ops(port, "/ops/graphql", body=query)
    assert status == 200
    assert str(finished) in body

    # A run started by hand from that page goes the same way: queue, warm worker, in-process steps.
    selector = '{repositoryLocationName: "pipelines", repositoryName: "__repository__", jobName: "housekeeping"}'
    launch = (
        f"mutation {{ launchRun(executionParams: {{selector: {selector}, runConfigData: {{}}}})"
        " { __typename ... on LaunchRunSuccess { run { runId } } } }"
    )
    status, body = stage.ops(port, "/ops/graphql", body={"query": launch})
    run_id = json.loads(body)["data"]["launchRun"]["run"]["runId"]

    def outcome() -> list[tuple[object, ...]]:
        return stage.dagster(f"select status from runs where run_id = '{run_id}'")

    wait_until(lambda: outcome() not in ([("QUEUED",)], [("STARTING",)], [("STARTED",)]), 60, "housekeeping")
    assert outcome() == [("SUCCESS",)]

    # The page "Operations" is told how many there are, and nothing else.
    counts = PipelineRuns(stage.settings.model_copy(update={"ops_url": f"http://127.0.0.1:{port}"})).fetch()
    assert counts is not None
    assert (counts.backfill_runs, counts.backfills) == (0, 0)


def test_a_worker_that_is_asked_to_stop_finishes_what_it_has_begun(stage: PipelineStage, held: HeldCalls):
    stage.language.replies[:] = [lambda request: replace(answer(request), delay_s=1.5)]
    meeting_id = held.hold()
    asked = len(stage.language.requests)
    wait_until(lambda: len(stage.language.requests) > asked, 60, "the request to the model")

    os.killpg(stage.processes["worker"].pid, signal.SIGTERM)
    stage.processes["worker"].wait(60)

    assert held.status(meeting_id) == MeetingStatus.COMPLETED


def test_every_process_ends_when_it_is_asked_to(stage: PipelineStage):
    assert [stage.processes[name].poll() for name in ("daemon", "code_server")] == [None, None]

    assert stage.stop("daemon", 25) < 25
    assert stage.stop("code_server", 25) < 25
