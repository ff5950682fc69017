"""Rules every log of server events keeps, whatever was asked for."""

import base64
import binascii
from collections import defaultdict
from typing import Any

Event = dict[str, Any]

_STAGES = {
    "response.created": 0,
    "response.output_item.added": 1,
    "response.content_part.added": 2,
    "response.output_audio.delta": 3,
    "response.output_audio_transcript.delta": 3,
    "response.output_text.delta": 3,
    "response.output_audio.done": 4,
    "response.output_audio_transcript.done": 4,
    "response.output_text.done": 4,
    "response.content_part.done": 5,
    "response.output_item.done": 6,
    "response.done": 7,
}
_CANCEL_REASONS = {"turn_detected", "client_cancelled"}


def violations(events: list[Event]) -> list[str]:
    """All rules that the log breaks, each as `RULE: what`."""
    found: list[str] = []
    found += _ids(events)
    found += _session(events)
    for response_id, own in _by_response(events).items():
        found += [f"{entry} ({response_id})" for entry in _response(own)]
    found += _one_active(events)
    found += _items(events)
    found += _speech(events)
    found += _transcription(events)
    found += _errors(events)
    return found


def _ids(events: list[Event]) -> list[str]:
    ids = [event.get("event_id") for event in events]
    return ["EVENT_ID: an event id is missing or used twice"] if None in ids or len(set(ids)) != len(ids) else []


def _session(events: list[Event]) -> list[str]:
    found = []
    if not events or events[0]["type"] != "session.created":
        found.append("SESSION_FIRST: the first event is not session.created")
    if sum(event["type"] == "session.created" for event in events) > 1:
        found.append("SESSION_ONCE: session.created more than once")
    ids = {event["session"]["id"] for event in events if event["type"] in ("session.created", "session.updated")}
    if len(ids) > 1:
        found.append("SESSION_ID: the session changes its id")
    return found


def _response_id(event: Event) -> str | None:
    return event["response"]["id"] if "response" in event else event.get("response_id")


def _by_response(events: list[Event]) -> dict[str, list[Event]]:
    groups: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event["type"] in _STAGES:
            groups[str(_response_id(event))].append(event)
    return groups


def _response(own: list[Event]) -> list[str]:
    kinds = [event["type"] for event in own]
    found = []
    if kinds.count("response.created") != 1 or kinds[0] != "response.created":
        found.append("RESPONSE_CREATED: a response does not begin with exactly one response.created")
    if kinds.count("response.done") != 1:
        found.append("RESPONSE_DONE: a response does not have exactly one response.done")
        return found
    if kinds[-1] != "response.done":
        found.append("RESPONSE_LATE: something follows response.done")
    stages = [_STAGES[kind] for kind in kinds]
    if stages != sorted(stages):
        found.append("RESPONSE_ORDER: the events of a response are out of order")
    for first, last in (
        ("response.output_item.added", "response.output_item.done"),
        ("response.content_part.added", "response.content_part.done"),
    ):
        if kinds.count(first) != kinds.count(last):
            found.append(f"RESPONSE_PAIRS: {first} and {last} are not paired")
    done = next(event for event in own if event["type"] == "response.done")["response"]
    found += _content(own, done) + _status(done) + _usage(done)
    return found


def _content(own: list[Event], done: Event) -> list[str]:
    found = []
    pieces = [event for event in own if "item_id" in event]
    places = {(event["item_id"], event["output_index"], event["content_index"]) for event in pieces}
    items = [event["item"] for event in own if event["type"] == "response.output_item.done"]
    if len(places) > 1 or {place[0] for place in places} - {item["id"] for item in items}:
        found.append("ITEM_IDS: the item of a response changes its id or place")
    audio = b""
    for event in own:
        if event["type"] == "response.output_audio.delta":
            try:
                audio += base64.b64decode(event["delta"], validate=True)
            except binascii.Error:
                found.append("AUDIO_BASE64: an audio delta is not base64")
    if len(audio) % 2:
        found.append("AUDIO_SAMPLES: audio deltas hold half a sample")
    found += _text(own, done, items, is_audio=done["output_modalities"] == ["audio"], has_audio=bool(audio))
    return found


def _text(own: list[Event], done: Event, items: list[Event], *, is_audio: bool, has_audio: bool) -> list[str]:
    kind, field = ("output_audio_transcript", "transcript") if is_audio else ("output_text", "text")
    said = "".join(event["delta"] for event in own if event["type"] == f"response.{kind}.delta")
    finals = [event[field] for event in own if event["type"] == f"response.{kind}.done"]
    finals += [event["part"].get(field) for event in own if event["type"] == "response.content_part.done"]
    finals += [part.get(field) for item in items for part in item["content"]]
    finals += [part.get(field) for item in done["output"] for part in item["content"]]
    found = []
    if any(final != said for final in finals):
        found.append("TEXT_DELTAS: the deltas do not add up to the final text")
    if done["status"] == "completed":
        if not finals or not said:
            found.append("TEXT_EMPTY: a completed response says nothing")
        if is_audio and not has_audio:
            found.append("AUDIO_EMPTY: a completed spoken response has no audio")
    expected = "completed" if done["status"] == "completed" else "incomplete"
    if any(item["status"] != expected for item in items):
        found.append("ITEM_STATUS: the item's status does not fit the response's")
    return found


def _status(done: Event) -> list[str]:
    status, details = done["status"], done.get("status_details") or {}
    if status not in ("completed", "cancelled", "failed", "incomplete"):
        return [f"STATUS: a finished response is {status}"]
    if status != "completed" and details.get("type") != status:
        return ["STATUS_DETAILS: the details do not name the status"]
    if status == "cancelled" and details.get("reason") not in _CANCEL_REASONS:
        return ["CANCEL_REASON: a cancelled response gives no reason"]
    return []


def _usage(done: Event) -> list[str]:
    usage = done.get("usage")
    if usage is None:
        return ["USAGE: a finished response has no usage"]
    inputs, outputs = usage["input_token_details"], usage["output_token_details"]
    sums = (
        usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"],
        usage["input_tokens"] == sum(inputs.get(key) or 0 for key in ("text_tokens", "audio_tokens", "image_tokens")),
        usage["output_tokens"] == outputs["text_tokens"] + outputs["audio_tokens"],
        (inputs.get("cached_tokens") or 0) <= usage["input_tokens"],
    )
    return [] if all(sums) else ["USAGE_SUMS: the token counts do not add up"]


def _one_active(events: list[Event]) -> list[str]:
    active = None
    for event in events:
        if event["type"] == "response.created" and event["response"].get("conversation_id"):
            if active is not None:
                return ["ONE_ACTIVE: two responses of the conversation overlap"]
            active = event["response"]["id"]
        elif event["type"] == "response.done" and event["response"]["id"] == active:
            active = None
    return []


def _items(events: list[Event]) -> list[str]:
    found = []
    known: set[str] = set()
    for event in events:
        kind = event["type"]
        if kind == "conversation.item.added":
            previous = event.get("previous_item_id")
            if previous is not None and previous not in known:
                found.append("PREVIOUS_ITEM: an item follows one that was never added")
            if event["item"]["id"] in known:
                found.append("ITEM_TWICE: an item is added twice")
            known.add(event["item"]["id"])
        elif kind == "conversation.item.done" and event["item"]["id"] not in known:
            found.append("ITEM_DONE: an item is done before it was added")
    done = {event["item"]["id"] for event in events if event["type"] == "conversation.item.done"}
    if known - done:
        found.append("ITEM_OPEN: an item was added and never done")
    for event in events:
        if event["type"] == "response.done" and event["response"].get("conversation_id"):
            found += [
                "ITEM_MISSING: an answer is not in the conversation"
                for item in event["response"]["output"]
                if item["id"] not in known
            ]
    return found


def _speech(events: list[Event]) -> list[str]:
    found = []
    started: Event | None = None
    for index, event in enumerate(events):
        kind = event["type"]
        if kind == "input_audio_buffer.speech_started":
            if started is not None:
                found.append("SPEECH_PAIRS: speech starts twice")
            started = event
        elif kind == "input_audio_buffer.speech_stopped":
            if started is None or started["item_id"] != event["item_id"]:
                found.append("SPEECH_PAIRS: speech stops that did not start")
            elif event["audio_end_ms"] <= started["audio_start_ms"]:
                found.append("SPEECH_TIMES: speech ends before it starts")
            started = None
            following = [later for later in events[index:] if later.get("item_id") == event["item_id"]]
            if not any(later["type"] == "input_audio_buffer.committed" for later in following):
                found.append("SPEECH_COMMITTED: a spoken turn is not committed")
        elif kind in ("input_audio_buffer.cleared", "input_audio_buffer.committed"):
            started = None
    for event in events:
        if event["type"] == "input_audio_buffer.committed":
            added = [
                e for e in events if e["type"] == "conversation.item.added" and e["item"]["id"] == event["item_id"]
            ]
            if len(added) != 1 or added[0]["item"]["role"] != "user":
                found.append("COMMIT_ITEM: a committed turn does not become a user message")
    return found


def _transcription(events: list[Event]) -> list[str]:
    prefix = "conversation.item.input_audio_transcription."
    deltas: dict[str, str] = defaultdict(str)
    finished: set[str] = set()
    found = []
    committed = {event["item_id"] for event in events if event["type"] == "input_audio_buffer.committed"}
    begun: set[str] = set()
    for event in events:
        if event["type"] == "input_audio_buffer.speech_started":
            begun.add(event["item_id"])
        if not event["type"].startswith(prefix):
            continue
        item_id = event["item_id"]
        if item_id in finished:
            found.append("TRANSCRIPTION_ONCE: something follows the end of a transcription")
        if event["type"] == f"{prefix}segment":
            # What is heard while the person speaks; a turn may come to nothing afterwards.
            if item_id not in begun:
                found.append("TRANSCRIPTION_SEGMENT: a segment belongs to no turn that was begun")
            continue
        if item_id not in committed:
            found.append("TRANSCRIPTION_ITEM: a transcription belongs to no committed turn")
        if event["type"] == f"{prefix}delta":
            deltas[item_id] += event["delta"]
            continue
        finished.add(item_id)
        if event["type"] == f"{prefix}completed" and deltas[item_id] != event["transcript"]:
            found.append("TRANSCRIPTION_DELTAS: the deltas do not add up to the transcript")
    return found


def _errors(events: list[Event]) -> list[str]:
    return [
        "ERROR_FIELDS: an error lacks its type, code or message"
        for event in events
        if event["type"] == "error" and not all(event["error"].get(key) for key in ("type", "code", "message"))
    ]
