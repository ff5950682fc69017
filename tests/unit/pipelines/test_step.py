"""Whatever breaks around a step, Dagster is told where, and nothing of what was said."""

import ast
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from peak_app.domain.insights.lines import Line
from pipelines.step import without_words

SECRET_WORDS = "the purple elephant deal"
DEFINITIONS = Path(__file__).parents[3] / "pipelines" / "defs"
TOLD = {"asset", "asset_check", "multi_asset", "op", "sensor", "run_failure_sensor", "run_status_sensor", "schedule"}
"""Decorators of Dagster whose functions tell it of their errors."""


def _read_unreadable_line() -> None:
    Line.model_validate({"id": "L1", "text": {"was": SECRET_WORDS}})


def test_a_line_that_cannot_be_read_leaves_no_word_in_the_event_log():
    @dg.asset
    @without_words()
    def unreadable(context: dg.AssetExecutionContext) -> None:
        assert context.run.run_id
        try:
            _read_unreadable_line()
        except ValueError:
            # What is being handled when something else breaks is told as well.
            raise RuntimeError(SECRET_WORDS)  # noqa: B904

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([unreadable], instance=instance, raise_on_error=False)
        told = "\n".join(str(entry) for entry in instance.all_logs(result.run_id))

    assert not result.success
    assert "RuntimeError at" in told
    assert SECRET_WORDS not in told


def test_nor_in_a_tick():
    @dg.sensor(job_name="any")
    @without_words()
    def unreadable() -> None:
        _read_unreadable_line()

    with pytest.raises(dg.Failure) as told:
        unreadable()

    assert "ValidationError at" in str(told.value.description)
    assert (told.value.__cause__, told.value.__suppress_context__) == (None, True)


@pytest.mark.parametrize("meant", [dg.Failure("The disk is full."), dg.RetryRequested(max_retries=2)])
def test_what_is_meant_for_dagster_reaches_it_as_it_is(meant: Exception):
    with pytest.raises(type(meant)) as told, without_words():
        raise meant

    assert told.value is meant


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted(DEFINITIONS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and TOLD & {_name(each) for each in node.decorator_list}:
                yield f"{path.parent.name}.{node.name}", node


def _name(node: ast.expr) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    return target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")


def test_all_of_them_are_looked_at():
    assert len(list(_functions())) > 20


@pytest.mark.parametrize(("name", "node"), [pytest.param(*each, id=each[0]) for each in _functions()])
def test_nothing_that_dagster_runs_is_without_the_boundary(name: str, node: ast.FunctionDef):
    calls = {_name(each) for each in ast.walk(node) if isinstance(each, ast.Call)}

    assert {"without_words", "run_step"} & calls, name
