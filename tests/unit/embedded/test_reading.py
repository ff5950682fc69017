"""What is counted in a whole meeting, held against it as any answer is."""

from collections.abc import Sequence

import pytest

from peak_app.domain.insights.citations import check_answer
from peak_app.domain.insights.lines import Line, text_lines
from peak_app.embedded.ai_server.embedder import Vectors
from peak_app.embedded.ai_server.reading.answer import answer
from peak_app.ports.language import AskedLine, AskedMeeting, AskedText

TALK = [("agent", f"That is good. Now number {number}, how did you do it?") for number in range(13)]
SHORT = [("agent", "Thank you for that. Why?"), ("candidate", "It had to be done."), ("agent", "When?")]


class NoMeanings:
    async def embed(self, texts: Sequence[str]) -> Vectors:
        raise AssertionError(f"{len(texts)} texts were searched")


@pytest.mark.parametrize(
    ("question", "talk", "claims"),
    [
        ("How many questions was I asked?", TALK, ["There are 13 questions in the transcript."]),
        ("How long was the interview?", TALK, ["From the first to the last line there are 12 minutes and 50 seconds."]),
        ("What did the coach ask first?", TALK[:1], ["The first question was: “Now number 0, how did you do it?”"]),
        ("What questions were asked?", SHORT, ["You were asked: “Why?”", "Then: “When?”"]),
        ("How many questions was I asked?", SHORT, ["There are 2 questions in the transcript."]),
    ],
)
async def test_what_is_counted_rests_on_its_lines(
    question: str, talk: list[tuple[str, str]], claims: list[str]
) -> None:
    lines = [
        Line.model_validate(
            {
                "id": f"L{number}",
                "speaker": speaker,
                "start_ms": number * 60_000,
                "end_ms": number * 60_000 + 50_000,
                "text": text,
            }
        )
        for number, (speaker, text) in enumerate(talk)
    ]
    shown = [AskedLine(**line.model_dump()) for line in text_lines(lines)]
    meeting = AskedMeeting(title="Round one", agent_name="Ada", held_on="", is_whole=True, lines=shown)

    written = await answer(AskedText(question=question, meetings=[meeting]), NoMeanings())

    checked = check_answer(written, lines)
    assert checked.dropped == 0
    assert [claim.text for claim in checked.value.claims] == claims
