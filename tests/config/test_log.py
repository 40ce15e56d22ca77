"""What a configuration may say about logs: each is one party's, under its own name and keys."""

import re
from pathlib import Path

import pytest

from gateway.config.faults import ConfigError
from tests.house import House, build
from tests.loading import load


@pytest.fixture
def houses(tmp_path: Path) -> tuple[House, ...]:
    """Three gateways that know each other."""
    return build(tmp_path, "KZ.KGD", "BY.GTK", "RU.FTS")


def stated(house: House, party: str, setting: str) -> str:
    """What the party's file says in `[log]`."""
    found = re.search(rf'^{setting} = "(.*)"$', log(house, party), re.MULTILINE)
    assert found
    return found[1]


def log(house: House, party: str) -> str:
    """The table of the party's file."""
    return (house.folder / "parties" / f"{party}.toml").read_text().partition("[log]")[2]


@pytest.mark.parametrize("setting", ["key", "witness"])
@pytest.mark.parametrize("whose", ["KZ.KGD", "BY.GTK"])
def test_two_parties_never_have_the_same_log_or_witness(houses: tuple[House, ...], whose: str, setting: str) -> None:
    """Our own, too: one history could be witnessed under two names, and one witness would count twice."""
    kz = houses[0]
    load(kz.folder)
    kz.edit("parties/RU.FTS.toml", stated(kz, "RU.FTS", setting), stated(kz, whose, setting))
    with pytest.raises(ConfigError, match=rf"RU\.FTS\.toml: log\.{setting}: .* has the name or the key of {whose}"):
        load(kz.folder)


def test_one_party_may_be_without_a_log(houses: tuple[House, ...]) -> None:
    """Nothing is compared with what is not there."""
    path = houses[0].folder / "parties" / "RU.FTS.toml"
    path.write_text(path.read_text().partition("[log]")[0])
    assert {party.id for party in load(houses[0].folder).register.parties.values() if party.log} == {"KZ.KGD", "BY.GTK"}
