"""Agents as lists show them."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from peak_app.domain.agents.service import AgentProfile
from peak_app.i18n.catalogue import t
from peak_app.state.formatting import day_text

ORB_HUES = 5
"""How many colours of orb the style sheet knows."""


@dataclass
class AgentOption:
    """An agent as a choice in a dialog."""

    agent_id: str
    name: str


@dataclass
class AgentRow:
    """An agent as a card. `hue` picks its orb's colour, the same on every visit."""

    agent_id: str
    name: str
    opening: str
    changed: str
    hue: str
    is_demo: bool
    path: str

    @classmethod
    def of(cls, agent: AgentProfile, zone: tzinfo, now: datetime) -> "AgentRow":
        return cls(
            agent_id=str(agent.agent_id),
            name=agent.name,
            opening=" ".join(agent.instructions.split())[:240],
            changed=t("agents.changed", day=day_text(agent.updated_at, zone, now)),
            hue=str(agent.agent_id.int % ORB_HUES),
            is_demo=agent.is_demo,
            path=f"/agents/{agent.agent_id}",
        )
