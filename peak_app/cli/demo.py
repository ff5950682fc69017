"""The demonstration account: its person, agents and plans. Every title begins with `Demo: `."""

from dataclasses import dataclass

from peak_app.cli.demo_talks import BACKEND, CAREER

EMAIL = "demo@example.org"
NAME = "Demo Person"


@dataclass(frozen=True, slots=True)
class DemoAgent:
    name: str
    instructions: str


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A meeting to come."""

    title: str
    agent_name: str
    days_ahead: int


AGENTS = (
    DemoAgent(
        BACKEND,
        "You interview for a senior backend position at a company that ships parcels. Ask about one system the person "
        "built, how they found and fixed a failure in it, and how they decide what not to build. Ask for numbers when "
        "an answer has none. Be friendly and brief.",
    ),
    DemoAgent(
        CAREER,
        "You help people who change their profession to tell their story. Ask why they change, what they bring along, "
        "and what they will do in the first three months. Point out one strength after each answer.",
    ),
)

PLANS = (DemoPlan("Demo: Final round", BACKEND, 2),)
