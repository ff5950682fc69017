"""Errors a person can be told about.

PeakError
├── NotFound              404  what was asked for is not there, or not for this person
├── NotAllowed            403  the person may not do this
├── InvalidInput          422  a field is empty, too long or malformed
├── Conflict              409  the thing is in another state than the action needs
├── MinutesExhausted      402  the plan's minutes are used up (domain/billing/errors.py)
├── TooManyRequests       429  slow down
└── ServiceUnavailable    503  something we depend on did not answer
    └── LanguageUnavailable, VoiceUnavailable

Those that belong to one feature are beside it (`domain/accounts/errors.py`, `domain/meetings/ticket.py`), those of
one port in it (`ports/storage.py`).
An error that is not a PeakError is a programming error: it ends as a 500 and in the log. Sentences stand in the
catalogue, where `refusal.*` are those of errors: whoever raises one looks it up.
"""


class PeakError(Exception):
    """Carries a sentence fit for the page and the HTTP status that goes with it."""

    status_code = 500

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(PeakError):
    status_code = 404


class NotAllowed(PeakError):
    status_code = 403


class InvalidInput(PeakError):
    """`field` names the offending input when there is one."""

    status_code = 422

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class Conflict(PeakError):
    status_code = 409


class TooManyRequests(PeakError):
    status_code = 429


class ServiceUnavailable(PeakError):
    """`retryable` says whether trying again later can help; `retry_after_s` when the service said how long."""

    status_code = 503

    def __init__(self, sentence: str, *, retryable: bool = True, retry_after_s: float | None = None) -> None:
        super().__init__(sentence)
        self.retryable = retryable
        self.retry_after_s = retry_after_s


class LanguageUnavailable(ServiceUnavailable):
    """A text model did not give a usable answer."""


class VoiceUnavailable(ServiceUnavailable):
    """The voice model can't be reached, or left."""
