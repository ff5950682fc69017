"""Which workspace new things of a person belong to."""

from uuid import UUID

from sqlmodel import Session, col, select

from peak_app.domain.accounts.models import Workspace
from peak_app.errors import NotFound
from peak_app.i18n.catalogue import t


def get_personal_workspace_id(session: Session, user_id: UUID) -> UUID:
    """The person's own workspace, made when they registered."""
    found = session.exec(
        select(Workspace.id).where(col(Workspace.created_by) == user_id, col(Workspace.is_personal).is_(True))
    ).first()
    if found is None:
        raise NotFound(t("refusal.workspace_missing"))
    return found
