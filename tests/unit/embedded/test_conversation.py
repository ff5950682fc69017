"""Items of a conversation, and what truncation leaves of them."""

import pytest

from peak_app.embedded.ai_server.faults import InvalidRequest
from peak_app.embedded.ai_server.realtime.conversation import Conversation, Item, SpokenSentence, parse_item
from peak_app.embedded.ai_server.turns import Turn


def _spoken() -> Item:
    sentences = [
        SpokenSentence("Thank you.", 0, 1000),
        SpokenSentence("What would you do with ten more days?", 1000, 5000),
    ]
    text = " ".join(sentence.text for sentence in sentences)
    return Item("a", "assistant", is_audio=True, text=text, sentences=sentences, audio_ms=5000)


@pytest.mark.parametrize(
    ("heard_ms", "text"),
    [
        (0, ""),
        (500, "Thank"),
        (1000, "Thank you."),
        (3000, "Thank you. What would you do"),
        (5000, "Thank you. What would you do with ten more days?"),
    ],
)
def test_truncation_keeps_what_was_heard(heard_ms: int, text: str) -> None:
    item = _spoken()
    item.truncate(heard_ms)
    assert item.text == text
    assert item.describe()["content"] == [{"type": "output_audio", "transcript": None}]
    assert item.audio_ms == heard_ms


def test_truncating_twice_is_the_same_as_truncating_to_the_shorter() -> None:
    item = _spoken()
    item.truncate(3000)
    item.truncate(1000)
    assert item.text == "Thank you."


def test_items_keep_the_order_they_are_put_in() -> None:
    conversation = Conversation()
    assert conversation.add(Item("b", "user", text="B")) is None
    assert conversation.add(Item("c", "assistant", text="C")) == "b"
    assert conversation.add(Item("a", "user", text="A"), "root") is None
    assert conversation.add(Item("bc", "user", text="BC"), "b") == "b"
    assert [item.id for item in conversation.items] == ["a", "b", "bc", "c"]


def test_what_was_never_heard_is_no_turn() -> None:
    conversation = Conversation()
    item = _spoken()
    conversation.add(item)
    conversation.add(Item("u", "user", is_audio=True, text=""))
    item.truncate(0)
    assert conversation.turns() == [Turn("user", "")]


def test_unknown_places_and_doubled_ids_are_refused() -> None:
    conversation = Conversation()
    conversation.add(Item("a", "user", text="A"))
    with pytest.raises(InvalidRequest):
        conversation.add(Item("a", "user", text="B"))
    with pytest.raises(InvalidRequest):
        conversation.add(Item("b", "user", text="B"), "nowhere")
    assert len(conversation.items) == 1


@pytest.mark.parametrize(
    ("raw", "param"),
    [
        (None, "item"),
        ("text", "item"),
        ({"type": "function_call"}, "item.type"),
        ({"type": "message", "role": "user"}, "item.content"),
        ({"type": "message", "role": "user", "content": []}, "item.content"),
        (
            {"type": "message", "role": "user", "content": [{"type": "output_text", "text": "x"}]},
            "item.content[0].type",
        ),
        (
            {"type": "message", "role": "assistant", "content": [{"type": "input_text", "text": "x"}]},
            "item.content[0].type",
        ),
        ({"type": "message", "role": "user", "content": [{"type": "input_text"}]}, "item.content[0].text"),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]},
            "item.content[0].transcript",
        ),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x" * 100_001}]},
            "item.content.0.text",
        ),
    ],
)
def test_malformed_items_are_refused_by_name(raw: object, param: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse_item(raw)
    assert refusal.value.param == param


def test_a_restored_spoken_answer_counts_by_its_transcript() -> None:
    content = [{"type": "input_audio", "transcript": "I am ready."}]
    item = parse_item({"type": "message", "role": "user", "content": content, "id": "mine"})
    assert (item.id, item.text) == ("mine", "I am ready.")
    assert item.describe()["content"] == content
