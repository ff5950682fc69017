"""Describing coaches: create, change, delete. A change is a new version; meetings keep the one they were held with."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.workspaces import get_personal_workspace_id
from peak_app.domain.agents import repository
from peak_app.domain.agents.conduct import Conduct, conduct_of_settings, conduct_to_settings
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT, Agent, AgentVersion
from peak_app.domain.fields import optional_text, required_text
from peak_app.domain.scorecards.rubric import RubricChoice, choice_of_settings, choice_to_settings
from peak_app.errors import NotFound
from peak_app.ports.clock import Clock

MISSING = "This agent doesn't exist any more."
BANK_LIMIT = 60
SEARCH_LIMIT = 100
FOUND_LIMIT = 50


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """An agent in its newest version. `practice_bank` is empty when the practice coach picks one by the words."""

    agent_id: UUID
    version_number: int
    name: str
    instructions: str
    practice_bank: str
    conduct: Conduct
    rubric: RubricChoice
    is_demo: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NamedAgent:
    agent_id: UUID
    name: str


class AgentService:
    def __init__(self, sessions: TenantSessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def create_agent(
        self,
        user_id: UUID,
        *,
        name: object,
        instructions: object,
        practice_bank: object = None,
        conduct: Conduct | None = None,
        rubric: RubricChoice | None = None,
        is_demo: bool = False,
    ) -> AgentProfile:
        """`conduct` and `rubric` as they were checked; None: the default ones. Raises: InvalidInput."""
        words = _Words.of(name, instructions, practice_bank, conduct or Conduct(), rubric or RubricChoice())
        with self._sessions.for_user(user_id) as session:
            workspace_id = get_personal_workspace_id(session, user_id)
            agent = Agent(owner_id=user_id, workspace_id=workspace_id, name=words.name, is_demo=is_demo)
            session.add(agent)
            session.flush()
            return _profile(agent, _add_version(session, agent, 1, words))

    def update_agent(
        self,
        user_id: UUID,
        agent_id: UUID,
        *,
        name: object,
        instructions: object,
        practice_bank: object = None,
        conduct: Conduct | None = None,
        rubric: RubricChoice | None = None,
    ) -> AgentProfile:
        """Save a new version; saving the same again changes nothing.

        Args:
            conduct: as `checked_conduct` gives it; None: it stays as it was.
            rubric: with an own one as `checked_rubric` gives it; None: it stays as it was.
        Raises:
            InvalidInput: a word is missing or too long.
            NotFound: no such agent of this person.
        """
        words = _Words.of(name, instructions, practice_bank, conduct or Conduct(), rubric or RubricChoice())
        with self._sessions.for_user(user_id) as session:
            agent = repository.find_agent(session, agent_id, is_locked=True)
            if agent is None:
                raise NotFound(MISSING)
            newest = repository.get_newest_version(session, agent_id)
            known = _Words.of_version(newest)
            if conduct is None:
                words = replace(words, conduct=known.conduct)
            words = replace(words, rubric=known.rubric if rubric is None else words.rubric.numbered_after(known.rubric))
            if known == words:
                return _profile(agent, newest)
            agent.name, agent.updated_at = words.name, self._clock()
            return _profile(agent, _add_version(session, agent, newest.number + 1, words))

    def delete_agent(self, user_id: UUID, agent_id: UUID) -> None:
        """Take the agent away from lists and dialogs. Meetings held with it stay. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            agent = repository.find_agent(session, agent_id, is_locked=True)
            if agent is None:
                raise NotFound(MISSING)
            agent.deleted_at = self._clock()
            record(session, user_id, "agent_deleted", agent_id, agent.deleted_at)

    def get_agent(self, user_id: UUID, agent_id: UUID) -> AgentProfile:
        """Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            agent = repository.find_agent(session, agent_id)
            if agent is None:
                raise NotFound(MISSING)
            return _profile(agent, repository.get_newest_version(session, agent_id))

    def find_named(self, user_id: UUID, text: object, *, limit: int) -> list[NamedAgent]:
        """The person's agents with this text in their name; without a text, those changed last."""
        words = optional_text(text, "Search", SEARCH_LIMIT)
        with self._sessions.for_user(user_id) as session:
            found = repository.list_named(session, user_id, words, min(max(1, limit), FOUND_LIMIT))
            return [NamedAgent(agent.id, agent.name) for agent in found]

    def list_agents(self, user_id: UUID) -> list[AgentProfile]:
        """The person's agents, by name."""
        with self._sessions.for_user(user_id) as session:
            return [_profile(*row) for row in repository.list_newest_versions(session, user_id)]


@dataclass(frozen=True, slots=True)
class _Words:
    """What a version says, checked."""

    name: str
    instructions: str
    practice_bank: str
    conduct: Conduct
    rubric: RubricChoice

    @classmethod
    def of(
        cls, name: object, instructions: object, practice_bank: object, conduct: Conduct, rubric: RubricChoice
    ) -> "_Words":
        return cls(
            required_text(name, "Name", NAME_LIMIT),
            required_text(instructions, "Instructions", INSTRUCTIONS_LIMIT),
            optional_text(practice_bank, "Question bank", BANK_LIMIT),
            conduct,
            rubric,
        )

    @classmethod
    def of_version(cls, version: AgentVersion) -> "_Words":
        settings = version.settings
        return cls(
            version.name,
            version.instructions,
            settings.get("practice_bank", ""),
            conduct_of_settings(settings),
            choice_of_settings(settings),
        )

    def to_settings(self) -> dict[str, Any]:
        bank = {"practice_bank": self.practice_bank} if self.practice_bank else {}
        return bank | conduct_to_settings(self.conduct) | choice_to_settings(self.rubric)


def _add_version(session: Session, agent: Agent, number: int, words: _Words) -> AgentVersion:
    version = AgentVersion(
        agent_id=agent.id,
        owner_id=agent.owner_id,
        number=number,
        name=words.name,
        instructions=words.instructions,
        settings=words.to_settings(),
    )
    session.add(version)
    session.flush()
    return version


def _profile(agent: Agent, version: AgentVersion) -> AgentProfile:
    return AgentProfile(
        agent_id=agent.id,
        version_number=version.number,
        name=version.name,
        instructions=version.instructions,
        practice_bank=version.settings.get("practice_bank", ""),
        conduct=conduct_of_settings(version.settings),
        rubric=choice_of_settings(version.settings),
        is_demo=agent.is_demo,
        updated_at=agent.updated_at,
    )
