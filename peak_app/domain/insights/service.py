"""What is made of a meeting after it, and what a person reads of it.

Every `make_` method may be repeated: its row is keyed by the meeting and carries the fingerprint of its input, and an
unchanged input makes nothing anew. A text model is never waited for inside a transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.insights import repository, search
from peak_app.domain.insights.chunks import chunks_of
from peak_app.domain.insights.citations import check_summary
from peak_app.domain.insights.delivery import Delivery, measure
from peak_app.domain.insights.fingerprint import fingerprint
from peak_app.domain.insights.latency import receipt_of
from peak_app.domain.insights.lines import Line, text_lines
from peak_app.domain.insights.models import Summary, Transcript
from peak_app.domain.insights.results import MeetingResults
from peak_app.domain.insights.steps import SEARCH_INDEX, Fact, StepFacts, StepOutcome
from peak_app.domain.insights.transcripts import JOURNAL_ENGINE, write_transcript
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.models import Meeting
from peak_app.errors import Conflict
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.language import Language, MeetingSummary, MeetingText, Usage

REASON_LIMIT = 300
INDEX_VERSION = "2"
"""Goes into the input hash: how lines are cut and kept for search."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What the steps after the transcript start from."""

    title: str
    agent_name: str
    instructions: str
    lines: list[Line]
    input_hash: str

    def to_text(self, lines: Sequence[Line]) -> MeetingText:
        return MeetingText(
            title=self.title,
            agent_name=self.agent_name,
            agent_instructions=self.instructions,
            lines=text_lines(lines),
        )


class InsightService:
    def __init__(self, sessions: TenantSessions, language: Language, clock: Clock) -> None:
        self._sessions = sessions
        self._language = language
        self._clock = clock

    def make_transcript(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Turn the journal into numbered lines, corrections included. A silent meeting gives none. Raises: NotFound."""
        with self._sessions.for_user(owner_id) as session:
            # Takes turns with corrections: none that comes now may be left out of what is written.
            meetings.get_meeting(session, meeting_id, is_locked=True)
            written = write_transcript(session, owner_id, meeting_id, self._clock())
        facts: dict[str, Fact] = {
            "lines": len(written.lines),
            "words": sum(line.word_count for line in written.lines),
            "candidate_lines": sum(line.speaker == "candidate" for line in written.lines),
            "corrected_lines": sum(line.original_text != "" for line in written.lines),
            "engine": JOURNAL_ENGINE,
            "input": written.input_hash,
        }
        return StepFacts(facts, written.is_unchanged)

    def make_summary(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Have the meeting summed up and keep what rests on its lines.

        Raises:
            NotFound: no such meeting.
            Conflict: there is no transcript.
            LanguageUnavailable: the text model gave nothing usable.
        """
        read = self._read(owner_id, meeting_id)
        version = self._language.version
        input_hash = fingerprint(read.input_hash, read.title, read.agent_name, read.instructions, version)
        with self._sessions.for_user(owner_id) as session:
            known = repository.find_summary(session, meeting_id)
        if known is not None and known.input_hash == input_hash:
            made_of = {"version": version, "input": input_hash}
            return StepFacts(_summary_facts(MeetingSummary.model_validate(known.content), known.engine) | made_of, True)

        summary = MeetingSummary(overview=[], questions=[], strengths=[], next_steps=[])
        engine, dropped, usage = "", 0, Usage(0, 0)
        # Where the candidate said nothing there is nothing to sum up, and a model would only make something up.
        if any(line.speaker == "candidate" for line in read.lines):
            written = self._language.summarize(read.to_text(read.lines))
            checked = check_summary(written.value, read.lines)
            summary, engine, dropped, usage = checked.value, written.engine, checked.dropped, written.usage
        values = repository.result_values(
            engine=engine,
            input_hash=input_hash,
            at=self._clock(),
            content=summary.model_dump(mode="json"),
            prompt_version=version[:20],
        )
        with self._sessions.for_user(owner_id) as session:
            repository.upsert_result(session, Summary, owner_id=owner_id, meeting_id=meeting_id, values=values)
        made_of = {"version": version, "input": input_hash}
        return StepFacts({**_summary_facts(summary, engine), "dropped": dropped, **usage.to_facts(), **made_of})

    def make_search_index(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Make every line findable, by meaning and by its words.

        Raises:
            NotFound: no such meeting.
            Conflict: there is no transcript.
            LanguageUnavailable: no embeddings.
        """
        read = self._read(owner_id, meeting_id)
        chunks = chunks_of(read.lines)
        input_hash = fingerprint(
            INDEX_VERSION, [[chunk.line_id, chunk.text] for chunk in chunks], self._language.version
        )
        facts: dict[str, Fact] = {"chunks": len(chunks), "version": self._language.version, "input": input_hash}
        with self._sessions.for_user(owner_id) as session:
            makings = repository.list_makings(session, meeting_id)
            made = next((making for making in makings if making.name == SEARCH_INDEX), None)
            is_known = search.count_chunks(session, meeting_id) == len(chunks)
            if is_known and made is not None and made.input_hash == input_hash:
                return StepFacts({**facts, "engine": made.facts.get("engine", "")}, True)
        written = self._language.embed([chunk.text for chunk in chunks])
        with self._sessions.for_user(owner_id) as session:
            # Two runs at once take turns, so that neither meets the other's half-written index.
            meetings.get_meeting(session, meeting_id, is_locked=True)
            search.replace_index(
                session, owner_id=owner_id, meeting_id=meeting_id, chunks=chunks, vectors=written.value
            )
        return StepFacts({**facts, "engine": written.engine, **written.usage.to_facts()})

    def note_step_done(
        self, owner_id: UUID, meeting_id: UUID, name: str, step: StepFacts, *, run_id: str, duration_ms: int
    ) -> None:
        """Note that a step is done and, if it made something, how. Without effect for a meeting that was deleted."""
        now = self._clock()
        outcome = {
            "status": "done",
            "reason": "",
            "facts": {**step.facts, "unchanged": step.is_unchanged},
            "run_id": run_id,
            "duration_ms": duration_ms,
            "finished_at": now,
        }
        making = {"run_id": run_id, "took_ms": duration_ms, "facts": dict(step.facts), "made_at": now}
        with self._sessions.for_user(owner_id) as session:
            if session.get(Meeting, meeting_id) is None:
                return
            repository.upsert_step(session, owner_id=owner_id, meeting_id=meeting_id, name=name, values=outcome)
            input_hash = str(step.facts.get("input", ""))
            if input_hash and not step.is_unchanged:
                repository.upsert_making(
                    session, owner_id=owner_id, meeting_id=meeting_id, name=name, input_hash=input_hash, values=making
                )

    def note_step_failed(
        self, owner_id: UUID, meeting_id: UUID, name: str, reason: str, *, run_id: str, duration_ms: int
    ) -> None:
        """Note that a step failed for good; `reason` is a sentence for the person. What was made earlier stays."""
        outcome = {
            "status": "failed",
            "reason": reason[:REASON_LIMIT],
            "facts": {},
            "run_id": run_id,
            "duration_ms": duration_ms,
            "finished_at": self._clock(),
        }
        with self._sessions.for_user(owner_id) as session:
            if session.get(Meeting, meeting_id) is not None:
                repository.upsert_step(session, owner_id=owner_id, meeting_id=meeting_id, name=name, values=outcome)

    def list_steps(self, user_id: UUID, meeting_id: UUID) -> list[StepOutcome]:
        """How the steps went, in the order they ended: no word of what was said. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            return repository.list_steps(session, meeting_id)

    def is_silent(self, user_id: UUID, meeting_id: UUID) -> bool:
        """Whether the transcript has no lines, or isn't there. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            return repository.count_lines(session, meeting_id) == 0

    def get_results(self, user_id: UUID, meeting_id: UUID) -> MeetingResults:
        """Everything there is about the meeting. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meeting = meetings.get_meeting(session, meeting_id)
            transcript = repository.find_transcript(session, meeting_id)
            summary = repository.find_summary(session, meeting_id)
            insight = repository.find_insight(session, meeting_id)
            chunks = search.count_chunks(session, meeting_id)
            steps = repository.list_steps(session, meeting_id)
            corrected_at = repository.find_corrected_at(session, meeting_id)
        lines = _lines(transcript) if transcript else []
        latency = receipt_of(lines)
        delivery = Delivery.model_validate(insight.content) if insight else None
        if delivery is None and transcript is not None:
            # Until the recording was listened to, the transcript says something already.
            delivery = measure(lines, [reply.total_ms for reply in latency.replies])
        return MeetingResults(
            meeting_id=meeting_id,
            owner_id=meeting.owner_id,
            lines=lines,
            has_transcript=transcript is not None,
            summary=MeetingSummary.model_validate(summary.content) if summary else None,
            delivery=delivery,
            is_measured=insight is not None,
            latency=latency,
            summary_engine=summary.engine if summary else "",
            is_searchable=chunks > 0,
            steps=steps,
            corrected_at=corrected_at,
            asked_again_at=meeting.asked_again_at,
        )

    def _read(self, user_id: UUID, meeting_id: UUID) -> _Read:
        with self._sessions.for_user(user_id) as session:
            meeting = meetings.get_meeting(session, meeting_id)
            version = meetings.get_version(session, meeting)
            transcript = repository.find_transcript(session, meeting_id)
            if transcript is None:
                raise Conflict(t("refusal.transcript_waits"))
            return _Read(
                title=meeting.title,
                agent_name=version.name,
                instructions=version.instructions,
                lines=_lines(transcript),
                input_hash=transcript.input_hash,
            )


def _lines(transcript: Transcript) -> list[Line]:
    return [Line.model_validate(line) for line in transcript.lines]


def _summary_facts(summary: MeetingSummary, engine: str) -> dict[str, Fact]:
    return {
        "sentences": len(summary.overview) + len(summary.strengths) + len(summary.next_steps),
        "questions": len(summary.questions),
        "engine": engine,
    }
