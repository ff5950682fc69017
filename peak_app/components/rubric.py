"""What an agent's meetings are scored by: the group "Rubric" of its form, folded until someone wants it."""

from dataclasses import asdict
from typing import get_args

import reflex as rx

from peak_app.domain.scorecards.rubric import (
    CRITERIA,
    CRITERION_NAME_LIMIT,
    LEVEL_LIMIT,
    LOOKS_FOR_LIMIT,
    RUBRIC_NAME_LIMIT,
)
from peak_app.i18n.catalogue import section, t
from peak_app.ports.language import Rule
from peak_app.state.rubric_form import RubricRow, template_rows

_JSX = rx.asset("rubric.jsx", shared=True).importable_path
rx.asset("fold.jsx", shared=True)
_LIMITS = {
    "criteria": CRITERIA[1],
    "name": RUBRIC_NAME_LIMIT,
    "criterion": CRITERION_NAME_LIMIT,
    "looks_for": LOOKS_FOR_LIMIT,
    "level": LEVEL_LIMIT,
}


class RubricField(rx.NoSSRComponent):
    """Field `rubric` (JSON) of the form it stands in. What is typed lives in the page until the form is sent."""

    library = _JSX
    tag = "RubricField"
    rubric: rx.Var[RubricRow]
    fitting: rx.Var[str]
    templates: rx.Var[list[dict[str, object]]]
    rules: rx.Var[list[dict[str, str]]]
    limits: rx.Var[dict[str, int]]
    labels: rx.Var[dict[str, str]]


def rubric_field(rubric: rx.Var[RubricRow], fitting: rx.Var[str], **props: object) -> rx.Component:
    """`fitting` is the template for "fits the words"; `key` among the `props` changes with the values to be shown."""
    return RubricField.create(
        rubric=rubric,
        fitting=fitting,
        templates=[asdict(row) for row in template_rows()],
        rules=[{"rule": rule, "label": t(f"rule.{rule}")} for rule in get_args(Rule)],
        limits=_LIMITS,
        labels=section("rubric"),
        **props,
    )
