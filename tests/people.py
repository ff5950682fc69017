"""People for tests: registered the way signing in registers them, with a personal workspace."""

from dataclasses import dataclass
from uuid import UUID

from peak_app.db.tenancy import TenantSessions, act_for
from peak_app.domain.accounts.models import Account, Membership, Role, Workspace


@dataclass(frozen=True, slots=True)
class Person:
    user_id: UUID
    workspace_id: UUID
    email: str


def register(sessions: TenantSessions, email: str) -> Person:
    """A new person. `sessions` act as the web role."""
    with sessions.for_email(email) as session:
        account = Account(email=email)
        session.add(account)
        session.flush()
        act_for(session, account.id)
        workspace = Workspace(name="Personal", created_by=account.id)
        session.add(workspace)
        session.flush()
        session.add(Membership(workspace_id=workspace.id, account_id=account.id, role=Role.OWNER))
    return Person(account.id, workspace.id, email)
