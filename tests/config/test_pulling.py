"""The [pull] section of a partner's file, and what contradicts it."""

from datetime import timedelta

import pytest

from gateway.config.faults import ConfigError
from gateway.config.load import load
from gateway.core.names import PartyId
from gateway.core.pmode import DEFAULT_MPC, Pull
from tests.house import House

BY = PartyId("BY.GTK")


def append(house: House, name: str, text: str) -> None:
    """The text at the end of a file."""
    path = house.folder / f"{name}.toml"
    path.write_text(f"{path.read_text()}\n{text}\n")


def problems(house: House) -> list[tuple[str, str]]:
    """File and key of every fault."""
    with pytest.raises(ConfigError) as error:
        load(house.folder)
    return [(fault.file.name, fault.key) for fault in error.value.faults]


def test_without_a_section_nothing_is_pulled(pair: tuple[House, House]) -> None:
    """The default."""
    assert load(pair[0].folder).register.parties[BY].pull is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Pull(DEFAULT_MPC, timedelta(seconds=10))),
        ('mpc = "urn:m"\nevery = "2 minutes"', Pull("urn:m", timedelta(minutes=2))),
    ],
)
def test_the_section_says_where_and_how_often(pair: tuple[House, House], text: str, found: Pull) -> None:
    """The default channel, every ten seconds, where it says nothing else."""
    append(pair[0], "parties/BY.GTK", f"[pull]\n{text}")
    assert load(pair[0].folder).register.parties[BY].pull == found


def test_nobody_pulls_from_himself(pair: tuple[House, House]) -> None:
    """The section belongs into a partner's file."""
    append(pair[0], "parties/KZ.KGD", "[pull]")
    assert problems(pair[0]) == [("KZ.KGD.toml", "pull")]


def test_pulling_without_a_pause_is_a_mistake(pair: tuple[House, House]) -> None:
    """A second at least."""
    append(pair[0], "parties/BY.GTK", '[pull]\nevery = "0 seconds"')
    assert problems(pair[0]) == [("BY.GTK.toml", "pull.every")]


def test_a_party_comes_for_everything_or_for_nothing(pair: tuple[House, House]) -> None:
    """Push under one agreement and pull under another would leave it open who acts."""
    append(pair[0], "agreements/phyto-notice", '[pmode]\nbinding = "pull"\nmpc = "urn:{party}"')
    assert sorted(set(problems(pair[0]))) == [("BY.GTK.toml", "pmode.binding"), ("KZ.KGD.toml", "pmode.binding")]
