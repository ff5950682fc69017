"""What a check against a real service came to."""

from collections.abc import Sequence
from dataclasses import dataclass

NOT_CONFIGURED = "not configured"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`is_passed` None: there is nothing to check, for it is not configured."""

    name: str
    is_passed: bool | None
    detail: str


def exit_status(outcomes: Sequence[Outcome]) -> int:
    """0 all that is configured passed, 1 something failed, 3 nothing is configured."""
    if any(outcome.is_passed is False for outcome in outcomes):
        return 1
    return 0 if any(outcome.is_passed for outcome in outcomes) else 3
