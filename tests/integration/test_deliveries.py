"""How someone spoke, from the recording of a call to its numbers, over a real database, folder and FFmpeg."""

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from peak_app.adapters.ears.listening import LocalEars
from peak_app.adapters.folder.storage import FolderStore
from peak_app.domain.insights.corrections import CorrectionService
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.delivery import Delivery
from peak_app.domain.insights.service import InsightService
from peak_app.domain.insights.steps import DELIVERY, StepFacts
from peak_app.domain.meetings.turns import Turn
from peak_app.domain.recordings.folders import live_folder, meeting_folder
from peak_app.domain.recordings.service import RecordingService
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import NotFound
from peak_app.migrations.migrate import migrate
from peak_app.ports.ears import Ears, Heard, HeardWord, Stretch
from tests.camera_files import camera_stream, tone, write_camera, write_voice
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.fakes.ears import FakeEars
from tests.fakes.language import FakeLanguage
from tests.held_calls import HeldCalls
from tests.labelled_speech.judging import Verdict, true_pace
from tests.labelled_speech.script import LabelledMeeting, speak_meetings
from tests.people import register

HEARD = Heard(
    length_ms=60_000,
    candidate=[Stretch(9_000, 14_000), Stretch(16_000, 17_000)],
    agent=[Stretch(0, 8_000)],
    words=[HeardWord("um", 9_000, 9_300), HeardWord("yes", 9_300, 9_600, ends_piece=True)],
    hums=[],
)


class Desk:
    """The services of the pipeline and the page over one folder."""

    def __init__(self, held: HeldCalls, media: Path) -> None:
        self.held = held
        self.user_id = held.user_id
        self.media = media
        self.clock = FakeClock()
        self.recordings = RecordingService(
            held.worker_sessions, FolderStore(media), self.clock, media_home=media, retention_days=90, settle_s=0.01
        )
        self.pipeline = InsightService(held.worker_sessions, FakeLanguage(), self.clock)
        self.page = InsightService(held.sessions, FakeLanguage(), self.clock)

    def make(self, meeting_id: UUID, ears: Ears) -> StepFacts:
        service = DeliveryService(self.held.worker_sessions, ears, self.recordings.open_voices, self.clock)
        return service.make_delivery(self.user_id, meeting_id)

    def record(self, meeting_id: UUID, candidate: bytes, agent: bytes, *, camera: bool = False) -> None:
        live = live_folder(self.media, self.user_id, meeting_id)
        write_voice(live, 0, 0, candidate, agent)
        if camera:
            write_camera(live, 0, 0, camera_stream(2), 3)
        self.recordings.make_recording(self.user_id, meeting_id)

    def correct(self, meeting_id: UUID, line_id: str, text: str) -> None:
        self.pipeline.make_transcript(self.user_id, meeting_id)
        self.held.meetings.complete_meeting(self.user_id, meeting_id)
        CorrectionService(self.held.sessions, self.clock).correct_line(self.user_id, meeting_id, line_id, text)

    def files(self, meeting_id: UUID) -> list[str]:
        folder = meeting_folder(self.media, self.user_id, meeting_id)
        return sorted(path.name for path in folder.rglob("*") if path.is_file())

    def shown(self, meeting_id: UUID) -> Delivery:
        self.pipeline.make_transcript(self.user_id, meeting_id)
        found = self.page.get_results(self.user_id, meeting_id).delivery
        assert found is not None
        return found


@pytest.fixture
def desk(held: HeldCalls, tmp_path: Path) -> Desk:
    return Desk(held, tmp_path / "media")


def test_a_recorded_meeting_is_listened_to_once(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(2.5, 440), tone(2.5, 900), camera=True)
    ears = FakeEars(HEARD)

    made, again = desk.make(meeting_id, ears), desk.make(meeting_id, ears)

    assert ears.listened_ms == [2_500]
    assert (made.is_unchanged, again.is_unchanged) == (False, True)
    assert made.facts == again.facts
    assert (made.facts["basis"], made.facts["fillers"], made.facts["pauses"]) == ("sound", 1, 1)
    assert "fake-ears 1" in str(made.facts["engine"])
    shown = desk.shown(meeting_id)
    assert (shown.basis, shown.candidate_talk_ms, shown.question_count) == ("sound", 6_000, 2)
    assert [delay.delay_ms for delay in shown.answer_delays] == [1_000]


def test_better_ears_listen_again(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    desk.make(meeting_id, FakeEars(HEARD))
    better = FakeEars(HEARD, version="fake-ears 2")

    assert not desk.make(meeting_id, better).is_unchanged
    assert better.listened_ms == [1_000]


def test_a_corrected_line_is_measured_anew_of_what_was_heard_before(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    ears = FakeEars(HEARD)
    made = desk.make(meeting_id, ears)

    desk.correct(meeting_id, "L3", "The hardest part, please.")
    again = desk.make(meeting_id, ears)

    assert ears.listened_ms == [1_000]
    assert (made.facts["questions"], again.facts["questions"], again.is_unchanged) == (2, 1, False)
    assert [delay.delay_ms for delay in desk.shown(meeting_id).answer_delays] == [1_000]


def test_what_was_heard_goes_with_its_recording(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    desk.make(meeting_id, FakeEars(HEARD))
    assert desk.files(meeting_id) == ["heard.json", "recording.webm"]

    desk.clock.pass_time(days=91)
    desk.recordings.delete_expired(desk.user_id)

    assert desk.files(meeting_id) == []


def test_nothing_is_kept_of_a_recording_that_went_while_it_was_listened_to(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    recorded = desk.recordings.open_voices(desk.user_id, meeting_id)
    assert recorded is not None
    desk.clock.pass_time(days=91)
    desk.recordings.delete_expired(desk.user_id)

    recorded.memory.keep("fake-ears 1", HEARD)

    assert desk.files(meeting_id) == []


def test_what_another_recording_of_the_meeting_said_is_not_taken_for_this_one(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    desk.make(meeting_id, FakeEars(HEARD))
    desk.record(meeting_id, tone(2, 440), tone(2, 900))
    ears = FakeEars(HEARD)

    desk.make(meeting_id, ears)

    assert ears.listened_ms == [2_000]


@pytest.mark.parametrize("content", ["", "{}", "[" * 2_000])
def test_what_nobody_can_read_is_heard_again(desk: Desk, content: str) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    (meeting_folder(desk.media, desk.user_id, meeting_id) / "heard.json").write_text(content)
    ears = FakeEars(HEARD)

    desk.make(meeting_id, ears)

    assert ears.listened_ms == [1_000]


def test_each_voice_comes_from_its_own_track_for_as_long_as_either_speaks(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1.5, 440), tone(3, 900))
    recorded = desk.recordings.open_voices(desk.user_id, meeting_id)
    assert recorded is not None

    for _ in range(2):
        moments = list(recorded.voices)
        candidate, agent = (
            np.frombuffer(b"".join(getattr(moment, who).data for moment in moments), "<i2").astype(float)
            for who in ("candidate", "agent")
        )
        assert len(candidate) == len(agent) == 3 * 24_000
        assert [_strongest_hz(candidate[12_000:24_000]), _strongest_hz(agent[12_000:24_000])] == [440, 900]
        assert np.abs(candidate[40_000:]).max() < 200


def _strongest_hz(samples: np.ndarray) -> int:
    return round(int(np.argmax(np.abs(np.fft.rfft(samples)))) * 24_000 / len(samples))


def test_without_a_recording_the_words_have_to_do_and_say_so(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.held.switch_recording_off(meeting_id)
    desk.recordings.make_recording(desk.user_id, meeting_id)
    ears = FakeEars(HEARD)

    made = desk.make(meeting_id, ears)

    assert ears.listened_ms == []
    assert made.facts["basis"] == "words"
    shown = desk.shown(meeting_id)
    assert (shown.basis, shown.filler_count, shown.words_per_minute) == ("words", 1, 85)
    assert (shown.pauses, shown.overlaps, shown.pace, shown.filler_moments) == ([], [], [], [])


def test_before_it_was_listened_to_the_page_has_numbers_of_the_words(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.pipeline.make_transcript(desk.user_id, meeting_id)
    before = desk.page.get_results(desk.user_id, meeting_id)
    desk.make(meeting_id, FakeEars())
    after = desk.page.get_results(desk.user_id, meeting_id)

    assert (before.is_measured, after.is_measured) == (False, True)
    assert before.delivery == after.delivery


def test_what_was_listened_to_is_not_read_from_the_words_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    desk.make(meeting_id, FakeEars(HEARD))
    read: list[object] = []
    monkeypatch.setattr("peak_app.domain.insights.service.measure", lambda lines, _delays: read.append(lines))

    assert desk.shown(meeting_id).basis == "sound"
    assert read == []


def test_what_was_measured_stays_when_the_recording_is_gone(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    made = desk.make(meeting_id, FakeEars(HEARD))
    desk.clock.pass_time(days=91)
    assert desk.recordings.delete_expired(desk.user_id) == 1

    again = desk.make(meeting_id, FakeEars(version="fake-ears 2"))

    assert again.is_unchanged
    assert again.facts == made.facts
    assert desk.shown(meeting_id).basis == "sound"


def test_a_typed_answer_has_no_sound_and_is_in_no_measure(desk: Desk) -> None:
    meeting_id = desk.held.start()
    desk.held.calls.save_turn(
        desk.user_id,
        meeting_id,
        Turn("typed", "candidate", "Um, like, you know.", start_ms=60_000, end_ms=60_000, is_typed=True),
    )
    desk.held.calls.end_call(desk.user_id, meeting_id, "ended_by_person")
    desk.record(meeting_id, tone(1, 440), tone(1, 900))

    desk.make(meeting_id, FakeEars(HEARD))

    shown = desk.shown(meeting_id)
    assert (shown.filler_count, shown.typed_answer_count) == (1, 1)


def test_nobody_measures_or_hears_what_is_someone_elses(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    stranger = register(desk.held.sessions, "stranger@example.org").user_id
    service = DeliveryService(desk.held.worker_sessions, FakeEars(HEARD), desk.recordings.open_voices, desk.clock)

    with pytest.raises(NotFound):
        service.make_delivery(stranger, meeting_id)
    assert desk.recordings.open_voices(stranger, meeting_id) is None


def test_facts_hold_no_words_of_the_meeting(desk: Desk) -> None:
    meeting_id = desk.held.hold()
    desk.record(meeting_id, tone(1, 440), tone(1, 900))
    made = desk.make(meeting_id, FakeEars(HEARD))

    assert "yes" not in " ".join(str(value) for value in made.facts.values())


def test_a_recording_keeps_enough_of_the_sound_to_measure_it(desk: Desk) -> None:
    (meeting,) = speak_meetings("tune", only="tune-run-on")
    meeting_id = desk.held.hold()
    candidate, agent = _tracks(meeting)
    desk.record(meeting_id, candidate, agent)

    desk.make(meeting_id, LocalEars())

    shown, verdict = desk.shown(meeting_id), Verdict()
    verdict.add(meeting, shown)
    assert shown.words_per_minute == pytest.approx(true_pace(meeting), rel=0.05)
    assert (verdict.made_up.total(), len(shown.pauses)) == (0, 1)
    assert verdict.recall >= 0.5


def _tracks(meeting: LabelledMeeting) -> tuple[bytes, bytes]:
    moments = meeting.voices()
    return (
        b"".join(moment.candidate.data for moment in moments),
        b"".join(moment.agent.data for moment in moments),
    )


def test_steps_of_older_meetings_are_known_by_the_name_of_today(desk: Desk, database: ScratchDatabase) -> None:
    meeting_id = desk.held.hold()
    desk.pipeline.note_step_done(desk.user_id, meeting_id, DELIVERY, StepFacts(), run_id="run-1", duration_ms=5)

    def names() -> list[str]:
        with database.server.superuser(DATABASE) as connection:
            return [name for (name,) in connection.execute("select name from pipeline_step").fetchall()]

    migrate(database.settings, "0003")
    before = names()
    migrate(database.settings)

    assert (before, names()) == (["insights"], [DELIVERY])
