"""The recording of a meeting and what is measured from it. They have a job of their own: neither holds up a summary."""

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


@dg.asset(
    partitions_def=meetings,
    # Both voices stay in the recording, each on a track of its own: measuring can be repeated as long as it is kept.
    deps=[recording],
    group_name="insights",
    kinds={"postgres", "onnx"},
    retry_policy=RETRY_POLICY,
)
def delivery(context: dg.AssetExecutionContext, peak: Peak) -> dg.MaterializeResult:
    """How it was said: pace, fillers, pauses, delays and overlaps, measured from both voices."""
    return materialized(run_step(context, peak, steps.DELIVERY, peak.deliveries.make_delivery))


process_media = dg.define_asset_job("process_media", selection=[recording, delivery])
