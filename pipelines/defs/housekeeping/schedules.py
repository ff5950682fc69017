"""When things are thrown away."""

import dagster as dg

from pipelines.defs.departures.jobs import departure_sweep
from pipelines.defs.housekeeping.assets import (
    deletion_sweep,
    event_log_retention,
    partition_retention,
    recording_retention,
)

housekeeping = dg.define_asset_job(
    "housekeeping",
    selection=[recording_retention, event_log_retention, partition_retention, deletion_sweep, departure_sweep],
)

nightly_housekeeping = dg.ScheduleDefinition(
    name="nightly_housekeeping",
    job=housekeeping,
    cron_schedule="17 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
