"""What Dagster is told, and the names of Dagster's insides that we lean on."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.definitions.repository_definition import RepositoryDefinition
from dagster._core.execution.backfill import BulkActionStatus
from dagster._core.storage.dagster_run import NOT_FINISHED_STATUSES
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata
from dagster._core.storage.tags import BACKFILL_ID_TAG, PARTITION_NAME_TAG, PRIORITY_TAG, WILL_RETRY_TAG
from dagster._utils import convert_dagster_submodule_name
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage

import pipelines
from peak_app.domain.insights.steps import REQUIRED, STEPS
from pipelines import history, run_counts, run_queue, tags
from pipelines.awaited import AWAITED_JOB, is_awaited
from pipelines.coordinator import PromptRunCoordinator
from pipelines.definitions import defs
from pipelines.defs.housekeeping import assets as housekeeping
from pipelines.defs.meetings.assets import process_meeting
from pipelines.instance import INSTANCE


@pytest.fixture(scope="module")
def repository() -> RepositoryDefinition:
    return defs().get_repository_def()


def test_all_definitions_load():
    dg.Definitions.validate_loadable(defs())


def test_each_step_of_the_product_is_an_asset_of_every_meeting(repository: RepositoryDefinition):
    graph = repository.asset_graph

    for name in STEPS:
        node = graph.get(dg.AssetKey(name))
        assert isinstance(node.partitions_def, dg.DynamicPartitionsDefinition)
        assert node.partitions_def.name == "meetings"


def test_the_graph_is_the_pipeline(repository: RepositoryDefinition):
    graph = repository.asset_graph
    edges = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }

    assert edges == {
        "journal": [],
        "transcript": ["journal"],
        "summary": ["transcript"],
        "search_index": ["transcript"],
        "scorecard": ["transcript"],
        "usage": ["journal"],
        "results": sorted(REQUIRED),
        "recording": ["journal"],
        "delivery": ["recording"],
        "progress": ["delivery", "results", "scorecard"],
        "recording_retention": [],
        "event_log_retention": [],
        "partition_retention": [],
        "deletion_sweep": [],
        "departure_sweep": [],
    }


def test_a_recording_and_listening_to_it_never_hold_up_a_summary(repository: RepositoryDefinition):
    def assets_of(job: str) -> set[str]:
        keys = repository.get_job(job).asset_layer.executable_asset_keys
        return {key.to_user_string() for key in keys}

    assert assets_of("process_meeting") == {*REQUIRED, "results", "scorecard"}
    assert assets_of("process_media") == {"recording", "delivery"}
    assert assets_of("score_again") == {"scorecard"}


def test_scores_come_after_everything_else_and_nothing_waits_for_them(repository: RepositoryDefinition):
    def priority(name: str) -> int:
        (node,) = (node for node in repository.get_job("process_meeting").nodes if node.name == name)
        return int(node.definition.tags.get("dagster/priority", "0"))

    assert all(priority("scorecard") < priority(name) for name in (*REQUIRED, "results"))
    assert "scorecard" not in REQUIRED


def test_every_run_stays_in_its_process_also_those_started_by_hand(repository: RepositoryDefinition):
    for job in repository.get_all_jobs():
        assert job.executor_def.name == "in_process"


def test_all_sensors_and_schedules_run_by_themselves(repository: RepositoryDefinition):
    assert {sensor.name for sensor in repository.sensor_defs} == {
        "ended_calls",
        "overdue_calls",
        "stranded_meetings",
        "failed_runs",
        "stopped_runs",
        "deleted_meetings",
        "reminders",
        "deleted_accounts",
        "held_rooms",
        "failure_alerts",
        "alerting",
    }
    assert all(sensor.default_status == dg.DefaultSensorStatus.RUNNING for sensor in repository.sensor_defs)
    assert all(schedule.default_status == dg.DefaultScheduleStatus.RUNNING for schedule in repository.schedule_defs)


def test_progress_is_added_up_by_the_hour_without_a_meeting_of_its_own(repository: RepositoryDefinition):
    schedule = next(schedule for schedule in repository.schedule_defs if schedule.name == "hourly_progress")
    keys = repository.get_job(schedule.job_name).asset_layer.executable_asset_keys

    assert (schedule.cron_schedule, keys) == ("7 * * * *", {dg.AssetKey("progress")})
    assert repository.asset_graph.get(dg.AssetKey("progress")).partitions_def is None


def test_a_silent_meeting_is_noted_and_holds_nothing_up(repository: RepositoryDefinition):
    (check,) = repository.asset_graph.asset_check_keys
    assert check.name == "transcript_has_lines"
    assert not repository.asset_graph.get_check_spec(check).blocking


INNER_NAMES = [
    ("dagster._daemon", "sensor"),
    ("dagster._daemon.sensor", "MIN_INTERVAL_LOOP_TIME"),
    ("dagster._daemon.cli", "run_command"),
    ("dagster._cli", "api"),
    ("dagster._cli.api", "grpc_command"),
    ("dagster._cli.api", "_execute_run_command_body"),
    ("dagster._cli.api", "_resume_run_command_body"),
    ("dagster._utils.interrupts", "capture_interrupts"),
    ("dagster._grpc.client", "DagsterGrpcClient"),
    ("dagster._core.launcher", "RunLauncher"),
    ("dagster._core.launcher", "LaunchRunContext"),
    ("dagster._core.launcher", "ResumeRunContext"),
    ("dagster._core.launcher", "CheckRunHealthResult"),
    ("dagster._core.launcher", "WorkerStatus"),
    ("dagster._core.run_coordinator", "QueuedRunCoordinator"),
    ("dagster._core.run_coordinator", "SubmitRunContext"),
    ("dagster._serdes", "ConfigurableClass"),
    ("dagster._serdes", "ConfigurableClassData"),
    ("dagster._core.storage.config", "PostgresStorageConfig"),
    ("dagster_postgres.utils", "create_pg_engine"),
    ("dagster_postgres.utils", "pg_url_from_config"),
    ("dagster_postgres", "storage"),
    ("dagster._core.workspace.context", "WorkspaceProcessContext"),
    ("dagster._core.workspace.load_target", "WorkspaceFileTarget"),
    ("dagster_webserver.app", "create_app_from_workspace_process_context"),
    ("dagster_webserver.version", "__version__"),
    ("dagster._core.storage.noop_compute_log_manager", "NoOpComputeLogManager"),
]
_INNER = re.compile(r"dagster(?:\._\w+|\.core\.\w+|_\w+\.\w+)(?:\.\w+)*")


@pytest.mark.parametrize(("module", "name"), INNER_NAMES)
def test_dagster_still_has_the_inner_name_we_use(module: str, name: str):
    if not hasattr(importlib.import_module(module), name):
        importlib.import_module(f"{module}.{name}")


def test_no_inner_name_of_dagster_is_used_without_its_test():
    tested = {*(module for module, _ in INNER_NAMES), *(".".join(pair) for pair in INNER_NAMES)}
    used = {name for path in Path(pipelines.__path__[0]).rglob("*.py") for name in _inner_names_in(path)}

    assert used <= tested
    assert len(used) > 20


def _inner_names_in(path: Path) -> Iterator[str]:
    """What a file of ours takes from inside of Dagster's packages, also where a text or `dagster.yaml` names it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and _INNER.fullmatch(node.module):
            yield from (f"{node.module}.{name.name}" for name in node.names)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names if _INNER.fullmatch(name.name))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _INNER.fullmatch(node.value):
            yield convert_dagster_submodule_name(node.value, "private")


def test_dagsters_inner_functions_take_what_we_give_them():
    from dagster._cli import api
    from dagster._core.launcher import LaunchRunContext, ResumeRunContext
    from dagster._core.run_coordinator import SubmitRunContext

    expected = ["run_id", "instance", "write_stream_fn", "set_exit_code_on_failure"]
    assert list(inspect.signature(api._execute_run_command_body).parameters) == expected
    assert list(inspect.signature(api._resume_run_command_body).parameters) == expected
    assert {"--socket", "--module-name", "--location-name", "--log-level"} <= {
        option for parameter in api.grpc_command.params for option in parameter.opts
    }
    assert {"dagster_run", "workspace"} <= set(SubmitRunContext._fields)
    assert "dagster_run" in LaunchRunContext._fields
    assert {"dagster_run", "resume_attempt_number"} <= set(ResumeRunContext._fields)
    assert list(inspect.signature(dg.DagsterInstance.launch_run).parameters) == ["self", "run_id", "workspace"]


def test_dagster_calls_its_tags_and_states_as_we_do():
    assert (tags.PARTITION_TAG, tags.WILL_RETRY_TAG, tags.PRIORITY_TAG) == (
        PARTITION_NAME_TAG,
        WILL_RETRY_TAG,
        PRIORITY_TAG,
    )
    limits = yaml.safe_load(yaml.safe_dump(INSTANCE))["concurrency"]["runs"]["tag_concurrency_limits"]
    assert [limit["key"] for limit in limits] == [BACKFILL_ID_TAG]
    # None of ours is ever suspended: that is a state of runs that wait for something outside.
    assert {*tags.BUSY, dg.DagsterRunStatus.SUSPENDED} == set(NOT_FINISHED_STATUSES)


COLUMNS = {
    "runs": {"run_id", "run_body", "status", "update_timestamp", "backfill_id"},
    "bulk_actions": {"status"},
    "event_logs": {"id", "asset_key", "partition", "timestamp", "dagster_event_type"},
    "asset_event_tags": {"event_id"},
    "asset_keys": {"asset_key", "last_materialization", "cached_status_data"},
    "asset_check_executions": {"run_id", "partition"},
    "job_ticks": {"tick_body"},
}
"""What our own statements read and write of Dagster's database."""
STATEMENTS = "\n".join(
    (
        *history._FORGET,
        history._MENTIONS,
        housekeeping._PRUNE_LOG,
        housekeeping._PRUNE_QUEUE,
        run_counts._COUNT,
        inspect.getsource(run_queue),
    )
)


@pytest.mark.parametrize("table", COLUMNS)
def test_dagsters_tables_still_have_the_columns_we_use(table: str):
    parts = (RunStorageSqlMetadata, SqlEventLogStorageMetadata, ScheduleStorageSqlMetadata)
    (found,) = (part.tables[table] for part in parts if table in part.tables)

    assert COLUMNS[table] <= {column.name for column in found.columns}


def test_no_table_of_dagster_is_used_without_its_test():
    used = set(re.findall(r"(?:delete from|insert into|update|from|join)\s+([a-z_]+)\b(?![.(])", STATEMENTS))
    parts = (RunStorageSqlMetadata, SqlEventLogStorageMetadata, ScheduleStorageSqlMetadata)

    assert used & {name for part in parts for name in part.tables} == set(COLUMNS)


def test_dagster_still_has_the_events_and_states_that_our_statements_name():
    events = set(re.findall(r"'([A-Z_]+)'", housekeeping._PRUNE_LOG))
    states = set(re.findall(r"'([A-Z_]+)'", inspect.getsource(run_queue) + run_counts._COUNT))

    assert events <= {event.value for event in dg.DagsterEventType}
    assert states <= {state.value for state in (*dg.DagsterRunStatus, *BulkActionStatus)}
    assert events
    assert states


def test_the_pause_between_ticks_is_read_anew_for_each_loop():
    from dagster._daemon import sensor

    assert "MIN_INTERVAL_LOOP_TIME" in inspect.getsource(sensor.execute_sensor_iteration_loop)


def test_dagsters_daemon_takes_our_coordinators_queue_for_its_own():
    assert issubclass(PromptRunCoordinator, dg.QueuedRunCoordinator)


@pytest.mark.parametrize(
    ("job", "tags", "expected"),
    [
        ("process_meeting", {"peak/event": "7"}, True),
        ("process_media", {"peak/event": "7"}, False),
        ("process_meeting", {"dagster/backfill": "x"}, False),
    ],
)
def test_only_results_of_calls_that_ended_go_past_the_queue(job: str, tags: dict[str, str], expected: bool):
    assert is_awaited(dg.DagsterRun(job_name=job, tags=tags)) is expected
    assert process_meeting.name == AWAITED_JOB


@pytest.mark.parametrize("part", [PostgresRunStorage, PostgresEventLogStorage, PostgresScheduleStorage])
def test_each_part_of_dagsters_storage_asks_through_the_engine_we_give_it(part: type):
    source = inspect.getsource(part)

    assert "self._engine = create_pg_engine(" in source
    assert "create_pg_connection(self._engine)" in source
