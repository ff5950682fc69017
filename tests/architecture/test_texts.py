"""Words that people read stand in the catalogue: what a program can tell of that by looking at the sources.

It finds sentences, titles and labels written into pages, components, states and scripts. It can't tell a single word in
lower case from a key or a class. Elsewhere it looks at the sentences of refusals.
"""

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "peak_app"
PYTHON = sorted(path for folder in ("pages", "components", "state") for path in (ROOT / folder).rglob("*.py"))
REFUSING = sorted(
    path
    for folder in ("peak_app/adapters", "peak_app/api", "peak_app/domain", "peak_app/ports", "bridge")
    for path in (ROOT.parent / folder).rglob("*.py")
)
FOR_MODELS = {"bridge/prompts.py"}
"""What models are told, not people."""
SCRIPTS = sorted((ROOT / "components").rglob("*.jsx"))
# A capital, then at least one more word: "New meeting", "Nothing found."
_SENTENCE = re.compile(r"^[A-Z][\w']*[,:]? [(\"]?[A-Za-z']{2}.*")
_LABELS = frozenset({"aria_label", "placeholder", "alt", "title", "label", "description"})
_TEXT_NODE = re.compile(r">\s*([^<>{}]*[A-Za-z]{2,}[^<>{}]*?)\s*</")
_ATTRIBUTE = re.compile(r"\b(?:aria-label|placeholder|alt|title)=\"([^\"]*[A-Za-z]{2}[^\"]*)\"")
NAMES = {"404", "Ctrl K", "Mac OS", "esc"}
"""What is called the same in every language."""


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT.parent))


def _docstrings(tree: ast.AST) -> set[int]:
    """Ids of strings that stand alone: they are for readers of the source."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _raised(tree: ast.AST) -> set[int]:
    return {id(part) for node in ast.walk(tree) if isinstance(node, ast.Raise) for part in ast.walk(node)}


def _literals(tree: ast.AST) -> Iterator[ast.Constant]:
    left_alone = _docstrings(tree) | _raised(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_alone:
            yield node


@pytest.mark.parametrize("path", PYTHON, ids=_name)
def test_no_sentence_is_written_into_python(path: Path) -> None:
    found = [node.value for node in _literals(ast.parse(path.read_text())) if _SENTENCE.match(str(node.value))]
    assert [text for text in found if text not in NAMES] == []


@pytest.mark.parametrize("path", REFUSING, ids=_name)
def test_no_refusal_brings_a_sentence_of_its_own(path: Path) -> None:
    """Errors of Python's own are for readers of logs, and what a model is told is for models."""
    tree = ast.parse(path.read_text())
    raised = [node.exc for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    refusals = [
        error
        for error in raised
        if isinstance(error, ast.Call) and error.args and not hasattr(builtins, ast.unparse(error.func))
    ]
    constants = [] if _name(path) in FOR_MODELS else [node.value for node in tree.body if isinstance(node, ast.Assign)]
    texts = [ast.unparse(node) for node in [*(error.args[0] for error in refusals), *constants]]
    assert [text for text in texts if re.match(r"f?['\"][A-Z][a-z'].* .*\.['\"]$", text)] == []


@pytest.mark.parametrize("path", PYTHON, ids=_name)
def test_no_label_is_written_into_python(path: Path) -> None:
    keywords = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.keyword)]
    found = [
        word.value.value
        for word in keywords
        if word.arg in _LABELS and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str)
    ]
    assert [text for text in found if re.search(r"[A-Za-z]{2}", text)] == []


@pytest.mark.parametrize("path", PYTHON, ids=_name)
def test_no_word_with_a_capital_is_put_on_a_page(path: Path) -> None:
    """Children of elements and components, that is."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    texts = [
        argument.value
        for call in calls
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func).startswith("rx.el.")
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    assert [text for text in texts if re.search(r"[A-Za-z]{2}", text) and text not in NAMES] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=_name)
def test_no_text_is_written_into_a_script(path: Path) -> None:
    script = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    # Arrow functions and comparisons look like the end of a tag.
    nodes = [text for text in _TEXT_NODE.findall(script) if not re.search(r"[=;&|?()]", text)]
    assert [text for text in [*nodes, *_ATTRIBUTE.findall(script)] if text not in NAMES] == []
