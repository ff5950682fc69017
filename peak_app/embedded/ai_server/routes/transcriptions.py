"""`POST /v1/audio/transcriptions`."""

import asyncio
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from peak_app.embedded.ai_server.faults import InvalidRequest, TooLarge
from peak_app.embedded.ai_server.limits import MAX_BODY_BYTES
from peak_app.embedded.ai_server.routes.replies import engines_of, json_reply
from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, Samples, resample
from peak_app.embedded.ai_server.speech.segments import Segment, transcribe_recording
from peak_app.embedded.ai_server.speech.wav import read_wav

_FORMATS = ("json", "text", "verbose_json")


def _read(content: bytes) -> Samples:
    samples, rate_hz = read_wav(content)
    return resample(samples, rate_hz, EAR_RATE_HZ)


async def transcriptions(request: Request) -> Response:
    """Words of a WAV recording: `json` (with `logprobs` if they are to be included), `text`, or `verbose_json`."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        raise TooLarge(f"A recording holds at most {MAX_BODY_BYTES // 2**20} MiB.", "request_too_large", "file")
    try:
        # A known name is always sent; a part without a file is a field.
        form = await request.form(max_files=1, max_fields=32)
    except (MultiPartException, HTTPException) as error:
        raise InvalidRequest("The body is not a multipart form with one file.", "invalid_form") from error
    try:
        upload, wanted = form.get("file"), form.get("response_format") or "json"
        if not isinstance(upload, UploadFile):
            raise InvalidRequest("Missing required parameter: 'file'.", "missing_required_parameter", "file")
        if wanted not in _FORMATS:
            names = ", ".join(f"'{name}'" for name in _FORMATS)
            raise InvalidRequest(f"Invalid 'response_format': use one of {names}.", "invalid_value", "response_format")
        if str(form.get("stream") or "").lower() == "true":
            raise InvalidRequest("Transcriptions are not streamed here.", "invalid_value", "stream")
        wants_logprobs = "logprobs" in form.getlist("include[]")
        content = await upload.read()
    finally:
        await form.close()
    samples = await asyncio.to_thread(_read, content)
    engines = engines_of(request)
    segments = await transcribe_recording(samples, engines.detector(), engines.recogniser)
    text = " ".join(segment.heard.text for segment in segments)
    if wanted == "text":
        return PlainTextResponse(text + "\n")
    seconds = round(len(samples) / EAR_RATE_HZ, 3)
    usage = {"type": "duration", "seconds": seconds}
    if wanted == "json":
        tokens = [token.describe() for segment in segments for token in segment.heard.tokens]
        return json_reply({"text": text, **({"logprobs": tokens} if wants_logprobs else {}), "usage": usage})
    described = [_describe(index, segment) for index, segment in enumerate(segments)]
    return json_reply(
        {
            "task": "transcribe",
            "language": "english",
            "duration": seconds,
            "text": text,
            "segments": described,
            "usage": usage,
        }
    )


def _describe(index: int, segment: Segment) -> dict[str, Any]:
    logprobs = [token.logprob for token in segment.heard.tokens]
    # What the recogniser knows nothing of is neutral.
    return {
        "id": index,
        "seek": 0,
        "start": round(segment.start_s, 3),
        "end": round(segment.end_s, 3),
        "text": segment.heard.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(sum(logprobs) / len(logprobs), 4),
        "compression_ratio": 1.0,
        "no_speech_prob": 0.0,
    }
