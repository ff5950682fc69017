"""What it takes to make the recording of a long call: memory, time and size.

`python -m bench.long_recording [hours ...]`, by default 0.25 and 3. Both voices talk in turns the whole time, and the
camera films at 640 x 360, 15 pictures a second, in chunks of four seconds. Each length is composed in a process of its
own; the memory beside it is what that process had when it began. The last line is one JSON object.
"""

import io
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil

from peak_app.domain.recordings.composition import compose
from peak_app.domain.recordings.live_files import PCM_RATE_HZ, live_files
from tests.camera_files import write_voice

FPS = 15
CHUNK_S = 4
_TURN_S = 20


def make_live_files(live: Path, seconds: int) -> None:
    """What a call of that length leaves."""
    write_voice(live, 0, 0, None, None)
    noise = np.random.default_rng(7).normal(0, 2_500, PCM_RATE_HZ * _TURN_S)
    talk = (noise * (1 + np.sin(np.arange(len(noise)) / 2_000))).astype("<i2").tobytes()
    with (live / "candidate.0.pcm").open("wb") as candidate, (live / "agent.0.pcm").open("wb") as agent:
        for at in range(0, seconds, _TURN_S):
            speaking, quiet = (candidate, agent) if at // _TURN_S % 2 else (agent, candidate)
            speaking.write(talk)
            quiet.seek(len(talk), io.SEEK_CUR)
        for file in (candidate, agent):
            file.truncate(seconds * PCM_RATE_HZ * 2)
    (live / "camera.0.json").write_text('{"started_ms": 0}')
    _film(live, seconds)


def _film(live: Path, seconds: int) -> None:
    minute = _encoded_minute()
    out = io.BytesIO()
    chunk = 0
    with (
        av.open(io.BytesIO(minute), "r") as source,
        av.open(out, "w", format="webm", options={"live": "1", "cluster_time_limit": "1000"}) as container,
    ):
        stream = container.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        template = [(bytes(packet), packet.is_keyframe) for packet in packets]
        for number in range(seconds * FPS):
            data, is_key = template[number % len(template)]
            packet = av.Packet(data)
            packet.pts = packet.dts = number
            packet.time_base, packet.is_keyframe, packet.stream = Fraction(1, FPS), is_key, stream
            container.mux(packet)
            if number % (FPS * CHUNK_S) == FPS * CHUNK_S - 1:
                (live / f"camera.0.{chunk}.webm").write_bytes(out.getvalue())
                out.seek(0)
                out.truncate()
                chunk += 1
    (live / f"camera.0.{chunk}.webm").write_bytes(out.getvalue())


def _encoded_minute() -> bytes:
    """One minute of a grainy moving picture, about as large as a real face."""
    random = np.random.default_rng(3)
    grain = random.integers(-9, 9, (540, 640), dtype=np.int16)
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as container:
        options = {"deadline": "realtime", "cpu-used": "8", "g": str(FPS * 2), "b": "600000"}
        stream = container.add_stream("libvpx", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 640, 360, "yuv420p", 600_000
        for number in range(60 * FPS):
            picture = np.clip(128 + np.roll(grain, number * 7, axis=1), 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


class _Memory:
    """The most this process has taken since it was made, looked at 20 times a second."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self.began_mb = self.peak_mb = self._now_mb()
        threading.Thread(target=self._watch, daemon=True).start()

    def _now_mb(self) -> float:
        return self._process.memory_info().rss / 1e6

    def _watch(self) -> None:
        while True:
            self.peak_mb = max(self.peak_mb, self._now_mb())
            time.sleep(0.05)


def compose_here(live: Path) -> dict[str, float]:
    """Compose in this process."""
    memory, started = _Memory(), time.perf_counter()
    target = live.parent / "recording.webm"
    made = compose(live_files(live), target)
    return {
        "hours": made.duration_ms / 3_600_000,
        "seconds": time.perf_counter() - started,
        "began_mb": memory.began_mb,
        "peak_mb": memory.peak_mb,
        "file_mb": target.stat().st_size / 1e6,
        "pictures": made.frame_count,
    }


def main(hours: list[float]) -> None:
    figures = []
    for length in hours:
        folder = Path(tempfile.mkdtemp(prefix="peak-long-"))
        try:
            make_live_files(folder / "live", round(length * 3_600))
            command = [sys.executable, "-m", "bench.long_recording", "--compose", str(folder / "live")]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout)
            figures.append(found)
            print(
                f"{found['hours']:.2f} h: {found['seconds']:.0f} s, memory {found['began_mb']:.0f} -> "
                f"{found['peak_mb']:.0f} MB, file {found['file_mb']:.0f} MB"
            )
        finally:
            shutil.rmtree(folder)
    print(json.dumps(figures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compose"]:
        print(json.dumps(compose_here(Path(sys.argv[2]))))
    else:
        main([float(value) for value in sys.argv[1:]] or [0.25, 3])
