"""Who a tab belongs to, and what it is told."""

from uuid import UUID

import psycopg
import pytest
from psycopg.errors import AdminShutdown, ReadOnlySqlTransaction
from reflex.state import State
from sqlalchemy.exc import DBAPIError

from peak_app.domain.accounts.errors import SignedOut
from peak_app.domain.accounts.identity import SignedIn
from peak_app.errors import Conflict
from peak_app.i18n.catalogue import t
from peak_app.state.failures import answer_failure
from peak_app.state.session import SessionState, initials, login_path, notify, signed_in

ANN = SignedIn(UUID(int=1), UUID(int=2), "ann@example.org", "Ann Smith", "Europe/Berlin", is_operator=True)


@pytest.fixture
async def session() -> SessionState:
    root = State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    return await root.get_state(SessionState)


async def test_nobody_is_signed_in_at_first(session: SessionState) -> None:
    with pytest.raises(SignedOut):
        await signed_in(session)


async def test_someone_who_is_signed_in_is_known_by_id(session: SessionState) -> None:
    session._show(ANN)
    assert await signed_in(session) == ANN.user_id
    assert (session.email, session.initials, session.is_operator) == ("ann@example.org", "AS", True)
    session._show(None)
    assert (session.is_signed_in, session.email, session.name, session.initials, session.is_operator) == (
        False,
        "",
        "",
        "",
        False,
    )


async def test_ids_never_reach_the_browser(session: SessionState) -> None:
    session._show(ANN)
    sent = str(session.dict())
    assert str(ANN.user_id) not in sent
    assert str(ANN.session_id) not in sent
    assert ANN.email in sent


async def test_saying_the_same_again_sends_nothing(session: SessionState) -> None:
    session._show(ANN)
    session._clean()
    session._show(ANN)
    assert session.dirty_vars == set()


async def test_notices_are_new_each_time_and_bounded(session: SessionState) -> None:
    await notify(session, "success", "Saved.")
    first = session.notice
    await notify(session, "success", "Saved.")
    assert session.notice["id"] != first["id"]
    session._say("nonsense", "x" * 5000)
    assert session.notice["level"] == "info"
    assert len(session.notice["text"]) == 300


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Ann Smith", "AS"),
        ("ann", "A"),
        ("ann.smith@example.org", "AS"),
        ("Ann Maria Smith", "AS"),
        ("", ""),
        ("@", ""),
        ("_", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/meetings/7?tab=ask", "/login?next=/meetings/7%3Ftab%3Dask"),
        ("/dashboard", "/login"),
        ("/", "/login"),
        ("/login?error=x", "/login"),
        ("//evil.example", "/login"),
    ],
)
def test_signing_in_comes_back_to_the_page(wanted: str, path: str) -> None:
    assert login_path(wanted) == path


def test_a_refusal_becomes_a_notice_and_a_bug_a_plain_sentence(caplog: pytest.LogCaptureFixture) -> None:
    assert "This is over." in str(answer_failure(Conflict("This is over."))[0].args)
    assert caplog.text == ""
    assert t("refusal.unexpected") in str(answer_failure(ValueError("ann@example.org said something"))[0].args)
    assert "ValueError" in caplog.text
    assert "ann@example.org" not in caplog.text


@pytest.mark.parametrize("cause", [AdminShutdown("ann@example.org"), ReadOnlySqlTransaction("ann@example.org")])
def test_a_database_that_is_away_is_called_that(cause: psycopg.Error, caplog: pytest.LogCaptureFixture) -> None:
    for error in (cause, DBAPIError.instance("insert", {"text": "ann@example.org"}, cause, psycopg.Error)):
        assert isinstance(error, Exception)
        assert t("refusal.database_away") in str(answer_failure(error)[0].args)
    assert "the database doesn't answer" in caplog.text
    assert "ann@example.org" not in caplog.text


def test_being_signed_out_leads_to_the_sign_in_page() -> None:
    assert "/login?next=/meetings" in str(answer_failure(SignedOut("/meetings"))[0].args)
