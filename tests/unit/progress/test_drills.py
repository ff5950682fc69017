"""What is suggested to practise, and what it rests on."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from peak_app.domain.progress.attempts import measured_on, scored_lines
from peak_app.domain.progress.drills import DELIVERY_RULES, MOST_OF_A_KIND, NEWEST, suggest
from peak_app.domain.progress.practice import Practice
from peak_app.domain.progress.service import Progress
from peak_app.domain.scorecards.rubric import Criterion, Rubric
from tests.unit.progress.attempts import LEVELS, NOW, RUBRICS, attempt


def names(*attempts) -> list[str]:
    return [found.key for found in suggest(attempts, RUBRICS)]


def test_with_nothing_held_nothing_is_suggested():
    assert suggest([], {}) == []
    assert suggest([attempt(1)], {}) == []


def test_one_session_suggests_what_it_shows_and_rests_on_it_alone():
    only = attempt(1, {"result": 2, "depth": 5})

    (found,) = suggest([only], RUBRICS)

    assert (found.key, found.median) == ("criterion/eng-gpt-test/result", 2)
    assert [(entry.attempt, entry.value) for entry in found.evidence] == [(only, 2)]
    assert found.agent_id == only.agent_id


def test_the_weakest_comes_first_and_nothing_good_is_called_weak():
    assert names(attempt(2, {"result": 3, "depth": 1}), attempt(1, {"result": 3, "depth": 2})) == [
        "criterion/eng-gpt-test/depth",
        "criterion/eng-gpt-test/result",
    ]
    assert names(attempt(1, {"result": 4, "depth": 5})) == []


def test_only_the_newest_numbers_count_and_evidence_has_the_newest_first():
    old = [attempt(20 - day, {"result": 1}) for day in range(4)]
    new = [attempt(6 - day, {"result": 5}) for day in range(NEWEST)]

    assert names(*old, *new) == []
    (found,) = suggest([*old, *new[:2]], RUBRICS)
    assert [entry.value for entry in found.evidence] == [5, 5, 1, 1, 1]


def test_scores_of_two_rubrics_or_two_engines_are_never_put_together():
    first = attempt(3, {"result": 1})
    other = attempt(2, {"result": 3}, rubric="beh")
    judged = attempt(1, {"result": 3}, engine="practice-coach")

    assert [line.key for line in scored_lines([first, other, judged])] == [
        "eng-practice-coach",
        "beh-gpt-test",
        "eng-gpt-test",
    ]
    # The same criterion is in all of them: it is suggested once, where it is weakest.
    (found,) = suggest([first, other, judged], RUBRICS)
    assert (found.key, len(found.evidence)) == ("criterion/eng-gpt-test/result", 1)


def test_own_criteria_with_the_same_id_and_other_names_are_other_skills():
    rubrics = {
        key: Rubric(key, 1, (Criterion("own-1", name, "It.", LEVELS),))
        for key, name in (("eng", "Warmth"), ("beh", "Speed"))
    }
    found = suggest([attempt(2, {"own-1": 1}), attempt(1, {"own-1": 2}, rubric="beh")], rubrics)

    assert [entry.criterion.name for entry in found if entry.criterion] == ["Warmth", "Speed"]


def test_a_scorecard_without_numbers_or_whose_rubric_is_gone_suggests_nothing():
    assert names(attempt(1, {"result": None, "depth": None}, engine="", gap="little")) == []
    assert suggest([attempt(1, {"result": 1})], {}) == []


@pytest.mark.parametrize("rule", DELIVERY_RULES, ids=[rule.id for rule in DELIVERY_RULES])
def test_delivery_is_suggested_beyond_its_limit_only(rule):
    step = 1 if rule.side == "above" else -1

    assert names(attempt(1, **{rule.measure: rule.limit})) == []
    assert names(attempt(1, **{rule.measure: rule.limit - step})) == []
    assert names(attempt(1, **{rule.measure: rule.limit + step})) == [f"delivery/{rule.id}"]


def test_delivery_rests_on_meetings_that_were_measured_the_same_way_as_the_newest():
    heard = attempt(2, basis="sound", fillers=9.0)
    read = attempt(1, fillers=1.0)

    assert measured_on([heard, read], "sound") == [heard]
    assert names(heard, read) == []
    assert names(read, attempt(0, basis="sound", fillers=9.0)) == ["delivery/fillers"]


def test_a_pace_of_nothing_breaks_nothing_and_there_are_never_too_many():
    everything = attempt(1, basis="sound", pace=0.0, fillers=50.0, pauses=50.0, delay=50.0, talk=0.0)

    assert len(names(everything)) == MOST_OF_A_KIND


def test_a_range_is_days_of_the_persons_calendar_with_today():
    zone = ZoneInfo("America/Los_Angeles")
    night = NOW.astimezone(zone).replace(hour=0, minute=0) - timedelta(days=29)
    since = (NOW - night) / timedelta(days=1)
    just_in, just_out = attempt(since), attempt(since + 0.01)
    progress = Progress(Practice({}), [just_out, just_in], {}, [], has_agents=True)

    assert progress.attempts_within(30, zone, NOW) == [just_in]
    assert progress.attempts_within(None, zone, NOW) == [just_out, just_in]
