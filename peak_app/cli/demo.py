"""The words of the demonstration account. Nobody said them; every title begins with `Demo: `."""

from dataclasses import dataclass
from typing import Literal

EMAIL = "demo@example.org"
NAME = "Demo Person"

Speaker = Literal["agent", "candidate"]


@dataclass(frozen=True, slots=True)
class DemoAgent:
    name: str
    instructions: str


@dataclass(frozen=True, slots=True)
class DemoTalk:
    """A meeting that was held. `script` has a paragraph for each turn, the agent's first."""

    title: str
    agent_name: str
    days_ago: int
    script: str

    @property
    def turns(self) -> list[str]:
        return [" ".join(paragraph.split()) for paragraph in self.script.strip().split("\n\n")]


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """A meeting to come."""

    title: str
    agent_name: str
    days_ahead: int


AGENTS = (
    DemoAgent(
        "Demo: Backend interviewer",
        "You interview for a senior backend position at a company that ships parcels. Ask about one system the person "
        "built, how they found and fixed a failure in it, and how they decide what not to build. Ask for numbers when "
        "an answer has none. Be friendly and brief.",
    ),
    DemoAgent(
        "Demo: Career changer's coach",
        "You help people who change their profession to tell their story. Ask why they change, what they bring along, "
        "and what they will do in the first three months. Point out one strength after each answer.",
    ),
)

TALKS = (
    DemoTalk(
        title="Demo: Backend interview, first try",
        agent_name="Demo: Backend interviewer",
        days_ago=9,
        script="""
        Welcome. Tell me about a system you built that you are proud of.

        I built the, um, the service that prints the labels for parcels. It was slow before, and we
        made it fast.

        What did slow and fast mean there, in numbers?

        A label took about two seconds, and you know, later it was more like two hundred
        milliseconds at the ninety-fifth percentile.

        How did you find out where the time went?

        We put traces around each step. Most of the time went into a lookup of the address that ran
        once for every parcel, so we asked for a hundred addresses at once.

        Tell me about a failure of that service.

        In December it stopped for forty minutes. The queue was full, because one carrier answered
        very slowly and every worker waited for it. I uh should have set a time limit for that call.

        What did you change afterwards?

        Each carrier has its own small pool of workers now, with a limit of five seconds. Since then
        one slow carrier delays only its own parcels.

        Thank you. Is there anything you would like to add?

        Only that the whole team wrote the review of that day, and nobody was blamed.
        """,
    ),
    DemoTalk(
        title="Demo: Backend interview, second try",
        agent_name="Demo: Backend interviewer",
        days_ago=2,
        script="""
        Welcome back. Tell me about a system you built, with its numbers this time.

        I rebuilt the label service of a parcel company. It prints three million labels a day, and
        the slowest five in a hundred went from two seconds to two hundred milliseconds.

        What was the hardest decision?

        Not to write our own queue. We had a design and two people who wanted it. I compared the
        cost of running it for a year with the one we had, and the difference was about three months
        of work for nothing.

        How did you convince them?

        I asked them to list what the old queue could not do. There were two points, and both had a
        setting.

        Tell me about a failure.

        In December one carrier answered slowly and took all our workers with it. We were down for
        forty minutes. Now every carrier has its own pool and a limit of five seconds, and we test
        that every month.

        How do you test it?

        We let a false carrier answer after ten seconds in the real system, on a Tuesday morning,
        and watch that nothing else slows down.
        """,
    ),
    DemoTalk(
        title="Demo: From teaching to product management",
        agent_name="Demo: Career changer's coach",
        days_ago=5,
        script="""
        Hello. Why do you want to leave teaching?

        I don't want to leave people. I want to, like, build things that help more of them than one
        class.

        What do you bring along from school?

        I planned a year of lessons for thirty very different people and changed the plan every week
        by what I saw. I think that is what a roadmap is.

        That is a strong picture. What did you change because of what you saw?

        I noticed that nobody asked questions at the end. So I asked for them on paper in the
        middle. Questions went from two to eleven in a lesson, I counted them for a month.

        What will you do in your first three months?

        First I would sit with support for two weeks and write down each question. Then I would
        choose one small thing that is asked every day, and bring it to the end with the team.

        And what will be hard?

        To say no to a colleague. With pupils I was the one who decided. Here I have to explain.
        """,
    ),
)

PLANS = (DemoPlan("Demo: Final round", "Demo: Backend interviewer", 2),)
