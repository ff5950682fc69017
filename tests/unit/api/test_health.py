import pytest

from peak_app.api.health import summary, told_states


def test_everything_ready_is_200() -> None:
    document, status = summary({"database": "ready", "bridge": "ready"})
    assert (document["status"], status) == ("ready", 200)


def test_one_missing_is_503_and_named() -> None:
    document, status = summary({"database": "ready", "bridge": "missing"})
    assert (document["status"], status) == ("degraded", 503)
    assert document["components"] == {"bridge": {"state": "missing"}, "database": {"state": "ready"}}


def test_the_launchers_word_about_others_counts_and_about_us_does_not() -> None:
    told = {"components": [{"name": "worker", "state": "restarting", "pid": 7}, {"name": "web", "state": "starting"}]}
    assert told_states(told) == {"worker": "restarting"}


@pytest.mark.parametrize("document", [None, [], {}, {"components": 3}, {"components": [3, {}, {"name": 7}]}])
def test_another_form_says_nothing(document: object) -> None:
    assert told_states(document) == {}
