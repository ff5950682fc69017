"""Strict validation of single events against the OpenAI SDK's own types, chosen by `type`."""

from functools import cache
from typing import Any, get_args

from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, ValidationError

_SENT_BUT_UNDECLARED = {"event.session.id", "event.session.object", "event.session.expires_at"}
"""The service sends the session as it was created; the SDK declares it as it is requested."""


@cache
def event_types() -> dict[str, type[BaseModel]]:
    """Model of each server event by its `type`."""
    union = get_args(RealtimeServerEvent)[0]
    return {get_args(model.model_fields["type"].annotation)[0]: model for model in get_args(union)}


def _undeclared(value: object, path: str) -> list[str]:
    if isinstance(value, BaseModel):
        found = [f"{path}.{name}" for name in (value.model_extra or {})]
        for name in type(value).model_fields:
            found += _undeclared(getattr(value, name), f"{path}.{name}")
        return found
    if isinstance(value, list):
        return [entry for index, item in enumerate(value) for entry in _undeclared(item, f"{path}[{index}]")]
    return []


def schema_faults(frame: str, event: dict[str, Any]) -> list[str]:
    """What is wrong with one frame as text; empty when it is a valid event with declared fields only."""
    kind = event.get("type")
    model = event_types().get(kind) if isinstance(kind, str) else None
    if model is None:
        return [f"unknown event type {kind!r}"]
    try:
        parsed = model.model_validate_json(frame, strict=True)
    except ValidationError as error:
        return [f"{kind}: {'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors()]
    return [
        f"{kind}: undeclared field {name}" for name in _undeclared(parsed, "event") if name not in _SENT_BUT_UNDECLARED
    ]
