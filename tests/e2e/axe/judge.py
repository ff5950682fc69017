"""What axe-core says of a page as it is on screen."""

from typing import Any

from playwright.sync_api import Page

from tests.npm_tools import AXE, ensure

# All rules of axe that are on, and the one of WCAG 2.2 that is off until it is asked for. An open menu lies in a layer
# above the page, as a dialog does, and belongs to no landmark; of dialogs axe knows that, of menus it does not.
_RUN = """async () => {
  const rules = { 'target-size': { enabled: true }, region: { enabled: false } };
  const all = await axe.run(document, { rules, resultTypes: ['violations'] });
  const page = { exclude: [['[data-radix-popper-content-wrapper]']] };
  const landmarks = await axe.run(page, { runOnly: ['region'], resultTypes: ['violations'] });
  return [...all.violations, ...landmarks.violations];
}"""


def violations(page: Page) -> list[str]:
    """One line for each element and rule it breaks; empty: nothing to report."""
    page.evaluate((ensure(AXE) / "axe-core" / "axe.min.js").read_text())
    found: list[dict[str, Any]] = page.evaluate(_RUN)
    return [
        f"{rule['id']} ({rule['impact']}): {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
