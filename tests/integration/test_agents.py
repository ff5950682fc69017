import pytest
from sqlmodel import select

from peak_app.db.models import AuditEntry
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT
from peak_app.domain.agents.service import AgentService
from peak_app.errors import InvalidInput, NotFound
from tests.fakes.clock import FakeClock
from tests.people import Person, register


@pytest.fixture
def ann(sessions: TenantSessions) -> Person:
    return register(sessions, "ann@example.org")


@pytest.fixture
def agents(sessions: TenantSessions) -> AgentService:
    return AgentService(sessions, FakeClock())


def test_an_agent_is_a_name_and_instructions(agents: AgentService, ann: Person) -> None:
    made = agents.create_agent(ann.user_id, name="  Ada ", instructions="Ask about systems.")
    assert (made.name, made.instructions, made.version_number) == ("Ada", "Ask about systems.", 1)
    assert agents.list_agents(ann.user_id) == [made]


def test_a_change_is_a_new_version_and_the_same_words_are_none(agents: AgentService, ann: Person) -> None:
    made = agents.create_agent(ann.user_id, name="Ada", instructions="One.")
    same = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="One.")
    changed = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="Two.", practice_bank="sql")
    assert (same.version_number, changed.version_number, changed.practice_bank) == (1, 2, "sql")
    assert [agent.instructions for agent in agents.list_agents(ann.user_id)] == ["Two."]


def test_a_deleted_agent_is_gone_from_lists_and_can_not_be_changed(
    agents: AgentService, ann: Person, sessions: TenantSessions
) -> None:
    made = agents.create_agent(ann.user_id, name="Ada", instructions="One.")
    agents.delete_agent(ann.user_id, made.agent_id)
    assert agents.list_agents(ann.user_id) == []
    with sessions.for_user(ann.user_id) as session:
        [noted] = session.exec(select(AuditEntry)).all()
    assert (noted.action, noted.subject_id) == ("agent_deleted", str(made.agent_id))
    with pytest.raises(NotFound):
        agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="Two.")


@pytest.mark.parametrize(
    ("name", "instructions"),
    [("", "x"), ("x", ""), ("x" * (NAME_LIMIT + 1), "x"), ("x", "x" * (INSTRUCTIONS_LIMIT + 1)), (None, "x"), ("x", 7)],
)
def test_bad_words_are_refused_and_nothing_is_stored(
    agents: AgentService, ann: Person, name: object, instructions: object
) -> None:
    with pytest.raises(InvalidInput):
        agents.create_agent(ann.user_id, name=name, instructions=instructions)
    assert agents.list_agents(ann.user_id) == []


def test_another_person_can_neither_see_change_nor_delete_it(
    agents: AgentService, ann: Person, sessions: TenantSessions
) -> None:
    bob = register(sessions, "bob@example.org")
    made = agents.create_agent(ann.user_id, name="Ada", instructions="One.")
    assert agents.list_agents(bob.user_id) == []
    with pytest.raises(NotFound):
        agents.get_agent(bob.user_id, made.agent_id)
    with pytest.raises(NotFound):
        agents.update_agent(bob.user_id, made.agent_id, name="Mine", instructions="x")
    with pytest.raises(NotFound):
        agents.delete_agent(bob.user_id, made.agent_id)
    assert agents.get_agent(ann.user_id, made.agent_id).name == "Ada"
