"""`POST /v1/audio/speech`."""

from collections.abc import AsyncIterator
from typing import Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from peak_app.embedded.ai_server.faults import InvalidRequest
from peak_app.embedded.ai_server.limits import MAX_SPEECH_CHARS
from peak_app.embedded.ai_server.routes.replies import engines_of, read_json
from peak_app.embedded.ai_server.speech.pcm import VOICE_RATE_HZ
from peak_app.embedded.ai_server.speech.synthesiser import split_sentences
from peak_app.embedded.ai_server.speech.wav import write_wav


class SpeechRequest(BaseModel):
    """There is one voice and one model; their names are accepted and do not matter."""

    input: str = Field(min_length=1, max_length=MAX_SPEECH_CHARS)
    model: str = Field(default="hibari-tts", max_length=200)
    voice: str | dict[str, str] = "marin"
    response_format: Literal["wav", "pcm", "mp3", "opus", "aac", "flac"] = "mp3"
    speed: float = Field(default=1.0, ge=0.25, le=4.0)


async def speech(request: Request) -> Response:
    """24 kHz mono 16-bit: `wav` as a whole, `pcm` sentence by sentence as it is made."""
    wanted = await read_json(request, SpeechRequest)
    if wanted.response_format not in ("wav", "pcm"):
        raise InvalidRequest("Invalid 'response_format': use 'wav' or 'pcm'.", "invalid_value", "response_format")
    synthesiser = engines_of(request).synthesiser
    sentences = split_sentences(wanted.input)

    async def pcm() -> AsyncIterator[bytes]:
        for sentence in sentences:
            yield await synthesiser.speak(sentence, wanted.speed)

    if wanted.response_format == "pcm":
        return StreamingResponse(pcm(), media_type=f"audio/pcm;rate={VOICE_RATE_HZ}")
    whole = b"".join([part async for part in pcm()])
    return Response(write_wav(whole, VOICE_RATE_HZ), media_type="audio/wav")
