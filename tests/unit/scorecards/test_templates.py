"""The rubrics that come with the product, and which one an agent gets."""

import pytest

from peak_app.cli.demo import AGENTS
from peak_app.domain.agents.gallery import gallery
from peak_app.domain.insights.fingerprint import fingerprint
from peak_app.domain.scorecards.rubric import Rubric, RubricChoice, rubric_to_json
from peak_app.domain.scorecards.templates import GENERAL_TEMPLATE, rubric_for, template_for, templates
from peak_app.embedded.ai_server.coach.bank import banks

EXAMPLES = [(bank.id, example) for bank in banks().values() for example in bank.examples]


def test_every_question_bank_has_one_rubric():
    owned = [bank for template in templates().values() for bank in template.banks]

    assert sorted(owned) == sorted(banks())
    assert next(iter(templates())) == GENERAL_TEMPLATE


@pytest.mark.parametrize(("bank_id", "instructions"), EXAMPLES)
def test_instructions_that_want_a_bank_get_its_rubric(bank_id: str, instructions: str):
    assert bank_id in template_for("", instructions).banks


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("backend", "software-engineering"),
        ("behavioural", "behavioural"),
        ("product", "product-management"),
        ("tutor", "maths-tutoring"),
        ("system_design", "system-design"),
        ("nursing", "nursing"),
        ("phd", "university-admissions"),
    ],
)
def test_agents_of_the_gallery_get_the_rubric_that_fits(key: str, expected: str):
    words = gallery()[key].words
    assert template_for(words.practice_bank, words.instructions).id == expected


def test_the_demonstration_agents_get_the_rubric_that_fits():
    assert [template_for("", agent.instructions).id for agent in AGENTS] == ["software-engineering", "behavioural"]


def test_a_confirmed_bank_decides_and_what_fits_nothing_gets_the_general_rubric():
    assert template_for("nursing", "Ask me about React and hooks.").id == "nursing"
    assert template_for("no-such-bank", "Talk with me about zeppelins.").id == GENERAL_TEMPLATE
    assert template_for("", "").id == GENERAL_TEMPLATE


def test_what_the_person_chose_comes_before_everything():
    own = Rubric("Mine", 3, templates()["sales"].rubric.criteria[:1])

    assert rubric_for(RubricChoice(own=own), "nursing", "React") == own
    assert rubric_for(RubricChoice("sales"), "nursing", "React") == templates()["sales"].rubric
    assert rubric_for(RubricChoice("gone"), "nursing", "React") == templates()["nursing"].rubric


@pytest.mark.parametrize("template", templates().values(), ids=lambda template: template.id)
def test_without_a_model_at_least_half_of_each_rubric_can_be_counted(template):
    rules = [criterion.rule for criterion in template.rubric.criteria]

    assert 2 * sum(rule is not None for rule in rules) >= len(rules)
    assert len(rules) >= 6


def test_sentences_of_rubrics_are_sentences():
    for template in templates().values():
        for criterion in template.rubric.criteria:
            for sentence in (criterion.looks_for, *criterion.levels):
                assert sentence[0].isupper(), sentence
                assert sentence.endswith((".", ".”")), sentence
            assert len(set(criterion.levels)) == 5


def test_a_template_whose_words_change_gets_the_next_version():
    """After a change: raise `version` in the file, then write down what this says."""
    known = {
        template.id: f"{template.rubric.version} {fingerprint(rubric_to_json(template.rubric))[:12]}"
        for template in templates().values()
    }

    assert known == PUBLISHED


PUBLISHED = {
    "behavioural": "1 9f68e0103b4e",
    "customer-support": "1 1829ba6567b5",
    "data-analytics": "1 60a519efdf17",
    "engineering-management": "1 9c505a79367b",
    "english-conversation": "1 10ebdc515d18",
    "maths-tutoring": "1 ecd8da6e30f8",
    "nursing": "1 f71a514de8db",
    "product-management": "1 76c3339694a9",
    "sales": "1 8bbad0444ffe",
    "software-engineering": "1 22922269ea0b",
    "system-design": "1 7d3d48c4baa9",
    "university-admissions": "1 e5fee5f683c0",
}
