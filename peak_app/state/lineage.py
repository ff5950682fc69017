"""How each result of the meeting on the page was made."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from uuid import UUID

import reflex as rx

from peak_app.domain.insights.lineage import Origin
from peak_app.i18n.catalogue import t
from peak_app.ports.language import Usage
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.insight_rows import length_of_step, run_path
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
    title: str = ""
    facts: list[FactRow] = field(default_factory=list)
    ops_path: str = ""
    """Of the run that made it, for operators."""

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
            "tokens": _tokens_text(origin.usage),
            "cost": "" if origin.usage.cost_usd is None else t("origin.dollars", amount=f"{origin.usage.cost_usd:.6f}"),
            "asset": origin.asset,
        }
        facts = [FactRow(t(f"origin.{name}"), value) for name, value in known.items() if value]
        title = t("origin.title", result=t(f"step.{origin.asset}"))
        return cls(origin.asset, title, facts, run_path(origin.run_id))


def _tokens_text(usage: Usage) -> str:
    """How many were read and written; empty when nobody counted, or no model was asked."""
    read, written = f"{usage.input_tokens:,}", f"{usage.output_tokens:,}"
    if not usage.output_tokens:
        return t("origin.read", read=read) if usage.input_tokens else ""
    return t("origin.read_written", read=read, written=written)


class LineageState(MeetingTab, rx.State):
    origins: list[OriginRow] = []

    async def _fetch(self, user_id: UUID, meeting_id: UUID) -> None:
        found = await asyncio.to_thread(services().lineage.list_origins, user_id, meeting_id)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.origins = [OriginRow.of(origin, zone, now) for origin in found]


on_change(LineageState.refresh, "/meetings/[meeting_id]")
