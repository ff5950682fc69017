"""A call tells its journal what leaves this machine, and never waits for that."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from bridge.journal import Journal
from bridge.leaving import Leaving
from bridge.recording import TrackWriter
from bridge.room import Room, RoomSetting
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.turns import CallBrief
from peak_app.errors import VoiceUnavailable
from peak_app.ports.outflows import Behalf, Contact
from tests.unit.bridge.test_voice_link import ScriptedConnection, ScriptedVoice


def brief() -> CallBrief:
    return CallBrief(
        meeting_id=uuid4(),
        owner_id=uuid4(),
        title="Round one",
        agent_name="Mira",
        instructions="Ask about databases.",
        practice_bank="",
        conduct=Conduct(),
        is_recorded=False,
        started_at=None,
        connected_ms=0,
        turns=(),
    )


@pytest.mark.parametrize("is_there", [True, False])
async def test_a_call_is_counted_before_it_reaches_the_model(tmp_path: Path, sessions, is_there: bool) -> None:
    told: list[tuple[Behalf, Contact]] = []
    journal, writer = Journal(), TrackWriter()
    voice = ScriptedVoice([ScriptedConnection() if is_there else VoiceUnavailable("Nobody is there.")])
    setting = RoomSetting(
        bridge_id="bridge-of-the-test",
        media_home=tmp_path,
        calls=CallService(sessions, lambda: datetime.now(UTC)),
        voice=voice,
        journal=journal,
        writer=writer,
        max_call_ms=60_000,
        grace_ms=5_000,
        language="en",
        now=lambda: datetime.now(UTC),
        leaving=Leaving(
            lambda behalf, contact: told.append((behalf, contact)), "voice.example.org", True, ("turn.example.org",)
        ),
    )
    call = brief()
    room = Room(setting, call)
    if is_there:
        await room.open()
    else:
        with pytest.raises(VoiceUnavailable):
            await room.open()
    await room.abandon()
    await asyncio.to_thread(journal.close)
    writer.close()

    assert {behalf for behalf, _ in told} == {Behalf(call.owner_id, call.meeting_id)}
    assert [contact for _, contact in told] == [
        Contact("turn.example.org", "relay"),
        Contact("voice.example.org", "voice"),
    ]
