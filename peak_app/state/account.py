"""Settings: who one is, where one is signed in, and which engines are at work."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

import reflex as rx

from peak_app.config import Settings
from peak_app.domain.fields import uuid_of
from peak_app.errors import PeakError
from peak_app.i18n.catalogue import plural, t
from peak_app.state.form import sent
from peak_app.state.formatting import moment_text, zone_of
from peak_app.state.session import SessionState, notify, signed_in
from peak_app.wiring import services


@dataclass
class SessionRow:
    """A browser someone is signed in with."""

    session_id: str
    browser: str
    seen: str
    is_this: bool


@dataclass
class EngineRow:
    """What does one kind of work."""

    work: str
    engine: str


@cache
def time_zones() -> list[str]:
    """Names of cities' zones, and UTC."""
    return ["UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))]


def browser_name(user_agent: str) -> str:
    """'Firefox on Linux', as far as the browser says so."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in user_agent), "")
    system = next((name for mark, name in systems if mark in user_agent), "")
    if browser and system:
        return t("settings.browser_on", browser=browser, system=system)
    return browser or system or t("settings.unknown_browser")


def engines(settings: Settings) -> list[EngineRow]:
    """Which engine does what, as it is configured."""
    if settings.is_embedded_ai:
        brain = settings.llm_model if settings.llm_base_url else t("engine.practice_coach")
        speech = t("engine.local_speech")
        return [
            EngineRow(t("engine.conversation"), brain),
            EngineRow(t("engine.speech"), speech),
            EngineRow(t("engine.writing"), brain),
        ]
    return [
        EngineRow(t("engine.conversation"), settings.realtime_model),
        EngineRow(t("engine.speech"), settings.transcription_model),
        EngineRow(t("engine.writing"), settings.text_model),
    ]


class AccountState(rx.State):
    sessions: list[SessionRow] = []
    engines: list[EngineRow] = []
    zones: list[str] = []
    error: str = ""
    is_loaded: bool = False

    @rx.event
    async def load(self):
        await self._fetch()
        self.zones = time_zones()
        self.engines = engines(services().settings)
        self.error = ""
        self.is_loaded = True

    @rx.event
    async def save(self, form: dict[str, Any]):
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        self.error = ""
        try:
            profile = await asyncio.to_thread(
                services().accounts.update_profile,
                user_id,
                name=sent(form, "name"),
                time_zone=sent(form, "time_zone"),
            )
        except PeakError as problem:
            self.error = problem.sentence
            return
        session.name, session.time_zone = profile.name, profile.time_zone
        await self._fetch()
        await notify(self, "success", t("settings.saved"))

    @rx.event
    async def use_zone(self, zone: str):
        """The browser's own time zone, offered where the account has none yet."""
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        profile = await asyncio.to_thread(
            services().accounts.update_profile, user_id, name=session.name, time_zone=zone
        )
        session.time_zone = profile.time_zone
        await notify(self, "success", t("settings.zone_saved", zone=profile.time_zone))

    @rx.event
    async def revoke(self, session_id: str):
        user_id = await signed_in(self)
        await asyncio.to_thread(
            services().accounts.revoke_session, user_id, uuid_of(session_id, t("settings.session_gone"))
        )
        await self._fetch()
        await notify(self, "success", t("settings.revoked"))

    @rx.event
    async def revoke_others(self):
        """Every browser but this one."""
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        count = await asyncio.to_thread(services().accounts.revoke_others, user_id, UUID(session._session_id))
        await self._fetch()
        await notify(self, "success", plural("settings.revoked_others", count))

    async def _fetch(self) -> None:
        user_id = await signed_in(self)
        session = await self.get_state(SessionState)
        zone, now = zone_of(session.time_zone), datetime.now(UTC)
        self.sessions = [
            SessionRow(
                session_id=str(found.session_id),
                browser=browser_name(found.user_agent),
                seen=moment_text(found.last_seen_at, zone, now),
                is_this=str(found.session_id) == session._session_id,
            )
            for found in await asyncio.to_thread(services().accounts.list_sessions, user_id)
        ]
