"""The input audio buffer: recent 16 kHz audio addressed by its position in the session."""

from peak_app.embedded.ai_server.speech.pcm import Samples, to_pcm, to_samples


class InputAudio:
    """Keeps what may still be needed; positions never restart."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._first = 0

    @property
    def end(self) -> int:
        """Position behind the last sample."""
        return self._first + len(self._pcm) // 2

    def append(self, samples: Samples) -> None:
        self._pcm += to_pcm(samples)

    def cut(self, start: int, end: int) -> Samples:
        """Samples [start, end), as far as they are still kept."""
        first, last = max(0, start - self._first), max(0, end - self._first)
        return to_samples(bytes(self._pcm[first * 2 : last * 2]))

    def forget_before(self, position: int) -> None:
        count = min(position, self.end) - self._first
        if count > 0:
            del self._pcm[: count * 2]
            self._first += count

    def __len__(self) -> int:
        return len(self._pcm) // 2
