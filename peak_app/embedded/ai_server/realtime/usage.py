"""Token counts of a response: the practice coach has none, so they follow the rates the real service bills by."""

from collections.abc import Sequence
from typing import Any

from peak_app.embedded.ai_server.realtime.conversation import Item

_CHARS_PER_TOKEN = 4
_INPUT_MS_PER_TOKEN = 100
_OUTPUT_MS_PER_TOKEN = 50


def text_tokens(text: str) -> int:
    """About as many tokens as a model would count."""
    return -(-len(text) // _CHARS_PER_TOKEN)


def usage_of(instructions: str, heard: Sequence[Item], said: str, said_ms: int, is_audio: bool) -> dict[str, Any]:
    """Usage object of `response.done`; all sums add up."""
    input_text = text_tokens(instructions) + sum(text_tokens(item.text) for item in heard if not item.is_audio)
    input_audio = sum(
        item.audio_ms // (_INPUT_MS_PER_TOKEN if item.role == "user" else _OUTPUT_MS_PER_TOKEN)
        for item in heard
        if item.is_audio
    )
    output_text = text_tokens(said)
    output_audio = said_ms // _OUTPUT_MS_PER_TOKEN if is_audio else 0
    input_tokens, output_tokens = input_text + input_audio, output_text + output_audio
    return {
        "total_tokens": input_tokens + output_tokens,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "input_token_details": {
            "text_tokens": input_text,
            "audio_tokens": input_audio,
            "image_tokens": 0,
            "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": output_text, "audio_tokens": output_audio},
    }
