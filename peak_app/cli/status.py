"""`peak status` and `peak ai url`: what runs."""

import argparse
import sys
from datetime import UTC, datetime

from peak_app.cli.command import CommandFailed
from peak_app.cli.run_folder import Instance, RunFolder
from peak_app.config import Settings


def run(settings: Settings, given: argparse.Namespace) -> int:
    folder = RunFolder(settings.home)
    instance = folder.read_instance()
    if instance is None or not instance.is_alive():
        print(f"Nothing runs for {settings.home}; start it with `peak up`.", file=sys.stderr)
        return 1
    if given.command == "ai":
        print(find_ai_url(instance))
        return 0
    components = folder.read_components()
    print(f"{instance.origin}  (process {instance.supervisor.pid})")
    for component in components:
        age_s = int((datetime.now(UTC) - datetime.fromisoformat(component["since"])).total_seconds())
        pid = f"process {component['pid']}" if component["pid"] else ""
        restarts = f"{component['restarts']} restarts" if component["restarts"] else ""
        metrics = find_metrics_url(instance, component["name"])
        line = f"{component['name']:<12} {component['state']:<11} {age_s:>7} s  {pid:<16} {metrics:<32} {restarts}"
        print(line.rstrip())
    return 0 if all(component["state"] == "ready" for component in components) else 1


def find_metrics_url(instance: Instance, name: str) -> str:
    """Where a part shows its metrics; empty for one that has none."""
    port = instance.port if name == "web" else instance.ports.get(name)
    return f"http://127.0.0.1:{port}/metrics" if port else ""


def find_ai_url(instance: Instance) -> str:
    """Base address of the running AI server for any OpenAI client.

    Raises:
        CommandFailed: this installation has none.
    """
    if instance.ai_url is None:
        raise CommandFailed("There is no embedded AI server: speech and language go to the provider that is set.")
    return f"{instance.ai_url}/v1"
