"""WAV files as a speech service gives them."""

import io
import wave

RATE_HZ = 24_000


def wav(pcm: bytes) -> bytes:
    """16-bit mono at 24 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writing:
        writing.setnchannels(1)
        writing.setsampwidth(2)
        writing.setframerate(RATE_HZ)
        writing.writeframes(pcm)
    return file.getvalue()


def pcm_of(file: bytes) -> bytes:
    with wave.open(io.BytesIO(file)) as reading:
        return reading.readframes(reading.getnframes())
