"""What the practice coach asks about what it was given to read, and how it greets."""

import pytest

from bridge.prompts import instructions_for
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.knowledge import Document
from peak_app.embedded.ai_server.coach.bank import banks
from peak_app.embedded.ai_server.coach.coach import Coach, own_greeting
from peak_app.embedded.ai_server.coach.material import with_material
from peak_app.embedded.ai_server.turns import Turn
from peak_app.ports.voice import GREETING_RULE, MATERIAL_HEADING

BANK = banks()["behavioural"]
CV = Document(
    "CV",
    "cv",
    "Ann Example\nann@example.org, +44 20 7946 0000 call me any time\nExperience\n"
    "I like long walks on the beach\n• Led the move of billing to events, and cut the cost by 30 %.\n"
    "Built a team of five.",
)
JOB = Document(
    "Job", "job", "About us\nWe are a friendly company with a garden\n- Experience with large PostgreSQL databases"
)


def _asked(*documents: Document) -> list[str]:
    bank = with_material(BANK, instructions_for("Mira", "Ask.", documents=documents))
    return [question.text for question in bank.questions]


def test_a_cv_and_a_job_are_asked_about_behind_the_first_question() -> None:
    first, cv, job, *rest = _asked(JOB, CV)
    assert [first, *rest] == [question.text for question in BANK.questions]
    assert cv.startswith("Your CV says: Led the move of billing to events, and cut the cost by 30. ")
    assert job.startswith("The job description says: Experience with large PostgreSQL databases. ")


@pytest.mark.parametrize(
    "document",
    [
        Document("Notes", "notes", CV.text),
        Document("CV", "cv", "short"),
        Document("CV", "cv", "word " * 200),
        Document("CV", "cv", f"Led {'-' * 14_000}x of it all the time"),
        Document("CV", "cv", "I like long walks on the beach"),
    ],
)
def test_without_a_line_worth_asking_about_the_bank_stays_as_it_is(document: Document) -> None:
    assert with_material(BANK, instructions_for("Mira", "Ask.", documents=(document,))) is BANK


@pytest.mark.parametrize("document", ["", "[", '{"a": 1}', '[{"kind": 1}]', "[" * 100_000])
def test_nonsense_behind_the_heading_is_passed_over(document: str) -> None:
    assert with_material(BANK, f"Your name is Mira.\n{MATERIAL_HEADING}\n{document}") is BANK


def test_the_coach_asks_it_and_follows_up() -> None:
    instructions = instructions_for("Mira", "Ask.", documents=(CV,))
    coach = Coach(with_material(BANK, instructions))
    turns: list[Turn] = []
    for _ in range(12):
        said = coach.next_turn(instructions, turns)
        turns.append(Turn("assistant", said))
        if "Your CV says" in said:
            break
        turns.append(Turn("user", "skip please"))
    assert "Your CV says: Led the move of billing" in turns[-1].text
    turns.append(Turn("user", "I planned it."))
    assert coach.next_turn(instructions, turns).endswith("What did you do first?")


def test_the_coach_greets_as_it_was_told() -> None:
    coach = Coach(BANK)
    statement = instructions_for("Mira", "Ask.", Conduct(greeting="Good morning. I am Mira."))
    assert coach.next_turn(statement, []) == f"Good morning. I am Mira. {BANK.questions[0].text}"
    question = instructions_for("Mira", "Ask.", Conduct(greeting="Hello, could you introduce yourself?"))
    assert coach.next_turn(question, []) == "Hello, could you introduce yourself?"
    turns = [Turn("assistant", "Hello, could you introduce yourself?"), Turn("user", "I am Ann, an engineer.")]
    assert BANK.questions[0].text in coach.next_turn(question, turns)


@pytest.mark.parametrize("rule", ["", "no JSON", "7", '["a"]'])
def test_a_greeting_that_is_none_is_passed_over(rule: str) -> None:
    assert own_greeting(f"Your name is Mira.\n{GREETING_RULE}{rule}") == ""
