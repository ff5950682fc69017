"""Scoring a meeting by a rubric, and reading the scorecards there are.

`make_scorecard` may be repeated: a scorecard carries the fingerprint of its input, and the same input makes none anew.
A text model is never waited for inside a transaction.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.agents import repository as agents
from peak_app.domain.agents.knowledge import Document, within
from peak_app.domain.agents.models import AgentVersion
from peak_app.domain.insights import repository as insights
from peak_app.domain.insights.fingerprint import fingerprint
from peak_app.domain.insights.lines import Line, text_lines
from peak_app.domain.insights.steps import Fact, StepFacts
from peak_app.domain.meetings import repository as meetings
from peak_app.domain.scorecards import repository
from peak_app.domain.scorecards.answers import without_asides
from peak_app.domain.scorecards.coverage import coverage_of
from peak_app.domain.scorecards.evidence import EVIDENCE_VERSION, check_scorecard, no_evidence
from peak_app.domain.scorecards.models import Scorecard
from peak_app.domain.scorecards.rubric import Rubric, choice_of_settings, rubric_of_json, rubric_to_json
from peak_app.domain.scorecards.scorecard import ScorecardContent, scores_of
from peak_app.domain.scorecards.star import STAR_VERSION
from peak_app.domain.scorecards.stories import stories_of, story_texts
from peak_app.domain.scorecards.templates import rubric_for
from peak_app.errors import Conflict
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import Clock
from peak_app.ports.language import Language, Material, ScoringText

MOST_SCORECARDS = 20
"""How many of a meeting are read."""
MATERIAL_BYTES = 60_000
"""Of the documents the agent had read that a text model is given: all of them in Latin script, and in most others."""
RULES_VERSION = f"{EVIDENCE_VERSION}/{STAR_VERSION}"


@dataclass(frozen=True, slots=True)
class ScorecardView:
    """A scorecard with the rubric it was made by. `engine` is empty when too little was said to ask one."""

    scorecard_id: UUID
    meeting_id: UUID
    rubric: Rubric
    content: ScorecardContent
    engine: str
    prompt_version: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _Read:
    """What a scorecard is made from."""

    title: str
    agent_name: str
    instructions: str
    rubric: Rubric
    lines: list[Line]
    transcript_hash: str
    documents: tuple[Document, ...]


class ScorecardService:
    def __init__(self, sessions: TenantSessions, language: Language, clock: Clock) -> None:
        self._sessions = sessions
        self._language = language
        self._clock = clock

    def make_scorecard(self, owner_id: UUID, meeting_id: UUID, *, is_newest_rubric: bool = False) -> StepFacts:
        """Score the meeting and keep what rests on the candidate's words. Earlier scorecards stay.

        Args:
            is_newest_rubric: score by the rubric the agent has now, not by the one the meeting was held with.
        Raises:
            NotFound: no such meeting.
            Conflict: there is no transcript.
            LanguageUnavailable: the text model gave nothing usable.
        """
        read = self._read(owner_id, meeting_id, is_newest_rubric=is_newest_rubric)
        version = self._language.version
        rubric = rubric_to_json(read.rubric)
        material = [asdict(document) for document in read.documents]
        input_hash = fingerprint(
            read.transcript_hash,
            read.title,
            read.agent_name,
            read.instructions,
            rubric,
            version,
            RULES_VERSION,
            material,
        )
        with self._sessions.for_user(owner_id) as session:
            known = repository.find_scorecard(session, meeting_id, input_hash)
            if known is not None:
                counting = repository.list_scorecards(session, meeting_id, 1)[0]
                # Asked for on purpose, it counts again also when another rubric was tried in between; so it does when
                # a correction of the transcript was taken back.
                if is_newest_rubric or (counting.id != known.id and counting.rubric == rubric):
                    repository.count_again(session, known.id, self._clock())
                    session.flush()
                repository.note_score(session, meeting_id)
                content = ScorecardContent.model_validate(known.content)
                facts = _facts(content, read.rubric, known.engine, known.prompt_version)
                return StepFacts({**facts, "input": input_hash}, True)

        content, engine, more = self._score(read)
        now = self._clock()
        values = {
            "rubric": rubric,
            "content": content.model_dump(mode="json"),
            "engine": engine[:80],
            "prompt_version": version[:20],
            "created_at": now,
            "counts_since": now,
        }
        with self._sessions.for_user(owner_id) as session:
            repository.add_scorecard(
                session, owner_id=owner_id, meeting_id=meeting_id, input_hash=input_hash, values=values
            )
            repository.note_score(session, meeting_id)
        return StepFacts({**_facts(content, read.rubric, engine, version), **more, "input": input_hash})

    def get_scorecard(self, user_id: UUID, meeting_id: UUID) -> ScorecardView | None:
        """The one that counts; None: not made (yet). Raises: NotFound."""
        return next(iter(self.list_scorecards(user_id, meeting_id)), None)

    def list_scorecards(self, user_id: UUID, meeting_id: UUID) -> list[ScorecardView]:
        """All scorecards of the meeting, the one that counts first. Raises: NotFound."""
        with self._sessions.for_user(user_id) as session:
            meetings.get_meeting(session, meeting_id)
            return [_view(row) for row in repository.list_scorecards(session, meeting_id, MOST_SCORECARDS)]

    def _read(self, owner_id: UUID, meeting_id: UUID, *, is_newest_rubric: bool) -> _Read:
        with self._sessions.for_user(owner_id) as session:
            meeting = meetings.get_meeting(session, meeting_id)
            held = meetings.get_version(session, meeting)
            transcript = insights.find_transcript(session, meeting_id)
            if transcript is None:
                raise Conflict(t("refusal.transcript_waits"))
            chosen = agents.get_newest_version(session, meeting.agent_id) if is_newest_rubric else held
            return _Read(
                title=meeting.title,
                agent_name=held.name,
                instructions=held.instructions,
                rubric=rubric_of_version(chosen),
                lines=without_asides([Line.model_validate(line) for line in transcript.lines]),
                transcript_hash=transcript.input_hash,
                documents=within(agents.list_documents(session, held), MATERIAL_BYTES),
            )

    def _score(self, read: _Read) -> tuple[ScorecardContent, str, dict[str, Fact]]:
        """The scorecard, the engine's name, and facts about the request. Without enough words no model is asked."""
        stories, coverage = stories_of(read.lines), coverage_of(read.lines)
        if coverage.gap is not None:
            return ScorecardContent(results=no_evidence(read.rubric), stories=stories, coverage=coverage), "", {}
        written = self._language.score(
            ScoringText(
                title=read.title,
                agent_name=read.agent_name,
                agent_instructions=read.instructions,
                lines=text_lines(read.lines),
                rubric=read.rubric.to_text(),
                stories=story_texts(stories),
                material=[Material(**asdict(document)) for document in read.documents],
            )
        )
        checked = check_scorecard(written.value, read.rubric, read.lines)
        facts: dict[str, Fact] = {"dropped": checked.dropped, **written.usage.to_facts()}
        content = ScorecardContent(results=checked.value, stories=stories, coverage=coverage)
        return content, written.engine, facts


def rubric_of_version(version: AgentVersion) -> Rubric:
    """What an agent is scored by in this version."""
    choice = choice_of_settings(version.settings)
    return rubric_for(choice, version.settings.get("practice_bank", ""), version.instructions)


def _view(row: Scorecard) -> ScorecardView:
    return ScorecardView(
        scorecard_id=row.id,
        meeting_id=row.meeting_id,
        rubric=rubric_of_json(row.rubric),
        content=ScorecardContent.model_validate(row.content),
        engine=row.engine,
        prompt_version=row.prompt_version,
        created_at=row.created_at,
    )


def _facts(content: ScorecardContent, rubric: Rubric, engine: str, version: str) -> dict[str, Fact]:
    """Counts and versions. The rubric by a number: its words may be a person's own."""
    return {
        "criteria": len(content.results),
        "scored": len(scores_of(content.results)),
        "quotes": sum(len(result.quotes) for result in content.results),
        "stories": len(content.stories),
        "answers": content.coverage.answers,
        "words": content.coverage.words,
        "gap": content.coverage.gap or "",
        "rubric": fingerprint(rubric_to_json(rubric))[:8],
        "rubric_version": rubric.version,
        "rules": RULES_VERSION,
        "engine": engine,
        "version": version,
    }
