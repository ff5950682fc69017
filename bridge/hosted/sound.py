"""Sound as a video service hands it out, put on the local clock, with silence for whoever is muted.

The service's engine has put packets in order already, and gives nothing while someone is muted: the model's clock of
silence only runs on sound, so it is made here.
"""

from bridge.media.uplink import Heard, Uplink

_SEQUENCE_END = 1 << 16
_STAMP_END = 1 << 32


class _Plain:
    """What comes is sound already; nothing of it is ever lost between us and the service's engine."""

    def decode(self, packet: bytes) -> bytes:
        return packet

    def carries_copy(self, packet: bytes) -> bool:  # noqa: ARG002 - a decoder's question
        return False

    def recover(self, next_packet: bytes | None, samples: int) -> bytes:  # noqa: ARG002
        return bytes(samples * 2)


class HostedSound:
    """One session of one person. Times are ms on the local monotonic clock."""

    def __init__(self) -> None:
        self._uplink = Uplink(_Plain())
        self._sequence = 0

    def receive(self, pcm: bytes, stamp: int, now_ms: float) -> list[Heard]:
        """Take what came; `stamp` counts at 48 kHz and may wrap."""
        self._sequence = (self._sequence + 1) % _SEQUENCE_END
        return self._uplink.receive(self._sequence, stamp % _STAMP_END, pcm, now_ms)

    def fill(self, now_ms: float) -> list[Heard]:
        """Silence for as long as nothing comes, at most a few seconds of it."""
        return self._uplink.fill(now_ms)
