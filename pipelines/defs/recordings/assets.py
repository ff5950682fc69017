"""The recording of a meeting. It has a job of its own: a long one never holds up a summary."""

import dagster as dg

from peak_app.domain.insights import steps
from pipelines.defs.insights.assets import journal
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, materialized, run_step


@dg.asset(
    partitions_def=meetings,
    deps=[journal],
    group_name="recordings",
    kinds={"ffmpeg"},
    retry_policy=RETRY_POLICY,
)
def recording(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """Voices and camera as one playable file."""
    return materialized(run_step(context, peak, steps.RECORDING, peak.recordings.make_recording))


process_media = dg.define_asset_job("process_media", selection=[recording])
