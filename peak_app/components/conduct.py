"""How an agent leads a call: groups of its form, from its voice to its time limit, folded until someone wants them."""

import reflex as rx

from peak_app.domain.agents.conduct import (
    GREETING_LIMIT,
    MOST_STAGE_MINUTES,
    MOST_STAGES,
    RAMBLE_SECONDS,
    STAGE_GOAL_LIMIT,
    STAGE_NAME_LIMIT,
    TIME_LIMIT_MINUTES,
)
from peak_app.i18n.catalogue import section
from peak_app.state.conduct_form import ConductRow, VoiceRow

_JSX = rx.asset("conduct.jsx", shared=True).importable_path
rx.asset("fold.jsx", shared=True)
rx.asset("sample.jsx", shared=True)
_LIMITS = {
    "stages": MOST_STAGES,
    "minutes": MOST_STAGE_MINUTES,
    "name": STAGE_NAME_LIMIT,
    "goal": STAGE_GOAL_LIMIT,
    "ramble_from": RAMBLE_SECONDS[0],
    "ramble_to": RAMBLE_SECONDS[1],
    "greeting": GREETING_LIMIT,
    "limit_from": TIME_LIMIT_MINUTES[0],
    "limit_to": TIME_LIMIT_MINUTES[1],
}


class ConductFields(rx.NoSSRComponent):
    """Fields `voice`, `language`, `turn_taking`, `ramble`, `ramble_after_s`, `greeting`, `stages` (JSON) and
    `limit_minutes` of the form they stand in.

    What is typed lives in the page: nothing is sent before the form is.
    """

    library = _JSX
    tag = "ConductFields"
    conduct: rx.Var[ConductRow]
    voice: rx.Var[VoiceRow]
    call_minutes: rx.Var[int]
    limits: rx.Var[dict[str, int]]
    labels: rx.Var[dict[str, str]]


def conduct_fields(
    conduct: rx.Var[ConductRow], voice: rx.Var[VoiceRow], call_minutes: rx.Var[int], **props: object
) -> rx.Component:
    """`call_minutes` is what a call can last; `key` among the `props` changes when other values are to be shown."""
    return ConductFields.create(
        conduct=conduct, voice=voice, call_minutes=call_minutes, limits=_LIMITS, labels=section("conduct"), **props
    )
