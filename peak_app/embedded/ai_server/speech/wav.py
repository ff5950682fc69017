"""WAV files in and out."""

import struct

import numpy as np

from peak_app.embedded.ai_server.faults import InvalidRequest
from peak_app.embedded.ai_server.speech.pcm import Samples

_PCM, _EXTENSIBLE = 1, 0xFFFE
MIN_RATE_HZ, MAX_RATE_HZ = 4_000, 192_000


def _refuse(sentence: str) -> InvalidRequest:
    return InvalidRequest(sentence, "invalid_audio", "file")


def read_wav(content: bytes) -> tuple[Samples, int]:
    """Mono samples and rate in Hz of a WAV file: 8 to 64 bits, up to eight channels. Raises `InvalidRequest`."""
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise _refuse("The file is not a WAV file; only WAV is read here.")
    layout: tuple[int, int, int, int] | None = None
    at = 12
    while at + 8 <= len(content):
        name, size = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        body = content[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
            if kind == _EXTENSIBLE and len(body) >= 26:
                kind = struct.unpack_from("<H", body, 24)[0]
            layout = (kind, channels, rate, bits)
        elif name == b"data":
            if layout is None:
                break
            # A recorder that was cut off leaves a size that lies; what is there counts.
            return _decode(body, *layout), layout[2]
        at += 8 + size + size % 2
    raise _refuse("The WAV file has no audio in it.")


def _decode(body: bytes, kind: int, channels: int, rate: int, bits: int) -> Samples:
    if not 1 <= channels <= 8 or not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
        raise _refuse("The WAV file has an unusable number of channels or sampling rate.")
    width = bits // 8
    if width == 0:
        raise _refuse("The WAV file has an unknown sample format.")
    body = body[: len(body) - len(body) % (width * channels)]
    match kind, bits:
        case 1, 8:
            samples = (np.frombuffer(body, np.uint8).astype(np.float32) - 128) / 128
        case 1, 16:
            samples = np.frombuffer(body, "<i2").astype(np.float32) / 32768
        case 1, 24:
            triples = np.frombuffer(body, np.uint8).reshape(-1, 3)
            wide = np.zeros((len(triples), 4), np.uint8)
            wide[:, 1:] = triples
            samples = wide.view("<i4")[:, 0].astype(np.float32) / 2**31
        case 1, 32:
            samples = np.frombuffer(body, "<i4").astype(np.float32) / 2**31
        case 3, 32:
            samples = np.frombuffer(body, "<f4").astype(np.float32)
        case 3, 64:
            samples = np.frombuffer(body, "<f8").astype(np.float32)
        case _:
            raise _refuse("The WAV file has an unknown sample format.")
    mono = samples.reshape(-1, channels).mean(axis=1) if channels > 1 else samples
    # Floats may hold anything; recognition must not see infinities.
    return np.clip(np.nan_to_num(mono), -1.0, 1.0).astype(np.float32)


def write_wav(pcm: bytes, rate_hz: int) -> bytes:
    """A WAV file of 16-bit mono PCM."""
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(pcm),
        b"WAVE",
        b"fmt ",
        16,
        _PCM,
        1,
        rate_hz,
        rate_hz * 2,
        2,
        16,
        b"data",
        len(pcm),
    )
    return header + pcm
