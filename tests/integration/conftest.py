"""The web process of the tests of pages and routes: one for each module, over rows of each test's own."""

from collections.abc import Iterator

import pytest

from tests.conftest import ScratchDatabase
from tests.integration.web_stage import WebStage, running_web


@pytest.fixture(scope="module")
def running(scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebStage]:
    folder = tmp_path_factory.mktemp("web")
    # Nothing listens on the discard port: calls, and what is asked of Dagster's page, stop here.
    told = {"PEAK_BRIDGE_URL": "http://127.0.0.1:9", "PEAK_OPS_URL": "http://127.0.0.1:9"}
    with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
        yield web


@pytest.fixture
def web(running: WebStage, database: ScratchDatabase) -> Iterator[WebStage]:
    """Without rows and browsers of other tests."""
    yield running
    running.close_browsers()
