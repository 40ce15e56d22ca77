"""docs/profiles.md says what the code says about profiles."""

from pathlib import Path

from gateway.core.parameters import parameters
from gateway.core.pmode import PROFILES

PAGE = (Path(__file__).parents[1] / "docs" / "profiles.md").read_text()


def tables() -> tuple[str, str]:
    """The published parameters that all profiles share, and those that differ."""
    found = {name: parameters(pmode) for name, pmode in PROFILES.items()}
    rows = {key: [values[key] for values in found.values()] for key in next(iter(found.values()))}
    same = ["| parameter | value |", "| --- | --- |"]
    same += [f"| {key} | {values[0]} |" for key, values in rows.items() if len(set(values)) == 1]
    differs = [f"| parameter | {' | '.join(found)} |", "| --- |" + " --- |" * len(found)]
    differs += [f"| {key} | {' | '.join(values)} |" for key, values in rows.items() if len(set(values)) > 1]
    return "\n".join(same), "\n".join(differs)


def test_the_page_shows_every_parameter_of_every_profile() -> None:
    """The tables between the marks are those the code has."""
    shown = tuple(
        PAGE.partition(f"<!-- {mark} -->\n")[2].partition(f"\n<!-- /{mark} -->")[0] for mark in ("same", "differs")
    )
    assert shown == tables()


def test_every_profile_is_explained() -> None:
    """Each stands in the first table with a row of its own."""
    assert [name for name in PROFILES if f"\n| {name} | " not in PAGE] == []
