"""What axe-core says of a page as it is on screen."""

from typing import Any

from playwright.sync_api import Page

from tests.npm_tools import AXE, ensure

# All of axe's rules that are on, and the one of WCAG 2.2 that is off until it is asked for.
_RUN = "axe.run(document, { rules: { 'target-size': { enabled: true } }, resultTypes: ['violations'] })"


def violations(page: Page) -> list[str]:
    """One line for each element and rule it breaks; empty: nothing to report."""
    page.evaluate((ensure(AXE) / "axe-core" / "axe.min.js").read_text())
    found: dict[str, Any] = page.evaluate(_RUN)
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
