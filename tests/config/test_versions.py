"""Faulty versions of a message type stop the start, named by file and key."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gateway.config import versions
from gateway.config.faults import Faults
from gateway.config.models import AgreementFile
from gateway.config.shipped import shipped

FILE = Path("a.toml")
SHIPPED = tomllib.loads((shipped("config") / "agreements" / "eurasec-customs.toml").read_text())


def faults(*changes: dict[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with an agreement that has the first shipped type once for each change."""
    first = SHIPPED["message"][0]
    rows = [{**first, "root": f"{{urn:x:{number}}}X", **change} for number, change in enumerate(changes)]
    found = Faults()
    versions.check(FILE, AgreementFile.model_validate({**SHIPPED, "message": rows}), found)
    return [(fault.key, fault.problem) for fault in found.found]


def day(text: str) -> Any:
    """A date as TOML gives it."""
    return tomllib.loads(f"day = {text}")["day"]


def test_the_shipped_versions_are_faultless() -> None:
    """Control: two types have two versions each, and no more than two are in force."""
    found = Faults()
    file = AgreementFile.model_validate(SHIPPED)
    versions.check(FILE, file, found)
    assert found.found == []
    assert [(s.type, s.version) for s in file.message if s.version != "1.0"] == [
        ("TransitReleaseNotice", "1.1"), ("GoodsDeclarationInfo", "1.1"),
    ]  # fmt: skip


def test_a_version_stands_once() -> None:
    """The same type and version twice, or one root for two, is named at the second."""
    twice = [("message[2].type", "TransitReleaseNotice 1.0 or its root stands twice")]
    assert faults({}, {}) == twice
    assert faults({"root": "{urn:y}X"}, {"root": "{urn:y}X", "type": "Other"}) == [
        ("message[2].type", "Other 1.0 or its root stands twice")
    ]
    assert faults({}, {"version": "1.1"}) == []


def test_a_version_ends_after_it_begins() -> None:
    """Its last day is not before its first, its own or the agreement's."""
    problem = "lies before the first day of this version"
    assert faults({"valid_until": day("2011-05-18")}) == [("message[1].valid_until", problem)]
    late = {"valid_from": day("2026-04-02"), "valid_until": day("2026-04-01")}
    assert faults(late) == [("message[1].valid_until", problem)]
    assert faults({"valid_from": day("2026-04-01"), "valid_until": day("2026-04-01")}) == []


@pytest.mark.parametrize(("end", "faulty"), [("2026-06-30", False), ("2026-07-01", True)])
def test_a_third_version_on_one_day_is_a_fault(end: str, faulty: bool) -> None:  # noqa: FBT001 - a row
    """Two live at a time: the oldest ends before the newest begins."""
    found = faults(
        {"valid_until": day(end)},
        {"version": "1.1", "valid_from": day("2026-04-01")},
        {"version": "1.2", "valid_from": day("2026-07-01")},
    )
    problem = "TransitReleaseNotice has 3 versions in force on 2026-07-01: 1.0, 1.1, 1.2; at most 2 may be"
    assert found == ([("message[3].valid_from", problem)] if faulty else [])
