"""What a room knows of a call that went on before it."""

from uuid import UUID

from bridge.room import _plan
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.meetings.turns import CallBrief, Turn
from peak_app.ports.voice import PastLine


def brief(*turns: Turn) -> CallBrief:
    return CallBrief(
        meeting_id=UUID(int=1),
        owner_id=UUID(int=2),
        title="Round one",
        agent_name="Mira",
        instructions="Ask.",
        practice_bank="",
        conduct=Conduct(),
        is_recorded=True,
        started_at=None,
        connected_ms=0,
        turns=turns,
    )


def test_an_answer_that_was_being_given_when_the_bridge_died_counts_as_cut() -> None:
    plan = _plan(
        brief(Turn("i1", "agent", "Hello, I am Mira.", 0, 0, is_final=False)), grace_ms=90_000, waits_for_words=False
    )
    assert plan.lines == (PastLine("agent", "Hello, I am Mira."),)
    assert plan.was_cut


def test_an_answer_that_was_given_to_its_end_was_not_cut() -> None:
    assert not _plan(
        brief(Turn("i1", "agent", "Hello, I am Mira.", 0, 900)), grace_ms=90_000, waits_for_words=False
    ).was_cut
