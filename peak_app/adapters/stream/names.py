"""How a meeting and its two people are called at Stream: ids of ours, and nobody's name."""

from uuid import UUID

CALL_TYPE = "default"


def call_id(meeting_id: UUID) -> str:
    return str(meeting_id)


def call_cid(meeting_id: UUID) -> str:
    return f"{CALL_TYPE}:{meeting_id}"


def person_id(owner_id: UUID) -> str:
    return f"person-{owner_id}"


def coach_id(meeting_id: UUID) -> str:
    return f"coach-{meeting_id}"


def meeting_of_cid(cid: str) -> UUID | None:
    """The meeting a call is of; None: it is none of ours."""
    kind, _, name = cid.partition(":")
    try:
        meeting_id = UUID(name)
    except ValueError:
        return None
    return meeting_id if kind == CALL_TYPE and call_cid(meeting_id) == cid else None
