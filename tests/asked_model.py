"""A text model behind OpenAI's REST API that answers questions by the fake's rules, word by word."""

from peak_app.ports.language import AskedText
from tests.emulators.language_server import Reply, Request, Stream, embeddings, streamed
from tests.fakes.language import FakeLanguage


class AskedModel:
    """Give `respond` to `language_server`. `failure` is sent instead of an answer while it is set."""

    def __init__(self, pause_s: float = 0.15) -> None:
        self.language = FakeLanguage()
        self.pause_s = pause_s
        self.failure: Reply | Stream | None = None

    def respond(self, request: Request) -> Reply | Stream:
        if request.path.endswith("/embeddings"):
            return embeddings(self.language.embed(request.body["input"]).value)
        if self.failure:
            return self.failure
        asked = AskedText.model_validate_json(request.body["input"][0]["content"])
        written = self.language.answer(asked).value.model_dump_json()
        return streamed(written, piece_chars=6, pause_s=self.pause_s)
