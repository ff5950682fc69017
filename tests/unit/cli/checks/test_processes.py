import os
from collections.abc import Callable

import pytest

from peak_app.cli.checks.bridge import bridge
from peak_app.cli.checks.finding import Finding, Verdict
from peak_app.cli.checks.pipeline import pipeline
from peak_app.cli.checks.processes import product
from peak_app.cli.run_folder import Instance, ProcessMark, RunFolder
from peak_app.config import Settings

Make = Callable[..., Settings]


def _pretend_running(settings: Settings, **states: str) -> None:
    folder = RunFolder(settings.home)
    folder.write_instance(Instance(ProcessMark.of(os.getpid()), "http://127.0.0.1:4000", 4000, {}, None))
    folder.write_components([{"name": name, "state": state} for name, state in states.items()])


@pytest.mark.parametrize("check", [bridge, pipeline, product])
def test_processes_of_a_product_that_does_not_run_are_only_noted(
    settings_for_tests: Make, check: Callable[[Settings], Finding]
):
    finding = check(settings_for_tests())
    assert finding.verdict is Verdict.NOTE
    assert "`peak up`" in finding.sentence


def test_processes_that_are_ready_are_fine_and_say_what_they_are_made_of(settings_for_tests: Make):
    settings = settings_for_tests()
    _pretend_running(settings, bridge="ready", code_server="ready", worker="ready", daemon="ready", operator_ui="ready")
    found = bridge(settings), pipeline(settings), product(settings)
    assert {finding.verdict for finding in found} == {Verdict.OK}
    assert "aiortc" in found[0].sentence
    assert "Dagster 1." in found[1].sentence
    assert "http://127.0.0.1:4000" in found[2].sentence


def test_a_process_that_is_not_ready_is_wrong_and_its_log_is_named(settings_for_tests: Make):
    settings = settings_for_tests()
    _pretend_running(settings, bridge="ready", code_server="ready", daemon="failed", operator_ui="ready")
    finding = pipeline(settings)
    assert finding.verdict is Verdict.WRONG
    assert "daemon failed, worker missing" in finding.sentence
    assert "daemon.log" in finding.sentence
