"""How each result of the meeting on the page was made."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from uuid import UUID

import reflex as rx

from peak_app.domain.insights.lineage import Origin
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.insight_rows import length_of_step
from peak_app.state.live import on_change
from peak_app.state.meeting_tab import MeetingTab
from peak_app.state.session import SessionState
from peak_app.wiring import services

HASH_SHOWN = 12
"""Digits of a fingerprint that are shown: enough to compare two by eye."""


@dataclass
class FactRow:
    """One thing that is known of how a result was made."""

    label: str
    value: str


@dataclass
class OriginRow:
    asset: str
    facts: list[FactRow] = field(default_factory=list)

    @classmethod
    def of(cls, origin: Origin, zone: tzinfo, now: datetime) -> "OriginRow":
        rubric = origin.rubric
        if rubric and origin.rubric_version is not None:
            rubric = t("origin.rubric_version", name=rubric, version=origin.rubric_version)
        known = {
            "engine": origin.engine,
            "prompt": origin.prompt_version,
            "rubric": rubric,
            "input": origin.input_hash[:HASH_SHOWN],
            "when": moment_text(origin.made_at, zone, now),
            "took": "" if origin.took_ms is None else length_of_step(origin.took_ms),
            "asset": origin.asset,
        }
        return cls(origin.asset, [FactRow(t(f"origin.{name}"), value) for name, value in known.items() if value])


class LineageState(MeetingTab, rx.State):
    origins: list[OriginRow] = []

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        found = await asyncio.to_thread(services().lineage.list_origins, user_id, meeting_id)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.origins = [OriginRow.of(origin, zone, now) for origin in found]


on_change(LineageState.refresh, "/meetings/[meeting_id]")
