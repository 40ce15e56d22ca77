"""What readers are told comes from the catalogue of phrases: no sentence is composed where a fault is made."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.core.phrases import PHRASES

ROOT = Path(__file__).parents[1] / "gateway"
FILES = sorted(ROOT.rglob("*.py"))
OTHER_SAY = (ROOT / "cli" / "demo_pair.py",)  # the demo's own function, which prints
# Function ► where among its arguments the expected text stands.
MAKERS = {"Fault": 4, "rejected": 2, "_Faulty": 1, "pointed": 3}
# Literals that are the same in every language.
NEUTRAL = {"multipart/related | application/soap+xml"}


def name_of(call: ast.Call) -> str:
    """The function's last name."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def composed(tree: ast.Module, node: ast.AST) -> Iterator[str]:
    """English in an expression: a literal of several words, also behind a module's name, or one that is put together."""
    named = {
        target.id: each.value
        for each in tree.body
        if isinstance(each, ast.Assign)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    meant = [named.get(found.id, found) if isinstance(found, ast.Name) else found for found in ast.walk(node)]
    for found in meant:
        if isinstance(found, ast.JoinedStr):
            yield ast.unparse(found)
        elif isinstance(found, ast.Constant) and isinstance(found.value, str) and _sentence(found.value):
            yield found.value


def _sentence(text: str) -> bool:
    return " " in text.strip(" |,") and text not in NEUTRAL


def makers(tree: ast.AST) -> dict[str, int]:
    """All that make faults, with those of the file itself: functions that take what was expected."""
    own = {
        node.name: [each.arg for each in node.args.args].index("expected")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "expected" in [each.arg for each in node.args.args]
    }
    return {**own, **MAKERS}


def texts(tree: ast.AST) -> Iterator[ast.AST]:
    """Every expression that becomes the expected text of a fault."""
    known = makers(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node) in known:
            yield from node.args[known[name_of(node)] : known[name_of(node)] + 1]
            yield from (keyword.value for keyword in node.keywords if keyword.arg == "expected")
        elif isinstance(node, ast.Assign):
            names = {found.id for target in node.targets for found in ast.walk(target) if isinstance(found, ast.Name)}
            if "expected" in names:
                yield node.value


def sentences(source: str) -> set[str]:
    """What a file says without the catalogue."""
    tree = ast.parse(source)
    return {text for node in texts(tree) for text in composed(tree, node)}


@pytest.mark.parametrize("file", FILES, ids=[str(file.relative_to(ROOT)) for file in FILES])
def test_no_fault_is_made_with_an_english_sentence(file: Path) -> None:
    """Say it with a phrase: `say("key", …)` and three tellings in core/phrases.py."""
    if file.is_relative_to(ROOT / "cli") or file.is_relative_to(ROOT / "config"):
        return  # for operators, in English
    assert sentences(file.read_text()) == set()


def test_sentences_would_be_found() -> None:
    """The control: each way to slip one in."""
    slips = """
def made(name, expected): ...
made("x", "handed on")
NAMED = "named words"
raise _Faulty("path", NAMED)
rejected(C, "path", "at most ten")
Fault(C, "path", 0, 0, f"at most {n}")
Fault(C, expected="no such thing" if x else say("y"))
expected, code = "in words", C
explain.pointed(a, b, c, "some words", d)
"""
    assert sentences(slips) >= {
        "handed on",
        "named words",
        "at most ten",
        "f'at most {n}'",
        "no such thing",
        "some words",
        "in words",
    }


def said() -> Iterator[tuple[str, set[str]]]:
    """Every phrase that is used, with the places that are filled."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and name_of(node) == "say" and file not in OTHER_SAY:
                yield ast.literal_eval(node.args[0]), {keyword.arg or "" for keyword in node.keywords}


def test_every_use_fills_the_places_of_its_phrase_and_every_phrase_is_used() -> None:
    """No KeyError waits in a rare branch, and no phrase is dead."""
    wanted = {key: {name for _, name, _, _ in string.Formatter().parse(row[0]) if name} for key, row in PHRASES.items()}
    used = list(said())

    assert [(key, places) for key, places in used if wanted.get(key) != places] == []
    assert sorted(set(PHRASES) - {key for key, _ in used}) == []
