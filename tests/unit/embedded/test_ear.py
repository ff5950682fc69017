"""Turn taking over scripted speech probabilities."""

from typing import Any

import numpy as np
import pytest

from peak_app.embedded.ai_server.realtime.ear import (
    Ear,
    EarEvent,
    PieceCut,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
)
from peak_app.embedded.ai_server.realtime.session_config import SemanticVad, ServerVad, TurnDetection
from peak_app.embedded.ai_server.speech.detector import FRAME, FRAME_MS

SPEECH, QUIET, UNSURE = 0.9, 0.05, 0.42
DETECTION = TurnDetection.of(ServerVad(type="server_vad"))


class ScriptedDetector:
    """Gives one probability for each frame, by its loudness."""

    def probability(self, frame: np.ndarray) -> float:
        return float(frame[0])

    def reset(self) -> None:
        pass


def _hear(
    ear: Ear, *stretches: tuple[float, int], detection: TurnDetection = DETECTION, is_unfinished: bool = False
) -> list[EarEvent]:
    """Feed stretches of (probability, milliseconds)."""
    events: list[EarEvent] = []
    for probability, length_ms in stretches:
        for _ in range(length_ms // FRAME_MS):
            events += ear.hear(np.full(FRAME, probability, np.float32), detection, is_unfinished=is_unfinished)
    return events


@pytest.fixture
def ear() -> Ear:
    return Ear(ScriptedDetector())


def test_a_turn_starts_with_padding_pauses_and_stops(ear: Ear) -> None:
    events = _hear(ear, (QUIET, 960), (SPEECH, 960), (QUIET, 640))
    assert [type(event) for event in events] == [SpeechStarted, SpeechPaused, SpeechStopped]
    started, paused, stopped = events
    assert isinstance(started, SpeechStarted)
    assert started.start == 960 * 16 - 300 * 16
    assert isinstance(paused, SpeechPaused)
    assert paused.piece.voiced_ms == 960
    assert isinstance(stopped, SpeechStopped)
    assert stopped.end - (960 + 960) * 16 == 512 * 16
    assert stopped.voiced_ms == 960


def test_a_click_starts_nothing(ear: Ear) -> None:
    assert _hear(ear, (QUIET, 320), (SPEECH, 32), (QUIET, 960)) == []


def test_a_short_pause_does_not_end_the_turn(ear: Ear) -> None:
    events = _hear(ear, (SPEECH, 640), (QUIET, 320), (SPEECH, 640), (QUIET, 640))
    assert [type(event) for event in events] == [
        SpeechStarted,
        SpeechPaused,
        SpeechResumed,
        SpeechPaused,
        SpeechStopped,
    ]


def test_the_padding_never_reaches_before_the_beginning(ear: Ear) -> None:
    (started, *_) = _hear(ear, (SPEECH, 320))
    assert started == SpeechStarted(0)


def test_an_unsure_frame_neither_ends_nor_prolongs_a_turn(ear: Ear) -> None:
    assert SpeechStopped not in {type(event) for event in _hear(ear, (SPEECH, 640), (UNSURE, 960))}
    assert SpeechStopped in {type(event) for event in _hear(ear, (QUIET, 32), (UNSURE, 640))}


def test_a_long_answer_is_closed_piece_by_piece_at_pauses(ear: Ear) -> None:
    events = _hear(ear, (SPEECH, 9600), (QUIET, 256), (SPEECH, 1920), (QUIET, 640))
    paused = [event for event in events if isinstance(event, SpeechPaused)]
    assert [event.is_closed for event in paused] == [True, False]
    assert paused[1].piece.start == paused[0].piece.end
    assert paused[1].piece.voiced_ms == 1920


def test_speech_without_pauses_is_cut_at_its_quietest_place(ear: Ear) -> None:
    events = _hear(ear, (SPEECH, 11_200), (0.6, 32), (SPEECH, 6_400), (QUIET, 640))
    cuts = [event for event in events if isinstance(event, PieceCut)]
    assert len(cuts) == 1
    assert cuts[0].piece.end == (11_200 + 32) * 16
    stopped = events[-1]
    assert isinstance(stopped, SpeechStopped)
    assert stopped.piece.start == cuts[0].piece.end
    assert stopped.piece.voiced_ms == 6_400


def test_eagerness_is_a_length_of_silence() -> None:
    lengths = [
        TurnDetection.of(SemanticVad(type="semantic_vad", eagerness=kind)).silence_duration_ms
        for kind in ("high", "auto", "low")
    ]
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == 3


@pytest.mark.parametrize(
    ("eagerness", "finished_ms", "unfinished_ms"), [("low", 2_800, 2_800), ("medium", 700, 1_600), ("high", 450, 900)]
)
def test_words_that_lead_on_are_given_more_quiet(eagerness: Any, finished_ms: int, unfinished_ms: int) -> None:
    detection = TurnDetection.of(SemanticVad(type="semantic_vad", eagerness=eagerness))
    for is_unfinished, quiet_ms in ((False, finished_ms), (True, unfinished_ms)):
        ear = Ear(ScriptedDetector())
        stopped = _hear(ear, (SPEECH, 640), (QUIET, 3_200), detection=detection, is_unfinished=is_unfinished)[-1]
        assert isinstance(stopped, SpeechStopped)
        # The quiet counts as a part of the turn.
        assert quiet_ms <= stopped.end / 16 - 640 < quiet_ms + FRAME_MS


def test_words_that_turn_out_to_be_finished_end_the_wait_at_once(ear: Ear) -> None:
    detection = TurnDetection.of(SemanticVad(type="semantic_vad", eagerness="medium"))
    waiting = _hear(ear, (SPEECH, 640), (QUIET, 960), detection=detection, is_unfinished=True)
    assert SpeechStopped not in {type(event) for event in waiting}
    (stopped,) = _hear(ear, (QUIET, 32), detection=detection)
    assert isinstance(stopped, SpeechStopped)


def test_resetting_drops_the_turn_and_keeps_the_position(ear: Ear) -> None:
    _hear(ear, (SPEECH, 640))
    ear.reset()
    assert not ear.is_speaking
    assert ear.position == 640 * 16
    assert _hear(ear, (QUIET, 960)) == []


def test_frames_are_cut_from_pieces_of_any_length(ear: Ear) -> None:
    line = np.arange(5000, dtype=np.float32)
    frames = [frame for piece in np.split(line, [7, 700, 1300, 4999]) for frame in ear.frames(piece)]
    assert np.array_equal(np.concatenate(frames), line[: 5000 // FRAME * FRAME])
