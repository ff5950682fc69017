import logging

from peak_app.discreet_log import DiscreetFormatter

FORMATTER = DiscreetFormatter("%(levelname)s %(name)s: %(message)s")


def line(name: str, message: str, error: Exception | None = None) -> str:
    info = (type(error), error, None) if error else None
    return FORMATTER.format(logging.LogRecord(name, logging.ERROR, "x.py", 7, message, (), info))


def test_our_own_lines_are_printed_as_they_are() -> None:
    assert line("peak_app.api.sign_in", "signed in") == "ERROR peak_app.api.sign_in: signed in"


def test_of_talkative_libraries_only_the_place_is_printed() -> None:
    for name in ("reflex.app", "reflex_base.event.processor", "asyncio", "sqlalchemy.pool"):
        said = line(name, "what ann said", ValueError("what ann said"))
        assert "what ann said" not in said
        assert "see line 7: ValueError" in said


def test_the_message_of_an_error_is_left_out() -> None:
    said = line("granian", "it failed", ValueError("what ann said"))
    assert "it failed" in said
    assert said.endswith("ValueError")
    assert "what ann said" not in said.partition("it failed")[2]
