"""Text, search, speech and moderation of the configured service, through the product's own adapters."""

from collections.abc import Iterator
from contextlib import contextmanager

from peak_app.adapters.openai.language import OpenAILanguage
from peak_app.adapters.openai.moderation import OpenAIModeration
from peak_app.adapters.openai.speech import OpenAISynthesiser
from peak_app.config import Settings
from peak_app.domain.insights import citations
from tests.contracts.test_language_contract import LINES, MEETING, ask


@contextmanager
def _language(known: Settings) -> Iterator[OpenAILanguage]:
    language = OpenAILanguage(known, retries=1)
    try:
        yield language
    finally:
        language.close()


def check_summary(known: Settings) -> None:
    with _language(known) as language:
        checked = citations.check_summary(language.summarize(MEETING).value, LINES)
    assert checked.value.overview, "the summary rests on no line"


def check_answer_rests_on_lines(known: Settings) -> None:
    asked = ask("What was the hardest part?")
    with _language(known) as language:
        answer = citations.check_answer(language.answer(asked).value, LINES, asked.question).value
    assert answer.claims, "no claim rests on a line"


def check_search(known: Settings) -> None:
    texts = ["How old is the database?", "The age of our data store.", "Penguins live in Antarctica."]
    with _language(known) as language:
        first, near, far = language.embed(texts).value
    assert _likeness(first, near) > _likeness(first, far), "what means the same is not nearer"


def _likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def check_speech(known: Settings) -> None:
    synthesiser = OpenAISynthesiser(known)
    try:
        sound = synthesiser.speak("Hello, I am Mira.")
    finally:
        synthesiser.close()
    assert len(sound) > 10_000, "hardly any sound"


def check_moderation(known: Settings) -> None:
    moderation = OpenAIModeration(known)
    try:
        flagged = moderation.moderate("Ada\n\nA backend interview about databases, kindly held.")
    finally:
        moderation.close()
    assert not flagged, f"an ordinary coach is flagged: {flagged}"
