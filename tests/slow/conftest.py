"""The pipeline's processes for the slow proofs, one set for each module."""

from collections.abc import Callable, Iterator

import pytest

from peak_app.config import Settings
from peak_app.db.tenancy import TenantSessions
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import language_server
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import PipelineStage, answer, pipeline_stage


@pytest.fixture(scope="module")
def stage(scratch_database: ScratchDatabase, settings_for_tests: Callable[..., Settings]) -> Iterator[PipelineStage]:
    settings = settings_for_tests(secret_key="a secret of this test")
    with language_server(answer) as language, pipeline_stage(scratch_database, settings, language) as running:
        yield running


@pytest.fixture
def held(stage: PipelineStage, sessions: TenantSessions, worker_sessions: TenantSessions) -> HeldCalls:
    """Someone whose model answers well."""
    stage.language.replies[:] = [answer]
    return HeldCalls(sessions, worker_sessions)
