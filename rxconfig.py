"""Reflex's configuration, read by the page build and by the server of the page."""

import os
import sys
from pathlib import Path
from typing import Any

# The Node that came with our packages is the one the build was made for, whatever the system has.
os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "false")

import reflex as rx
from reflex.constants import StateManagerMode
from reflex.plugins import Plugin
from reflex_base.constants import Dirs

from peak_app.config import settings


class Fonts(Plugin):
    """The typeface comes with the page: no visitor's address goes to a font host.

    Reflex imports the package where the page begins, and its stylesheet with it. Among `get_stylesheet_paths` it would
    stand once more, with addresses of files that lead nowhere.
    """

    def get_frontend_dependencies(self, **_: object) -> tuple[str, ...]:
        return ("@fontsource-variable/inter@5.3.0",)


class UnusedStyles(Plugin):
    """Leaves out what Radix' stylesheet has for components, colours and widths that no page shows: half of all CSS."""

    _SCRIPT = "styles/unused_styles.js"

    def pre_compile(self, **context: Any) -> None:
        script = Path(__file__).parent / "peak_app/components/unused_styles.js"
        context["add_save_task"](lambda: (self._SCRIPT, script.read_text()))
        context["add_modify_task"](Dirs.POSTCSS_JS, lambda _content: self._steps())

    def _steps(self) -> str:
        return (
            'import tailwind from "@tailwindcss/postcss";\n'
            f'import unusedStyles from "./{self._SCRIPT}";\n'
            "export default { plugins: [tailwind(), unusedStyles()] };\n"
        )


config = rx.Config(
    app_name="peak_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    backend_host="127.0.0.1",
    # One build serves any port and origin: the page asks for its addresses at run time.
    frontend_port=3000,
    backend_port=3000,
    cors_allowed_origins=sorted(settings().origins),
    state_manager_mode=StateManagerMode.MEMORY,
    # Seconds the state of a closed tab stays in memory.
    redis_token_expiration=900,
    frontend_compression_formats=["gzip", "brotli"],
    plugins=[
        rx.plugins.SitemapPlugin(),
        rx.plugins.TailwindV4Plugin(),
        # After Tailwind, whose steps of PostCSS it repeats.
        UnusedStyles(),
        Fonts(),
        rx.plugins.RadixThemesPlugin(theme=rx.theme(accent_color="iris", gray_color="slate", radius="large")),
    ],
)
