"""Gateways of three services, loaded once, that made traffic runs through."""

import pytest
from lxml import etree

from gateway.cli import setup
from gateway.config.shipped import shipped
from tests.core.making import Gateway, plain
from tests.loading import load

MEMBERS = {"KZ.KGD": "KZ", "BY.GTK": "BY", "RU.FTS": "RU"}


@pytest.fixture(scope="session")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Gateway]:
    """Each knows the others."""
    base = tmp_path_factory.mktemp("services")
    tokens = {
        name: setup.write(base / name, setup.Service(name, member, f"Customs of {member}", "127.0.0.1", 8443, 9443))
        for name, member in MEMBERS.items()
    }
    for name in MEMBERS:
        for partner in MEMBERS.keys() - {name}:
            setup.add_party(base / name, base / partner / "parties" / f"{partner}.toml")
    return {name: plain(Gateway(load(base / name).register, token)) for name, token in tokens.items()}


def elements() -> set[str]:
    """Every global element of the shipped schemas."""
    found = set()
    for file in sorted(shipped("xsd").glob("eurasec-customs/*/*.xsd")):
        root = etree.parse(file).getroot()
        names = root.findall("{http://www.w3.org/2001/XMLSchema}element")
        found |= {f"{{{root.get('targetNamespace')}}}{element.get('name')}" for element in names}
    return found
