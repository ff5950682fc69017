"""Taking a meeting away as a file."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final
from uuid import UUID

from peak_app.domain.exports.document import to_json
from peak_app.domain.exports.markdown import to_markdown
from peak_app.domain.exports.outline import outline_of
from peak_app.domain.exports.paper import to_paper
from peak_app.domain.exports.report import Report
from peak_app.domain.exports.subtitles import to_subrip, to_webvtt
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.errors import Conflict, NotFound
from peak_app.i18n.catalogue import t
from peak_app.ports.typesetter import Typesetter

NAME_LIMIT = 80
"""Longest name of a file, in characters, without its day and ending."""


@dataclass(frozen=True, slots=True)
class Format:
    """`render` gives the whole file; of what goes on paper, what the typesetter makes it from."""

    ending: str
    media_type: str
    render: Callable[[Report], str]


PDF = "pdf"
FORMATS: Final[Mapping[str, Format]] = {
    PDF: Format("pdf", "application/pdf", lambda report: to_paper(outline_of(report))),
    "markdown": Format("md", "text/markdown; charset=utf-8", lambda report: to_markdown(outline_of(report))),
    "vtt": Format("vtt", "text/vtt; charset=utf-8", to_webvtt),
    "srt": Format("srt", "application/x-subrip; charset=utf-8", to_subrip),
    "json": Format("json", "application/json", to_json),
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    name: str
    media_type: str
    content: bytes


class ExportService:
    def __init__(
        self,
        meetings: MeetingService,
        insights: InsightService,
        scorecards: ScorecardService,
        typesetter: Typesetter,
    ) -> None:
        self._meetings = meetings
        self._insights = insights
        self._scorecards = scorecards
        self._typesetter = typesetter

    def export(self, user_id: UUID, meeting_id: UUID, format_name: str, zone: tzinfo) -> ExportedFile:
        """The meeting in a format of `FORMATS`, for whoever may read it.

        Raises:
            NotFound: no such meeting for this person, or no such format.
            Conflict: there is no transcript yet.
            ServiceUnavailable: the PDF could not be made.
        """
        known = FORMATS.get(format_name)
        if known is None:
            raise NotFound(t("refusal.export_format"))
        report = self.get_report(user_id, meeting_id, zone)
        name = f"{file_name(report.meeting.title)} {report.held_at:%Y-%m-%d}.{known.ending}"
        text = known.render(report)
        content = self._typesetter.typeset(text) if format_name == PDF else text.encode()
        return ExportedFile(name, known.media_type, content)

    def get_report(self, user_id: UUID, meeting_id: UUID, zone: tzinfo) -> Report:
        """What every format is made of.

        Raises:
            NotFound: no such meeting for this person.
            Conflict: there is no transcript yet.
        """
        report = Report(
            meeting=self._meetings.get_meeting(user_id, meeting_id),
            results=self._insights.get_results(user_id, meeting_id),
            scorecard=self._scorecards.get_scorecard(user_id, meeting_id),
            zone=zone,
        )
        if not report.results.has_transcript:
            raise Conflict(t("refusal.transcript_waits"))
        return report


def file_name(title: str, otherwise: str = "Meeting") -> str:
    """A title as any system takes it in the name of a file: letters, digits, marks, spaces and a few signs."""
    kept = (
        sign if unicodedata.category(sign)[0] in "LNM" or sign in " -_,()" else " "
        for sign in unicodedata.normalize("NFC", title)
    )
    name = re.sub(r"\s+", " ", "".join(kept)).strip(" -_,")
    return name[:NAME_LIMIT].strip() or otherwise
