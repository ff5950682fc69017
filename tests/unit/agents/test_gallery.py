"""The agents to start from."""

from peak_app.domain.agents.gallery import KINDS, gallery
from peak_app.domain.scorecards.templates import templates
from peak_app.embedded.ai_server.coach.bank import banks
from peak_app.i18n.catalogue import t


def test_there_are_enough_of_them_and_one_of_each_kind() -> None:
    agents = gallery().values()

    assert len(agents) >= 12
    assert {agent.kind for agent in agents} == set(KINDS)
    assert len({agent.words.name for agent in agents}) == len(agents)
    assert all(t(f"gallery.kind_{kind}") for kind in KINDS)


def test_each_says_enough_and_rests_on_banks_and_rubrics_there_are() -> None:
    for agent in gallery().values():
        words = agent.words
        assert 400 < len(words.instructions) < 2_000, agent.id
        assert len(agent.about) < 80
        assert words.practice_bank in ("", *banks())
        assert words.rubric.template_id in ("", *templates())
        assert words.conduct.planned_ms is None or words.conduct.planned_ms <= 45 * 60_000
