"""What the product needs of a voice outside a call: one sentence, spoken."""

from typing import Protocol


class Synthesiser(Protocol):
    def speak(self, text: str) -> bytes:
        """The text in the agents' voice, as a WAV file. Blocks.

        Raises:
            VoiceUnavailable: the service did not speak, or gave something that is no WAV file.
        """
        ...
