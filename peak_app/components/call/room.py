"""The call: a React component that lives in the browser alone. Its parts lie beside this file."""

from pathlib import Path

import reflex as rx

from peak_app.config import settings
from peak_app.i18n.catalogue import section


def part(name: str) -> str:
    """Where a part of the call is imported from: in the folder of this module, beside the parts it imports itself."""
    return rx.asset(name, shared=True).importable_path


_ROOM = part("room.jsx")
_HOSTED = "hosted_"
"""How the parts are called that only builds for Stream Video have."""
for _part in sorted(path.name for path in Path(__file__).parent.glob("*.js*")):
    # Each becomes a neighbour of room.jsx in the built page, where it is imported by its relative name.
    if settings().has_stream or not _part.startswith(_HOSTED):
        rx.asset(_part, shared=True)


class CallRoom(rx.NoSSRComponent):
    """`strings` is the catalogue's section `room`: the browser side holds no words of its own.

    `focus` is what the meeting is to practise, or empty. `is_recorded` is what was chosen; it can be changed until the
    call runs. `notice` is shown in the room unless the bridge sends one itself. With `low_from_s` left of the call its
    minutes begin to run low.
    """

    library = _ROOM
    tag = "CallRoom"
    meeting_id: rx.Var[str]
    title: rx.Var[str]
    agent_name: rx.Var[str]
    focus: rx.Var[str]
    limit_minutes: rx.Var[int]
    low_from_s: rx.Var[int]
    is_running: rx.Var[bool]
    is_recorded: rx.Var[bool]
    retention_days: rx.Var[int]
    notice: rx.Var[str]
    strings: rx.Var[dict[str, str]]


class HostedCallRoom(CallRoom):
    """The same room for calls that are held in Stream Video. Under Stream's own agreement: see docs/services.md."""

    library = _ROOM.removesuffix("room.jsx") + _HOSTED + "room.jsx"
    tag = "HostedCallRoom"
    lib_dependencies: list[str] = ["@stream-io/video-react-sdk@1.43.1"]


def call_room(
    *,
    meeting_id: rx.Var[str],
    title: rx.Var[str],
    agent_name: rx.Var[str],
    focus: rx.Var[str],
    limit_minutes: rx.Var[int],
    low_from_s: rx.Var[int],
    is_running: rx.Var[bool],
    is_recorded: rx.Var[bool],
    retention_days: rx.Var[int],
    notice: rx.Var[str],
) -> rx.Component:
    room = HostedCallRoom if settings().has_stream else CallRoom
    return room.create(
        meeting_id=meeting_id,
        title=title,
        agent_name=agent_name,
        focus=focus,
        limit_minutes=limit_minutes,
        low_from_s=low_from_s,
        is_running=is_running,
        is_recorded=is_recorded,
        retention_days=retention_days,
        notice=notice,
        strings=section("room"),
    )
