"""How often people who think while they answer are taken to have finished.

`python -m bench.cut_offs [patient|balanced|brisk]`: twenty answers with pauses up to 2.5 s, in mid-sentence, behind
fillers and between sentences, spoken by the bundled voice in a room that is never quite silent, through a session of
the embedded server, faster than real time. Balanced and brisk show what the dial costs; the promise is made for
patient.
"""

import argparse
import asyncio
import base64
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, get_args

from peak_app.adapters.openai.session import EAGERNESS
from peak_app.embedded.ai_server.coach.matcher import BankMatcher
from peak_app.embedded.ai_server.embedder import Embedder
from peak_app.embedded.ai_server.engines import Engines
from peak_app.embedded.ai_server.realtime.session import RealtimeSession
from peak_app.embedded.ai_server.speech.detector import SileroDetector
from peak_app.embedded.ai_server.speech.pcm import VOICE_RATE_HZ
from peak_app.embedded.ai_server.speech.recogniser import Recogniser
from peak_app.embedded.ai_server.speech.synthesiser import Synthesiser
from peak_app.embedded.ai_server.turns import Context
from peak_app.ports.voice import TurnTaking
from tests.room_voice import RoomVoice

Answer = tuple[str | float, ...]
"""What is said, and the seconds of thinking in between."""

ANSWERS: tuple[Answer, ...] = (
    ("At my last company I owned the", 1.4, "order pipeline, and it was slow."),
    ("The hardest part was the migration.", 2.5, "I ran both systems for two weeks."),
    ("Um,", 1.8, "I think it was in spring that we", 0.9, "decided to start again."),
    ("We had a conflict about the deadline,", 2.0, "and I wrote down both plans."),
    ("I measured it first because", 2.3, "nobody knew where the time went."),
    ("Well,", 1.2, "let me think.", 2.5, "There was one customer who never answered."),
    ("My manager wanted to ship early.", 1.6, "I did not.", 2.1, "So we talked about the risks."),
    ("I would start with the reads, then I would", 2.4, "add a cache in front of them."),
    ("It took us", 1.0, "about", 1.5, "nine months in the end."),
    ("Yes.", 2.2, "I have led a team of four people."),
    ("I learned that I should", 1.9, "ask earlier, and that is what I do now."),
    ("We lost the deal.", 2.5, "They told us the price was fine, but", 1.7, "they did not trust the plan."),
    ("The result was, uh,", 2.0, "twelve contracts in one year."),
    ("First I called everyone who had left.", 1.3, "Then I looked at the numbers.", 2.4, "Then I wrote it down."),
    ("I am proud of the way", 2.5, "we treated each other during that time."),
    ("There were two reasons. One was money, and the other", 2.2, "was that nobody wanted to do it."),
    ("I disagreed with him, so", 1.1, "I asked for a day, and, um,", 2.3, "I came back with a test."),
    ("I grew up in a small town.", 2.0, "My parents had a shop, and I helped them with", 1.6, "everything."),
    ("If I could do it again,", 2.5, "I would talk to the users before I wrote a line."),
    ("My weakness is that I", 2.1, "say yes too often.", 2.3, "These days I wait until the next morning."),
)
QUIET_S = 3.5
"""Behind each answer: longer than any wait for more."""
_CHUNK = VOICE_RATE_HZ * 2 * 100 // 1000


class _NoAnswers:
    """Nobody asks for an answer here, so none is prepared either."""

    name = "none"
    is_free = False

    def reply(self, context: Context) -> AsyncIterator[str]:
        raise RuntimeError(f"an answer was asked for after {len(context.turns)} turns")


def _frames(pcm: bytes, turn_taking: TurnTaking) -> Iterator[str]:
    turn = {
        "type": "semantic_vad",
        "eagerness": EAGERNESS[turn_taking],
        "create_response": False,
        "interrupt_response": False,
    }
    yield json.dumps(
        {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": turn}}}}
    )
    for at in range(0, len(pcm), _CHUNK):
        audio = base64.b64encode(pcm[at : at + _CHUNK]).decode()
        yield json.dumps({"type": "input_audio_buffer.append", "audio": audio})


async def _turn_ends(engines: Engines, pcm: bytes, turn_taking: TurnTaking) -> list[int]:
    """At which milliseconds a session takes the speaker to have finished."""
    frames = _frames(pcm, turn_taking)
    ends: list[int] = []

    async def receive() -> str | None:
        # The sound comes as fast as the words of a pause are known: in real time they are known before it is over.
        while not engines.recogniser.is_idle:
            await asyncio.sleep(0.002)
        await asyncio.sleep(0)
        return next(frames, None)

    async def write(frame: str) -> None:
        event: dict[str, Any] = json.loads(frame)
        if event["type"] == "error":
            raise RuntimeError(event["error"]["code"])
        if event["type"] == "input_audio_buffer.speech_stopped":
            ends.append(event["audio_end_ms"])

    reason = await RealtimeSession(engines, "bench").run(receive, write)
    if reason != "left":
        raise RuntimeError(f"the session ended as {reason}")
    return ends


async def _count(turn_taking: TurnTaking, answers: Sequence[Answer]) -> int:
    voice, embedder = RoomVoice(), Embedder()
    engines = Engines(
        SileroDetector, Recogniser(), Synthesiser(), embedder, BankMatcher(embedder), _NoAnswers(), text_model=None
    )
    cut_offs = 0
    try:
        for answer in answers:
            pcm = voice.hear([*answer, QUIET_S])
            said_ms = len(pcm) * 1000 // (2 * VOICE_RATE_HZ) - round(QUIET_S * 1000)
            ends = await _turn_ends(engines, pcm, turn_taking)
            if not ends or ends[-1] < said_ms:
                raise RuntimeError("an answer was not heard to its end")
            cut_offs += sum(end < said_ms for end in ends)
    finally:
        engines.close()
    return cut_offs


def count_cut_offs(turn_taking: TurnTaking, answers: Sequence[Answer] = ANSWERS) -> int:
    """How many of the pauses in these answers end the turn."""
    return asyncio.run(_count(turn_taking, answers))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.cut_offs", description=__doc__)
    parser.add_argument("turn_taking", nargs="?", choices=get_args(TurnTaking))
    pauses = sum(isinstance(part, float) for answer in ANSWERS for part in answer)
    only = parser.parse_args().turn_taking
    for kind in [only] if only else get_args(TurnTaking):
        print(f"{kind:<9} {count_cut_offs(kind):>3} cut-offs in {len(ANSWERS)} answers with {pauses} pauses")
