"""What the pipeline counts."""

import os

from prometheus_client import generate_latest
from sqlalchemy.exc import OperationalError

from pipelines.metrics import REGISTRY, DaemonBeats, StepReports


def count(step: str, result: str) -> float:
    return REGISTRY.get_sample_value("peak_pipeline_step_seconds_count", {"step": step, "result": result}) or 0.0


def test_a_run_tells_its_worker_how_long_its_steps_took() -> None:
    reports = StepReports()
    before = count("summary", "done"), count("delivery", "failed")
    pid = os.fork()
    if pid == 0:
        reports.tell("summary", "done", 1.25)
        reports.tell("delivery", "failed", 0.5)
        os._exit(0)
    os.waitpid(pid, 0)
    reports.take()
    assert (count("summary", "done"), count("delivery", "failed")) == (before[0] + 1, before[1] + 1)


def test_names_it_does_not_know_are_not_counted() -> None:
    reports = StepReports()
    for line in (b"someone@example.org done 1\n", b"summary strange 1\n", b"summary done\n", b"\xff\n", b""):
        os.write(reports._write, line)
    reports.take()
    assert b"example.org" not in generate_latest(REGISTRY)
    assert count("summary", "strange") == 0


def test_a_worker_that_does_not_read_holds_up_no_run_and_misses_what_is_too_much() -> None:
    reports, before = StepReports(), count("summary", "done")
    for _ in range(10_000):
        reports.tell("summary", "done", 1.0)
    reports.take()
    assert 1_000 < count("summary", "done") - before < 10_000


def test_a_database_that_is_away_leaves_a_gap_not_a_zero() -> None:
    def away() -> dict[str, float]:
        raise OperationalError("select", {}, Exception("away"))

    beats = DaemonBeats(away)
    try:
        assert list(beats.collect()) == []
    finally:
        REGISTRY.unregister(beats)
