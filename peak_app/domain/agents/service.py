"""Describing coaches: create, change, archive, delete. A change is a new version; meetings keep the one they were held
with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from peak_app.db.audit import record
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.attempt_limit import AttemptLimit
from peak_app.domain.accounts.workspaces import get_personal_workspace_id
from peak_app.domain.agents import repository
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.history import Change, changed_fields, changes_between
from peak_app.domain.agents.knowledge import FIELD as KNOWLEDGE_FIELD
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.models import Agent, AgentVersion
from peak_app.domain.agents.words import AgentWords, copied_name
from peak_app.domain.fields import optional_text
from peak_app.domain.moderation import find_flagged
from peak_app.domain.scorecards.rubric import RubricChoice
from peak_app.errors import InvalidInput, NotFound, TooManyRequests
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.moderation import Moderate, moderate_nothing

MOST_VERSIONS = 50
"""How many of an agent's versions are listed."""
SAVED_PER_HOUR = 120
"""Agents and versions one person may save: none of them is ever written over."""
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
    is_archived: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with the names of the fields it changed, see `history`; of the first one none."""

    number: int
    name: str
    saved_at: datetime
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedAgent:
    agent_id: UUID
    name: str


class AgentService:
    def __init__(self, sessions: TenantSessions, clock: Clock, moderate: Moderate = moderate_nothing) -> None:
        self._sessions = sessions
        self._clock = clock
        self._moderate = moderate
        self._saved = AttemptLimit(SAVED_PER_HOUR, timedelta(hours=1))

    def create_agent(
        self,
        user_id: UUID,
        *,
        name: object,
        instructions: object,
        practice_bank: object = None,
        conduct: Conduct | None = None,
        rubric: RubricChoice | None = None,
        documents: Sequence[Document] | None = None,
        is_demo: bool = False,
    ) -> AgentProfile:
        """`conduct`, `rubric` and `documents` as they were checked; None: the default ones.

        Raises:
            InvalidInput
            TooManyRequests: more than `SAVED_PER_HOUR`; so with everything that saves an agent or a version.
        """
        words = AgentWords.of(
            name=name,
            instructions=instructions,
            practice_bank=practice_bank,
            conduct=conduct,
            rubric=rubric,
            documents=documents,
        )
        return self.add_agent(user_id, words, is_demo=is_demo)

    def add_agent(self, user_id: UUID, words: AgentWords, *, is_demo: bool = False) -> AgentProfile:
        """A new agent with words that were checked. Raises: InvalidInput: the moderation model flags them."""
        self._admit(user_id)
        self._check_words(user_id, words)
        with self._sessions.for_user(user_id) as session:
            workspace_id = get_personal_workspace_id(session, user_id)
            agent = Agent(owner_id=user_id, workspace_id=workspace_id, name=words.name, is_demo=is_demo)
            session.add(agent)
            session.flush()
            return _profile(agent, repository.add_version(session, agent, 1, words))

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
        documents: Sequence[Document] | None = None,
    ) -> AgentProfile:
        """Save a new version; saving the same again changes nothing.

        Args:
            conduct: as `checked_conduct` gives it; None: it stays as it was.
            rubric: with an own one as `checked_rubric` gives it; None: it stays as it was.
            documents: as `checked_knowledge` gives them; None: they stay as they were.
        Raises:
            InvalidInput: a word is missing or too long, or the moderation model flags them.
            NotFound: no such agent of this person.
        """
        words = AgentWords.of(name=name, instructions=instructions, practice_bank=practice_bank)

        def change(known: AgentWords) -> AgentWords:
            return replace(
                words,
                conduct=known.conduct if conduct is None else conduct,
                rubric=known.rubric if rubric is None else rubric,
                documents=known.documents if documents is None else tuple(documents),
            )

        return self._save(user_id, agent_id, change)

    def _save(self, user_id: UUID, agent_id: UUID, change: Callable[[AgentWords], AgentWords]) -> AgentProfile:
        """Save as the next version what `change` makes of the newest one; the same again changes nothing."""
        known = self.get_words(user_id, agent_id)
        wanted = _following(known, change(known))
        if wanted != known:
            # Before the transaction: no row is held while a service is waited for.
            self._admit(user_id)
            self._check_words(user_id, wanted, known)
        with self._sessions.for_user(user_id) as session:
            agent = _get_agent(session, agent_id, is_locked=True)
            newest = repository.get_newest_version(session, agent.id)
            known = _words(session, newest)
            words = _following(known, change(known))
            if words == known:
                return _profile(agent, newest)
            agent.name, agent.updated_at = words.name, self._clock()
            return _profile(agent, repository.add_version(session, agent, newest.number + 1, words))

    def _check_words(self, user_id: UUID, words: AgentWords, known: AgentWords | None = None) -> None:
        """Have everything asked about that models are told, but for documents that `known` has as well.

        Raises:
            InvalidInput: the moderation model flags it. When it can't be asked, it passes.
        """
        given = [document for document in words.documents if known is None or document not in known.documents]
        texts = [words.told(), *(f"{document.name}\n\n{document.text}" for document in given)]
        found = find_flagged(self._moderate, user_id, texts)
        if found is None:
            return
        number, categories = found
        if number == 0:
            raise InvalidInput(t("agents.flagged", categories=categories), "instructions")
        raise InvalidInput(t("knowledge.flagged", name=given[number - 1].name, categories=categories), KNOWLEDGE_FIELD)

    def _admit(self, user_id: UUID) -> None:
        if not self._saved.admit(str(user_id), self._clock()):
            raise TooManyRequests(t("agents.too_many"))

    def restore_version(self, user_id: UUID, agent_id: UUID, number: int) -> AgentProfile:
        """Save what the agent was in this version as its newest one.

        Raises:
            NotFound
            InvalidInput: the moderation model flags it by now, or could not be asked when it was saved.
        """
        with self._sessions.for_user(user_id) as session:
            _get_agent(session, agent_id)
            version = repository.find_version(session, agent_id, number)
            if version is None:
                raise NotFound(t("refusal.agent_version"))
            words = _words(session, version)
        return self._save(user_id, agent_id, lambda _known: words)

    def duplicate_agent(self, user_id: UUID, agent_id: UUID) -> AgentProfile:
        """A new agent that is this one in its newest version, with a name of its own. Raises: NotFound."""
        words = self.get_words(user_id, agent_id)
        return self.add_agent(user_id, replace(words, name=copied_name(words.name)))

    def archive_agent(self, user_id: UUID, agent_id: UUID, is_archived: bool) -> AgentProfile:
        """Offer the agent for new meetings no more, or again. Meetings that were planned keep it. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            agent = _get_agent(session, agent_id, is_locked=True)
            if is_archived != (agent.archived_at is not None):
                agent.archived_at = self._clock() if is_archived else None
            return _profile(agent, repository.get_newest_version(session, agent_id))

    def delete_agent(self, user_id: UUID, agent_id: UUID) -> None:
        """Take the agent away from lists and dialogs. Meetings held with it stay, and so does what it had read for
        them; whatever else it has read is deleted. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            agent = _get_agent(session, agent_id, is_locked=True)
            repository.forget_documents(session, agent_id)
            agent.deleted_at = self._clock()
            record(session, user_id, "agent_deleted", agent_id, agent.deleted_at)

    def get_agent(self, user_id: UUID, agent_id: UUID) -> AgentProfile:
        """Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            return _profile(_get_agent(session, agent_id), repository.get_newest_version(session, agent_id))

    def find_named(self, user_id: UUID, text: object, *, limit: int) -> list[NamedAgent]:
        """The person's agents with this text in their name; without a text, those changed last."""
        words = optional_text(text, t("field.search"), SEARCH_LIMIT)
        with self._sessions.for_user(user_id) as session:
            found = repository.list_named(session, user_id, words, min(max(1, limit), FOUND_LIMIT))
            return [NamedAgent(agent.id, agent.name) for agent in found]

    def get_words(self, user_id: UUID, agent_id: UUID) -> AgentWords:
        """All that the newest version says, with the texts the agent has read. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            _get_agent(session, agent_id)
            return _words(session, repository.get_newest_version(session, agent_id))

    def list_agents(self, user_id: UUID, *, is_archived: bool = False) -> list[AgentProfile]:
        """The person's agents that are offered for meetings, or those that are put away, by name."""
        with self._sessions.for_user(user_id) as session:
            rows = repository.list_newest_versions(session, user_id, is_archived=is_archived)
            return [_profile(*row) for row in rows]

    def list_versions(self, user_id: UUID, agent_id: UUID) -> list[VersionView]:
        """At most `MOST_VERSIONS`, the newest first. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            _get_agent(session, agent_id)
            rows = repository.list_versions(session, agent_id, MOST_VERSIONS + 1)
            words = [_words(session, row) for row in rows]
        before = [*words[1:], None]
        views = [
            VersionView(row.number, row.name, row.created_at, changed_fields(old, new) if old else ())
            for row, new, old in zip(rows, words, before, strict=True)
        ]
        return views[:MOST_VERSIONS]

    def get_changes(self, user_id: UUID, agent_id: UUID, number: int) -> tuple[Change, ...]:
        """What this version changed, line by line; of the first one nothing. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            _get_agent(session, agent_id)
            version, before = (repository.find_version(session, agent_id, at) for at in (number, number - 1))
            if version is None:
                raise NotFound(t("refusal.agent_version"))
            return changes_between(_words(session, before), _words(session, version)) if before else ()


def _get_agent(session: Session, agent_id: UUID, *, is_locked: bool = False) -> Agent:
    agent = repository.find_agent(session, agent_id, is_locked=is_locked)
    if agent is None:
        raise NotFound(t("refusal.agent_missing"))
    return agent


def _words(session: Session, version: AgentVersion) -> AgentWords:
    return AgentWords.of_version(version, repository.list_documents(session, version))


def _following(known: AgentWords, words: AgentWords) -> AgentWords:
    return replace(words, rubric=words.rubric.numbered_after(known.rubric))


def _profile(agent: Agent, version: AgentVersion) -> AgentProfile:
    words = AgentWords.of_version(version, ())
    return AgentProfile(
        agent_id=agent.id,
        version_number=version.number,
        name=words.name,
        instructions=words.instructions,
        practice_bank=words.practice_bank,
        conduct=words.conduct,
        rubric=words.rubric,
        is_demo=agent.is_demo,
        is_archived=agent.archived_at is not None,
        updated_at=agent.updated_at,
    )
