"""Questions about one meeting, or about all a person's own, and answers that rest on what was said there.

A model sees the lines that search found under row-level security, with those around them, and nothing else: no ids of
meetings or people, so that no question can ask for more. What it writes is held against these lines before it is shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.fields import required_text
from peak_app.domain.insights import repository, search
from peak_app.domain.insights.answers import AnswerClaim, CitedMoment
from peak_app.domain.insights.chunks import excerpt
from peak_app.domain.insights.citations import check_answer, check_unfinished
from peak_app.domain.insights.lines import Line, text_lines
from peak_app.domain.insights.models import ChatMessage
from peak_app.domain.insights.retrieval import CANDIDATES, fused, with_neighbours
from peak_app.domain.insights.search import LineKey
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.meetings.models import Meeting
from peak_app.domain.model_usage import repository as model_usage
from peak_app.errors import Conflict
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.language import (
    AskedLine,
    AskedMeeting,
    AskedText,
    Language,
    MeetingAnswer,
    TextLine,
    Written,
)
from peak_app.ports.outflows import on_behalf_of
from peak_app.ports.usage import ModelUse, Tokens, UseKind

QUESTION_LIMIT = 500
"""Longest question, in characters."""
MESSAGES_LIMIT = 200
"""How many messages of a chat are shown."""
WHOLE_CHARS = 20_000
"""A meeting of so many characters, about half an hour, is given to the model whole."""
SHOWN_CHARS = 40_000
"""Of all lines a model is given for one question."""


_Hit = tuple[int | None, float | None]
"""Rank and likeness of a line."""
OnProgress = Callable[[Sequence[AnswerClaim]], None]
"""Told of the claims there are while the last one is being written."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Lines of one meeting a question is asked of, under the ids a model knows them by, and those they really have."""

    meeting_id: UUID
    held_at: datetime | None
    asked: AskedMeeting
    lines: dict[str, Line]

    @property
    def length(self) -> int:
        """In characters."""
        return sum(len(line.text) for line in self.asked.lines)

    def shortened(self, pieces: Mapping[LineKey, str], most: int) -> "_Source":
        """With at most `most` characters of each line, those around the piece of it that was found."""
        lines = [
            line.model_copy(
                update={"text": excerpt(line.text, pieces.get((self.meeting_id, self.lines[line.id].id), ""), most)}
            )
            for line in self.asked.lines
        ]
        return replace(self, asked=self.asked.model_copy(update={"lines": lines}))

    def to_moment(self, line_id: str, quote: str) -> CitedMoment:
        line = self.lines[line_id]
        return CitedMoment(
            meeting_id=self.meeting_id,
            title=self.asked.title,
            held_at=self.held_at,
            line_id=line.id,
            quote=quote,
            speaker=line.speaker,
            start_ms=line.start_ms,
        )


@dataclass(frozen=True, slots=True)
class _Material:
    """All that may be used to answer one question."""

    asked: AskedText
    sources: dict[str, _Source]
    """By the ids a model knows lines by."""
    searched: Written[list[list[float]]]
    """The question as search needed it."""

    @property
    def lines(self) -> list[Line]:
        """What quotes are held against."""
        return [source.lines[key].model_copy(update={"id": key}) for key, source in self.sources.items()]

    @property
    def told(self) -> str:
        """What a model knows besides lines."""
        about = [f"{meeting.title} {meeting.agent_name} {meeting.held_on}" for meeting in self.asked.meetings]
        return " ".join([self.asked.question, *about])

    def to_claims(self, answer: MeetingAnswer) -> list[AnswerClaim]:
        return [
            AnswerClaim(
                text=claim.text,
                citations=[
                    self.sources[citation.line_id].to_moment(citation.line_id, citation.quote)
                    for citation in claim.citations
                ],
            )
            for claim in answer.claims
        ]


class AskService:
    """`meeting_id` None means: of all meetings the person owns."""

    def __init__(self, sessions: TenantSessions, language: Language, clock: Clock) -> None:
        self._sessions = sessions
        self._language = language
        self._clock = clock

    def ask(
        self, user_id: UUID, meeting_id: UUID | None, question: object, on_progress: OnProgress | None = None
    ) -> ChatMessage:
        """Answer a question with quotes; question and answer are kept together.

        Raises:
            InvalidInput: the question is empty or longer than 500 characters.
            NotFound: no such meeting for this person, also when it was deleted meanwhile; nothing is kept.
            Conflict: there is no transcript or no index yet, or what is quoted was deleted meanwhile; nothing is kept.
            LanguageUnavailable: the text model gave nothing usable; nothing is kept.
        """
        with on_behalf_of(user_id, meeting_id):
            return self._ask(user_id, meeting_id, question, on_progress)

    def _ask(
        self, user_id: UUID, meeting_id: UUID | None, question: object, on_progress: OnProgress | None
    ) -> ChatMessage:
        words = required_text(question, t("field.question"), QUESTION_LIMIT)
        asked_at = self._clock()
        is_silent = self._check_ready(user_id, meeting_id)
        text, claims, engine = t("ask.nothing_said"), [], ""
        asked_models: list[tuple[UseKind, Written[Any]]] = []
        if not is_silent:
            material = self._find(user_id, meeting_id, words)
            lines = material.lines

            def show(answer: MeetingAnswer) -> None:
                if on_progress:
                    on_progress(material.to_claims(check_unfinished(answer, lines, material.told)))

            written = self._language.answer(material.asked, show)
            asked_models = [("search", material.searched), ("answer", written)]
            answer = check_answer(written.value, lines, material.told).value
            claims, engine = material.to_claims(answer), written.engine
            text = answer.text or (t("ask.not_in_this") if meeting_id else t("ask.not_in_yours"))
        asked = ChatMessage(meeting_id=meeting_id, owner_id=user_id, role="user", text=words, created_at=asked_at)
        answered = ChatMessage(
            meeting_id=meeting_id,
            owner_id=user_id,
            role="assistant",
            text=text,
            claims=[claim.model_dump(mode="json") for claim in claims],
            question_id=asked.id,
            is_found=bool(claims),
            engine=engine[:80],
            # Never the same moment as the question: the order of a chat is the order of its times.
            created_at=max(self._clock(), asked_at + timedelta(microseconds=1)),
        )
        quoted = {citation.meeting_id for claim in claims for citation in claim.citations}
        with self._sessions.for_user(user_id) as session:
            if meeting_id:
                # The messages refer to it: from here on it can't be deleted without them.
                meetings.get_meeting(session, meeting_id)
            elif meetings.hold_existing(session, quoted) != quoted:
                raise Conflict(t("refusal.quoted_is_gone"))
            repository.add_messages(session, [asked])
            session.flush()
            repository.add_messages(session, [answered])
            for kind, done in asked_models:
                _note_use(session, answered, kind, done)
        return answered

    def list_messages(self, user_id: UUID, meeting_id: UUID | None) -> Sequence[ChatMessage]:
        """The person's own chat, oldest first. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            if meeting_id:
                meetings.get_meeting(session, meeting_id)
            return repository.list_messages(session, user_id, meeting_id, MESSAGES_LIMIT)

    def clear(self, user_id: UUID, meeting_id: UUID | None) -> None:
        """Forget the person's own chat. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            if meeting_id:
                meetings.get_meeting(session, meeting_id)
            repository.delete_messages(session, user_id, meeting_id)

    def has_anything(self, user_id: UUID) -> bool:
        """Whether a question about all meetings could find anything."""
        with self._sessions.for_user(user_id) as session:
            return search.has_index(session, user_id)

    def _check_ready(self, user_id: UUID, meeting_id: UUID | None) -> bool:
        """Whether nothing was said; refuses what can't be asked yet before a model is asked for anything."""
        with self._sessions.for_user(user_id) as session:
            if meeting_id is None:
                if not search.has_index(session, user_id):
                    raise Conflict(t("refusal.nothing_to_search"))
                return False
            meetings.get_meeting(session, meeting_id)
            transcript = repository.find_transcript(session, meeting_id)
            if transcript is None or (transcript.lines and not search.count_chunks(session, meeting_id)):
                raise Conflict(t("refusal.transcript_waits"))
            return not transcript.lines

    def _find(self, user_id: UUID, meeting_id: UUID | None, question: str) -> _Material:
        searched = self._language.embed([question])
        vector = searched.value[0]
        with self._sessions.for_user(user_id) as session:
            by_meaning = search.rank_by_meaning(session, user_id, meeting_id, vector, CANDIDATES)
            by_words = search.rank_by_words(session, user_id, meeting_id, question, CANDIDATES)
            ranks = {key: rank for rank, key in enumerate(fused([by_meaning, by_words]), start=1)}
            ids = list(dict.fromkeys(meeting for meeting, _ in ranks))
            found = search.read_found(session, ids)
            likeness = search.likeness(session, list(ranks), vector)
            hits = {key: (rank, likeness.get(key)) for key, rank in ranks.items()}
            read = [
                _source(meeting, name, lines, hits, "" if meeting_id else f"M{number}.")
                for number, (meeting, name, lines) in enumerate(found, start=1)
            ]
            if sum(source.length for source in read) > SHOWN_CHARS:
                pieces = search.found_pieces(session, list(ranks), vector, question)
                most = SHOWN_CHARS // sum(len(source.lines) for source in read)
                read = [source.shortened(pieces, most) for source in read]
        return _Material(
            asked=AskedText(question=question, meetings=[source.asked for source in read]),
            sources={key: source for source in read for key in source.lines},
            searched=searched,
        )


def _note_use(session: Session, answered: ChatMessage, kind: UseKind, done: Written[Any]) -> None:
    """What a question took, under the id of its answer: in the transaction that keeps both."""
    usage = done.usage
    tokens = Tokens(text_input=usage.input_tokens, text_output=usage.output_tokens)
    use = ModelUse(kind, str(answered.id), done.engine, tokens=tokens if tokens.read or tokens.written else None)
    key = f"{answered.id}:{kind}"
    model_usage.add(
        session,
        answered.owner_id,
        answered.meeting_id,
        use,
        key=key,
        cost_usd=usage.cost_usd,
        at=answered.created_at,
    )


def _source(
    meeting: Meeting, agent_name: str, lines: Sequence[dict[str, Any]], hits: Mapping[LineKey, _Hit], prefix: str
) -> _Source:
    """The lines of a meeting that were found, with those around them; a short meeting that is asked about, whole."""
    own_hits = {line_id: hit for (meeting_id, line_id), hit in hits.items() if meeting_id == meeting.id}
    is_whole = not prefix and sum(len(line["text"]) for line in lines) <= WHOLE_CHARS
    line_ids = [line["id"] for line in lines]
    positions = range(len(lines)) if is_whole else with_neighbours(line_ids, list(own_hits))
    shown = [Line.model_validate(lines[position]) for position in positions]
    held_at = meeting.started_at or meeting.created_at
    return _Source(
        meeting_id=meeting.id,
        held_at=held_at,
        asked=AskedMeeting(
            title=meeting.title,
            agent_name=agent_name,
            held_on=f"{held_at:%Y-%m-%d}",
            is_whole=is_whole,
            lines=[_asked(line, own_hits.get(line.id, (None, None)), prefix) for line in text_lines(shown)],
        ),
        lines={prefix + line.id: line for line in shown},
    )


def _asked(line: TextLine, hit: _Hit, prefix: str) -> AskedLine:
    rank, likeness = hit
    return AskedLine(**line.model_dump(exclude={"id"}), id=prefix + line.id, rank=rank, likeness=likeness)
