"""What the command palette finds: the person's own meetings and agents by name. Pages it knows by itself."""

import asyncio
from dataclasses import dataclass
from typing import Literal

import reflex as rx

from peak_app.i18n.catalogue import t
from peak_app.state.form import typed_text
from peak_app.state.session import signed_in
from peak_app.wiring import services

QUERY_LIMIT = 100
EACH = 6
"""Meetings, and agents, that are shown at most."""


@dataclass(frozen=True, slots=True)
class PaletteRow:
    kind: Literal["meetings", "agents"]
    title: str
    detail: str
    to: str


class PaletteState(rx.State):
    """`answered` is the text that the rows were found for; the page shows none that belong to an older one."""

    rows: list[PaletteRow] = []
    answered: str = ""
    is_loaded: bool = False

    @rx.event
    async def search(self, text: str):
        """Find what is called like that; the newest without a text."""
        user_id = await signed_in(self)
        words = typed_text(text, QUERY_LIMIT)
        meetings, agents = await asyncio.gather(
            asyncio.to_thread(services().meetings.find_titled, user_id, words, limit=EACH),
            asyncio.to_thread(services().agents.find_named, user_id, words, limit=EACH),
        )
        self.rows = [
            *(
                PaletteRow(
                    "meetings",
                    meeting.title,
                    f"{meeting.agent_name} · {t(f'status.{meeting.status.value}')}",
                    f"/meetings/{meeting.meeting_id}",
                )
                for meeting in meetings
            ),
            *(PaletteRow("agents", agent.name, "", f"/agents/{agent.agent_id}") for agent in agents),
        ]
        self.answered, self.is_loaded = words, True

    @rx.event
    async def close(self):
        """Keep nothing of what was found: the next opening asks anew."""
        self.reset()
