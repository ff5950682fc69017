"""From a result to the asset that made it."""

from collections.abc import Callable
from functools import partial

import pytest

from peak_app.domain.insights import steps
from peak_app.domain.insights.lineage import FFMPEG, Origin
from peak_app.domain.insights.steps import StepFacts
from peak_app.domain.scorecards.rubric import RubricChoice, checked_rubric
from peak_app.domain.scorecards.templates import default_levels
from peak_app.errors import NotFound
from peak_app.ports.language import Usage
from pipelines.defs.billing.assets import book
from tests.camera_files import tone, write_voice
from tests.conftest import ScratchDatabase
from tests.fakes.language import ENGINE, FakeLanguage
from tests.held_calls import ENOUGH_WORDS, HeldCalls
from tests.people import register
from tests.scripted_services import ScriptedServices

MakeStep = Callable[..., StepFacts]


class Desk:
    """One person, and the pipeline's steps done one by one, each noted as a run notes it."""

    def __init__(self, database: ScratchDatabase, held: HeldCalls, language: FakeLanguage | None = None) -> None:
        self.held = held
        self.user_id = held.user_id
        self.peak = ScriptedServices(database.settings, "worker", language or FakeLanguage())
        self.meeting_id = held.hold(ENOUGH_WORDS)
        live = database.settings.home / "media" / str(self.user_id) / str(self.meeting_id) / "live"
        write_voice(live, 0, 0, tone(0.2, 440), None)
        self.steps: dict[str, MakeStep] = {
            steps.TRANSCRIPT: self.peak.insights.make_transcript,
            steps.SUMMARY: self.peak.insights.make_summary,
            steps.SEARCH_INDEX: self.peak.insights.make_search_index,
            steps.SCORECARD: self.peak.scorecards.make_scorecard,
            steps.USAGE: partial(book, self.peak),
            steps.RECORDING: self.peak.recordings.make_recording,
            # What was recorded is listened to.
            steps.DELIVERY: self.peak.deliveries.make_delivery,
        }

    def make(self, name: str, *, run_id: str = "run", duration_ms: int = 1, **how: bool) -> None:
        step = self.steps[name](self.user_id, self.meeting_id, **how)
        self.peak.insights.note_step_done(
            self.user_id, self.meeting_id, name, step, run_id=run_id, duration_ms=duration_ms
        )

    def use(self, rubric: RubricChoice) -> None:
        """From now on the agent has this rubric."""
        agent = self.peak.agents.get_agent(self.user_id, self.held.agent_id)
        self.peak.agents.update_agent(
            self.user_id, agent.agent_id, name=agent.name, instructions=agent.instructions, rubric=rubric
        )

    def origins(self) -> dict[str, Origin]:
        found = self.peak.lineage.list_origins(self.user_id, self.meeting_id)
        return {origin.asset: origin for origin in found}


@pytest.fixture
def desk(database: ScratchDatabase, held: HeldCalls) -> Desk:
    return Desk(database, held)


def test_what_was_not_made_comes_from_nowhere(desk: Desk):
    assert desk.origins() == {}


def test_each_result_leads_to_what_made_it_of_what_and_how(desk: Desk):
    for number, name in enumerate(desk.steps, start=1):
        desk.make(name, run_id=f"run of {name}", duration_ms=number * 100)

    origins = desk.origins()

    assert set(origins) == set(desk.steps)
    assert {name: (origin.run_id, origin.took_ms) for name, origin in origins.items()} == {
        name: (f"run of {name}", number * 100) for number, name in enumerate(desk.steps, start=1)
    }
    assert all(len(origin.input_hash) == 64 for origin in origins.values())
    assert (origins["summary"].engine, origins["summary"].prompt_version) == (ENGINE, "fake-1")
    assert (origins["search_index"].engine, origins["search_index"].prompt_version) == (ENGINE, "fake-1")
    assert (origins["recording"].engine, origins["transcript"].engine) == (FFMPEG, "call journal")
    scorecard = origins["scorecard"]
    assert (scorecard.engine, scorecard.rubric != "", scorecard.rubric_version) == (ENGINE, True, 1)


@pytest.mark.parametrize("is_failure", [False, True])
def test_a_run_that_makes_nothing_leaves_what_is_known_as_it_was(desk: Desk, is_failure: bool):
    for name in desk.steps:
        desk.make(name, run_id="maker", duration_ms=700)
    made = desk.origins()

    for name in desk.steps:
        if is_failure:
            desk.peak.insights.note_step_failed(
                desk.user_id, desk.meeting_id, name, "It broke.", run_id="later", duration_ms=3
            )
        else:
            desk.make(name, run_id="later", duration_ms=3)

    assert {name: (origin.run_id, origin.took_ms) for name, origin in made.items()} == dict.fromkeys(
        desk.steps, ("maker", 700)
    )
    assert desk.origins() == made


def test_each_result_of_a_model_tells_its_tokens_and_its_cost(database: ScratchDatabase, held: HeldCalls):
    desk = Desk(database, held, FakeLanguage(cost_usd=0.0123456789))
    for _ in range(2):
        for name in desk.steps:
            desk.make(name)

    usages = {name: origin.usage for name, origin in desk.origins().items()}

    words = sum(len(text.split()) for _, text in ENOUGH_WORDS)
    assert {name: usage for name, usage in usages.items() if usage != Usage(0, 0)} == {
        steps.SUMMARY: Usage(10, 5, 0.012346),
        steps.SCORECARD: Usage(20, 8, 0.012346),
        steps.SEARCH_INDEX: Usage(words, 0, 0.012346),
    }


def test_an_index_that_is_still_good_after_a_failure_is_not_made_again(desk: Desk):
    desk.make(steps.TRANSCRIPT)
    desk.make(steps.SEARCH_INDEX)
    desk.peak.insights.note_step_failed(
        desk.user_id, desk.meeting_id, steps.SEARCH_INDEX, "It broke.", run_id="later", duration_ms=3
    )

    assert desk.peak.insights.make_search_index(desk.user_id, desk.meeting_id).is_unchanged


def test_a_scorecard_that_counts_again_still_comes_from_the_run_that_made_it(desk: Desk):
    desk.make(steps.TRANSCRIPT)
    desk.make(steps.SCORECARD, run_id="first", duration_ms=700)
    made = desk.origins()[steps.SCORECARD]
    own = checked_rubric("Ours", [{"name": "Depth", "looks_for": "It."}], levels=default_levels())
    desk.use(RubricChoice(own=own))
    desk.make(steps.SCORECARD, run_id="second", duration_ms=900, is_newest_rubric=True)
    assert desk.origins()[steps.SCORECARD].run_id == "second"

    desk.use(RubricChoice())
    desk.make(steps.SCORECARD, run_id="third", duration_ms=3, is_newest_rubric=True)

    assert desk.origins()[steps.SCORECARD] == made


def test_nobody_asks_how_results_of_someone_else_were_made(desk: Desk):
    desk.make(steps.TRANSCRIPT)
    stranger = register(desk.held.sessions, "stranger@example.org").user_id

    with pytest.raises(NotFound):
        desk.peak.lineage.list_origins(stranger, desk.meeting_id)
