"""How our own processes fare, as their launcher wrote it down."""

from peak_app.cli.checks.finding import Finding, Source, Verdict
from peak_app.cli.run_folder import RunFolder
from peak_app.config import Settings


def product(settings: Settings) -> Finding:
    instance = RunFolder(settings.home).read_instance()
    if instance and instance.is_alive():
        return Finding("Product", Verdict.OK, f"runs at {instance.origin}")
    return Finding("Product", Verdict.NOTE, f"does not run; `peak up` starts it at {settings.origin}")


def processes(settings: Settings, subject: str, names: tuple[str, ...], *, version: str) -> Finding:
    """`version` is that of the library the processes are made of, with its name."""
    folder = RunFolder(settings.home)
    instance = folder.read_instance()
    if instance is None or not instance.is_alive():
        sentence = f"does not run; `peak up` starts it ({version})"
        return Finding(subject, Verdict.NOTE, sentence, Source.EMBEDDED)
    states = {part["name"]: part["state"] for part in folder.read_components()}
    told = ", ".join(f"{name} {states.get(name, 'missing')}" for name in names)
    if all(states.get(name) == "ready" for name in names):
        return Finding(subject, Verdict.OK, f"{told} ({version})", Source.EMBEDDED)
    logs = ", ".join(f"{name}.log" for name in names if states.get(name) != "ready")
    sentence = f"{told} ({version}); see {logs} in {settings.home / 'logs'}, or run `peak up`"
    return Finding(subject, Verdict.WRONG, sentence, Source.EMBEDDED)
