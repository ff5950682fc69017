"""The coach's sentence, spoken once and kept."""

import asyncio
from dataclasses import dataclass, field

import pytest

from peak_app.api.voice_sample import VoiceSamples
from peak_app.errors import NotFound, VoiceUnavailable


@dataclass
class FakeSynthesiser:
    """Speaks a number after the text, another each time; `is_away`: refuses."""

    is_away: bool = False
    spoken: list[str] = field(default_factory=list)

    def speak(self, text: str, voice: str = "") -> bytes:
        if self.is_away:
            raise VoiceUnavailable("away")
        self.spoken.append(text)
        return f"{text} {voice} {len(self.spoken)}".encode()


async def test_an_agents_sentence_is_spoken_once_also_for_two_at_the_same_time() -> None:
    synthesiser = FakeSynthesiser()
    samples = VoiceSamples(synthesiser, ("marin",))
    first, second = await asyncio.gather(samples.fetch_sample("Ada"), samples.fetch_sample("Ada"))
    assert first == second == await samples.fetch_sample("Ada")
    assert "Ada" in synthesiser.spoken[0]
    assert len(synthesiser.spoken) == 1


async def test_each_agent_says_its_own_name() -> None:
    samples = VoiceSamples(FakeSynthesiser(), ("marin",))
    assert b"Ada" in await samples.fetch_sample("Ada")
    assert b"Bea" in await samples.fetch_sample("Bea")


async def test_only_so_many_are_kept_and_the_longest_unheard_goes_first() -> None:
    synthesiser = FakeSynthesiser()
    samples = VoiceSamples(synthesiser, ("marin",), capacity=2)
    for name in ("Ada", "Bea", "Ada", "Cleo", "Ada"):
        await samples.fetch_sample(name)
    assert len(synthesiser.spoken) == 3
    await samples.fetch_sample("Bea")
    assert len(synthesiser.spoken) == 4


async def test_a_failure_is_not_kept() -> None:
    synthesiser = FakeSynthesiser(is_away=True)
    samples = VoiceSamples(synthesiser, ("marin",))
    with pytest.raises(VoiceUnavailable):
        await samples.fetch_sample("Ada")
    synthesiser.is_away = False
    assert b"Ada" in await samples.fetch_sample("Ada")


async def test_each_voice_of_the_service_has_a_sample_and_others_have_none() -> None:
    samples = VoiceSamples(FakeSynthesiser(), ("marin", "cedar"))
    assert b"cedar" in await samples.fetch_voice("cedar")
    assert b"marin" in await samples.fetch_voice("marin")
    for unknown in ("", "verse", "../x"):
        with pytest.raises(NotFound):
            await samples.fetch_voice(unknown)


async def test_an_agent_is_heard_in_its_own_voice_or_in_the_usual_one() -> None:
    samples = VoiceSamples(FakeSynthesiser(), ("marin", "cedar"))
    assert b"cedar" in await samples.fetch_sample("Ada", "cedar")
    assert b"marin" in await samples.fetch_sample("Ada", "gone")
