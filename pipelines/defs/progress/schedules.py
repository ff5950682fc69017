"""When practice is added up."""

import dagster as dg

from pipelines.defs.progress.assets import progress

count_progress = dg.define_asset_job("count_progress", selection=[progress])

hourly_progress = dg.ScheduleDefinition(
    name="hourly_progress",
    job=count_progress,
    cron_schedule="7 * * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
