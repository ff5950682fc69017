"""What a suggestion says, and what the coach is told of it."""

from datetime import UTC

from peak_app.domain.meetings.models import FOCUS_LIMIT
from peak_app.domain.progress.drills import DELIVERY_RULES, suggest
from peak_app.domain.scorecards.rubric import CRITERION_NAME_LIMIT, LOOKS_FOR_LIMIT
from peak_app.domain.scorecards.templates import templates
from peak_app.embedded.ai_server.coach.focus import read_focus
from peak_app.ports.voice import FOCUS_HEADING
from peak_app.state.drill_rows import focus_text, suggestion_rows
from tests.unit.progress.attempts import NOW, RUBRICS, attempt


def test_one_session_is_called_a_first_sign_and_several_have_a_median():
    (one,) = suggestion_rows(suggest([attempt(1, {"result": 2})], RUBRICS), UTC, NOW)
    assert one.why == "2 of 5 in one scorecard by “Engineering”. One session is a first sign, no pattern."

    several = suggest([attempt(2, {"result": 2}), attempt(1, {"result": 3})], RUBRICS)
    (two,) = suggestion_rows(several, UTC, NOW)
    assert (two.name, two.why) == ("Result", "Median 2.5 of 5 in your newest 2 scorecards by “Engineering”.")
    assert [(link.day, link.value) for link in two.evidence] == [("Yesterday", "3"), ("24 Nov", "2")]
    assert two.evidence[0].path.endswith("?tab=scorecard")


def test_delivery_names_its_limit_and_leads_to_the_numbers():
    (row,) = suggestion_rows(suggest([attempt(2, pace=190.0), attempt(1, pace=200.0)], RUBRICS), UTC, NOW)

    assert row.why == "Median 195 wpm in your newest 2 sessions; more than 180 wpm is a lot."
    assert row.evidence[0].path.endswith("?tab=delivery")


def test_the_focus_is_the_name_and_what_to_do_about_it():
    shared, own = suggest([attempt(1, {"result": 1, "depth": 2})], RUBRICS)

    assert focus_text(shared) == "Result: say what came of it, whenever you tell of something you did."
    assert focus_text(own) == "Depth: It goes deep."


def test_the_practice_coach_understands_the_focus_of_the_criteria_it_can_serve():
    expected = {"own_part": "no_i", "result": "no_result", "specifics": "no_number", "reason": "no_reason"}
    found: dict[str, tuple[str, ...]] = {}
    for key, template in templates().items():
        scores = dict.fromkeys((criterion.id for criterion in template.rubric.criteria), 1)
        held = attempt(1, scores, rubric=key)
        for criterion in template.rubric.criteria:
            only = attempt(1, {**dict.fromkeys(scores), criterion.id: 1}, rubric=key)
            (suggestion,) = suggest([only], {key: template.rubric})
            if criterion.rule:
                found[criterion.rule] = read_focus(f"x\n{FOCUS_HEADING}\n{focus_text(suggestion)}\n").triggers
        assert suggest([held], {key: template.rubric})

    assert {rule: trigger for rule, trigger in expected.items() if trigger not in found.get(rule, ())} == {}


def test_every_focus_fits_a_meeting():
    assert CRITERION_NAME_LIMIT + LOOKS_FOR_LIMIT + len(": ") <= FOCUS_LIMIT
    for rule in DELIVERY_RULES:
        beyond = rule.limit * (2 if rule.side == "above" else 0.5)
        (suggestion,) = suggest([attempt(1, **{rule.measure: beyond})], {})
        assert len(focus_text(suggestion)) <= FOCUS_LIMIT
