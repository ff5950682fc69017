"""What the product needs of a voice outside a call: one sentence, spoken."""

from typing import Protocol


class Synthesiser(Protocol):
    def speak(self, text: str, voice: str = "") -> bytes:
        """The text in this voice, as a WAV file; empty, or none of the service's: in its usual one. Blocks.

        Raises:
            VoiceUnavailable: the service did not speak, or gave something that is no WAV file.
        """
        ...
