from dataclasses import replace

import pytest
from sqlmodel import select

from peak_app.db.models import AuditEntry
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents.conduct import Conduct, Stage, checked_conduct
from peak_app.domain.agents.knowledge import Document
from peak_app.domain.agents.models import INSTRUCTIONS_LIMIT, NAME_LIMIT, Knowledge
from peak_app.domain.agents.portable import of_file, to_file
from peak_app.domain.agents.service import SAVED_PER_HOUR, AgentService
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.templates import default_levels
from peak_app.errors import Conflict, InvalidInput, NotFound, TooManyRequests
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


def test_a_person_saves_so_many_agents_and_versions_an_hour(sessions: TenantSessions, ann: Person) -> None:
    clock = FakeClock()
    agents = AgentService(sessions, clock)
    made = agents.create_agent(ann.user_id, name="Ada", instructions="0")
    for number in range(1, SAVED_PER_HOUR - 1):
        agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions=str(number))
    agents.duplicate_agent(ann.user_id, made.agent_id)
    for save in (
        lambda: agents.create_agent(ann.user_id, name="Bea", instructions="Ask."),
        lambda: agents.duplicate_agent(ann.user_id, made.agent_id),
        lambda: agents.restore_version(ann.user_id, made.agent_id, 1),
        lambda: agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="more"),
    ):
        with pytest.raises(TooManyRequests):
            save()
    # Saving the same again keeps nothing, and others save on.
    newest = agents.get_agent(ann.user_id, made.agent_id)
    assert agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions=newest.instructions) == newest
    bob = register(sessions, "bob@example.org")
    assert agents.create_agent(bob.user_id, name="Bea", instructions="Ask.")
    clock.pass_time(minutes=60)
    assert agents.duplicate_agent(ann.user_id, made.agent_id)


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


CV = Document("CV", "cv", "Led the move to events.")
JOB = Document("Job", "job", "Ten years of experience.")


def test_what_an_agent_reads_belongs_to_its_version_and_is_kept_once(
    agents: AgentService, ann: Person, sessions: TenantSessions
) -> None:
    words = {"name": "Ada", "instructions": "One."}
    made = agents.create_agent(ann.user_id, documents=[CV], **words)
    same = agents.update_agent(ann.user_id, made.agent_id, documents=[CV], **words)
    kept = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="Two.")
    both = agents.update_agent(ann.user_id, made.agent_id, name="Ada", instructions="Two.", documents=[JOB, CV])
    assert [profile.version_number for profile in (made, same, kept, both)] == [1, 1, 2, 3]
    assert agents.get_words(ann.user_id, made.agent_id).documents == (JOB, CV)
    with sessions.for_user(ann.user_id) as session:
        assert sorted(row.name for row in session.exec(select(Knowledge))) == ["CV", "Job"]


def test_a_meeting_is_held_with_what_the_agent_had_read_when_it_was_planned(
    held: HeldCalls, sessions: TenantSessions
) -> None:
    agents = AgentService(sessions, held.clock)
    words = {"name": "Ada", "instructions": "One."}
    agents.update_agent(held.user_id, held.agent_id, documents=[CV], **words)
    meeting = held.meetings.create_meeting(held.user_id, title="Round one", agent_id=held.agent_id)
    agents.update_agent(held.user_id, held.agent_id, documents=[JOB], **words)
    assert held.calls.open_call(held.user_id, meeting.meeting_id, "bridge-1").documents == (CV,)

    agents.delete_agent(held.user_id, held.agent_id)
    with sessions.for_user(held.user_id) as session:
        assert [row.name for row in session.exec(select(Knowledge))] == ["CV"]
    assert held.calls.open_call(held.user_id, meeting.meeting_id, "bridge-1").documents == (CV,)


def test_an_archived_agent_is_not_offered_and_what_was_planned_goes_on(
    held: HeldCalls, sessions: TenantSessions
) -> None:
    agents = AgentService(sessions, held.clock)
    meeting = held.meetings.create_meeting(held.user_id, title="Round one", agent_id=held.agent_id)
    assert agents.archive_agent(held.user_id, held.agent_id, True).is_archived
    assert agents.list_agents(held.user_id) == []
    assert [agent.agent_id for agent in agents.list_agents(held.user_id, is_archived=True)] == [held.agent_id]
    with pytest.raises(Conflict, match="archived"):
        held.meetings.create_meeting(held.user_id, title="Round two", agent_id=held.agent_id)
    assert held.calls.open_call(held.user_id, meeting.meeting_id, "bridge-1").agent_name

    assert not agents.archive_agent(held.user_id, held.agent_id, False).is_archived
    assert held.meetings.create_meeting(held.user_id, title="Round two", agent_id=held.agent_id)


def test_a_copy_is_an_agent_of_its_own(agents: AgentService, ann: Person) -> None:
    made = agents.create_agent(
        ann.user_id, name="Ada", instructions="One.", conduct=LED, rubric=_own("Tone"), documents=[CV, JOB]
    )
    copy = agents.duplicate_agent(ann.user_id, made.agent_id)
    before, after = agents.get_words(ann.user_id, made.agent_id), agents.get_words(ann.user_id, copy.agent_id)
    assert (after.name, copy.version_number) == ("Ada (copy)", 1)
    assert replace(after, name="Ada") == before
    agents.delete_agent(ann.user_id, made.agent_id)
    assert agents.get_words(ann.user_id, copy.agent_id).documents == (CV, JOB)


def test_versions_tell_what_changed_and_can_be_brought_back(agents: AgentService, ann: Person) -> None:
    words = {"name": "Ada", "instructions": "One."}
    made = agents.create_agent(ann.user_id, documents=[CV], rubric=_own("Tone"), **words)
    agents.update_agent(ann.user_id, made.agent_id, name="Bea", instructions="Two.", conduct=LED)
    agents.update_agent(ann.user_id, made.agent_id, documents=[], rubric=_own("Depth"), name="Bea", instructions="Two.")
    versions = agents.list_versions(ann.user_id, made.agent_id)
    assert [(version.number, version.fields) for version in versions] == [
        (3, ("rubric", "knowledge")),
        (2, ("name", "instructions", "turn_taking", "stages")),
        (1, ()),
    ]
    changes = agents.get_changes(ann.user_id, made.agent_id, 2)
    assert [change.field for change in changes] == list(versions[1].fields)
    assert [(line.kind, line.text) for line in changes[0].lines] == [("removed", "Ada"), ("added", "Bea")]
    assert agents.get_changes(ann.user_id, made.agent_id, 1) == ()

    back = agents.restore_version(ann.user_id, made.agent_id, 1)
    assert (back.version_number, back.name, back.conduct) == (4, "Ada", Conduct())
    assert agents.get_words(ann.user_id, made.agent_id).documents == (CV,)
    for number in (0, 99, -1):
        with pytest.raises(NotFound):
            agents.restore_version(ann.user_id, made.agent_id, number)
        with pytest.raises(NotFound):
            agents.get_changes(ann.user_id, made.agent_id, number)


def test_bringing_back_what_is_there_already_changes_nothing(agents: AgentService, ann: Person) -> None:
    made = agents.create_agent(ann.user_id, name="Ada", instructions="One.", documents=[CV])
    assert agents.restore_version(ann.user_id, made.agent_id, 1) == made


def test_an_agent_in_a_file_is_the_same_agent_for_someone_else(
    agents: AgentService, ann: Person, sessions: TenantSessions
) -> None:
    made = agents.create_agent(
        ann.user_id, name="Ada", instructions="One.", conduct=LED, rubric=_own("Tone"), documents=[CV]
    )
    words = agents.get_words(ann.user_id, made.agent_id)
    bob = register(sessions, "bob@example.org")
    brought = agents.add_agent(bob.user_id, of_file(to_file(words)))
    assert agents.get_words(bob.user_id, brought.agent_id) == words


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
    for attempt in (
        lambda: agents.get_words(bob.user_id, made.agent_id),
        lambda: agents.list_versions(bob.user_id, made.agent_id),
        lambda: agents.get_changes(bob.user_id, made.agent_id, 1),
        lambda: agents.restore_version(bob.user_id, made.agent_id, 1),
        lambda: agents.duplicate_agent(bob.user_id, made.agent_id),
        lambda: agents.archive_agent(bob.user_id, made.agent_id, True),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert agents.get_agent(ann.user_id, made.agent_id).name == "Ada"
