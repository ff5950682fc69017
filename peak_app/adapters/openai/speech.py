"""`Synthesiser` over the OpenAI SDK: the service itself, any compatible server, or the embedded one."""

import logging
import struct
import time
from functools import cached_property

# The SDK's own transport: what goes wrong while a body is read comes past the SDK as its errors.
import httpx2
import openai

from peak_app.adapters.openai.leaving import telling_client
from peak_app.config import Settings
from peak_app.errors import VoiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.outflows import Tell, tell_nobody

log = logging.getLogger(__name__)

LARGEST_WAV = 4 * 1024 * 1024
"""Bytes: more than a minute of 24 kHz speech."""

_HEADER = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")


class OpenAISynthesiser:
    """Makes its client at first use, so that a process may fork before."""

    def __init__(self, settings: Settings, *, tell: Tell = tell_nobody) -> None:
        self._settings = settings
        self._tell = tell

    @cached_property
    def _client(self) -> openai.OpenAI:
        return openai.OpenAI(
            api_key=self._settings.language_api_key,
            base_url=self._settings.language_api_url,
            timeout=self._settings.provider_timeout_s,
            max_retries=1,
            http_client=telling_client(self._settings, self._tell),
        )

    def close(self) -> None:
        """Close connections that are kept open for the next request."""
        if "_client" in self.__dict__:
            self._client.close()

    def speak(self, text: str, voice: str = "") -> bytes:
        settings = self._settings
        sound = bytearray()
        give_up_at = time.monotonic() + settings.provider_timeout_s
        try:
            with self._client.audio.speech.with_streaming_response.create(
                model=settings.speech_model,
                voice=voice if voice in settings.voices else settings.realtime_voice,
                input=text,
                response_format="wav",
            ) as answer:
                for piece in answer.iter_bytes():
                    sound += piece
                    if len(sound) > LARGEST_WAV or time.monotonic() > give_up_at:
                        log.warning("speech request failed: too long, after %s bytes", len(sound))
                        raise VoiceUnavailable(t("model.unspoken"))
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            status = error.status_code if isinstance(error, openai.APIStatusError) else None
            log.warning("speech request failed: %s, status %s", type(error).__name__, status)
            # Not chained: services quote what they were sent.
            raise VoiceUnavailable(t("model.unspoken")) from None
        return _with_true_sizes(bytes(sound))


def _with_true_sizes(wav: bytes) -> bytes:
    """The file with the sizes it really has: a service that streams says the largest there is, and some players wait.

    Raises:
        VoiceUnavailable: it is no WAV file.
    """
    at = _HEADER.size
    if len(wav) >= at and wav[:4] == b"RIFF" and wav[8:12] == b"WAVE":
        while at + _CHUNK.size <= len(wav):
            name, size = _CHUNK.unpack_from(wav, at)
            if name == b"data":
                body = wav[at + _CHUNK.size :][:size]
                head = wav[_HEADER.size : at] + _CHUNK.pack(b"data", len(body))
                return _HEADER.pack(b"RIFF", len(b"WAVE") + len(head) + len(body), b"WAVE") + head + body
            at += _CHUNK.size + size + size % 2
    log.warning("speech request failed: the answer is no WAV file")
    raise VoiceUnavailable(t("model.unspoken"), retryable=False)
