"""A whole recording cut into pieces of speech and transcribed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from peak_app.embedded.ai_server.realtime.ear import Ear, Piece, PieceCut, SpeechPaused, SpeechStopped
from peak_app.embedded.ai_server.realtime.session_config import TurnDetection
from peak_app.embedded.ai_server.speech.detector import FRAME, SpeechDetector
from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, Samples
from peak_app.embedded.ai_server.speech.recogniser import MIN_VOICED_MS, Recognised, Recogniser

_RECORDING = TurnDetection(
    threshold=0.5,
    prefix_padding_ms=300,
    silence_duration_ms=600,
    unfinished_silence_ms=600,
    idle_timeout_ms=None,
    create_response=False,
    interrupt_response=False,
)
_FRAMES_IN_A_ROW = 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech and what was said. Times in seconds from the start of the recording."""

    start_s: float
    end_s: float
    heard: Recognised


async def _pieces(samples: Samples, detector: SpeechDetector) -> AsyncIterator[Piece]:
    ear = Ear(detector)
    for count, frame in enumerate(ear.frames(samples), start=1):
        for event in ear.hear(frame, _RECORDING, is_unfinished=False):
            match event:
                case SpeechPaused(piece=piece, is_closed=True) | PieceCut(piece=piece) | SpeechStopped(piece=piece):
                    yield piece
                case _:
                    pass
        if count % _FRAMES_IN_A_ROW == 0:
            await asyncio.sleep(0)
    if ear.is_speaking:
        # Recordings end in the middle of a word as often as not.
        piece = ear.open_piece
        yield Piece(piece.start, max(piece.end, min(len(samples), piece.end + FRAME)), piece.voiced_ms)


async def transcribe_recording(samples: Samples, detector: SpeechDetector, recogniser: Recogniser) -> list[Segment]:
    """Segments of 16 kHz audio, in order; stretches without voice have none."""
    segments: list[Segment] = []
    async for piece in _pieces(samples, detector):
        if piece.voiced_ms < MIN_VOICED_MS:
            continue
        heard = await recogniser.transcribe_recording(samples[piece.start : piece.end])
        if heard.text:
            segments.append(Segment(piece.start / EAR_RATE_HZ, piece.end / EAR_RATE_HZ, heard))
    return segments
