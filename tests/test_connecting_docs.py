"""The pages for connecting partners' products: every command in them exists, with its options; codes and checks, too."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli import application
from gateway.core.errors import ErrorCode
from gateway.onboarding.advice import ADVICE
from gateway.onboarding.doctor import CHECKS

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.glob("connect-*.md"))
PRODUCTS = {"domibus", "phase4", "holodeck"}


def commands(text: str) -> Iterator[str]:
    """Every `gateway …` in code, in a block or in a line."""
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        yield from (line.strip() for line in block.splitlines() if line.strip())
    yield from re.findall(r"`(gateway [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def unknown(line: str) -> list[str]:
    """What of a command line no command takes."""
    words = shlex.split(line)
    command: Any = typer.main.get_command(application())
    rest = words[1:]
    while hasattr(command, "commands"):
        name = rest.pop(0) if rest else ""
        if name not in command.commands:
            return [f"{line}: {name}"]
        command = command.commands[name]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return [word for word in rest if word.startswith("--") and word not in options]


def test_there_is_a_page_for_each_product() -> None:
    """Domibus, phase4, Holodeck; each is linked from the README."""
    assert {page.stem.removeprefix("connect-") for page in PAGES} == PRODUCTS
    readme = (DOCS.parent / "README.md").read_text()
    assert [page.name for page in PAGES if f"docs/{page.name}" not in readme] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_in_the_page_exists(page: Path) -> None:
    """By its name, with options that it takes; the control is a page with a wrong one."""
    lines = list(commands(page.read_text()))
    assert len(lines) > 4
    assert [fault for line in lines for fault in unknown(line)] == []
    assert unknown("gateway party import --nothing x") == ["--nothing"]
    assert unknown("gateway party imports") == ["gateway party imports: imports"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_error_code_in_the_page_is_in_the_catalogue(page: Path) -> None:
    """Those that partners answer and our own."""
    known = {row.code for row in ErrorCode}
    found = set(re.findall(r"\b(?:EBMS|GW):\d{4}\b", page.read_text()))
    assert found - known == set()
    assert {"EBMS:0010", "EBMS:0101", "EBMS:0103", "EBMS:0302"} <= found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_says_the_same_things(page: Path) -> None:
    """Profiles and keys, both sides, the test, duplicates, errors, traps."""
    heads = re.findall(r"^## (.*)$", page.read_text(), re.MULTILINE)
    wanted = ["Which profile, which keys", "On our side", None, "Test", "Duplicates", "What errors mean", "Traps"]
    assert [head if want else None for head, want in zip(heads, wanted, strict=True)] == wanted
    assert heads[2].startswith("On the ")


def test_advice_names_commands_and_pages_that_exist() -> None:
    """What the doctor tells an operator to type can be typed."""
    for _, advice in ADVICE.values():
        for text in advice:
            assert [fault for line in re.findall(r"`(gateway [^`]+)`", text) for fault in unknown(line)] == []
            for name in re.findall(r"docs/[\w.-]+\.md", text):
                assert (DOCS.parent / name).is_file()
    assert len({name for name, _, _ in CHECKS}) == len(CHECKS)
