"""For how long recordings are kept."""

import reflex as rx

from peak_app.components.forms import button, field, problem
from peak_app.components.layout import panel
from peak_app.domain.recordings.retention import DAYS
from peak_app.i18n.catalogue import t
from peak_app.state.retention import RetentionState


def retention() -> rx.Component:
    least, most = DAYS
    days = rx.el.input(
        name="retention_days",
        type="number",
        input_mode="numeric",
        min=least,
        max=most,
        class_name="input short",
        default_value=RetentionState.own_days,
        placeholder=RetentionState.default_days,
        key="kept-" + RetentionState.own_days,
    )
    hint = rx.fragment(
        t("retention.hint", least=least, most=f"{most:,}"), " ", RetentionState.default_days, t("retention.hint_end")
    )
    return panel(
        rx.form(
            rx.el.div(
                field(t("retention.days"), days, hint=hint),
                problem(RetentionState.error),
                rx.el.div(button(t("retention.save"), kind="submit", icon="check"), class_name="row"),
                class_name="form",
            ),
            on_submit=RetentionState.save,
            reset_on_submit=False,
            no_validate=True,
        ),
        title=t("retention.title"),
        text=t("retention.text"),
    )
