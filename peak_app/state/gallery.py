"""The gallery of agents to start from: by kind, each to be read before it is used."""

from dataclasses import dataclass, field

import reflex as rx

from peak_app.domain.agents.gallery import KINDS, GalleryAgent, gallery
from peak_app.i18n.catalogue import t
from peak_app.state.conduct_form import ConductRow, StageRow


@dataclass
class GalleryCard:
    """An agent of the gallery as a card."""

    id: str
    kind: str
    name: str
    about: str
    kind_name: str

    @classmethod
    def of(cls, agent: GalleryAgent) -> "GalleryCard":
        return cls(agent.id, agent.kind, agent.words.name, agent.about, t(f"gallery.kind_{agent.kind}"))


@dataclass
class GalleryPreview:
    """All of it that someone may want to know before they use it."""

    id: str = ""
    name: str = ""
    about: str = ""
    instructions: str = ""
    greeting: str = ""
    facts: list[str] = field(default_factory=list)
    stages: list[StageRow] = field(default_factory=list)

    @classmethod
    def of(cls, agent: GalleryAgent) -> "GalleryPreview":
        words, conduct = agent.words, agent.words.conduct
        facts = [t(f"conduct.dial_{conduct.turn_taking}")]
        if conduct.ramble_after_s is not None:
            facts.append(t("version.steps_in", seconds=conduct.ramble_after_s))
        if conduct.limit_minutes is not None:
            facts.append(t("gallery.limit", minutes=conduct.limit_minutes))
        stages = ConductRow.of(conduct).stages
        return cls(agent.id, words.name, agent.about, words.instructions, conduct.greeting, facts, stages)


def known(agent_id: object) -> GalleryAgent | None:
    return gallery().get(agent_id) if isinstance(agent_id, str) else None


class GalleryState(rx.State):
    """`kind` is empty while all are shown."""

    cards: list[GalleryCard] = []
    kind: str = ""
    shown: GalleryPreview = GalleryPreview()
    is_shown: bool = False

    @rx.event
    async def load(self):
        self.kind, self.is_shown = "", False
        self._show_cards()

    @rx.event
    async def choose_kind(self, kind: str):
        self.kind = kind if kind in KINDS else ""
        self._show_cards()

    @rx.event
    async def preview(self, agent_id: str):
        agent = known(agent_id)
        if agent is not None:
            self.shown, self.is_shown = GalleryPreview.of(agent), True

    @rx.event
    async def set_shown(self, is_open: bool):
        self.is_shown = is_open is True

    def _show_cards(self) -> None:
        self.cards = [GalleryCard.of(agent) for agent in gallery().values() if self.kind in ("", agent.kind)]
