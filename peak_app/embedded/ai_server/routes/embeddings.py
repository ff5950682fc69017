"""`POST /v1/embeddings`."""

import base64
from typing import Literal

from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from peak_app.embedded.ai_server.faults import InvalidRequest
from peak_app.embedded.ai_server.limits import MAX_EMBEDDING_INPUTS, MAX_TEXT_CHARS
from peak_app.embedded.ai_server.routes.replies import engines_of, json_reply, read_json
from peak_app.ports.language import EMBEDDING_DIMENSIONS


class EmbeddingsRequest(BaseModel):
    input: str | list[str]
    model: str = Field(default="all-minilm-l6-v2-int8", max_length=200)
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None
    user: str | None = None


def _texts(wanted: EmbeddingsRequest) -> list[str]:
    texts = [wanted.input] if isinstance(wanted.input, str) else wanted.input
    if not 1 <= len(texts) <= MAX_EMBEDDING_INPUTS:
        raise InvalidRequest(f"'input' holds 1 to {MAX_EMBEDDING_INPUTS} texts.", "invalid_value", "input")
    if any(not text for text in texts):
        raise InvalidRequest("A text of 'input' is empty.", "invalid_value", "input")
    if any(len(text) > MAX_TEXT_CHARS for text in texts):
        raise InvalidRequest(f"A text of 'input' has more than {MAX_TEXT_CHARS} characters.", "invalid_value", "input")
    if wanted.dimensions not in (None, EMBEDDING_DIMENSIONS):
        raise InvalidRequest(f"The model here has {EMBEDDING_DIMENSIONS} dimensions.", "invalid_value", "dimensions")
    return texts


async def embeddings(request: Request) -> Response:
    """Unit vectors of 384 floats, as numbers or as base64 of little-endian float32."""
    wanted = await read_json(request, EmbeddingsRequest)
    texts = _texts(wanted)
    embedder = engines_of(request).embedder
    vectors = await embedder.embed(texts)
    is_base64 = wanted.encoding_format == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(vector.astype("<f4").tobytes()).decode() if is_base64 else vector.tolist(),
        }
        for index, vector in enumerate(vectors)
    ]
    tokens = sum(embedder.token_count(text) for text in texts)
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return json_reply({"object": "list", "data": data, "model": "all-minilm-l6-v2-int8", "usage": usage})
