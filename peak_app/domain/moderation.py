"""Having a service say whether words may be used, before they are kept."""

import logging
from collections.abc import Sequence
from uuid import UUID

from peak_app.i18n.catalogue import section
from peak_app.ports.moderation import Moderate, ModerationUnavailable
from peak_app.ports.outflows import on_behalf_of

log = logging.getLogger(__name__)


def find_flagged(moderate: Moderate, user_id: UUID, texts: Sequence[str]) -> tuple[int, str] | None:
    """Which text is flagged first, and for what, in words; None: none, or nobody could say.

    Blocks: call it outside of transactions, so that no row is held while a service is waited for.
    """
    for number, text in enumerate(texts):
        try:
            with on_behalf_of(user_id, None):
                flagged = moderate(text)
        except ModerationUnavailable:
            # A service that is away must not keep people from their work; the models have rules of their own.
            log.warning("%s texts were kept unmoderated", len(texts) - number)
            return None
        if flagged:
            known = section("moderation")
            return number, ", ".join(sorted({known.get(name, known["other"]) for name in flagged}))
    return None
