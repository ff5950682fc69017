"""The HTTP side of the embedded AI server, over the OpenAI SDK where there is a call for it."""

import base64
import contextlib
import io
import json
import math
import struct
import wave
from collections.abc import Iterator

import httpx
import jiwer
import numpy as np
import openai
import pytest
from openai import OpenAI
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from peak_app.config import EMBEDDED_MODEL
from peak_app.domain.insights.citations import check_summary
from peak_app.domain.insights.lines import CONFIDENCE_NEEDED, Line
from peak_app.embedded.ai_server.speech.pcm import resample, to_pcm, to_samples
from peak_app.ports.language import (
    EMBEDDING_DIMENSIONS,
    AskedLine,
    AskedMeeting,
    AskedText,
    MeetingAnswer,
    MeetingSummary,
    MeetingText,
    TextLine,
)
from tests.ai_process import AiProcess, ai_process, human_speech
from tests.contracts.realtime_conformance.client import recording

TWO_CITIES = """
    It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was
    the epoch of belief, it was the epoch of incredulity, it was the season of light, it was the season of darkness, it
    was the spring of hope, it was the winter of despair, we had everything before us, we had nothing before us, we were
    all going direct to heaven, we were all going direct the other way. In short, the period was so far like the present
    period, that some of its noisiest authorities insisted on its being received, for good or for evil, in the
    superlative degree of comparison only.
"""
INTERVIEW_SENTENCES = (
    "I have worked as a backend engineer for five years, mostly on payment systems.",
    "Our checkout was slow, so I measured every step and found that one query took most of the time.",
    "I added an index and a small cache, and the page became three times as fast.",
    "My manager wanted to ship early, but I convinced her to wait for two more days.",
    "In the end we had fewer complaints and the team was proud of the result.",
    "I did not agree with the plan at first because it ignored the customers we already had.",
    "The hardest part was telling a good friend that his design would not work.",
    "We moved twelve services to the new platform without stopping any of them.",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AiProcess]:
    with ai_process(tmp_path_factory.mktemp("ai")) as process:
        yield process


@pytest.fixture(scope="module")
def client(server: AiProcess) -> Iterator[OpenAI]:
    with OpenAI(api_key="local", base_url=f"{server.url}/v1", max_retries=0, timeout=60) as sdk:
        yield sdk


def _wav(pcm: bytes, rate_hz: int, channels: int = 1) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return target.getvalue()


def _word_error_rate(reference: str, heard: str) -> float:
    plain = jiwer.Compose(
        [
            jiwer.ToLowerCase(),
            jiwer.RemovePunctuation(),
            jiwer.RemoveMultipleSpaces(),
            jiwer.Strip(),
            jiwer.ReduceToListOfListOfWords(),
        ]
    )
    return jiwer.wer(reference, heard, reference_transform=plain, hypothesis_transform=plain)


# who may ask


def test_it_tells_its_health_and_its_models(server: AiProcess, client: OpenAI) -> None:
    health = httpx.get(f"{server.url}/healthz").json()
    assert health["status"] == "ok"
    assert health["model"] == EMBEDDED_MODEL
    assert EMBEDDED_MODEL in {model.id for model in client.models.list()}
    assert client.models.retrieve(EMBEDDED_MODEL).id == EMBEDDED_MODEL
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:3010"}, 200),
        ({"Origin": "http://127.0.0.1:3000"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Host": "127.0.0.1.evil.example:3010"}, 403),
    ],
)
def test_web_pages_and_rebound_names_are_refused(server: AiProcess, headers: dict[str, str], status: int) -> None:
    reply = httpx.get(f"{server.url}/v1/models", headers=headers)
    assert reply.status_code == status
    if status == 403:
        assert reply.json()["error"]["type"] == "invalid_request_error"


async def test_a_web_page_gets_no_voice_session(server: AiProcess) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(f"{server.voice_url}/realtime", origin="http://127.0.0.1:3000", proxy=None):  # pyright: ignore[reportArgumentType]
            pass
    assert refusal.value.response.status_code == 403


def test_unknown_addresses_and_methods_are_told_in_the_api_shape(server: AiProcess) -> None:
    assert httpx.get(f"{server.url}/v1/nothing").json()["error"]["code"] == "not_found"
    # What it has no model for it does not pretend to do.
    assert httpx.post(f"{server.url}/v1/moderations", json={"input": "x"}).status_code == 404
    assert httpx.get(f"{server.url}/v1/embeddings").status_code == 405


async def test_a_fifth_session_is_told_that_there_is_no_room(server: AiProcess) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(recording(server.voice_url, "m"))
        async with connect(f"{server.voice_url}/realtime?model=m", proxy=None) as socket:
            error = json.loads(await socket.recv())
            assert error["type"] == "error"
            assert error["error"]["code"] == "session_limit_reached"
            await socket.wait_closed()
            assert socket.close_code == 1013
    # The places are free again.
    async with recording(server.voice_url, "m") as client:
        assert client.events[0]["type"] == "session.created"


async def test_a_giant_frame_ends_only_its_own_session(server: AiProcess) -> None:
    async with connect(f"{server.voice_url}/realtime?model=m", proxy=None, max_size=None) as socket:
        with contextlib.suppress(ConnectionClosed):
            await socket.send("x" * (17 * 2**20))
        await socket.wait_closed()
        assert socket.close_code == 1009
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{server.url}/healthz")).json()["sessions"] == 0


# embeddings


def test_embeddings_are_unit_vectors_that_know_meaning(client: OpenAI) -> None:
    texts = ["I repaired the database.", "We fixed the data store.", "My cat likes fish."]
    reply = client.embeddings.create(model="text-embedding-3-small", input=texts, dimensions=EMBEDDING_DIMENSIONS)
    vectors = np.asarray([entry.embedding for entry in reply.data])
    assert vectors.shape == (3, EMBEDDING_DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.2
    assert reply.usage.total_tokens > 10


def test_both_encodings_of_embeddings_are_equal(client: OpenAI) -> None:
    encoded = client.embeddings.create(model="m", input="hello", encoding_format="base64").data[0].embedding
    plain = client.embeddings.create(model="m", input="hello", encoding_format="float").data[0].embedding
    decoded = np.frombuffer(base64.b64decode(encoded), "<f4") if isinstance(encoded, str) else encoded
    assert np.allclose(decoded, plain, atol=1e-6)


@pytest.mark.parametrize(
    "wrong", [{"input": []}, {"input": ""}, {"input": ["a", ""]}, {"input": "a", "dimensions": 12}, {"input": 5}, {}]
)
def test_wrong_embedding_requests_are_refused(server: AiProcess, wrong: dict[str, object]) -> None:
    reply = httpx.post(f"{server.url}/v1/embeddings", json=wrong)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


# speech


def test_speech_comes_as_wav_and_as_pcm(client: OpenAI) -> None:
    content = client.audio.speech.create(
        model="hibari-tts", voice="marin", input="Hello there.", response_format="wav"
    ).read()
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert 0.4 < file.getnframes() / 24_000 < 3
    pcm = client.audio.speech.create(model="m", voice="marin", input="Hello there.", response_format="pcm").read()
    assert len(pcm) % 2 == 0
    assert len(pcm) > 20_000
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(model="m", voice="marin", input="Hello there.", response_format="mp3")


def test_interview_sentences_are_understood(client: OpenAI) -> None:
    pause = bytes(24_000)
    spoken = pause.join(
        client.audio.speech.create(model="m", voice="marin", input=sentence, response_format="pcm").read()
        for sentence in INTERVIEW_SENTENCES
    )
    heard = client.audio.transcriptions.create(model="m", file=("speech.wav", _wav(spoken, 24_000), "audio/wav"))
    assert _word_error_rate(" ".join(INTERVIEW_SENTENCES), heard.text) <= 0.20


def test_a_person_reading_is_understood(client: OpenAI) -> None:
    with human_speech().open("rb") as file:
        heard = client.audio.transcriptions.create(model="m", file=file, response_format="verbose_json")
    assert _word_error_rate(TWO_CITIES, heard.text) <= 0.10
    assert heard.segments
    assert all(segment.start < segment.end <= heard.duration + 0.1 for segment in heard.segments)
    starts = [segment.start for segment in heard.segments]
    assert starts == sorted(starts)
    assert min(math.exp(segment.avg_logprob) for segment in heard.segments) > CONFIDENCE_NEEDED


def test_a_transcription_tells_how_sure_it_is_of_each_token(client: OpenAI) -> None:
    pcm = client.audio.speech.create(
        model="m", voice="v", input="I like to work with careful people.", response_format="pcm"
    ).read()
    loud = to_samples(pcm)
    noise = np.random.default_rng(7).normal(0, 2 * np.sqrt(np.mean(np.square(loud))), len(loud))
    noisy = to_pcm((loud + noise).astype(np.float32))

    def sureness(speech: bytes) -> float:
        heard = client.audio.transcriptions.create(
            model="m", file=("a.wav", _wav(speech, 24_000)), response_format="json", include=["logprobs"]
        )
        assert heard.logprobs
        assert "".join(score.token or "" for score in heard.logprobs).strip() == heard.text
        return float(np.exp(np.mean([score.logprob for score in heard.logprobs])))

    assert sureness(pcm) > 0.8
    assert sureness(noisy) < CONFIDENCE_NEEDED


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1)])
def test_other_rates_and_stereo_are_read(client: OpenAI, rate_hz: int, channels: int) -> None:
    pcm = client.audio.speech.create(
        model="m", voice="v", input="I like to work with careful people.", response_format="pcm"
    ).read()
    samples = resample(to_samples(pcm), 24_000, rate_hz)
    content = _wav(to_pcm(np.repeat(samples, channels)), rate_hz, channels)
    heard = client.audio.transcriptions.create(model="m", file=("a.wav", content), response_format="text")
    assert "work with careful people" in str(heard).lower()


def test_silence_and_noise_have_no_words(client: OpenAI) -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, 16_000 * 3).astype(np.float32)
    for pcm in (bytes(16_000 * 2 * 3), to_pcm(noise)):
        assert client.audio.transcriptions.create(model="m", file=("a.wav", _wav(pcm, 16_000))).text == ""


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a wav file at all",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"
        + struct.pack("<HHIIHH", 1, 0, 0, 0, 0, 0)
        + b"data\x04\x00\x00\x00abcd",
        b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"
        + struct.pack("<HHIIHH", 7, 1, 16000, 0, 1, 8)
        + b"data\x04\x00\x00\x00abcd",
    ],
)
def test_files_that_are_no_audio_are_refused(client: OpenAI, content: bytes) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.audio.transcriptions.create(model="m", file=("a.wav", content))
    assert refusal.value.body is not None


def test_a_transcription_without_a_form_is_refused(server: AiProcess) -> None:
    assert httpx.post(f"{server.url}/v1/audio/transcriptions", content=b"abc").status_code == 400
    reply = httpx.post(f"{server.url}/v1/audio/transcriptions", files={"other": b"abc"})
    assert reply.json()["error"]["code"] == "missing_required_parameter"


# meetings


def _meeting(*, is_silent: bool = False) -> MeetingText:
    said = (
        ("agent", "Hello, I am Mira. Tell me about a piece of work you are proud of and what you did in it."),
        ("candidate", "Last year our checkout was slow. I measured every step and found one bad query."),
        ("candidate", "I added an index, and as a result the page became three times as fast."),
        ("agent", "Thank you. Describe a disagreement you had with a colleague and how the two of you settled it."),
        ("candidate", "We argued about the database. We met and we talked and we decided to use the one we knew."),
        ("agent", "Okay, thank you. What is a weakness that really costs you something at work?"),
        ("candidate", "I don't know."),
        ("agent", "Why should a team choose you?"),
        ("candidate", "Because I finish what I start, and I like to explain things to other people."),
    )
    lines = [
        TextLine(id=f"l{index}", speaker=speaker, start_ms=index * 9000, end_ms=index * 9000 + 8000, text=text)  # pyright: ignore[reportArgumentType]
        for index, (speaker, text) in enumerate(said)
        if not (is_silent and speaker == "candidate")
    ]
    return MeetingText(title="Practice", agent_name="Mira", agent_instructions="Be kind.", lines=lines)


def _asked(question: str) -> AskedText:
    lines = [AskedLine(**line.model_dump()) for line in _meeting().lines]
    whole = AskedMeeting(title="Practice", agent_name="Mira", held_on="", is_whole=True, lines=lines)
    return AskedText(question=question, meetings=[whole])


def _ask(client: OpenAI, question: str) -> MeetingAnswer:
    # The SDK names the schema after the class; the contract fixes the name.
    schema = {
        "type": "json_schema",
        "name": "meeting_answer",
        "schema": MeetingAnswer.model_json_schema(),
        "strict": True,
    }
    reply = client.responses.create(
        model="m", input=_asked(question).model_dump_json(), text={"format": schema}, store=False
    )  # pyright: ignore[reportArgumentType]
    assert reply.model == EMBEDDED_MODEL
    return MeetingAnswer.model_validate_json(reply.output_text)


def _summary(client: OpenAI, meeting: MeetingText) -> MeetingSummary:
    schema = {
        "type": "json_schema",
        "name": "meeting_summary",
        "schema": MeetingSummary.model_json_schema(),
        "strict": True,
    }
    reply = client.responses.create(model="m", input=meeting.model_dump_json(), text={"format": schema}, store=False)  # pyright: ignore[reportArgumentType]
    assert reply.status == "completed"
    assert reply.usage is not None
    assert reply.usage.total_tokens == reply.usage.input_tokens + reply.usage.output_tokens
    return MeetingSummary.model_validate_json(reply.output_text)


def test_a_summary_only_quotes_and_cites(client: OpenAI) -> None:
    meeting = _meeting()
    texts = {line.id: line.text for line in meeting.lines}
    summary = _summary(client, meeting)
    assert summary.overview
    for sentence in summary.overview:
        assert all(sentence.text in texts[line_id] for line_id in sentence.line_ids)
        assert all(line_id in {"l1", "l2", "l4", "l6", "l8"} for line_id in sentence.line_ids)
    assert len(summary.questions) == 4
    assert summary.questions[0].note == "I added an index, and as a result the page became three times as fast."
    assert summary.questions[0].line_ids == ["l0", "l2"]
    assert any("three times as fast" in strength.text for strength in summary.strengths)
    assert any("said “we” 5 times" in step.text for step in summary.next_steps)
    assert any("left this question open" in step.text and step.line_ids == ["l5", "l6"] for step in summary.next_steps)
    assert (summary.questions[0].first_line_id, summary.questions[0].last_line_id) == ("l0", "l2")
    # What quotes the agent rests on the agent's line too, or it would not stand.
    assert check_summary(summary, [Line(**line.model_dump()) for line in meeting.lines]).dropped == 0


def test_a_meeting_in_which_nobody_answered_gets_an_empty_summary(client: OpenAI) -> None:
    summary = _summary(client, _meeting(is_silent=True))
    assert summary == MeetingSummary(overview=[], questions=[], strengths=[], next_steps=[])


@pytest.mark.parametrize(
    ("question", "line_id"),
    [
        ("How much faster did the page get?", "l2"),
        ("What did I say about the database?", "l4"),
        ("What was slow last year?", "l1"),
        ("Which question came first?", "l0"),
        ("What did the coach ask first?", "l0"),
        ("Why should a team pick me?", "l8"),
        ("Did I have a conflict with a colleague?", "l4"),
        ("What are my weaknesses?", "l6"),
    ],
)
def test_answers_quote_the_line_that_holds_them(client: OpenAI, question: str, line_id: str) -> None:
    texts = {line.id: line.text for line in _meeting().lines}
    answer = _ask(client, question)
    assert answer.found
    assert line_id in {citation.line_id for citation in answer.citations}
    assert all(citation.quote in texts[citation.line_id] for citation in answer.citations)


@pytest.mark.parametrize(
    "question",
    [
        "What is my salary?",
        "Did I talk about my experience in Japan?",
        "Who won the football match?",
        "What is the capital of France?",
    ],
)
def test_what_was_not_said_is_not_found(client: OpenAI, question: str) -> None:
    answer = _ask(client, question)
    assert not answer.found
    assert answer.citations == []


def test_anything_else_needs_a_text_model(client: OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refusal:
        client.responses.create(model="m", input="Write me a poem.")
    assert "text model" in str(refusal.value)
    schema = {"type": "json_schema", "name": "meeting_answer", "schema": {}, "strict": True}
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model="m", input="not json", text={"format": schema})  # pyright: ignore[reportArgumentType]


def test_a_structured_answer_can_be_streamed(client: OpenAI) -> None:
    schema = {
        "type": "json_schema",
        "name": "meeting_answer",
        "schema": MeetingAnswer.model_json_schema(),
        "strict": True,
    }
    document = _asked("What was slow last year?").model_dump_json()
    kinds: list[str] = []
    text = ""
    with client.responses.create(model="m", input=document, text={"format": schema}, stream=True) as stream:  # pyright: ignore[reportArgumentType]
        for event in stream:
            kinds.append(event.type)
            if event.type == "response.output_text.delta":
                text += event.delta
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert kinds.count("response.output_text.delta") > 5
    assert MeetingAnswer.model_validate_json(text).found


# banks


def test_the_banks_are_listed_and_matched(server: AiProcess) -> None:
    banks = httpx.get(f"{server.url}/v1/practice/banks").json()
    assert len(banks) >= 8
    assert all(len(bank["questions"]) == 15 for bank in banks)
    reply = httpx.post(
        f"{server.url}/v1/practice/match", json={"instructions": "A React interview about hooks and CSS."}
    ).json()
    assert reply["bank_id"] == "frontend-engineering"
    assert reply["is_confident"] is True
    assert reply["title"] in {bank["title"] for bank in banks}
    assert len(reply["alternatives"]) == 3
    assert all(not math.isnan(entry["similarity"]) for entry in reply["alternatives"])
    vague = httpx.post(
        f"{server.url}/v1/practice/match", json={"instructions": "Be a dragon and guard your gold."}
    ).json()
    assert vague["is_confident"] is False
    assert httpx.post(f"{server.url}/v1/practice/match", json={}).status_code == 400


def test_nothing_said_or_asked_reaches_the_log(server: AiProcess, client: OpenAI) -> None:
    client.embeddings.create(model="m", input="my secret hippopotamus")
    log = server.log().lower()
    for word in ("hippopotamus", "checkout", "best of times", "dragon", "payment"):
        assert word not in log
