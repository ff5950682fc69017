"""Setting a report on paper."""

from typing import Protocol


class Typesetter(Protocol):
    def typeset(self, document: str) -> bytes:
        """A PDF of the document, which is JSON as `domain.exports.paper` gives it.

        Raises:
            ServiceUnavailable: it could not be made, or not in time.
        """
        ...
