"""Health and the list of models."""

from starlette.requests import Request
from starlette.responses import Response

from peak_app.config import EMBEDDED_MODEL, EMBEDDED_TRANSCRIBER
from peak_app.embedded.ai_server.faults import UnknownRoute
from peak_app.embedded.ai_server.routes.replies import engines_of, json_reply

STARTED_AT = 1_767_225_600
"""`created` of every model: a constant, the models are part of the installation."""
MODELS = (EMBEDDED_MODEL, EMBEDDED_TRANSCRIBER, "hibari-tts", "all-minilm-l6-v2-int8")


async def health(request: Request) -> Response:
    """Answers only when the engines are loaded: before that nothing listens."""
    engines = engines_of(request)
    sessions = request.app.state.places.taken
    return json_reply({"status": "ok", "model": engines.brain.name, "sessions": sessions})


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": STARTED_AT, "owned_by": "peak"}


def _names(request: Request) -> list[str]:
    text_model = engines_of(request).text_model
    return [*MODELS, *([text_model.name] if text_model else [])]


async def models(request: Request) -> Response:
    return json_reply({"object": "list", "data": [_model(name) for name in _names(request)]})


async def model(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _names(request):
        raise UnknownRoute("There is no such model here.", "model_not_found", "model")
    return json_reply(_model(name))
