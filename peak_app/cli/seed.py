"""`peak seed`: an account full of marked demonstration data, made by the same services that make real data.

Calls are written as a bridge writes them, at times in the past; their results are made by the pipeline as for any call.
"""

import argparse
from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from peak_app.cli.database import reachable_database
from peak_app.cli.demo import AGENTS, EMAIL, NAME, PLANS
from peak_app.cli.demo_talks import TALKS, DemoTalk
from peak_app.config import Settings
from peak_app.db.tenancy import TenantSessions, act_for
from peak_app.domain.accounts import repository as accounts
from peak_app.domain.accounts.models import Account
from peak_app.domain.agents.service import AgentService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.meetings.turns import DelayParts, Turn
from peak_app.migrations.migrate import migrate
from peak_app.wiring import Services

_AGENT_WORDS_PER_MINUTE = 150
_PARTS = DelayParts(endpointing=600, recognition=0, model=180, synthesis=100, transport=20)
_PAUSE_MS = sum(astuple(_PARTS))
_BRIDGE = "demo"


def run(settings: Settings, _given: argparse.Namespace) -> int:
    with reachable_database(settings) as known:
        migrate(known)
        web, worker = Services(known, "web"), Services(known, "worker")
        is_new = seed(web.sessions, worker.sessions, at=datetime.now(UTC))
    if is_new:
        print(f"The account {EMAIL} has demonstration data; its results appear as soon as the product runs.")
    else:
        print(f"The account {EMAIL} has its demonstration data already.")
    print(f"Sign in as {EMAIL}: the mail with the link is at {settings.origin}/dev/inbox.")
    return 0


def seed(web: TenantSessions, worker: TenantSessions, *, at: datetime) -> bool:
    """Fill the demonstration account. False: it was filled before, and nothing changed."""
    user_id = _get_account(web)
    agents = AgentService(web, lambda: at)
    if any(agent.is_demo for agent in agents.list_agents(user_id)):
        return False
    ids = {
        agent.name: agents.create_agent(
            user_id, name=agent.name, instructions=agent.instructions, is_demo=True
        ).agent_id
        for agent in AGENTS
    }
    for talk in TALKS:
        _hold(web, worker, user_id, ids[talk.agent_name], talk, at=at)
    for plan in PLANS:
        MeetingService(web, lambda: at).create_meeting(
            user_id,
            title=plan.title,
            agent_id=ids[plan.agent_name],
            scheduled_at=at + timedelta(days=plan.days_ahead),
            is_demo=True,
        )
    return True


def _get_account(web: TenantSessions) -> UUID:
    """The account, registered when it is not there. It never becomes the operator: that is the first real person."""
    with web.for_email(EMAIL) as session:
        accounts.lock_email(session, EMAIL)
        account = accounts.find_account_by_email(session, EMAIL)
        if account is None:
            account = Account(email=EMAIL, name=NAME)
            session.add(account)
            session.flush()
            act_for(session, account.id)
            accounts.add_personal_workspace(session, account.id)
        return account.id


def _hold(
    web: TenantSessions, worker: TenantSessions, user_id: UUID, agent_id: UUID, talk: DemoTalk, *, at: datetime
) -> None:
    start = at - timedelta(days=talk.days_ago)
    turns = turns_of(talk)
    end = start + timedelta(milliseconds=turns[-1].end_ms + _PAUSE_MS)
    meeting_id = (
        MeetingService(web, lambda: start)
        .create_meeting(user_id, title=talk.title, agent_id=agent_id, is_demo=True)
        .meeting_id
    )
    begun, over = _calls(worker, lambda: start), _calls(worker, lambda: end)
    begun.open_call(user_id, meeting_id, _BRIDGE)
    begun.mark_connected(user_id, meeting_id, _BRIDGE)
    for turn in turns:
        # Ids of conversation items are unique within a meeting; these say of which one they are.
        over.save_turn(user_id, meeting_id, replace(turn, item_id=uuid5(meeting_id, turn.item_id).hex))
    # Time counts as far as the bridge gave signs of life.
    over.beat(_BRIDGE)
    over.mark_disconnected(user_id, meeting_id, _BRIDGE)
    over.end_call(user_id, meeting_id, "ended_by_person")


def _calls(worker: TenantSessions, clock: Callable[[], datetime]) -> CallService:
    return CallService(worker, clock)


def turns_of(talk: DemoTalk) -> list[Turn]:
    """The talk as a journal, each speaker at an even pace; agent and candidate take turns."""
    turns: list[Turn] = []
    now_ms = 500
    for number, text in enumerate(talk.turns):
        is_agent = number % 2 == 0
        words_per_minute = _AGENT_WORDS_PER_MINUTE if is_agent else talk.words_per_minute
        end_ms = now_ms + round(len(text.split()) * 60_000 / words_per_minute)
        turns.append(
            Turn(
                item_id=f"turn-{number}",
                speaker="agent" if is_agent else "candidate",
                text=text,
                start_ms=now_ms,
                end_ms=end_ms,
                reply_delay_ms=_PAUSE_MS if is_agent and number else None,
                delay_parts=_PARTS if is_agent and number else None,
            )
        )
        now_ms = end_ms + (talk.thinking_ms if is_agent else _PAUSE_MS)
    return turns
