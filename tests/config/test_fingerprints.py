"""What a configuration is, in digests: every change shows under the name of what changed, and nothing shows what stands in it."""

from pathlib import Path

import pytest

from gateway.cli import setup
from gateway.config.fingerprints import build, changed, standing
from gateway.config.load import load
from tests.house import House


def touch(path: Path) -> None:
    """One more empty line at the end."""
    with path.open("a") as file:
        file.write("\n")


@pytest.mark.parametrize(
    ("name", "kind", "part"),
    [
        ("agreements/eurasec-customs.toml", "agreements", "eurasec-customs"),
        ("parties/BY.GTK.toml", "parties", "BY.GTK"),
        ("parties/BY.GTK.as4.pem", "parties", "BY.GTK"),
        ("xsd/eurasec-customs/1.0/more.xsd", "schemas", "eurasec-customs"),
        ("codelists/countries-1.toml", "codelists", "countries-1"),
    ],
)
def test_a_change_is_named(pair: tuple[House, House], name: str, kind: str, part: str) -> None:
    """By kind and name alone; the whole changes with it, and the rest does not."""
    folder = pair[0].folder
    settings = load(folder)
    for path in ("xsd/eurasec-customs/1.0/one.xsd", "codelists/countries-1.toml"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        touch(folder / path)
    before = standing(settings)
    touch(folder / name)
    now = standing(settings)
    assert changed(before, now) == {kind: {"changed": [part]}}
    assert before["configuration"] != now["configuration"]
    assert changed(now, now) == {}


def test_who_came_and_who_went_is_named(pair: tuple[House, House]) -> None:
    """A party removed and added again; against a leaf that left out what was empty, too; nothing against no leaf."""
    folder = pair[0].folder
    both = standing(load(folder))
    setup.remove_party(folder, "BY.GTK")
    alone = standing(load(folder))
    assert changed(both, alone) == {"parties": {"removed": ["BY.GTK"]}}
    assert changed(alone, both) == {"parties": {"added": ["BY.GTK"]}}
    assert changed({"keys": both["keys"]}, both)["parties"] == {"added": ["BY.GTK", "KZ.KGD"]}
    assert changed({}, both) == changed({"configuration": "1"}, both) == {}


def test_a_new_key_is_named(pair: tuple[House, House]) -> None:
    """The keys that vouch for something, by their public names."""
    folder = pair[0].folder
    before = standing(load(folder))
    (folder / "keys" / "redaction.key").write_text("ab" * 32)
    assert changed(before, standing(load(folder))) == {"keys": {"changed": ["redaction"]}}
    assert set(before["keys"]) == {"log", "witness", "redaction", "messages"}
    assert before["keys"]["log"].startswith("kz")


def test_a_partys_pem_is_that_of_the_longest_name(pair: tuple[House, House]) -> None:
    """KZ.KGD.pem is not KZ's."""
    folder = pair[0].folder
    settings = load(folder)
    (folder / "parties" / "BY.toml").write_text("")
    before = standing(settings)
    touch(folder / "parties" / "BY.GTK.pem")
    touch(folder / "parties" / "nobodys.pem")
    assert changed(before, standing(settings)) == {"parties": {"changed": ["BY.GTK"]}}


def test_no_secret_stands_in_it(pair: tuple[House, House]) -> None:
    """Neither a key nor a token, nor a digest of one alone."""
    house = pair[0]
    shown = str(standing(load(house.folder)))
    for path in (house.folder / "keys").iterdir():
        assert path.read_text().strip() not in shown
    assert house.token not in shown


def test_the_build_is_that_of_the_files() -> None:
    """The same each time, 64 hex digits."""
    assert build() == build()
    assert len(bytes.fromhex(build())) == 32
