"""Calls that were held at a video service: ended there when they are over here, and what it made of them fetched."""

from uuid import UUID

import dagster as dg

from peak_app.errors import NotFound
from pipelines.partitions import meetings
from pipelines.resources import Peak
from pipelines.step import RETRY_POLICY, without_words


class RoomConfig(dg.Config):
    """Whose call it is; the partition says which."""

    owner_id: str


@dg.op(out=dg.Out(dg.Nothing), retry_policy=RETRY_POLICY)
@without_words()
def fetch(context: dg.OpExecutionContext, config: RoomConfig, peak: Peak) -> None:
    """Everything the service has of one call, as far as it is there already."""
    try:
        kept = peak.rooms.look_after(UUID(config.owner_id), UUID(context.partition_key))
    except NotFound:
        raise dg.Failure("This meeting doesn't exist any more.", allow_retries=False) from None
    context.log.info("%s files of the call are kept now", kept)


@dg.job(
    partitions_def=meetings, description="Ends a call at the video service that is over here, and fetches its files."
)
def look_after_room() -> None:
    fetch()


@dg.sensor(
    job=look_after_room,
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks after calls at the video service until nothing more is expected of them.",
)
@without_words()
def held_rooms(peak: Peak) -> dg.SensorResult | dg.SkipReason:
    """State decides, never a cursor. Where no service is switched on there is nothing to look after."""
    if not peak.settings.has_stream:
        return dg.SkipReason("No video service is switched on.")
    requests: list[dg.RunRequest] = []
    for call in peak.rooms.list_due():
        if call.due_at is None or not peak.rooms.claim(call):
            continue
        requests.append(
            dg.RunRequest(
                run_key=f"look_after_room:{call.meeting_id}:{call.due_at.isoformat()}",
                run_config=dg.RunConfig(ops={"fetch": RoomConfig(owner_id=str(call.owner_id))}),
                partition_key=str(call.meeting_id),
            )
        )
    if not requests:
        return dg.SkipReason("No call is due.")
    keys = [request.partition_key for request in requests if request.partition_key]
    return dg.SensorResult(run_requests=requests, dynamic_partitions_requests=[meetings.build_add_request(keys)])
