"""Tokens that the page's Python needs; the look itself lives in assets/peak.css, in terms of Radix' variables."""

THEME_COLOR = "#5b5bd6"
"""The accent as the browser's frame needs it; the same as `--iris-9`."""

ICONS = {
    "dashboard": "layout-dashboard",
    "meetings": "video",
    "ask": "messages-square",
    "agents": "bot",
    "progress": "trending-up",
    "billing": "credit-card",
    "settings": "settings-2",
}
"""Pages of the navigation, in order, with their icons."""
