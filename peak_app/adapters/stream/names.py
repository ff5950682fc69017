"""How the call of a meeting is named at Stream: by an id of ours. Its people are named in `ports.live_rooms`."""

from uuid import UUID

CALL_TYPE = "default"


def call_id(meeting_id: UUID) -> str:
    return str(meeting_id)


def call_cid(meeting_id: UUID) -> str:
    return f"{CALL_TYPE}:{meeting_id}"


def meeting_of_cid(cid: str) -> UUID | None:
    """The meeting a call is of; None: it is none of ours."""
    kind, _, name = cid.partition(":")
    try:
        meeting_id = UUID(name)
    except ValueError:
        return None
    return meeting_id if kind == CALL_TYPE and call_cid(meeting_id) == cid else None
