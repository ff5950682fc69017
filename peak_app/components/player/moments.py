"""Playing moments of a recording from anywhere on a page, and jumping to lines."""

import reflex as rx

from peak_app.components.player.scripts import MOMENTS
from peak_app.i18n.catalogue import section


class MomentPlayer(rx.NoSSRComponent):
    """A small player that appears when an element with `data-play-ms` is pressed."""

    library = MOMENTS
    tag = "MomentPlayer"
    src: rx.Var[str]
    labels: rx.Var[dict[str, str]]


class LineFocus(rx.NoSSRComponent):
    library = MOMENTS
    tag = "LineFocus"
    line_id: rx.Var[str]
    count: rx.Var[int]


def moment_player(src: rx.Var[str]) -> rx.Component:
    return MomentPlayer.create(src=src, labels=section("player"))


def line_focus(line_id: rx.Var[str], count: rx.Var[int]) -> rx.Component:
    return LineFocus.create(line_id=line_id, count=count)
