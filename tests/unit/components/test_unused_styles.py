"""Which of Radix' styles the page build leaves out."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.npm_tools import node

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "peak_app/components/unused_styles.js"
SELECTORS = {
    ".rt-Skeleton": True,
    ".rt-Slider": False,
    ".mine .rt-Skeleton:hover": True,
    ".rt-r-size-2": True,
    r".md\:rt-r-size-2": False,
    ".btn.primary": True,
    '[data-accent-color="iris"]': True,
    "[data-accent-color=ruby] .rt-Skeleton": False,
}


def run(program: str) -> str:
    done = subprocess.run(
        [node(), "--input-type=module", "-e", program], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def test_a_rule_is_kept_for_what_a_page_can_show() -> None:
    program = f"""
      import {{ isUsed }} from {json.dumps(str(SCRIPT))};
      const used = {json.dumps(list(SELECTORS))}.map((one) => isUsed(one, new Set(["rt-Skeleton"]), new Set(["iris"])));
      console.log(JSON.stringify(used));
    """
    assert json.loads(run(program)) == list(SELECTORS.values())


def test_a_component_brings_the_styles_of_what_it_is_made_of(tmp_path: Path) -> None:
    (tmp_path / "theme.js").write_text('e("radix-themes")')
    (tmp_path / "alert-dialog.js").write_text('import{H}from"./heading.js";e("rt-BaseDialogContent")')
    (tmp_path / "heading.js").write_text('e("rt-Heading")')
    (tmp_path / "slider.js").write_text('e("rt-SliderRoot")')
    page = 'import {AlertDialog as RadixThemesAlertDialog,Theme as RadixThemesTheme} from "@radix-ui/themes"'
    program = f"""
      import {{ classesOf }} from {json.dumps(str(SCRIPT))};
      console.log(JSON.stringify([...classesOf({json.dumps(page)}, {json.dumps(str(tmp_path))})].sort()));
    """
    assert json.loads(run(program)) == ["rt-BaseDialogContent", "rt-Heading"]


@pytest.mark.parametrize("folder", ["pages", "components"])
def test_no_component_has_props_by_width_whose_styles_are_left_out(folder: str) -> None:
    """Widths are the business of our stylesheets."""
    sources = (ROOT / "peak_app" / folder).rglob("*.py")
    assert [path.name for path in sources if re.search(r"\bbreakpoints\(", path.read_text())] == []
