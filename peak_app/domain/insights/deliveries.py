"""Making the numbers of a meeting: by listening to its recording, or from its transcript where there is none."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights import repository
from peak_app.domain.insights.delivery import METRICS_VERSION, Delivery, measure
from peak_app.domain.insights.fingerprint import fingerprint
from peak_app.domain.insights.latency import receipt_of
from peak_app.domain.insights.lines import Line, lines_of
from peak_app.domain.insights.models import Insight
from peak_app.domain.insights.speech import measure_sound
from peak_app.domain.insights.steps import Fact, StepFacts
from peak_app.domain.meetings import repository as meetings
from peak_app.ports.clock import Clock
from peak_app.ports.ears import BothVoices, Ears, Heard

FORMULAS_ENGINE = f"formulas {METRICS_VERSION}"


class HeardMemory(Protocol):
    """What was heard in one recording; it goes when the recording goes."""

    def find(self, version: str) -> Heard | None:
        """What ears of this version heard; None: they never listened."""
        ...

    def keep(self, version: str, heard: Heard) -> None: ...


@dataclass(frozen=True, slots=True)
class Recorded:
    """Both voices of a finished recording; `sha256` is the file's."""

    voices: Iterable[BothVoices]
    sha256: str
    memory: HeardMemory


OpenVoices = Callable[[UUID, UUID], Recorded | None]
"""Both voices of a person's meeting; None: it has no recording."""


class DeliveryService:
    def __init__(self, sessions: TenantSessions, ears: Ears, open_voices: OpenVoices, clock: Clock) -> None:
        self._sessions = sessions
        self._ears = ears
        self._open_voices = open_voices
        self._clock = clock

    def make_delivery(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Measure how the candidate spoke. May be repeated: the same recording is not heard twice.

        What was measured by its sound stays when the recording is gone. Raises: NotFound.
        """
        with self._sessions.for_user(owner_id) as session:
            meetings.get_meeting(session, meeting_id)
            transcript = repository.find_transcript(session, meeting_id)
            # The recording may be ready before the transcript: both are made at the same time.
            lines = (
                [Line.model_validate(line) for line in transcript.lines]
                if transcript
                else lines_of(meetings.list_utterances(session, meeting_id))
            )
            known = repository.find_insight(session, meeting_id)
        recorded = self._open_voices(owner_id, meeting_id)
        engine = f"{FORMULAS_ENGINE}, {self._ears.version}" if recorded else FORMULAS_ENGINE
        source = recorded.sha256 if recorded else ""
        input_hash = fingerprint([line.model_dump(mode="json") for line in lines], source, engine)
        before = Delivery.model_validate(known.content) if known else None
        is_lost = before is not None and before.basis == "sound" and recorded is None
        if before is not None and known is not None and (is_lost or known.input_hash == input_hash):
            return StepFacts(_facts(before, known.engine, known.input_hash), True)

        delays_ms = [reply.total_ms for reply in receipt_of(lines).replies]
        delivery = measure_sound(lines, delays_ms, self._hear(recorded)) if recorded else measure(lines, delays_ms)
        values = repository.result_values(
            engine=engine, input_hash=input_hash, at=self._clock(), content=delivery.model_dump(mode="json")
        )
        with self._sessions.for_user(owner_id) as session:
            repository.upsert_result(session, Insight, owner_id=owner_id, meeting_id=meeting_id, values=values)
        return StepFacts(_facts(delivery, engine, input_hash))

    def _hear(self, recorded: Recorded) -> Heard:
        # Listening takes a tenth of the meeting's time, and a corrected word changes nothing of what is heard.
        heard = recorded.memory.find(self._ears.version)
        if heard is None:
            heard = self._ears.listen(recorded.voices)
            recorded.memory.keep(self._ears.version, heard)
        return heard


def _facts(delivery: Delivery, engine: str, input_hash: str) -> dict[str, Fact]:
    return {
        "basis": delivery.basis,
        "has_speech": delivery.has_speech,
        "questions": delivery.question_count,
        "answers": len(delivery.answer_delays) + delivery.typed_answer_count,
        "fillers": delivery.filler_count,
        "pauses": len(delivery.pauses),
        "overlaps": len(delivery.overlaps),
        "talk_ms": delivery.candidate_talk_ms,
        "cut_offs": len(delivery.cut_off_line_ids or []),
        "engine": engine,
        "input": input_hash,
    }
