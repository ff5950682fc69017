"""Dagster's storage in PostgreSQL, with connections that are kept.

Dagster opens one for each thing it asks, some eighty in a second while nothing happens, and each of them is a process
that PostgreSQL starts and ends.
"""

from collections.abc import Mapping
from typing import Any, Self

import dagster as dg
from dagster._core.storage.config import PostgresStorageConfig
from dagster._serdes import ConfigurableClassData
from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import create_pg_engine, pg_url_from_config

_Part = PostgresRunStorage | PostgresEventLogStorage | PostgresScheduleStorage
POOL: Mapping[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "pool_size": 4,
    # The daemon's threads may all ask at once; what is beyond the size is closed after use.
    "max_overflow": 16,
    "pool_recycle": 3_600,
    # A database that was away is noticed before anything is asked.
    "pool_pre_ping": True,
}


class PooledStorage(DagsterPostgresStorage):
    """Configured in `dagster.yaml` with `postgres_url` alone."""

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(postgres_url, inst_data=inst_data)
        for part in (self.run_storage, self.event_log_storage, self.schedule_storage):
            assert isinstance(part, _Part)
            part._engine = create_pg_engine(postgres_url, **POOL)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: PostgresStorageConfig) -> Self:
        return cls(pg_url_from_config(config_value), inst_data)


def close_connections(instance: dg.DagsterInstance) -> None:
    """Close what is kept: for a process that is about to fork. The next question opens a new one."""
    for part in (instance.run_storage, instance.event_log_storage, instance.schedule_storage):
        if isinstance(part, _Part):
            part._engine.dispose()
