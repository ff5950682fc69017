"""`Moderate` over the OpenAI SDK."""

import logging
import re
from functools import cached_property

import openai

from peak_app.adapters.openai.leaving import telling_client
from peak_app.config import Settings
from peak_app.i18n.catalogue import t
from peak_app.ports.moderation import ModerationUnavailable
from peak_app.ports.outflows import Tell, tell_nobody

log = logging.getLogger(__name__)

LONGEST_WAIT_S = 10.0
"""A person waits for their agent to be saved."""


class OpenAIModeration:
    """Makes its client at first use."""

    def __init__(self, settings: Settings, *, tell: Tell = tell_nobody) -> None:
        self._settings = settings
        self._tell = tell

    @cached_property
    def _client(self) -> openai.OpenAI:
        return openai.OpenAI(
            api_key=self._settings.language_api_key,
            base_url=self._settings.language_api_url,
            timeout=min(LONGEST_WAIT_S, self._settings.provider_timeout_s),
            max_retries=0,
            http_client=telling_client(self._settings, self._tell),
        )

    def close(self) -> None:
        """Close connections that are kept open for the next request."""
        if "_client" in self.__dict__:
            self._client.close()

    def moderate(self, text: str) -> tuple[str, ...]:
        """See `ports.moderation.Moderate`."""
        try:
            answer = self._client.moderations.create(model=self._settings.moderation_model, input=text)
            (result,) = answer.results
            named = result.categories.model_dump() if result.flagged else {}
        except (openai.OpenAIError, ValueError, AttributeError, TypeError) as error:
            # The SDK builds its classes without looking: an answer of another shape fails where it is read.
            status = error.status_code if isinstance(error, openai.APIStatusError) else None
            log.warning("moderation request failed: %s, status %s", type(error).__name__, status)
            raise ModerationUnavailable(t("model.text_away")) from None
        if not result.flagged:
            return ()
        # Under its own name or the SDK's: a class that was built without looking may hold either, or both.
        meant = {re.sub(r"[/-]", "_", name) for name, is_meant in named.items() if is_meant is True}
        return tuple(sorted(meant)) or ("other",)
