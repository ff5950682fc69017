"""What the page "Operations" says of the pipeline's runs."""

from peak_app.i18n.catalogue import t
from peak_app.metrics.run_counts import RunCounts
from peak_app.state.operations import runs_texts


def test_runs_that_wait_come_with_those_under_way_and_backfills() -> None:
    assert runs_texts(RunCounts(waiting=14, running=2, backfill_runs=13, backfills=1)) == (
        "14",
        "2 are under way · 13 of all belong to a backfill",
    )
    assert runs_texts(RunCounts(waiting=0, running=1, backfill_runs=0, backfills=0)) == ("0", "1 is under way")


def test_a_pipeline_that_does_not_say_has_no_numbers() -> None:
    assert runs_texts(None) == (t("numbers.none"), "The pipeline doesn't say right now")
