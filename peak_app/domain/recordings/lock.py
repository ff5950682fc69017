"""One at a time: whoever makes or deletes files of a meeting."""

from contextlib import AbstractContextManager
from uuid import UUID

from peak_app.db.tenancy import TenantSessions


def alone_with_media(sessions: TenantSessions, meeting_id: UUID) -> AbstractContextManager[None]:
    """For as long as this lasts, nobody else makes or deletes files of the meeting."""
    return sessions.alone(f"media:{meeting_id}")
