"""`peak operator` against a real PostgreSQL."""

import argparse

import pytest

from peak_app.cli.command import CommandFailed
from peak_app.cli.operator import run
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts import repository as accounts
from peak_app.errors import InvalidInput, NotFound
from tests.conftest import ScratchDatabase
from tests.people import register


def test_whoever_has_the_machine_names_the_operator_once(
    database: ScratchDatabase, sessions: TenantSessions, capsys: pytest.CaptureFixture[str]
) -> None:
    ann, bob = register(sessions, "ann@example.org"), register(sessions, "bob@example.org")

    assert run(database.settings, argparse.Namespace(email="Ann@example.org")) == 0

    assert "runs the installation now" in capsys.readouterr().out
    with sessions.for_user(ann.user_id) as session:
        assert accounts.is_operator(session, ann.user_id)
    with pytest.raises(CommandFailed):
        run(database.settings, argparse.Namespace(email=bob.email))
    with pytest.raises(NotFound):
        run(database.settings, argparse.Namespace(email="nobody@example.org"))
    with pytest.raises(InvalidInput):
        run(database.settings, argparse.Namespace(email="no address"))
