"""Two versions of one namespace live side by side: each agreement version has its own schemas, and a message names its own."""

from pathlib import Path

import pytest

from gateway.cli import setup
from tests.core.making import BY, Gateway, codes, posted, refusal, validated
from tests.loading import load

SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:two" targetNamespace="urn:two"
 elementFormDefault="qualified"><xs:include schemaLocation="types.xsd"/><xs:element name="Note" type="t:NoteType"/></xs:schema>"""
TYPES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:two" elementFormDefault="qualified">
 <xs:complexType name="NoteType"><xs:sequence><xs:element name="{}" type="xs:string"/></xs:sequence></xs:complexType></xs:schema>"""
AGREEMENT = """id = "two"
version = "{version}"
title = "two versions"
environment = "test"
members = ["BY", "KZ"]
purposes = ["customs"]
valid_from = 2020-01-01
retain = "1 year"
[prefixes]
t = "urn:two"
[[message]]
type = "TwoNote"
service = "urn:two:service"
root = "{{urn:two}}Note"
schema = "two/{version}/note.xsd"
pattern = "distribution"
receipt_within = "1 minute"
deliver_within = "1 hour"
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    """KZ.KGD with BY.GTK, under both versions of an agreement whose schemas have the same namespace and the same names."""
    base = tmp_path_factory.mktemp("two")
    for party, member, port in (("KZ.KGD", "KZ", 1), ("BY.GTK", "BY", 3)):
        token = setup.write(base / party, setup.Service(party, member, party, "127.0.0.1", port, port + 1))
        if party == "KZ.KGD":
            own = token
    setup.add_party(base / "KZ.KGD", base / "BY.GTK" / "parties" / "BY.GTK.toml")
    folder = base / "KZ.KGD"
    for version, field in (("1.0", "Old"), ("1.1", "New")):
        _add(folder, version, field)
    for party in ("KZ.KGD", "BY.GTK"):
        path = folder / "parties" / f"{party}.toml"
        path.write_text(path.read_text().replace('agreements = ["', 'agreements = ["two", "'))
    return Gateway(load(folder).register, own)


def _add(folder: Path, version: str, field: str) -> None:
    schemas = folder / "xsd" / "two" / version
    schemas.mkdir(parents=True)
    (schemas / "note.xsd").write_text(SCHEMA)
    (schemas / "types.xsd").write_text(TYPES.format(field))
    (folder / "agreements" / f"two-{version}.toml").write_text(AGREEMENT.format(version=version))


def note(field: str) -> bytes:
    """A note as one of the versions has it."""
    return f'<Note xmlns="urn:two"><{field}>x</{field}></Note>'.encode()


@pytest.mark.parametrize(("version", "own", "other"), [("1.0", "Old", "New"), ("1.1", "New", "Old")])
def test_a_message_is_judged_by_the_version_it_names(gateway: Gateway, version: str, own: str, other: str) -> None:
    """Valid under its own, refused with what the other one has, whichever was loaded first."""
    named = f"two:{version}"

    assert validated(gateway, posted(gateway, note(own), to=(BY,), agreement=named)).agreement.ref == named
    assert codes(refusal(gateway, posted(gateway, note(other), agreement=named)).faults) == ["ELEMENT_NOT_EXPECTED"]


def test_a_message_that_names_none_is_ambiguous(gateway: Gateway) -> None:
    """Nothing is guessed: both are told."""
    (fault,) = refusal(gateway, posted(gateway, note("Old"))).faults
    assert (fault.code.name, fault.expected) == ("AMBIGUOUS", "two:1.0 | two:1.1")
