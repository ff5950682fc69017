"""Which errors of the database pass by themselves, and which never do."""

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError, IntegrityError, InternalError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from peak_app.db.engine import is_away

PASSING = {
    "a connection that broke": errors.ConnectionFailure,
    "a server that is shut down": errors.AdminShutdown,
    "a server that crashed": errors.CrashShutdown,
    "a server that starts": errors.CannotConnectNow,
    "a server that is full": errors.TooManyConnections,
    "a disk that is full": errors.DiskFull,
    "a lock that was not free": errors.LockNotAvailable,
    "two that wait for each other": errors.DeadlockDetected,
    "a primary that was demoted": errors.ReadOnlySqlTransaction,
    "no connection at all": psycopg.OperationalError,
    "a connection that was closed": psycopg.InterfaceError,
}
LASTING = {
    "a row that is there already": errors.UniqueViolation,
    "a right that is missing": errors.InsufficientPrivilege,
    "a statement that makes no sense": errors.SyntaxError,
    "a statement beyond the limits": errors.StatementTooComplex,
    "an index entry beyond the limits": errors.ProgramLimitExceeded,
}


def wrapped(cause: psycopg.Error) -> DBAPIError:
    """As SQLAlchemy raises it."""
    found = DBAPIError.instance("insert", {}, cause, psycopg.Error, hide_parameters=True)
    assert isinstance(found, DBAPIError)
    return found


@pytest.mark.parametrize("kind", PASSING.values(), ids=PASSING)
def test_what_passes_by_itself_may_be_tried_again(kind: type[psycopg.Error]) -> None:
    assert is_away(kind("no"))
    assert is_away(wrapped(kind("no")))


@pytest.mark.parametrize("kind", LASTING.values(), ids=LASTING)
def test_what_never_will_be_taken_is_not_tried_again(kind: type[psycopg.Error]) -> None:
    assert not is_away(kind("no"))
    assert not is_away(wrapped(kind("no")))


def test_the_kinds_arrive_as_the_classes_that_are_told_apart() -> None:
    kinds = (errors.AdminShutdown, errors.ReadOnlySqlTransaction, errors.UniqueViolation, errors.SyntaxError)
    assert [type(wrapped(kind("no"))) for kind in kinds] == [
        OperationalError,
        InternalError,
        IntegrityError,
        ProgrammingError,
    ]


def test_a_connection_that_was_given_up_passes_whatever_was_said_over_it() -> None:
    said = wrapped(errors.InternalError_("no"))
    assert not is_away(said)
    said.connection_invalidated = True
    assert is_away(said)


def test_a_pool_with_nothing_free_passes_and_a_fault_of_ours_does_not() -> None:
    assert is_away(PoolTimeout())
    assert not is_away(ValueError("no"))
