"""The call: a React component that lives in the browser alone. Its parts lie beside this file."""

import reflex as rx

from peak_app.i18n.catalogue import section

_ROOM = rx.asset("room.jsx", shared=True).importable_path
for _part in ("stage.jsx", "lobby.jsx", "parts.jsx", "connection.js", "camera.js", "devices.js", "sound.js"):
    # Each becomes a neighbour of room.jsx in the built page, where it is imported by its relative name.
    rx.asset(_part, shared=True)


class CallRoom(rx.NoSSRComponent):
    """`strings` is the catalogue's section `room`: the browser side holds no words of its own.

    `notice` is shown in the room unless the bridge sends one itself.
    """

    library = _ROOM
    tag = "CallRoom"
    meeting_id: rx.Var[str]
    title: rx.Var[str]
    agent_name: rx.Var[str]
    limit_minutes: rx.Var[int]
    is_running: rx.Var[bool]
    notice: rx.Var[str]
    strings: rx.Var[dict[str, str]]


def call_room(
    *,
    meeting_id: rx.Var[str],
    title: rx.Var[str],
    agent_name: rx.Var[str],
    limit_minutes: rx.Var[int],
    is_running: rx.Var[bool],
    notice: rx.Var[str],
) -> rx.Component:
    return CallRoom.create(
        meeting_id=meeting_id,
        title=title,
        agent_name=agent_name,
        limit_minutes=limit_minutes,
        is_running=is_running,
        notice=notice,
        strings=section("room"),
    )
