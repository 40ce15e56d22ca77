"""Gateways as `gateway init` writes them, loaded once for all laws."""

from pathlib import Path

import pytest

from gateway.cli import setup
from tests.core.making import Gateway, plain
from tests.core.probe import add_probe
from tests.loading import load

SERVICES = {
    "KZ.KGD": setup.Service("KZ.KGD", "KZ", "Комитет государственных доходов", "127.0.0.1", 8443, 8444),
    "BY.GTK": setup.Service("BY.GTK", "BY", "Государственный таможенный комитет", "127.0.0.1", 8543, 8544),
    "RU.FTS": setup.Service("RU.FTS", "RU", "Федеральная таможенная служба", "127.0.0.1", 8643, 8644),
}


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """A configuration folder and the system's token for each of three parties that know each other."""
    base = tmp_path_factory.mktemp("gateways")
    made = {name: (base / name, setup.write(base / name, service)) for name, service in SERVICES.items()}
    for name, (folder, _) in made.items():
        for partner in SERVICES.keys() - {name}:
            setup.add_party(folder, base / partner / "parties" / f"{partner}.toml")
    return made


@pytest.fixture(scope="session")
def kz(folders: dict[str, tuple[Path, str]]) -> Gateway:
    """The gateway of KZ.KGD: the sender in most laws."""
    return _loaded(*folders["KZ.KGD"])


@pytest.fixture(scope="session")
def by(folders: dict[str, tuple[Path, str]]) -> Gateway:
    """The gateway of BY.GTK: the receiver in most laws."""
    return _loaded(*folders["BY.GTK"])


@pytest.fixture(scope="session")
def probe(folders: dict[str, tuple[Path, str]]) -> Gateway:
    """The gateway of RU.FTS with a second agreement that has every kind of facet (probe.py)."""
    folder, token = folders["RU.FTS"]
    add_probe(folder)
    return _loaded(folder, token)


def _loaded(folder: Path, token: str) -> Gateway:
    return plain(Gateway(load(folder).register, token))
