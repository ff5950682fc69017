"""The pipeline without what we add to Dagster: slower, and with the same results."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from peak_app.config import Settings
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.meetings.status import MeetingStatus
from pipelines.instance import home, workspace_path
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import Reply, language_server
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import ROOT, PipelineStage, answer, pipeline_stage, wait_until

FINISHED = {MeetingStatus.COMPLETED, MeetingStatus.FAILED}
WITHIN_S = 120

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def stage(scratch_database: ScratchDatabase, settings_for_tests: Callable[..., Settings]) -> Iterator[PipelineStage]:
    """With Dagster's own launcher and pace, and no worker of ours."""
    settings = settings_for_tests(secret_key="a secret of this test", dagster_launcher="stock")
    with language_server(answer) as language, pipeline_stage(scratch_database, settings, language) as running:
        yield running


@pytest.fixture
def held(stage: PipelineStage, sessions: TenantSessions, worker_sessions: TenantSessions) -> HeldCalls:
    stage.language.replies[:] = [answer]
    return HeldCalls(sessions, worker_sessions)


def test_meetings_are_completed_without_a_worker_of_ours(stage: PipelineStage, held: HeldCalls):
    assert set(stage.processes) == {"code_server", "daemon"}
    meetings = [held.hold(), held.hold()]

    for meeting_id in meetings:
        wait_until(lambda: held.status(meeting_id) in FINISHED, WITHIN_S, "the end of processing")  # noqa: B023
        assert held.status(meeting_id) == MeetingStatus.COMPLETED


def test_a_failure_reaches_the_person_and_try_again_mends_it(stage: PipelineStage, held: HeldCalls):
    stage.language.replies[:] = [Reply(400, {"error": {"message": "no"}})]
    meeting_id = held.hold()
    wait_until(lambda: held.status(meeting_id) in FINISHED, WITHIN_S, "the end of processing")
    view = held.meetings.get_meeting(held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.FAILED, "The text model refused the request.")

    stage.language.replies[:] = [answer]
    held.meetings.retry_processing(held.user_id, meeting_id)
    wait_until(lambda: held.status(meeting_id) in FINISHED, WITHIN_S, "the end of processing")
    assert held.status(meeting_id) == MeetingStatus.COMPLETED


def test_dagsters_own_daemon_does_as_well(stage: PipelineStage, held: HeldCalls):
    stage.stop("daemon", 60)
    environment = {**stage.environment, "DAGSTER_HOME": str(home(stage.settings))}
    addresses = (
        "import os; from peak_app.config import settings; from pipelines.instance import prepare;"
        " prepare(settings()); os.execvp('dagster-daemon', ['dagster-daemon', 'run', '-w', os.environ['WORKSPACE']])"
    )
    environment |= {
        "WORKSPACE": str(workspace_path(stage.settings)),
        "PATH": f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}",  # noqa: PTH120
    }
    with (stage.logs / "stock_daemon.log").open("ab") as log:
        stage.processes["stock_daemon"] = subprocess.Popen(
            [sys.executable, "-c", addresses],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    meeting_id = held.hold()

    wait_until(lambda: held.status(meeting_id) in FINISHED, WITHIN_S, "the end of processing")

    assert held.status(meeting_id) == MeetingStatus.COMPLETED
