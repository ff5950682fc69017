"""docs/limits.md tells every limit there is, as the code has it."""

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from peak_app.domain.accounts.lifetimes import LINKS_WINDOW
from peak_app.domain.passkeys.limits import TRIES_WINDOW

ROOT = Path(__file__).parents[2]
PAGE = "docs/limits.md"
SEARCHED = (
    "peak_app/api",
    "peak_app/domain",
    "peak_app/state",
    "peak_app/adapters/documents",
    "peak_app/adapters/typst",
)
"""And the bridge, but for how it makes sound."""

_ROW = re.compile(r"^\| [^|]+ \| ([^|]+) \|(?: [^|]+ \|)? `([\w/]+\.py)` `(\w+)` \|$", re.MULTILINE)
_QUANTITY = re.compile(r"([\d,.]+)(?: (KiB|MiB|GiB|MB|s|min|h|days)\b)?")
_UNITS = {"KiB": 1024, "MiB": 1024**2, "GiB": 1024**3, "MB": 10**6, "s": 1, "min": 60, "h": 3600, "days": 86_400}
_NAMES = re.compile(
    r"_PER_(S|MINUTE|HOUR|DAY|WINDOW)(_AND_\w+)?$|_BURST|_AT_ONCE$|_TRIES$|_LIMIT$|^_?(MOST|LONGEST)_|_LIFE$"
)
_COUNTERS = {"AttemptLimit": 1, "Pace": 2, "Rate": 2}
"""Classes that count, and how many of their arguments say how much."""
_BODIES = {"read_body", "read_json"}
_PERIODS = {
    "timedelta(minutes=1)": "a minute",
    "timedelta(hours=1)": "an hour",
    "LINKS_WINDOW": "in 15 min",
    "TRIES_WINDOW": "in 15 min",
}

NO_LIMITS = {
    "how much a page, a mail or a list shows": {
        "peak_app/domain/accounts/mailroom.py _INBOX_LIMIT",
        "peak_app/domain/agents/history.py MOST_COMPARED",
        "peak_app/domain/agents/history.py MOST_LINES",
        "peak_app/domain/agents/service.py FOUND_LIMIT",
        "peak_app/domain/agents/service.py MOST_VERSIONS",
        "peak_app/domain/calendars/service.py ENTRY_LIMIT",
        "peak_app/domain/exports/paper.py MOST_MARKS",
        "peak_app/domain/exports/service.py NAME_LIMIT",
        "peak_app/domain/exports/subtitles.py CUE_LIMIT",
        "peak_app/domain/insights/asking.py MESSAGES_LIMIT",
        "peak_app/domain/meetings/deletion.py RECEIPT_LIMIT",
        "peak_app/domain/meetings/service.py PAGE_LIMIT",
        "peak_app/domain/operations/recorder.py FOUND_LIMIT",
        "peak_app/domain/operations/service.py FAILURES_LIMIT",
        "peak_app/domain/progress/drills.py MOST_OF_A_KIND",
        "peak_app/domain/progress/service.py ATTEMPT_LIMIT",
        "peak_app/domain/progress/service.py CHOICE_LIMIT",
        "peak_app/domain/progress/service.py DAY_LIMIT",
        "peak_app/domain/scorecards/service.py MOST_SCORECARDS",
        "peak_app/state/notifications.py _MOST_COUNTED",
        "peak_app/state/progress.py _MOST_WEEKS",
        "peak_app/state/session.py _NOTICE_LIMIT",
    },
    "how much is kept of what others or programs say": {
        "bridge/messages.py _LONGEST_TEXT",
        "bridge/peer.py _MOST_BUFFERED",
        "bridge/session.py MOST_LINES",
        "peak_app/api/addresses.py _ADDRESS_LIMIT",
        "peak_app/api/knowledge.py _LONGEST_NAME",
        "peak_app/domain/accounts/entrance.py _USER_AGENT_LIMIT",
        "peak_app/domain/accounts/paths.py PATH_LIMIT",
        "peak_app/domain/insights/service.py REASON_LIMIT",
        "peak_app/domain/operations/processes.py _NAME_LIMIT",
        "peak_app/domain/scorecards/evidence.py MOST_QUOTES",
        "peak_app/domain/scorecards/evidence.py REMARK_LIMIT",
        "peak_app/adapters/documents/page.py _MOST_COUNTED",
    },
    "beyond it nothing was made by us or by a page of ours": {
        "peak_app/adapters/documents/office.py _MOST_DEPTH",
        "peak_app/api/camera.py LONGEST_MS",
        "peak_app/domain/accounts/email.py _LOCAL_PART_LIMIT",
        "peak_app/domain/agents/service.py SEARCH_LIMIT",
        "peak_app/domain/agents/words.py BANK_LIMIT",
        "peak_app/domain/departures/service.py _ADDRESS_LIMIT",
        "peak_app/domain/identities/service.py _CODE_LIMIT",
        "peak_app/domain/identities/service.py _STATE_LIMIT",
        "peak_app/domain/meetings/moments.py _LONGEST_TEXT",
        "peak_app/domain/meetings/ticket.py SEAT_LIMIT",
        "peak_app/domain/meetings/ticket.py TICKET_LIMIT",
        "peak_app/domain/recordings/live_files.py LONGEST_MS",
        "peak_app/domain/recordings/webm_chunks.py ELEMENT_LIMIT",
        "peak_app/state/agents.py SEARCH_LIMIT",
        "peak_app/state/conduct_form.py _STAGES_LIMIT",
        "peak_app/state/knowledge_form.py _FORM_LIMIT",
        "peak_app/state/meeting.py LINE_ID_LIMIT",
        "peak_app/state/palette.py QUERY_LIMIT",
        "peak_app/state/rubric_form.py _FORM_LIMIT",
    },
    "how a call is held, or a text understood": {
        "bridge/holding.py _LONGEST_REQUEST",
        "bridge/journal.py MOST_ENTRIES",
        "bridge/person.py LONGEST_DOUBT_MS",
        "bridge/recording.py MOST_BLOCKS",
        "bridge/recording.py _MOST_OPEN_FILES",
        "peak_app/domain/insights/inventions.py _LONGEST_SPELLED",
        "peak_app/domain/scorecards/coverage.py UNCLEAR_WORDS_PER_S",
    },
}

ROWS = [(found[1].strip(), f"{found[2]} {found[3]}") for found in _ROW.finditer((ROOT / PAGE).read_text())]
TOLD = {where: limit for limit, where in ROWS}
EXEMPT = {name for names in NO_LIMITS.values() for name in names}


def sources() -> Iterator[tuple[str, ast.Module]]:
    folders = [ROOT / folder for folder in SEARCHED]
    paths = [path for folder in folders for path in folder.rglob("*.py")] + list((ROOT / "bridge").glob("*.py"))
    for path in sorted(paths):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def constants(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            named = target.elts if isinstance(target, ast.Tuple) else [target]
            yield from (name.id for name in named if isinstance(name, ast.Name) and name.id.strip("_").isupper())


def calls(tree: ast.Module, names: set[str]) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.func.id, node


def home_of(path: str, tree: ast.Module, name: str) -> str:
    """Where a constant of this name comes from, as the page names it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and any(alias.name == name for alias in node.names):
            return f"{node.module.replace('.', '/')}.py {name}"
    return f"{path} {name}"


def value_of(where: str) -> float:
    """In the unit the page uses: bytes, seconds, or a count."""
    path, _, name = where.partition(" ")
    value = getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value / 1000 if name.endswith("_MS") else value


def test_the_page_has_its_tables_and_tells_nothing_twice() -> None:
    assert len(ROWS) > 80
    assert len(TOLD) == len(ROWS)
    # A row that is written in another way would be passed over.
    assert len(ROWS) == sum(line.startswith("| ") and "`" in line for line in (ROOT / PAGE).read_text().splitlines())


@pytest.mark.parametrize(("limit", "where"), ROWS, ids=[where for _, where in ROWS])
def test_a_limit_is_told_as_it_is(limit: str, where: str) -> None:
    quantity = _QUANTITY.match(limit)
    assert quantity, limit
    told = float(quantity[1].replace(",", "")) * _UNITS.get(quantity[2] or "", 1)
    assert told == value_of(where)


def test_no_limit_is_missing() -> None:
    named = {f"{path} {name}" for path, tree in sources() for name in constants(tree) if _NAMES.search(name)}
    assert sorted(named - set(TOLD) - EXEMPT) == []
    assert sorted(EXEMPT - named) == []
    assert sorted(EXEMPT & set(TOLD)) == []


def test_whatever_counts_counts_up_to_a_limit_of_the_page_within_its_time() -> None:
    wrong: list[str] = []
    counted = 0
    for path, tree in sources():
        for kind, call in calls(tree, set(_COUNTERS)):
            counted += 1
            for argument in call.args[: _COUNTERS[kind]]:
                where = home_of(path, tree, ast.unparse(argument))
                if where not in TOLD:
                    wrong.append(f"{where} counts, and is not told")
                elif kind == "AttemptLimit" and not TOLD[where].endswith(_PERIODS[ast.unparse(call.args[1])]):
                    wrong.append(f"{where} counts within {ast.unparse(call.args[1])}")
    assert wrong == []
    assert counted > 25


def test_the_windows_of_signing_in_are_those_the_page_tells() -> None:
    assert timedelta(minutes=15) == LINKS_WINDOW == TRIES_WINDOW


def test_every_body_is_read_up_to_a_limit_of_the_page() -> None:
    read = {
        home_of(path, tree, ast.unparse(call.args[-1]))
        for path, tree in sources()
        for _, call in calls(tree, _BODIES)
        if not path.endswith("bodies.py")
    }
    assert len(read) >= 6
    assert sorted(read - set(TOLD)) == []
