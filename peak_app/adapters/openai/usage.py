"""What the Realtime service says its work took, read from its events field by field: any may be missing or wrong."""

from typing import Any

from peak_app.ports.usage import ModelUse, Tokens

MOST = 2**31 - 1
"""A count above this is nonsense."""
_LONGEST_S = 86_400
_STATUSES = frozenset({"completed", "cancelled", "failed", "incomplete"})


def reply_use(response: dict[str, Any], model: str) -> ModelUse:
    """Of `response.done`; its id was looked at before."""
    status = response.get("status")
    return ModelUse(
        "reply",
        response["id"],
        model,
        status if status in _STATUSES else "completed",
        _tokens(response.get("usage")),
    )


def transcription_use(item_id: str, usage: object, model: str) -> ModelUse:
    """Of `conversation.item.input_audio_transcription.completed`: billed by tokens, or by time."""
    if isinstance(usage, dict) and usage.get("type") == "duration":
        return ModelUse("transcription", item_id, model, seconds=_seconds(usage.get("seconds")))
    return ModelUse("transcription", item_id, model, tokens=_tokens(usage))


def _tokens(usage: object) -> Tokens | None:
    if not isinstance(usage, dict):
        return None
    read, written = _part(usage, "input_token_details"), _part(usage, "output_token_details")
    cached = _part(read, "cached_tokens_details")
    tokens = Tokens(
        text_input=_count(read, "text_tokens"),
        audio_input=_count(read, "audio_tokens"),
        image_input=_count(read, "image_tokens"),
        cached_text=_count(cached, "text_tokens"),
        cached_audio=_count(cached, "audio_tokens"),
        # Transcriptions are text and say no more of it than how many.
        text_output=_count(written, "text_tokens") if written else _count(usage, "output_tokens"),
        audio_output=_count(written, "audio_tokens"),
    )
    # Whoever does not say what the tokens stood for leaves nothing that could be priced.
    return tokens if tokens.read or tokens.written else None


def _part(source: dict[str, Any], name: str) -> dict[str, Any]:
    part = source.get(name)
    return part if isinstance(part, dict) else {}


def _count(source: dict[str, Any], name: str) -> int:
    value = source.get(name)
    return min(MOST, max(0, value)) if isinstance(value, int) and not isinstance(value, bool) else 0


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _LONGEST_S else None
