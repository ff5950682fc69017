"""The parts of Stream's SDK that a call needs. They are imported only where calls are held at Stream: an extra."""

from functools import cache
from typing import Any, NamedTuple

from peak_app.ports.live_rooms import RoomSoftwareMissing


class RtcSdk(NamedTuple):
    """Classes and functions of `getstream[webrtc]`, by their own names."""

    AsyncStream: Any
    join: Any
    AudioStreamTrack: Any
    PcmData: Any
    AudioFormat: Any
    StreamResampler: Any
    CallingState: Any


@cache
def rtc_sdk() -> RtcSdk:
    """Takes a second the first time, so not on the loop.

    Raises:
        RoomSoftwareMissing: the extra `stream` is not installed.
    """
    try:
        import getstream  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
        import getstream_rtc  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
        from getstream.video import rtc  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise RoomSoftwareMissing from error
    return RtcSdk(
        getstream.AsyncStream,
        rtc.join,
        rtc.AudioStreamTrack,
        rtc.PcmData,
        rtc.AudioFormat,
        getstream_rtc.StreamResampler,
        getstream_rtc.CallingState,
    )
