"""The documents say what the code says."""

import hashlib
import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from gateway.cli import COMMANDS
from gateway.cli.catalogue import page as errors_page
from gateway.cli.guide import guide
from gateway.cli.reference import FILES, _inner, reference
from gateway.config.models import GatewayFile, PartyFile
from gateway.config.rule_sections import SECTIONS, AnyRule, RuleSection
from gateway.core.errors import ErrorCode
from gateway.core.language import Language
from gateway.core.rules.kinds import KINDS
from gateway.core.states import MEANINGS, MOVES, Delivery

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def picture() -> str:
    """The delivery states as the README shows them."""
    lines = ["| state | meaning | leaves by |", "| --- | --- | --- |"]
    for state, meaning in MEANINGS.items():
        moves = [f"{event.value} → {after.value}" for (before, event), after in MOVES.items() if before is state]
        lines.append(f"| {state.value} | {meaning} | {'; '.join(moves) or 'nothing'} |")
    return "\n".join(lines)


def test_the_reference_is_drawn_from_the_code() -> None:
    """`gateway reference > docs/reference.md` would change nothing."""
    assert (ROOT / "docs" / "reference.md").read_text() == reference()


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_errors_are_told_in_every_language(language: str) -> None:
    """`gateway reference --language ru > docs/errors.ru.md` would change nothing."""
    assert (ROOT / "docs" / f"errors.{language}.md").read_text() == errors_page(Language(language))


def test_the_guide_is_drawn_from_the_schemas() -> None:
    """`gateway reference --messages config/agreements/eurasec-customs.toml > docs/messages.md` would change nothing."""
    assert (ROOT / "docs" / "messages.md").read_text() == guide(ROOT / "config" / "agreements" / "eurasec-customs.toml")


def test_the_readme_shows_the_state_table() -> None:
    """The table between the marks is the one the code has."""
    shown = README.partition("<!-- states -->\n")[2].partition("\n<!-- /states -->")[0]
    assert shown == picture()


def test_the_readme_is_short() -> None:
    """A stranger reads it in one go."""
    assert README.count("\n") < 200


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "operate"])
def test_every_command_stands_in_the_readme(name: str) -> None:
    """By its name, as it is typed."""
    assert re.search(rf"(gateway|\./gw) {name}\b", README)


def test_every_error_code_and_state_stands_in_the_reference() -> None:
    """By its published spelling."""
    text = (ROOT / "docs" / "reference.md").read_text()
    assert [row.code for row in ErrorCode if f"| {row.code} |" not in text] == []
    assert [state for state in Delivery if f"| {state.value} |" not in text] == []


def test_every_setting_says_what_it_means() -> None:
    """No setting without a description."""
    silent = [
        f"{model.__name__}.{name}"
        for _, file in FILES
        for model in sections(file)
        for name, info in model.model_fields.items()
        if _inner(info) is None and not info.description
    ]
    assert silent == []


def sections(model: type[BaseModel]) -> list[type[BaseModel]]:
    """A file's model and those of its sections."""
    inner = [found for info in model.model_fields.values() if (found := _inner(info)) is not None]
    return [model, *(section for found in inner for section in sections(found))]


def test_the_example_configuration_has_every_setting() -> None:
    """config/gateway.toml is the reference of gateway.toml: it loads, and no key is missing."""
    found = tomllib.loads((ROOT / "config" / "gateway.toml").read_text())
    GatewayFile.model_validate(found)
    flat = {name: value[0] if isinstance(value, list) else value for name, value in found.items()}
    assert set(flat) == set(GatewayFile.model_fields)
    for name, info in GatewayFile.model_fields.items():
        section = _inner(info)
        assert section is not None
        if name == "suite":  # none is an example that every machine could load
            continue
        assert set(flat[name]) == set(section.model_fields), name


def test_the_example_party_has_every_setting() -> None:
    """config/parties/KZ.KGD.toml is the reference of a party's file; [pull] and [log] are comments."""
    text = (ROOT / "config" / "parties" / "KZ.KGD.toml").read_text()
    found = tomllib.loads(re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.MULTILINE))
    PartyFile.model_validate(found)
    assert set(found) == set(PartyFile.model_fields)


def test_the_schemas_are_the_listed_ones() -> None:
    """xsd/README.md names every schema file with its SHA-256."""
    listed = dict(
        re.findall(
            r"^\| `?([^|` ]+\.xsd)`? \|.*\| `?([0-9a-f]{64})`? \|$",
            (ROOT / "xsd" / "README.md").read_text(),
            re.MULTILINE,
        )
    )
    files = {
        str(p.relative_to(ROOT / "xsd")): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in (ROOT / "xsd").rglob("*.xsd")
    }
    assert listed == files


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link names a file."""
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).is_file(), f"{page.name}: {target}"


def test_every_kind_of_rule_has_an_example_that_is_one() -> None:
    """docs/rules.md shows each kind, with keys that the agreement file takes."""
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "rules.md").read_text(), re.DOTALL)
    tables = [tomllib.loads(block) for block in blocks]
    rows = [row for table in tables for row in table.get("rule", []) + table.get("message", {}).get("rule", [])]
    for row in rows:
        TypeAdapter(AnyRule).validate_python(row)
    assert {row["check"] for row in rows} == set(KINDS)


def test_every_kind_of_rule_stands_in_the_reference() -> None:
    """With each of its keys."""
    text = (ROOT / "docs" / "reference.md").read_text()
    for section in SECTIONS:
        (label,) = get_args(section.model_fields["check"].annotation)
        part = text.partition(f'### check = "{label}"')[2].partition("###")[0]
        own = set(section.model_fields) - set(RuleSection.model_fields) - {"check"}
        assert [key for key in own if f"| `{key}` |" not in part] == [], label
