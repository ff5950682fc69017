"""A page's microphone as RTP packets, by libopus itself: with copies inside (FEC) or without, DTX, any length."""

import ctypes
from ctypes import byref, c_int, c_int32, c_void_p
from dataclasses import dataclass

from bridge.media import opus

RATE_HZ = 24_000
_VOIP = 2048
_SET_BITRATE, _SET_COMPLEXITY, _SET_FEC, _SET_LOSS, _SET_DTX = 4002, 4010, 4012, 4014, 4016


@dataclass(frozen=True, slots=True)
class Sent:
    """One packet, numbered as RTP does; `at_ms` is when its last sample was spoken, and it left, on its clock."""

    sequence: int
    stamp: int
    payload: bytes
    at_ms: float


class OpusSender:
    """Encodes speech of 24 kHz mono as a browser does. Sequence numbers and timestamps wrap around."""

    def __init__(
        self,
        *,
        has_copies: bool = False,
        has_dtx: bool = False,
        packet_ms: int = 20,
        bit_rate: int = 32_000,
        sequence: int = 0,
        stamp: int = 0,
    ) -> None:
        library = opus._library()
        assert library is not None
        self._library = library
        self._samples = RATE_HZ * packet_ms // 1000
        self._packet_ms = packet_ms
        self._sequence, self._stamp = sequence, stamp
        self._has_dtx = has_dtx
        self._state = library.opus_encoder_create(RATE_HZ, 1, _VOIP, byref(c_int()))
        self._set(_SET_BITRATE, bit_rate)
        self._set(_SET_COMPLEXITY, 5)
        self._set(_SET_FEC, int(has_copies))
        self._set(_SET_LOSS, 20 if has_copies else 0)
        self._set(_SET_DTX, int(has_dtx))
        self._buffer = ctypes.create_string_buffer(1500)
        self._spoken_ms = 0.0

    def _set(self, request: int, value: int) -> None:
        self._library.opus_encoder_ctl(c_void_p(self._state), c_int(request), c_int32(value))

    def send(self, pcm: bytes) -> list[Sent]:
        """Packets of this sound; with DTX there is none while nothing is said."""
        sent: list[Sent] = []
        size = self._samples * 2
        for start in range(0, len(pcm) // size * size, size):
            frame = pcm[start : start + size]
            length = self._library.opus_encode(self._state, frame, self._samples, self._buffer, 1500)
            assert length > 0
            self._spoken_ms += self._packet_ms
            # libopus marks what needn't be sent by a length of one or two bytes.
            if length > 2 or not self._has_dtx:
                payload = self._buffer.raw[:length]
                sent.append(Sent(self._sequence, self._stamp, payload, self._spoken_ms))
                self._sequence = (self._sequence + 1) & 0xFFFF
            self._stamp = (self._stamp + self._samples * 2) & 0xFFFFFFFF
        return sent

    def __del__(self) -> None:
        self._library.opus_encoder_destroy(self._state)
