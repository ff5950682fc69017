"""The voice of the lobby against a scripted server: what is asked for, and what every kind of failure becomes."""

import struct
from collections.abc import Callable, Iterator

import pytest

from peak_app.adapters.openai.speech import LARGEST_WAV, OpenAISynthesiser
from peak_app.config import Settings
from peak_app.errors import VoiceUnavailable
from tests.emulators.language_server import Reply, language_server
from tests.emulators.wav_files import pcm_of, wav

WORDS = "Hello, I am Morgan."
PCM = bytes(range(200)) * 24

MakeSynthesiser = Callable[..., OpenAISynthesiser]


@pytest.fixture
def synthesiser_at(settings_for_tests: Callable[..., Settings]) -> Iterator[MakeSynthesiser]:
    made: list[OpenAISynthesiser] = []

    def make(url: str, **fields: object) -> OpenAISynthesiser:
        settings = settings_for_tests(openai_base_url=url, openai_api_key="sk-test", **fields)
        made.append(OpenAISynthesiser(settings))
        return made[-1]

    yield make
    for synthesiser in made:
        synthesiser.close()


def test_the_words_are_spoken_in_the_voice_of_the_calls(synthesiser_at: MakeSynthesiser):
    with language_server(Reply(body=wav(PCM))) as server:
        spoken = synthesiser_at(server.url, speech_model="speaker-1", realtime_voice="cedar").speak(WORDS)

    (request,) = server.requests
    assert pcm_of(spoken) == PCM
    assert request.path == "/v1/audio/speech"
    assert request.headers["authorization"] == "Bearer sk-test"
    assert request.body == {"model": "speaker-1", "voice": "cedar", "input": WORDS, "response_format": "wav"}


def test_a_file_that_was_streamed_gets_its_true_sizes(synthesiser_at: MakeSynthesiser):
    endless = bytearray(wav(PCM))
    struct.pack_into("<I", endless, 4, 0xFFFFFFFF)
    struct.pack_into("<I", endless, 40, 0xFFFFFFFF)
    with language_server(Reply(body=bytes(endless))) as server:
        assert synthesiser_at(server.url).speak(WORDS) == wav(PCM)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(401, {"error": {"message": WORDS}}),
        Reply(400, {"error": {"message": "no such model"}}),
        Reply(500, {}),
        Reply(body="<html>a gateway's page</html>"),
        Reply(body=b""),
        Reply(body=wav(PCM)[:20]),
        Reply(body=wav(bytes(LARGEST_WAV))),
        Reply(body=wav(PCM), headers={"Content-Length": "99999"}),
    ],
)
def test_whatever_else_comes_is_a_voice_that_is_not_there(
    synthesiser_at: MakeSynthesiser, reply: Reply, caplog: pytest.LogCaptureFixture
):
    with language_server(reply) as server, pytest.raises(VoiceUnavailable) as refused:
        synthesiser_at(server.url, provider_timeout_s=2).speak(WORDS)
    assert "can't be played" in refused.value.sentence
    assert WORDS not in caplog.text
    assert "speech request failed" in caplog.text


def test_a_service_that_takes_too_long_is_given_up(synthesiser_at: MakeSynthesiser):
    with language_server(Reply(body=wav(PCM), delay_s=1)) as server, pytest.raises(VoiceUnavailable):
        synthesiser_at(server.url, provider_timeout_s=0.2).speak(WORDS)


def test_without_any_service_the_voice_is_not_there(synthesiser_at: MakeSynthesiser):
    with pytest.raises(VoiceUnavailable):
        synthesiser_at("http://127.0.0.1:9/v1").speak(WORDS)
