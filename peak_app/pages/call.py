"""`/call/[meeting_id]`: the lobby and the room, without the frame."""

import reflex as rx

from peak_app.components.call.room import call_room
from peak_app.components.feedback import missing, notifier
from peak_app.i18n.catalogue import t
from peak_app.state.call import CallState


def call_page() -> rx.Component:
    waiting = rx.el.div(rx.el.p(t("common.loading"), role="status", class_name="fine"), class_name="room room-wait")
    room = rx.cond(
        CallState.call_id != "",
        call_room(
            meeting_id=CallState.call_id,
            title=CallState.title,
            agent_name=CallState.agent_name,
            focus=CallState.focus,
            limit_minutes=CallState.limit_minutes,
            low_from_s=CallState.low_from_s,
            is_running=CallState.is_running,
            is_recorded=CallState.is_recorded,
            retention_days=CallState.retention_days,
            notice=CallState.notice,
        ),
        waiting,
    )
    lost = rx.el.div(
        missing(t("meeting.missing"), t("meeting.missing_text"), t("meeting.missing_do"), "/meetings"),
        class_name="center-page hero-bg",
    )
    return rx.el.main(rx.cond(CallState.is_missing, lost, room), notifier())
