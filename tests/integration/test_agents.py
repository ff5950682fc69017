import pytest
from sqlmodel import select

from peak_app.db.models import AuditEntry
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.conduct import Conduct, Stage, checked_conduct
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT
from peak_app.domain.agents.service import AgentService
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.templates import default_levels
from peak_app.errors import InvalidInput, NotFound
from tests.fakes.clock import FakeClock
from tests.held_calls import HeldCalls
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


LED = Conduct("patient", 120, (Stage("Warm-up", 5), Stage("Design", 25, "How they weigh trade-offs.")))


def test_an_agent_leads_calls_as_it_was_told(agents: AgentService, ann: Person) -> None:
    plain = agents.create_agent(ann.user_id, name="Ada", instructions="One.")
    led = agents.create_agent(ann.user_id, name="Bea", instructions="One.", conduct=LED)
    assert plain.conduct == Conduct()
    assert led.conduct == agents.get_agent(ann.user_id, led.agent_id).conduct == LED
    assert [agent.conduct for agent in agents.list_agents(ann.user_id)] == [Conduct(), LED]


def test_another_way_to_lead_is_a_new_version_and_the_same_is_none(agents: AgentService, ann: Person) -> None:
    made = agents.create_agent(ann.user_id, name="Ada", instructions="One.", conduct=LED)
    again = checked_conduct(
        "patient",
        "120",
        [
            {"name": " Warm-up", "minutes": "5"},
            {},
            {"name": "Design", "minutes": 25, "goal": "How they weigh trade-offs. "},
        ],
    )
    same = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="One.", conduct=again)
    other = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="One.", conduct=Conduct("brisk"))
    assert (same.version_number, other.version_number, other.conduct) == (1, 2, Conduct("brisk"))


def test_a_change_of_words_or_bank_keeps_how_it_leads(agents: AgentService, ann: Person) -> None:
    made = agents.create_agent(ann.user_id, name="Ada", instructions="One.", conduct=LED)
    changed = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="One.", practice_bank="sql")
    assert (changed.version_number, changed.practice_bank, changed.conduct) == (2, "sql", LED)
    back = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="One.", conduct=Conduct())
    assert (back.version_number, back.practice_bank, back.conduct) == (3, "", Conduct())


def _own(name: str) -> RubricChoice:
    return RubricChoice(own=checked_rubric("Mine", [{"name": name, "looks_for": "It."}], levels=default_levels()))


def test_an_agent_has_a_rubric_that_counts_its_versions_with_the_agents(agents: AgentService, ann: Person) -> None:
    words = {"name": "Ada", "instructions": "One."}
    made = agents.create_agent(ann.user_id, rubric=_own("Tone"), **words)
    same = agents.update_agent(ann.user_id, made.agent_id, rubric=_own("Tone"), **words)
    other = agents.update_agent(ann.user_id, made.agent_id, rubric=_own("Depth"), **words)
    kept = agents.update_agent(ann.user_id, made.agent_id, practice_bank="sql", **words)
    template = agents.update_agent(
        ann.user_id, made.agent_id, practice_bank="sql", rubric=RubricChoice("sales"), **words
    )
    versions = [
        (profile.version_number, profile.rubric.own.version if profile.rubric.own else None)
        for profile in (made, same, other, kept, template)
    ]
    assert versions == [(1, 1), (1, 1), (2, 2), (3, 2), (4, None)]
    assert agents.get_agent(ann.user_id, made.agent_id).rubric == RubricChoice("sales")
    assert agents.create_agent(ann.user_id, **words).rubric == RubricChoice()


def test_a_meeting_is_led_as_the_agent_was_when_it_was_planned(held: HeldCalls, sessions: TenantSessions) -> None:
    agents = AgentService(sessions, held.clock)
    words = {"name": "Ada", "instructions": "One."}
    agents.update_agent(held.user_id, held.agent_id, conduct=LED, **words)
    meeting = held.meetings.create_meeting(held.user_id, title="Round one", agent_id=held.agent_id)
    agents.update_agent(held.user_id, held.agent_id, conduct=Conduct("brisk"), **words)
    assert held.calls.open_call(held.user_id, meeting.meeting_id, "bridge-1").conduct == LED


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
