"""What a meeting's page shows of how the conversation went."""

from collections.abc import Iterator
from typing import Any

from peak_app.components.results.conversation import conversation
from peak_app.i18n.catalogue import t


def conditions_above(tree: Any, text: str, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The conditions under which a text is shown, outermost first."""
    if isinstance(tree, list):
        for child in tree:
            yield from conditions_above(child, text, above)
    elif isinstance(tree, dict):
        if "cond_state" in tree:
            yield from conditions_above(tree["true_value"], text, (*above, tree["cond_state"]))
            yield from conditions_above(tree["false_value"], text, above)
        elif text in tree.get("contents", ""):
            yield above
        yield from conditions_above(tree.get("children", []), text, above)


def test_the_times_of_replies_are_shown_also_where_nobody_watched_for_cut_offs() -> None:
    ((*conditions,),) = conditions_above(conversation().render(), t("receipt.title"))

    assert conditions
    assert all("latency_parts" in condition for condition in conditions)


def test_cut_offs_are_counted_also_where_no_reply_was_measured() -> None:
    ((*conditions,),) = conditions_above(conversation().render(), t("cut_offs.label"))

    assert conditions
    assert all("cut_offs_text" in condition for condition in conditions)
