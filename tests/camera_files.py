"""Live files for tests: voices as tones, and a camera as a browser's `MediaRecorder` leaves it."""

import io
import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 24_000


def tone(seconds: float, hertz: float) -> bytes:
    at = np.arange(round(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * hertz * at) * 8_000).astype("<i2").tobytes()


def camera_stream(
    seconds: float, *, fps: int = 15, width: int = 160, height: int = 120, codec: str = "libvpx"
) -> bytes:
    """A live WebM: unknown sizes, no index, a key frame and a cluster each second."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm", options={"live": "1", "cluster_time_limit": "1000"}) as container:
        options = {"deadline": "realtime", "cpu-used": "8", "g": str(fps)}
        stream = container.add_stream(codec, rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(round(seconds * fps)):
            picture = np.full((height * 3 // 2, width), 128, np.uint8)
            picture[:height] = 20 + number * 3 % 200
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


def write_voice(live: Path, segment: int, started_ms: int, candidate: bytes | None, agent: bytes | None) -> None:
    live.mkdir(parents=True, exist_ok=True)
    (live / f"{segment}.json").write_text(json.dumps({"segment": segment, "started_ms": started_ms}))
    if candidate is not None:
        (live / f"candidate.{segment}.pcm").write_bytes(candidate)
    if agent is not None:
        (live / f"agent.{segment}.pcm").write_bytes(agent)


def write_camera(live: Path, segment: int, started_ms: int, stream: bytes, pieces: int) -> list[Path]:
    """The stream cut into pieces of equal size, wherever that falls."""
    live.mkdir(parents=True, exist_ok=True)
    (live / f"camera.{segment}.json").write_text(json.dumps({"started_ms": started_ms}))
    size = -(-len(stream) // pieces)
    paths: list[Path] = []
    for index in range(pieces):
        path = live / f"camera.{segment}.{index}.webm"
        path.write_bytes(stream[index * size : (index + 1) * size])
        paths.append(path)
    return paths
