"""What Dagster is told, and the names of Dagster's insides that we lean on."""

import importlib
import inspect

import dagster as dg
import pytest
from dagster._core.definitions.repository_definition import RepositoryDefinition
from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage

from peak_app.domain.insights.steps import REQUIRED, STEPS
from pipelines.awaited import AWAITED_JOB, is_awaited
from pipelines.coordinator import PromptRunCoordinator
from pipelines.definitions import defs
from pipelines.defs.meetings.assets import process_meeting


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


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("dagster._daemon.sensor", "MIN_INTERVAL_LOOP_TIME"),
        ("dagster._daemon.cli", "run_command"),
        ("dagster._cli.api", "grpc_command"),
        ("dagster._cli.api", "_execute_run_command_body"),
        ("dagster._cli.api", "_resume_run_command_body"),
        ("dagster._utils.interrupts", "capture_interrupts"),
        ("dagster._grpc.client", "DagsterGrpcClient"),
        ("dagster._core.launcher", "RunLauncher"),
        ("dagster._core.launcher", "CheckRunHealthResult"),
        ("dagster._core.launcher", "WorkerStatus"),
        ("dagster._core.run_coordinator", "QueuedRunCoordinator"),
        ("dagster._core.run_coordinator", "SubmitRunContext"),
        ("dagster._serdes", "ConfigurableClass"),
        ("dagster._serdes", "ConfigurableClassData"),
        ("dagster._core.storage.config", "PostgresStorageConfig"),
        ("dagster_postgres.utils", "create_pg_engine"),
        ("dagster_postgres.utils", "pg_url_from_config"),
        ("dagster._core.workspace.context", "WorkspaceProcessContext"),
        ("dagster._core.workspace.load_target", "WorkspaceFileTarget"),
        ("dagster_webserver.app", "create_app_from_workspace_process_context"),
    ],
)
def test_dagster_still_has_the_inner_name_we_use(module: str, name: str):
    assert hasattr(importlib.import_module(module), name)


def test_dagsters_inner_functions_take_what_we_give_them():
    from dagster._cli import api
    from dagster._core.run_coordinator import SubmitRunContext
    from dagster._core.storage.tags import PARTITION_NAME_TAG, WILL_RETRY_TAG

    from pipelines.defs.meetings import sensors

    expected = ["run_id", "instance", "write_stream_fn", "set_exit_code_on_failure"]
    assert list(inspect.signature(api._execute_run_command_body).parameters) == expected
    assert list(inspect.signature(api._resume_run_command_body).parameters) == expected
    assert {"--socket", "--module-name", "--location-name", "--log-level"} <= {
        option for parameter in api.grpc_command.params for option in parameter.opts
    }
    assert {"dagster_run", "workspace"} <= set(SubmitRunContext._fields)
    assert list(inspect.signature(dg.DagsterInstance.launch_run).parameters) == ["self", "run_id", "workspace"]
    assert (sensors.PARTITION_TAG, sensors._WILL_RETRY_TAG) == (PARTITION_NAME_TAG, WILL_RETRY_TAG)


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
