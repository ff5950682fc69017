"""Opus at 24 kHz mono: straight through libopus when PyAV's wheel brings it along, else through PyAV.

libopus decodes to and encodes from 24 kHz natively, so no resampler (and none of its delay) is in the way, and it can
conceal losses, which PyAV's wrapper can't.
"""

import ctypes
import ctypes.util
import logging
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_void_p
from functools import cache
from pathlib import Path
from typing import Protocol

import av
from av import AudioFrame, AudioResampler
from av.audio.codeccontext import AudioCodecContext
from av.error import FFmpegError

from peak_app.ports.voice import VOICE_RATE_HZ

log = logging.getLogger(__name__)

FRAME_MS = 20
FRAME_SAMPLES = VOICE_RATE_HZ * FRAME_MS // 1000
FRAME_BYTES = FRAME_SAMPLES * 2
SILENT_FRAME = bytes(FRAME_BYTES)
BITRATE = 32_000

_LONGEST_PACKET = 1500
_LONGEST_FRAME_SAMPLES = VOICE_RATE_HZ * 120 // 1000

# Names of opus_defines.h.
_APPLICATION_VOIP, _APPLICATION_LOWDELAY = 2048, 2051
_SET_BITRATE, _SET_COMPLEXITY, _SET_INBAND_FEC, _SET_PACKET_LOSS = 4002, 4010, 4012, 4014


class OpusError(RuntimeError):
    """The packet is not Opus, or the codec refused."""


class Decoder(Protocol):
    def decode(self, packet: bytes) -> bytes:
        """Sound of one packet. Raises `OpusError`."""
        ...

    def carries_copy(self, packet: bytes) -> bool:
        """Whether the packet has a copy of the one before it (FEC), as far as this codec can tell."""
        ...

    def recover(self, next_packet: bytes | None, samples: int) -> bytes:
        """Stand-in for a lost packet: from the copy inside the next one when it has any, else made up."""
        ...


class Encoder(Protocol):
    def encode(self, frame: bytes) -> bytes:
        """One packet of one 20 ms frame."""
        ...


@cache
def _library() -> ctypes.CDLL | None:
    """libopus out of PyAV's wheel, or the system's; None when there is neither."""
    bundled = sorted((Path(av.__file__).parent.parent / "av.libs").glob("libopus-*.so*"))
    name = str(bundled[0]) if bundled else ctypes.util.find_library("opus")
    if name is None:
        return None
    try:
        library = ctypes.CDLL(name)
        library.opus_encoder_create.restype = c_void_p
        library.opus_encoder_create.argtypes = [c_int32, c_int, c_int, POINTER(c_int)]
        library.opus_decoder_create.restype = c_void_p
        library.opus_decoder_create.argtypes = [c_int32, c_int, POINTER(c_int)]
        library.opus_encode.argtypes = [c_void_p, c_char_p, c_int, c_void_p, c_int32]
        library.opus_decode.argtypes = [c_void_p, c_char_p, c_int32, c_void_p, c_int, c_int]
        library.opus_encoder_destroy.argtypes = [c_void_p]
        library.opus_decoder_destroy.argtypes = [c_void_p]
        library.opus_encoder_ctl.restype = c_int
    except (OSError, AttributeError) as error:
        log.warning("libopus not usable: %s", type(error).__name__)
        return None
    return library


def is_direct() -> bool:
    """Whether libopus itself is used."""
    return _library() is not None


def new_decoder() -> Decoder:
    library = _library()
    return _DirectDecoder(library) if library else _WrappedDecoder()


def new_encoder(*, is_lossy: bool = False) -> Encoder:
    """An encoder for a clean link (least delay), or a lossy one (each packet carries a copy of the one before)."""
    library = _library()
    return _DirectEncoder(library, is_lossy=is_lossy) if library else _WrappedEncoder()


class _DirectDecoder:
    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        error = c_int()
        self._state = library.opus_decoder_create(VOICE_RATE_HZ, 1, byref(error))
        if error.value:
            raise OpusError(f"opus_decoder_create: {error.value}")
        self._buffer = ctypes.create_string_buffer(_LONGEST_FRAME_SAMPLES * 2)
        # Only libopus 1.4 and newer tell.
        self._has_copy = getattr(library, "opus_packet_has_lbrr", None)

    def decode(self, packet: bytes) -> bytes:
        return self._run(packet, _LONGEST_FRAME_SAMPLES, is_copy=False)

    def carries_copy(self, packet: bytes) -> bool:
        return self._has_copy is not None and self._has_copy(packet, len(packet)) == 1

    def recover(self, next_packet: bytes | None, samples: int) -> bytes:
        return self._run(next_packet, samples, is_copy=next_packet is not None)

    def _run(self, packet: bytes | None, samples: int, *, is_copy: bool) -> bytes:
        size = len(packet) if packet else 0
        count = self._library.opus_decode(self._state, packet, size, self._buffer, samples, int(is_copy))
        if count < 0:
            raise OpusError(f"opus_decode: {count}")
        return ctypes.string_at(self._buffer, count * 2)

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.opus_decoder_destroy(self._state)


class _DirectEncoder:
    def __init__(self, library: ctypes.CDLL, *, is_lossy: bool) -> None:
        self._library = library
        error = c_int()
        application = _APPLICATION_VOIP if is_lossy else _APPLICATION_LOWDELAY
        self._state = library.opus_encoder_create(VOICE_RATE_HZ, 1, application, byref(error))
        if error.value:
            raise OpusError(f"opus_encoder_create: {error.value}")
        self._set(_SET_BITRATE, BITRATE)
        self._set(_SET_COMPLEXITY, 7 if is_lossy else 5)
        if is_lossy:
            self._set(_SET_INBAND_FEC, 1)
            self._set(_SET_PACKET_LOSS, 5)
        self._buffer = ctypes.create_string_buffer(_LONGEST_PACKET)

    def _set(self, request: int, value: int) -> None:
        self._library.opus_encoder_ctl(c_void_p(self._state), c_int(request), c_int32(value))

    def encode(self, frame: bytes) -> bytes:
        size = self._library.opus_encode(self._state, frame, FRAME_SAMPLES, self._buffer, _LONGEST_PACKET)
        if size < 0:
            raise OpusError(f"opus_encode: {size}")
        return self._buffer.raw[:size]

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self._library.opus_encoder_destroy(self._state)


class _WrappedDecoder:
    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "r")
        assert isinstance(codec, AudioCodecContext)
        self._codec = codec
        self._codec.format = "s16"
        self._codec.layout = "stereo"
        self._codec.sample_rate = 48_000
        self._resampler = AudioResampler(format="s16", layout="mono", rate=VOICE_RATE_HZ)

    def decode(self, packet: bytes) -> bytes:
        try:
            frames = self._codec.decode(av.Packet(packet))
        except FFmpegError as error:
            raise OpusError("decode") from error
        pieces = [piece for frame in frames for piece in self._resampler.resample(frame)]
        return b"".join(bytes(piece.planes[0])[: piece.samples * 2] for piece in pieces)

    def carries_copy(self, packet: bytes) -> bool:  # noqa: ARG002 - PyAV can't look into it
        return False

    def recover(self, next_packet: bytes | None, samples: int) -> bytes:  # noqa: ARG002 - PyAV can't look into it
        return bytes(samples * 2)


class _WrappedEncoder:
    def __init__(self) -> None:
        codec = av.CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)
        self._codec = codec
        self._codec.format = "s16"
        self._codec.layout = "mono"
        self._codec.sample_rate = VOICE_RATE_HZ
        self._codec.bit_rate = BITRATE
        self._codec.options = {"application": "lowdelay", "frame_duration": "20"}
        self._pts = 0

    def encode(self, frame: bytes) -> bytes:
        sound = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        sound.sample_rate = VOICE_RATE_HZ
        sound.pts = self._pts
        self._pts += FRAME_SAMPLES
        sound.planes[0].update(frame)
        try:
            packets = self._codec.encode(sound)
        except FFmpegError as error:
            raise OpusError("encode") from error
        return bytes(packets[0]) if packets else b""
