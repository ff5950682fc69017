"""The jobs as Dagster runs them, in this process: outcomes, retries, and what is told to whom."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import dagster as dg
import pytest
from sqlmodel import select

from peak_app.db.models import OutboxEvent
from peak_app.domain.billing.models import UsageEntry
from peak_app.domain.insights.steps import REQUIRED, SCORECARD
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.templates import default_levels, templates
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import LanguageUnavailable
from peak_app.ports.language import MeetingScorecard, MeetingSummary, MeetingText, ScoringText
from peak_app.wiring import Services
from pipelines.definitions import defs
from pipelines.defs.meetings.assets import complete
from pipelines.defs.meetings.sensors import give_up
from pipelines.defs.operations.sensors import reason_of
from pipelines.step import BROKEN
from tests.camera_files import tone, write_voice
from tests.conftest import ScratchDatabase
from tests.fakes.language import FakeLanguage, plain_scorecard
from tests.held_calls import ENOUGH_WORDS, HeldCalls
from tests.scripted_services import ScriptedServices

SECRET_WORDS = "the purple elephant deal"


class Desk:
    """Runs jobs for meetings of one person, on a Dagster instance in memory."""

    def __init__(self, database: ScratchDatabase, held: HeldCalls, instance: dg.DagsterInstance) -> None:
        self.database = database
        self.held = held
        self.instance = instance
        self.repository = defs().get_repository_def()

    def services(self, language: FakeLanguage | None = None) -> Services:
        return ScriptedServices(self.database.settings, "worker", language or FakeLanguage())

    def run(self, meeting_id: UUID, language: FakeLanguage | None = None, job: str = "process_meeting") -> bool:
        self.instance.add_dynamic_partitions("meetings", [str(meeting_id)])
        result = self.repository.get_job(job).execute_in_process(
            partition_key=str(meeting_id),
            instance=self.instance,
            resources={"peak": self.services(language)},
            raise_on_error=False,
        )
        self.run_id = result.run_id
        return result.success

    def pending(self) -> list[OutboxEvent]:
        with self.held.worker_sessions.without_tenant() as session:
            return [event for event in session.exec(select(OutboxEvent)).all() if event.done_at is None]

    def steps(self, meeting_id: UUID) -> dict[str, str]:
        """Each step's reason of failure, empty when it is done."""
        outcomes = self.services().insights.get_results(self.held.user_id, meeting_id).steps
        return {step.name: "" if step.is_done else step.reason for step in outcomes}

    def log(self) -> str:
        """Everything Dagster wrote down about the last run."""
        return "\n".join(str(entry) for entry in self.instance.all_logs(self.run_id))


@pytest.fixture
def desk(database: ScratchDatabase, held: HeldCalls) -> Iterator[Desk]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield Desk(database, held, instance)


def test_a_run_completes_the_meeting_and_ends_its_event(desk: Desk):
    meeting_id = desk.held.start()
    desk.held.connected_for(meeting_id, 61)
    desk.held.calls.end_call(desk.held.user_id, meeting_id, "ended_by_person")

    assert desk.run(meeting_id)

    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
    assert desk.steps(meeting_id) == dict.fromkeys((*REQUIRED, SCORECARD), "")
    assert desk.pending() == []
    with desk.held.worker_sessions.for_user(desk.held.user_id) as session:
        (booked,) = session.exec(select(UsageEntry)).all()
    assert (booked.key, booked.seconds >= 61) == (f"meeting:{meeting_id}", True)


def test_running_it_again_changes_nothing(desk: Desk):
    meeting_id = desk.held.hold()
    desk.run(meeting_id)
    before = desk.services().insights.get_results(desk.held.user_id, meeting_id)

    assert desk.run(meeting_id)

    after = desk.services().insights.get_results(desk.held.user_id, meeting_id)
    assert (after.lines, after.summary, after.delivery) == (before.lines, before.summary, before.delivery)
    assert all(step.facts["unchanged"] for step in after.steps if step.name != "usage")
    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED


def test_a_silent_meeting_is_completed_and_says_so(desk: Desk):
    meeting_id = desk.held.hold([])

    assert desk.run(meeting_id)

    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.COMPLETED, "Nothing was said in this meeting.")


def test_why_a_call_ended_is_still_told_when_its_meeting_is_completed(desk: Desk):
    meeting_id = desk.held.hold(reason="time_up")

    desk.run(meeting_id)

    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.COMPLETED, "The call reached its time limit.")


def test_a_model_that_is_busy_for_a_moment_is_waited_for(desk: Desk):
    busy = LanguageUnavailable("The text model is busy.", retry_after_s=0.3)
    language = FakeLanguage(failures=[busy, busy])
    meeting_id = desk.held.hold()

    assert desk.run(meeting_id, language)

    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
    assert desk.steps(meeting_id)["summary"] == ""
    assert len(language.summarized) == 1


def test_a_model_that_refuses_is_not_asked_again_and_the_sentence_reaches_the_person(desk: Desk):
    sentence = "The text model declined to write about this meeting."
    meeting_id = desk.held.hold()

    assert not desk.run(meeting_id, FakeLanguage(failures=[LanguageUnavailable(sentence, retryable=False)]))
    assert desk.steps(meeting_id)["summary"] == sentence
    assert desk.held.status(meeting_id) == MeetingStatus.PROCESSING

    give_up(desk.services(), meeting_id, "")

    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.FAILED, sentence)
    assert desk.pending() == []


def test_what_a_failed_step_does_not_hold_up_is_done_nevertheless(desk: Desk):
    meeting_id = desk.held.hold()
    desk.run(meeting_id, FakeLanguage(failures=[LanguageUnavailable("No.", retryable=False)]))

    done = {name for name, reason in desk.steps(meeting_id).items() if not reason}
    assert done == {*REQUIRED, SCORECARD} - {"summary"}


def _refuse(_meeting: ScoringText) -> MeetingScorecard:
    raise LanguageUnavailable("The text model declined to write about this meeting.", retryable=False)


def test_scores_that_could_not_be_made_hold_nothing_up_and_say_why(desk: Desk):
    meeting_id = desk.held.hold(ENOUGH_WORDS)

    assert not desk.run(meeting_id, FakeLanguage(scorecard=_refuse))
    give_up(desk.services(), meeting_id, "")

    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
    assert desk.steps(meeting_id)[SCORECARD] == "The text model declined to write about this meeting."
    assert {name for name, reason in desk.steps(meeting_id).items() if not reason} == set(REQUIRED)


def test_try_again_makes_the_scores_that_are_missing_and_nothing_else(desk: Desk):
    meeting_id = desk.held.hold(ENOUGH_WORDS)
    desk.run(meeting_id, FakeLanguage(scorecard=_refuse))
    desk.held.meetings.retry_processing(desk.held.user_id, meeting_id)
    language = FakeLanguage()

    assert desk.run(meeting_id, language)

    assert desk.steps(meeting_id)[SCORECARD] == ""
    assert (len(language.scored), language.summarized, language.embedded) == (1, [], [])
    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
    assert desk.pending() == []


def test_the_meeting_is_completed_before_the_scores_are_asked_for(desk: Desk):
    meeting_id = desk.held.hold(ENOUGH_WORDS)
    seen: list[MeetingStatus] = []

    def look(meeting: ScoringText) -> MeetingScorecard:
        seen.append(desk.held.status(meeting_id))
        return plain_scorecard(meeting)

    assert desk.run(meeting_id, FakeLanguage(scorecard=look))
    assert seen == [MeetingStatus.COMPLETED]


def test_a_busy_model_is_waited_for_also_with_the_scores(desk: Desk):
    busy = iter([LanguageUnavailable("The text model is busy.", retry_after_s=0.2)])

    def sometimes(meeting: ScoringText) -> MeetingScorecard:
        for problem in busy:
            raise problem
        return plain_scorecard(meeting)

    meeting_id = desk.held.hold(ENOUGH_WORDS)

    assert desk.run(meeting_id, FakeLanguage(scorecard=sometimes))
    assert desk.steps(meeting_id)[SCORECARD] == ""


def test_an_operator_scores_again_by_the_newest_rubric_and_the_old_scores_stay(desk: Desk):
    meeting_id = desk.held.hold(ENOUGH_WORDS)
    desk.run(meeting_id)
    agents = desk.services().agents
    own = checked_rubric("Ours", [{"name": "Depth", "looks_for": "It."}], levels=default_levels())
    agent = agents.get_agent(desk.held.user_id, desk.held.agent_id)
    agents.update_agent(
        desk.held.user_id,
        agent.agent_id,
        name=agent.name,
        instructions=agent.instructions,
        rubric=RubricChoice(own=own),
    )

    assert desk.run(meeting_id, job="score_again")
    assert desk.run(meeting_id)

    now, before = desk.services().scorecards.list_scorecards(desk.held.user_id, meeting_id)
    assert (now.rubric, before.rubric) == (own, templates()["software-engineering"].rubric)
    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED


def test_what_dagster_is_told_of_scores_are_counts_and_versions(desk: Desk):
    meeting_id = desk.held.hold(ENOUGH_WORDS)
    desk.run(meeting_id)

    (event,) = desk.instance.fetch_materializations(dg.AssetKey("scorecard"), limit=10).records
    assert event.asset_materialization is not None
    told = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert told.items() >= {"engine": "fake-model", "version": "fake-1", "input_tokens": 20, "unchanged": False}.items()
    assert {"scored", "criteria", "quotes", "dropped", "rubric", "rubric_version", "rules"} <= set(told)
    assert not [word for word in ("migration", "backfill", "parallel") if word in desk.log()]


@pytest.mark.parametrize("name", ["summary", "scorecard", "search_index"])
def test_dagster_is_told_the_tokens_and_the_cost_of_what_a_model_made(desk: Desk, name: str):
    desk.run(desk.held.hold(ENOUGH_WORDS), FakeLanguage(cost_usd=0.01))

    (event,) = desk.instance.fetch_materializations(dg.AssetKey(name), limit=10).records
    assert event.asset_materialization is not None
    told = {key: value.value for key, value in event.asset_materialization.metadata.items()}
    assert told["cost_usd"] == 0.01
    assert told["input_tokens"] > 0
    assert told.get("output_tokens", 0) == {"summary": 5, "scorecard": 8, "search_index": 0}[name]


def test_try_again_after_a_failure_leads_to_results(desk: Desk):
    meeting_id = desk.held.hold()
    desk.run(meeting_id, FakeLanguage(failures=[LanguageUnavailable("No.", retryable=False)]))
    give_up(desk.services(), meeting_id, "")

    desk.held.meetings.retry_processing(desk.held.user_id, meeting_id)
    (event,) = desk.pending()
    assert event.meeting_id == meeting_id

    assert desk.run(meeting_id)
    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
    assert desk.pending() == []


def test_an_operator_who_runs_a_failed_meeting_completes_it(desk: Desk):
    meeting_id = desk.held.hold()
    give_up(desk.services(), meeting_id, "It failed.")

    assert desk.run(meeting_id)

    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.COMPLETED, "")
    assert desk.pending() == []


def test_giving_up_a_meeting_that_is_completed_changes_nothing(desk: Desk):
    meeting_id = desk.held.hold()
    desk.run(meeting_id)

    give_up(desk.services(), meeting_id, "Too late.")
    give_up(desk.services(), uuid4(), "Nobody's.")

    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED


def test_dagster_is_told_no_words_of_a_meeting_whatever_breaks(desk: Desk):
    def break_down(meeting: MeetingText) -> MeetingSummary:
        raise RuntimeError(f"could not parse: {meeting.lines}")

    meeting_id = desk.held.hold([("candidate", f"I closed {SECRET_WORDS}.")])

    assert not desk.run(meeting_id, FakeLanguage(summary=break_down))

    assert desk.steps(meeting_id)["summary"] == BROKEN
    assert "RuntimeError at" in desk.log()
    assert "could not parse" not in desk.log()
    assert SECRET_WORDS not in desk.log()


def make_unreadable(desk: Desk, meeting_id: UUID) -> None:
    """As by a release whose lines had another form."""
    with desk.database.server.superuser(DATABASE) as connection:
        lines = json.dumps([{"id": "L1", "text": [f"I closed {SECRET_WORDS}."]}])
        connection.execute("update transcript set lines = %s where meeting_id = %s", (lines, meeting_id))


def test_completing_a_meeting_reads_no_words_of_it(desk: Desk):
    meeting_id = desk.held.hold()
    desk.services().insights.make_transcript(desk.held.user_id, meeting_id)
    make_unreadable(desk, meeting_id)

    assert complete(desk.services(), meeting_id, "run-1")

    assert desk.held.meetings.get_meeting(desk.held.user_id, meeting_id).status_reason == ""


def test_giving_a_meeting_up_and_telling_the_operator_reads_no_words_of_it(desk: Desk):
    sentence = "The text model declined to write about this meeting."
    meeting_id = desk.held.hold()
    desk.run(meeting_id, FakeLanguage(failures=[LanguageUnavailable(sentence, retryable=False)]))
    make_unreadable(desk, meeting_id)

    assert reason_of(desk.services(), desk.run_id, meeting_id) == sentence
    give_up(desk.services(), meeting_id, "")

    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.FAILED, sentence)


def test_a_meeting_that_was_deleted_ends_its_run_at_once(desk: Desk):
    meeting_id = desk.held.hold()
    with desk.database.server.superuser(DATABASE) as connection:
        connection.execute("delete from meeting where id = %s", (meeting_id,))

    assert not desk.run(meeting_id)

    assert "STEP_RESTARTED" not in desk.log()


def test_a_recording_is_made_and_listened_to_by_their_own_job(desk: Desk):
    meeting_id = desk.held.hold()
    live = desk.database.settings.home / "media" / str(desk.held.user_id) / str(meeting_id) / "live"
    write_voice(live, 0, 0, tone(1, 440), None)

    assert desk.run(meeting_id, job="process_media")

    recording, _ = desk.services().recordings.open_recording(desk.held.user_id, meeting_id)
    assert recording.duration_ms == 1_000
    assert desk.steps(meeting_id) == {"recording": "", "delivery": ""}
    delivery = desk.services().insights.get_results(desk.held.user_id, meeting_id)
    assert [step.facts["basis"] for step in delivery.steps if step.name == "delivery"] == ["sound"]
    assert desk.held.status(meeting_id) == MeetingStatus.PROCESSING


def test_a_call_that_was_not_to_be_recorded_has_its_step_done_and_nothing_kept(desk: Desk):
    meeting_id = desk.held.hold()
    desk.held.switch_recording_off(meeting_id)
    folder = desk.database.settings.home / "media" / str(desk.held.user_id) / str(meeting_id)
    write_voice(folder / "live", 0, 0, tone(1, 440), None)

    assert desk.run(meeting_id, job="process_media")
    assert desk.run(meeting_id)

    (step,) = (
        step
        for step in desk.services().insights.get_results(desk.held.user_id, meeting_id).steps
        if step.name == "recording"
    )
    assert (step.is_done, step.facts["is_recorded"], step.facts["files_deleted"]) == (True, False, 2)
    assert not folder.exists()
    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED


def test_a_recording_that_fails_does_not_fail_the_meeting(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipelines.step.MAX_RETRIES", 0)
    meeting_id = desk.held.hold()
    home = desk.database.settings.home / "media" / str(desk.held.user_id)
    home.mkdir(parents=True, exist_ok=True)
    live = home / str(meeting_id) / "live"
    write_voice(live, 0, 0, tone(1, 440), None)
    (live.parent / "recording.webm").mkdir()

    assert not desk.run(meeting_id, job="process_media")
    assert desk.run(meeting_id)

    assert desk.steps(meeting_id)["recording"] == BROKEN
    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
