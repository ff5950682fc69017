"""The button that brings in an agent from a file."""

import reflex as rx

from peak_app.domain.agents.portable import FILE_LIMIT
from peak_app.i18n.catalogue import section, t

_JSX = rx.asset("agent_file.jsx", shared=True).importable_path
rx.asset("fold.jsx", shared=True)


class ImportAgent(rx.NoSSRComponent):
    """Sends a file to `/api/agents/import`; `on_imported` is given the id of the agent."""

    library = _JSX
    tag = "ImportAgent"
    most_bytes: rx.Var[int]
    labels: rx.Var[dict[str, str]]
    on_imported: rx.EventHandler[rx.event.passthrough_event_spec(str)]


def import_agent(on_imported: rx.event.EventType[str]) -> rx.Component:
    labels = section("agent_file") | {"too_large": t("agent_file.too_large", kilobytes=FILE_LIMIT // 1024)}
    return ImportAgent.create(most_bytes=FILE_LIMIT, labels=labels, on_imported=on_imported)
