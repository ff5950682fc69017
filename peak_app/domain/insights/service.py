"""What is made of a meeting after it, and what a person reads and asks about it.

Every `make_` method may be repeated: its row is keyed by the meeting and carries the fingerprint of its input, and an
unchanged input makes nothing anew. A text model is never waited for inside a transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.fields import required_text
from peak_app.domain.insights import repository
from peak_app.domain.insights.citations import check_answer, check_summary
from peak_app.domain.insights.delivery import METRICS_VERSION, Delivery, measure
from peak_app.domain.insights.fingerprint import fingerprint
from peak_app.domain.insights.latency import LatencyReceipt, receipt_of
from peak_app.domain.insights.lines import Line, lines_of, text_lines
from peak_app.domain.insights.models import ChatMessage, Insight, Summary, Transcript
from peak_app.domain.insights.results import MeetingResults
from peak_app.domain.insights.retrieval import CANDIDATES, fused, with_neighbours
from peak_app.domain.insights.steps import SEARCH_INDEX, Fact, StepFacts
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.models import Meeting
from peak_app.errors import Conflict
from peak_app.ports.clock import Clock
from peak_app.ports.language import Language, MeetingSummary, MeetingText

QUESTION_LIMIT = 500
"""Longest question, in characters."""
MESSAGES_LIMIT = 200
"""How many messages of a chat are shown."""
REASON_LIMIT = 300

JOURNAL_ENGINE = "call journal"
FORMULAS_ENGINE = f"formulas {METRICS_VERSION}"

NOT_READY = "The transcript of this meeting isn't ready yet."
NOT_FOUND = "I couldn't find an answer to that in this meeting."
NOTHING_SAID = "Nothing was said in this meeting, so there is nothing to find."


@dataclass(frozen=True, slots=True)
class _Read:
    """What the steps after the transcript start from."""

    title: str
    agent_name: str
    instructions: str
    lines: list[Line]
    input_hash: str

    def to_text(self, lines: Sequence[Line], question: str | None = None) -> MeetingText:
        return MeetingText(
            title=self.title,
            agent_name=self.agent_name,
            agent_instructions=self.instructions,
            lines=text_lines(lines),
            question=question,
        )


class InsightService:
    def __init__(self, sessions: TenantSessions, language: Language, clock: Clock) -> None:
        self._sessions = sessions
        self._language = language
        self._clock = clock

    def make_transcript(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Turn the journal into numbered lines. A silent meeting gives none. Raises: NotFound."""
        with self._sessions.for_user(owner_id) as session:
            meetings.get_meeting(session, meeting_id)
            lines = lines_of(meetings.list_utterances(session, meeting_id))
            content = [line.model_dump(mode="json") for line in lines]
            words = sum(line.word_count for line in lines)
            input_hash = fingerprint(content)
            known = repository.find_transcript(session, meeting_id)
            is_unchanged = known is not None and known.input_hash == input_hash
            if not is_unchanged:
                values = repository.result_values(
                    engine=JOURNAL_ENGINE, input_hash=input_hash, at=self._clock(), lines=content, word_count=words
                )
                repository.upsert_result(session, Transcript, owner_id=owner_id, meeting_id=meeting_id, values=values)
        facts: dict[str, Fact] = {
            "lines": len(lines),
            "words": words,
            "candidate_lines": sum(line.speaker == "candidate" for line in lines),
            "engine": JOURNAL_ENGINE,
        }
        return StepFacts(facts, is_unchanged)

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
            return StepFacts(_summary_facts(MeetingSummary.model_validate(known.content), known.engine), True)

        summary = MeetingSummary(overview=[], questions=[], strengths=[], next_steps=[])
        engine, dropped, tokens = "", 0, 0
        if read.lines:
            written = self._language.summarize(read.to_text(read.lines))
            checked = check_summary(written.value, read.lines)
            summary, engine, dropped = checked.value, written.engine, checked.dropped
            tokens = written.usage.input_tokens + written.usage.output_tokens
        values = repository.result_values(
            engine=engine,
            input_hash=input_hash,
            at=self._clock(),
            content=summary.model_dump(mode="json"),
            prompt_version=version[:20],
        )
        with self._sessions.for_user(owner_id) as session:
            repository.upsert_result(session, Summary, owner_id=owner_id, meeting_id=meeting_id, values=values)
        return StepFacts({**_summary_facts(summary, engine), "dropped": dropped, "tokens": tokens, "version": version})

    def make_insights(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Measure how the meeting went, by formulas. Raises: NotFound, Conflict (no transcript)."""
        read = self._read(owner_id, meeting_id)
        input_hash = fingerprint(read.input_hash, METRICS_VERSION)
        latency = receipt_of(read.lines)
        delivery = measure(read.lines, [reply.total_ms for reply in latency.replies])
        with self._sessions.for_user(owner_id) as session:
            known = repository.find_insight(session, meeting_id)
            is_unchanged = known is not None and known.input_hash == input_hash
            if not is_unchanged:
                values = repository.result_values(
                    engine=FORMULAS_ENGINE,
                    input_hash=input_hash,
                    at=self._clock(),
                    content={**delivery.model_dump(mode="json"), "latency": latency.model_dump(mode="json")},
                )
                repository.upsert_result(session, Insight, owner_id=owner_id, meeting_id=meeting_id, values=values)
        facts: dict[str, Fact] = {
            "has_speech": delivery.has_speech,
            "questions": delivery.question_count,
            "answers": len(delivery.answer_delays) + delivery.typed_answer_count,
            "fillers": delivery.filler_count,
            "cut_offs": len(delivery.cut_off_line_ids or []),
            "replies": len(latency.replies),
            "engine": FORMULAS_ENGINE,
        }
        return StepFacts(facts, is_unchanged)

    def make_search_index(self, owner_id: UUID, meeting_id: UUID) -> StepFacts:
        """Make every line findable, by meaning and by its words.

        Raises:
            NotFound: no such meeting.
            Conflict: there is no transcript.
            LanguageUnavailable: no embeddings.
        """
        read = self._read(owner_id, meeting_id)
        input_hash = fingerprint(read.input_hash, self._language.version)
        facts: dict[str, Fact] = {"chunks": len(read.lines), "version": self._language.version, "input": input_hash}
        with self._sessions.for_user(owner_id) as session:
            step = repository.find_step(session, meeting_id, SEARCH_INDEX)
            is_known = step is not None and step.facts.get("input") == input_hash
            if is_known and repository.count_chunks(session, meeting_id) == len(read.lines):
                return StepFacts(facts, True)
        vectors = self._language.embed([line.text for line in read.lines]) if read.lines else []
        with self._sessions.for_user(owner_id) as session:
            # Two runs at once take turns, so that neither meets the other's half-written index.
            meetings.get_meeting(session, meeting_id, is_locked=True)
            repository.replace_chunks(
                session, owner_id=owner_id, meeting_id=meeting_id, lines=read.lines, vectors=vectors
            )
        return StepFacts(facts)

    def note_step_done(
        self, owner_id: UUID, meeting_id: UUID, name: str, step: StepFacts, *, run_id: str, duration_ms: int
    ) -> None:
        """Note that a step is done. Without effect for a meeting that was deleted meanwhile."""
        facts = {**step.facts, "unchanged": step.is_unchanged}
        self._note(
            owner_id, meeting_id, name, status="done", reason="", facts=facts, run_id=run_id, duration_ms=duration_ms
        )

    def note_step_failed(
        self, owner_id: UUID, meeting_id: UUID, name: str, reason: str, *, run_id: str, duration_ms: int
    ) -> None:
        """Note that a step failed for good; `reason` is a sentence for the person."""
        self._note(
            owner_id, meeting_id, name, status="failed", reason=reason, facts={}, run_id=run_id, duration_ms=duration_ms
        )

    def get_results(self, user_id: UUID, meeting_id: UUID) -> MeetingResults:
        """Everything there is about the meeting. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meeting = meetings.get_meeting(session, meeting_id)
            transcript = repository.find_transcript(session, meeting_id)
            summary = repository.find_summary(session, meeting_id)
            insight = repository.find_insight(session, meeting_id)
            chunks = repository.count_chunks(session, meeting_id)
            steps = repository.list_steps(session, meeting_id)
        return MeetingResults(
            meeting_id=meeting_id,
            owner_id=meeting.owner_id,
            lines=_lines(transcript) if transcript else [],
            has_transcript=transcript is not None,
            summary=MeetingSummary.model_validate(summary.content) if summary else None,
            delivery=Delivery.model_validate(insight.content) if insight else None,
            latency=LatencyReceipt.model_validate(insight.content.get("latency", {}) if insight else {}),
            transcript_engine=transcript.engine if transcript else "",
            summary_engine=summary.engine if summary else "",
            is_searchable=chunks > 0,
            steps=steps,
        )

    def ask(self, user_id: UUID, meeting_id: UUID, question: object) -> ChatMessage:
        """Answer a question from the meeting alone, with quotes; question and answer are kept together.

        Raises:
            InvalidInput: the question is empty or longer than 500 characters.
            NotFound: no such meeting for this person.
            Conflict: the transcript or its index is not there yet.
            LanguageUnavailable: the text model gave nothing usable; nothing is kept.
        """
        words = required_text(question, "Question", QUESTION_LIMIT)
        read = self._read(user_id, meeting_id)
        asked_at = self._clock()
        text, citations, engine = NOTHING_SAID, [], ""
        if read.lines:
            relevant = self._retrieve(user_id, meeting_id, read.lines, words)
            written = self._language.answer(read.to_text(relevant, words))
            answer = check_answer(written.value, relevant).value
            text, engine = (answer.answer if answer.found else NOT_FOUND), written.engine
            citations = [citation.model_dump() for citation in answer.citations]
        asked = ChatMessage(meeting_id=meeting_id, owner_id=user_id, role="user", text=words, created_at=asked_at)
        answered = ChatMessage(
            meeting_id=meeting_id,
            owner_id=user_id,
            role="assistant",
            text=text,
            citations=citations,
            is_found=bool(citations),
            engine=engine[:80],
            # Never the same moment as the question: the order of a chat is the order of its times.
            created_at=max(self._clock(), asked_at + timedelta(microseconds=1)),
        )
        with self._sessions.for_user(user_id) as session:
            repository.add_messages(session, [asked, answered])
        return answered

    def list_messages(self, user_id: UUID, meeting_id: UUID) -> Sequence[ChatMessage]:
        """The person's own chat about the meeting, oldest first. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            return repository.list_messages(session, user_id, meeting_id, MESSAGES_LIMIT)

    def _read(self, user_id: UUID, meeting_id: UUID) -> _Read:
        with self._sessions.for_user(user_id) as session:
            meeting = meetings.get_meeting(session, meeting_id)
            version = meetings.get_version(session, meeting)
            transcript = repository.find_transcript(session, meeting_id)
            if transcript is None:
                raise Conflict(NOT_READY)
            return _Read(
                title=meeting.title,
                agent_name=version.name,
                instructions=version.instructions,
                lines=_lines(transcript),
                input_hash=transcript.input_hash,
            )

    def _retrieve(self, user_id: UUID, meeting_id: UUID, lines: Sequence[Line], question: str) -> list[Line]:
        vector = self._language.embed([question])[0]
        with self._sessions.for_user(user_id) as session:
            by_meaning = repository.rank_by_meaning(session, meeting_id, vector, CANDIDATES)
            by_words = repository.rank_by_words(session, meeting_id, question, CANDIDATES)
        if not by_meaning:
            raise Conflict(NOT_READY)
        return with_neighbours(lines, fused([by_meaning, by_words]))

    def _note(
        self,
        owner_id: UUID,
        meeting_id: UUID,
        name: str,
        *,
        status: str,
        reason: str,
        facts: Mapping[str, Fact],
        run_id: str,
        duration_ms: int,
    ) -> None:
        values = {
            "status": status,
            "reason": reason[:REASON_LIMIT],
            "facts": dict(facts),
            "run_id": run_id,
            "duration_ms": duration_ms,
            "finished_at": self._clock(),
        }
        with self._sessions.for_user(owner_id) as session:
            if session.get(Meeting, meeting_id) is not None:
                repository.upsert_step(session, owner_id=owner_id, meeting_id=meeting_id, name=name, values=values)


def _lines(transcript: Transcript) -> list[Line]:
    return [Line.model_validate(line) for line in transcript.lines]


def _summary_facts(summary: MeetingSummary, engine: str) -> dict[str, Fact]:
    return {
        "sentences": len(summary.overview) + len(summary.strengths) + len(summary.next_steps),
        "questions": len(summary.questions),
        "engine": engine,
    }
