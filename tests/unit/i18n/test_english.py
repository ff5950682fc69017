import pytest

from peak_app.i18n.english import is_english
from tests.unit.scorecards.star_answers import HELD_OUT, SEEN


@pytest.mark.parametrize("answer", SEEN + HELD_OUT, ids=lambda answer: answer.text[:20])
def test_answers_in_english_are_english(answer) -> None:
    assert is_english(answer.text)


@pytest.mark.parametrize(
    "text",
    [
        "Letztes Jahr war ich in einem Projekt, in dem wir nicht genug Zeit hatten, und ich habe mit allen gesprochen.",
        "El año pasado tuve un proyecto muy difícil y hablé con todo el equipo hasta que encontramos una solución.",
        "L'année dernière nous avons eu un projet difficile et j'ai parlé avec toute l'équipe pendant une semaine.",
        "去年 我 在 一个 项目 里 工作 我们 没有 足够 的 时间 所以 我 跟 大家 谈 了 谈",
        "去年我和三个同事一起重写了结算系统。",
        "Πέρυσι ξαναγράψαμε όλο το σύστημα.",
    ],
)
def test_other_languages_are_not(text: str) -> None:
    assert not is_english(text)


@pytest.mark.parametrize("text", ["", "Java, Kotlin and Scala.", "Ja, genau."])
def test_a_few_words_get_the_benefit_of_the_doubt(text: str) -> None:
    assert is_english(text)
