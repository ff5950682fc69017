"""What the bridge prints."""

import logging

from bridge.facts_log import FactsFormatter

FORMATTER = FactsFormatter("%(levelname)s %(name)s: %(message)s")


def line(name: str, message: str, error: Exception | None = None, **facts: object) -> str:
    info = (type(error), error, None) if error else None
    record = logging.LogRecord(name, logging.ERROR, "x.py", 7, message, (), info)
    vars(record).update(facts)
    return FORMATTER.format(record)


def test_facts_follow_the_message() -> None:
    assert line("bridge.room", "turn saved", words=12) == "ERROR bridge.room: turn saved words=12"


def test_the_message_of_an_error_is_left_out() -> None:
    said = line("bridge.voice_link", "it failed", ValueError("what ann said"))
    assert "it failed" in said
    assert "ValueError" in said
    assert "what ann said" not in said


def test_of_a_forgotten_task_only_the_place_is_printed() -> None:
    said = line("asyncio", "never retrieved: ValueError('what ann said')", ValueError("what ann said"))
    assert "what ann said" not in said
    assert "see line 7: ValueError" in said
