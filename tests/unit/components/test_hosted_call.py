"""What the page does in a call that is held in Stream Video, over a scripted service; run by Node, not by a browser."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bridge.hosted.messages import LONGEST_EVENT, Inbox, events_of
from bridge.messages import TypedAnswer
from tests.npm_tools import node

CONNECTION = Path(__file__).parents[3] / "peak_app/components/call/hosted_connection.js"
SCRIPT = Path(__file__).parent / "hosted_call.mjs"
PASS = {
    "status": 200, "api_key": "key", "token": "t1", "user_id": "person-1", "coach_id": "coach-1", "call_id": "m",
    "url": None, "ws_url": None,
}  # fmt: skip
ME = {"userId": "person-1", "sessionId": "me", "isLocalParticipant": True, "joinedAt": {"seconds": "10"}}
COACH = {"userId": "coach-1", "sessionId": "c", "joinedAt": {"seconds": "5"}}
CONNECT = {"do": "connect"}


def play(*steps: dict[str, object], answers: list[dict[str, object]] | None = None, **more: object) -> dict[str, Any]:
    script = {"steps": steps, "answers": answers or [PASS], **more}
    done = subprocess.run(
        [node(), str(SCRIPT), str(CONNECTION)],
        input=json.dumps(script), capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def kinds(told: list[list[Any]], kind: str) -> list[Any]:
    return [each[1:] for each in told if each[0] == kind]


def test_a_page_asks_for_the_coach_and_joins_with_its_own_devices():
    played = play(CONNECT)
    told = played["told"]

    assert played["posts"][0] == ["/api/calls/m/stream", {"seat": "tab", "record": True}]
    assert kinds(told, "user") == [["person-1", "t1"]]
    assert kinds(told, "joined") == [["default:m", {"create": False}]]
    joined = told.index(["joined", "default:m", {"create": False}])
    own = (["camera disabled"], ["microphone disabled"], ["not listened to"])
    assert all(told.index(each) < joined for each in own)
    assert kinds(told, "published") == [[1, "mic"]]
    assert kinds(told, "sound") == [["voice"]]
    assert kinds(told, "phase") == [["connected"]]
    assert ["left", "default:m"] in told
    assert ["disconnected"] in told


def test_the_service_gets_no_reports_of_how_the_page_is_used():
    (key, options) = kinds(play(CONNECT)["told"], "client")[0]

    assert key == "key"
    assert options["clientEventsReportingEnabled"] is False
    assert options["devicePersistence"] == {"enabled": False}


def test_a_pass_is_renewed_with_us():
    renewed = {"status": 200, "token": "t2"}
    played = play(CONNECT, {"do": "token"}, answers=[PASS, renewed])

    assert kinds(played["told"], "token") == [["t2"]]
    assert played["posts"][1][0] == "/api/calls/m/stream/pass"


def test_whoever_stands_in_line_joins_when_there_is_a_place():
    full = {"status": 503, "error": "full", "place": 2}
    told = play(CONNECT, answers=[full, PASS])["told"]

    assert kinds(told, "waiting") == [[2]]
    assert kinds(told, "phase") == [["connected"]]


def test_a_refusal_is_said():
    told = play(CONNECT, answers=[{"status": 409, "error": "over"}])["told"]

    assert kinds(told, "thrown") == [[409]]
    assert kinds(told, "joined") == []


def test_only_the_coach_is_believed():
    forged = {"do": "hear", "from": "guest-7", "custom": {"peak": {"type": "ended", "reason": "done"}}}
    real = {"do": "hear", "from": "coach-1", "custom": {"peak": {"type": "state", "value": "listening"}}}
    nonsense = {"do": "hear", "from": "coach-1", "custom": {"peak": 7}}
    told = play(CONNECT, forged, nonsense, real)["told"]

    assert kinds(told, "message") == [[{"type": "hello"}], [{"type": "state", "value": "listening"}]]


def test_muting_sends_no_more_sound():
    told = play(CONNECT, {"do": "mute", "on": True}, {"do": "mute", "on": False})["told"]

    assert [each for each in told if each[0].endswith("published")] == [
        ["published", 1, "mic"], ["unpublished", 1], ["published", 1, "mic"],
    ]  # fmt: skip


def test_whoever_joins_muted_is_not_heard_for_a_moment():
    told = play({"do": "mute", "on": True}, {"do": "show", "track": "film"}, CONNECT)["told"]

    assert kinds(told, "published") == [[2, "film"]]


def test_the_last_word_about_the_microphone_holds():
    told = play(
        CONNECT, {"do": "mute", "on": True}, {"do": "mute", "on": False}, {"do": "mute", "on": True},
        {"do": "until", "what": ["unpublished", 1], "times": 2}, slowMs=30,
    )["told"]  # fmt: skip

    assert [each for each in told if each[0].endswith("published")][-1] == ["unpublished", 1]


def test_what_is_not_taken_at_once_is_sent_again_and_in_order():
    first, second = {"type": "mute", "on": False}, {"type": "done"}
    told = play(
        CONNECT, {"do": "send", "message": first}, {"do": "send", "message": second},
        {"do": "until", "what": ["sent", {"peak": second}], "times": 1}, lostEvents=2,
    )["told"]  # fmt: skip

    assert kinds(told, "sent") == [[{"peak": first}], [{"peak": second}]]


def test_a_long_sentence_of_the_coach_comes_in_parts():
    message = {"type": "caption", "id": "1", "text": "\u4f60\u597d" * 1_500}
    heard = [{"do": "hear", "from": "coach-1", "custom": event} for event in events_of(json.dumps(message))]
    told = play(CONNECT, *heard[1:], *heard)["told"]

    assert len(heard) > 3
    assert kinds(told, "message") == [[{"type": "hello"}], [message]]


def test_the_camera_is_shown_to_whoever_else_is_there():
    told = play(CONNECT, {"do": "show", "track": "film"}, {"do": "show", "track": None})["told"]

    assert [each for each in told if each[1:2] == [2]] == [["published", 2, "film"], ["unpublished", 2]]


def test_a_reconnect_of_the_service_is_waited_for():
    told = play(
        CONNECT, {"do": "enter", "state": "reconnecting"}, {"do": "enter", "state": "migrating"},
        {"do": "send", "message": {"type": "done"}}, {"do": "enter", "state": "joined"},
    )["told"]  # fmt: skip

    assert kinds(told, "phase") == [["connected"], ["reconnecting"], ["connected"]]
    assert kinds(told, "took") == [[False]]
    assert len(kinds(told, "joined")) == 1


def test_after_a_reconnect_of_the_service_the_person_is_heard_and_seen_again():
    told = play(
        CONNECT, {"do": "show", "track": "film"}, {"do": "enter", "state": "reconnecting"},
        {"do": "enter", "state": "joined"}, {"do": "until", "what": ["published", 2, "film"], "times": 2},
    )["told"]  # fmt: skip

    assert kinds(told, "published") == [[1, "mic"], [2, "film"], [1, "mic"], [2, "film"]]
    assert kinds(told, "again") == [[]], "what was muted or switched meanwhile is told once more"


def test_a_lost_call_is_entered_again():
    back = {"do": "until", "what": ["phase", "connected"], "times": 2}
    told = play(CONNECT, {"do": "enter", "state": "reconnecting-failed"}, back)["told"]

    assert kinds(told, "phase") == [["connected"], ["reconnecting"], ["connected"]]
    assert len(kinds(told, "joined")) == 2


def test_a_call_that_nothing_brings_back_says_why():
    refused = {"do": "until", "what": ["refused", 409], "times": 1}
    over = {"status": 409, "error": "over"}
    told = play(CONNECT, {"do": "enter", "state": "left"}, refused, answers=[PASS, over])["told"]

    assert kinds(told, "phase") == [["connected"], ["reconnecting"]]


def test_another_tab_of_the_same_person_takes_over():
    later = {"userId": "person-1", "sessionId": "other", "joinedAt": {"seconds": "20"}}
    left = {"do": "until", "what": ["left", "default:m"], "times": 1}
    told = play(CONNECT, {"do": "meet", "present": [ME, COACH, later]}, left)["told"]

    assert kinds(told, "message")[-1] == [{"type": "ended", "reason": "taken_over"}]


def test_ones_own_earlier_session_takes_nothing_over():
    earlier = {"userId": "person-1", "sessionId": "old", "joinedAt": {"seconds": "3"}}
    told = play(CONNECT, {"do": "meet", "present": [earlier, ME, COACH]})["told"]

    assert kinds(told, "message") == [[{"type": "hello"}]]


def test_the_end_for_all_leaves_the_call():
    told = play(CONNECT, {"do": "end"})["told"]

    assert kinds(told, "message")[-1] == [{"type": "ended", "reason": "ended"}]
    assert kinds(told, "left") == [["default:m"]]


@pytest.mark.parametrize("answer", ["short", "a" * 4_000, "\u4f60\u597d" * 2_000, "\U0001f600" * 2_000, '"\\' * 2_000])
def test_an_answer_arrives_whole_whatever_it_is_written_in(answer: str):
    (events,) = play(cut=[{"type": "typed", "text": answer}])["events"]
    inbox = Inbox()
    taken = [inbox.take(event) for event in events]

    assert all(len(json.dumps(event, ensure_ascii=False).encode()) <= LONGEST_EVENT for event in events)
    assert taken[-1] == TypedAnswer(type="typed", text=answer)
    assert taken[:-1] == [None] * (len(events) - 1)
