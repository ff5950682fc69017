"""Dagster's instance: its home folder, its settings, and where its processes find each other.

`prepare` may run in every process and any number of times; `python -m pipelines.instance` prepares and ends.
"""

import hashlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml
from sqlalchemy.engine import make_url

from peak_app.config import Settings, settings
from peak_app.db.address import checked
from peak_app.db.engine import DatabaseNotConfigured
from pipelines.run_queue import ensure_run_queue

SQLALCHEMY_URL = "PEAK_DAGSTER_SQLALCHEMY_URL"
PLAIN_URL = "PEAK_DAGSTER_PLAIN_URL"
LOCATION = "pipelines"
# The longest path of a unix socket is 107 bytes on Linux, 103 on macOS.
_SOCKET_PATH_LIMIT = 100

_STOCK = {
    "storage": {"postgres": {"postgres_url": {"env": SQLALCHEMY_URL}}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 1},
    },
}
# What a crash of the whole database may take with it are the last moments of Dagster's own log. The product's tables,
# which say what is still to be done, are written before; so are the workers' claims, through the plain address.
_SOON_WRITTEN = "-c synchronous_commit=off"

INSTANCE = {
    "storage": {
        "custom": {
            "module": "pipelines.storage",
            "class": "PooledStorage",
            "config": {"postgres_url": {"env": SQLALCHEMY_URL}},
        }
    },
    "run_coordinator": {
        "module": "pipelines.coordinator",
        "class": "PromptRunCoordinator",
        "config": {"dequeue_interval_seconds": 1},
    },
    "run_launcher": {
        "module": "pipelines.launcher",
        "class": "WorkerRunLauncher",
        "config": {"postgres_url": {"env": PLAIN_URL}},
    },
    "concurrency": {
        "runs": {
            "max_concurrent_runs": 20,
            # Running many meetings again never holds up the calls that end meanwhile.
            "tag_concurrency_limits": [{"key": "dagster/backfill", "limit": 1}],
        },
        "pools": {"granularity": "op", "default_limit": 4},
    },
    "run_monitoring": {
        "enabled": True,
        "poll_interval_seconds": 5,
        "start_timeout_seconds": 86_400,
        "cancel_timeout_seconds": 60,
        "max_runtime_seconds": 7_200,
        # A run whose process died fails, and is started again from what was not done.
        "max_resume_run_attempts": 0,
        "free_slots_after_run_end_seconds": 5,
    },
    "run_retries": {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False},
    # What steps print may hold words of a meeting; what Dagster should show, it is told as facts.
    "compute_logs": {"module": "dagster.core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},
    "sensors": {"use_threads": True, "num_workers": 4},
    "retention": {"sensor": {"purge_after_days": {"skipped": 1, "failure": 30, "success": 7, "started": -1}}},
    # The console of a run: its events are in the event log already, line by line.
    "python_logs": {"python_log_level": "WARNING"},
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
}
"""`dagster.yaml`. Addresses come from the environment, so that no password is written down."""


def instance_of(settings: Settings) -> Mapping[str, object]:
    """`dagster.yaml` as these settings want it: without our launcher, Dagster starts an interpreter for each run."""
    if settings.has_warm_workers:
        return INSTANCE
    others = {name: part for name, part in INSTANCE.items() if name != "run_launcher"}
    return {**others, **_STOCK}


def home(settings: Settings) -> Path:
    return settings.home / "dagster"


def workspace_path(settings: Settings) -> Path:
    return home(settings) / "workspace.yaml"


def dagster_url(settings: Settings) -> str:
    """Dagster's own database in libpq's form. The launcher tells it: pipelines never know the owner's address.

    Raises:
        DatabaseNotConfigured: nobody told it.
    """
    if settings.dagster_database_url is None:
        raise DatabaseNotConfigured(
            "No address of Dagster's database is set. Start the product with `peak up`, or set "
            "PEAK_DAGSTER_DATABASE_URL."
        )
    return checked(settings, settings.dagster_database_url.get_secret_value())


def socket_path(settings: Settings) -> Path:
    """Where the code server listens: a place only this account reaches, short enough for a socket."""
    path = settings.home / "run" / "code.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_LIMIT:
        return path
    name = hashlib.sha256(os.fsencode(settings.home)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"peak-{os.getuid()}-{name}" / "code.sock"


def prepare(settings: Settings) -> None:
    """Write Dagster's settings and point this process at them.

    Raises:
        psycopg.OperationalError: Dagster's database does not answer.
        PermissionError: the socket's folder belongs to someone else.
    """
    folder = home(settings)
    folder.mkdir(parents=True, exist_ok=True)
    plain = dagster_url(settings)
    os.environ.update(
        {
            "DAGSTER_HOME": str(folder),
            PLAIN_URL: plain,
            SQLALCHEMY_URL: _dagsters_url(plain),
            "DAGSTER_RUN_STATUS_SENSOR_PROCESS_LIMIT": "25",
        }
    )
    socket = socket_path(settings)
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if socket.parent.stat().st_uid != os.getuid():
        raise PermissionError(f"{socket.parent} belongs to another account.")
    server = {"grpc_server": {"socket": str(socket), "location_name": LOCATION}}
    _write(folder / "dagster.yaml", instance_of(settings))
    _write(workspace_path(settings), {"load_from": [server]})
    ensure_run_queue(plain)


def _dagsters_url(plain: str) -> str:
    # The driver is named: SQLAlchemy 2.1 would choose psycopg 3, of which Dagster misreads the errors.
    url = make_url(plain).set(drivername="postgresql+psycopg2")
    given = url.query.get("options", "")
    options = " ".join((given if isinstance(given, str) else " ".join(given), _SOON_WRITTEN)).strip()
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _write(path: Path, content: object) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(yaml.safe_dump(content, sort_keys=False))
    draft.replace(path)


if __name__ == "__main__":
    prepare(settings())
