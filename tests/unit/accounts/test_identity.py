from uuid import UUID

import pytest

from peak_app.domain.accounts.identity import SessionReference

REFERENCE = SessionReference(UUID(int=1), UUID(int=2))


def test_a_reference_survives_the_header() -> None:
    assert SessionReference.of_header(REFERENCE.to_header()) == REFERENCE


@pytest.mark.parametrize("value", ["", "session ", "session x.y", f"session {UUID(int=1)}", "Bearer abc"])
def test_anything_else_is_no_reference(value: str) -> None:
    assert SessionReference.of_header(value) is None
