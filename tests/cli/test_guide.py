"""The guide to an agreement's messages, whatever the style of its schemas."""

from pathlib import Path

import pytest

from gateway.cli.output import CONFIG, FOUND
from tests.cli.command import gateway

PERMIT = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:p="urn:x:permit" targetNamespace="urn:x:permit">
  <xs:include schemaLocation="common.xsd"/>
  <xs:element name="Permit">
    <xs:complexType>
      <xs:choice minOccurs="0" maxOccurs="3">
        <xs:element name="holder" type="p:Holder"><xs:annotation><xs:documentation>Who has | it.</xs:documentation></xs:annotation></xs:element>
        <xs:sequence maxOccurs="unbounded">
          <xs:element name="goods" minOccurs="2" maxOccurs="4">
            <xs:complexType><xs:sequence><xs:element ref="p:weight"/></xs:sequence></xs:complexType>
          </xs:element>
        </xs:sequence>
      </xs:choice>
    </xs:complexType>
  </xs:element>
  <xs:element name="weight" type="xs:decimal"/>
</xs:schema>
"""
COMMON = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:complexType name="Holder">
    <xs:simpleContent><xs:extension base="Name"><xs:attribute name="kind" type="xs:token" use="required"/></xs:extension></xs:simpleContent>
  </xs:complexType>
  <xs:simpleType name="Name"><xs:restriction base="xs:string"><xs:maxLength value="9"/><xs:enumeration value="A"/></xs:restriction></xs:simpleType>
</xs:schema>
"""
AGREEMENT = """
id = "permits"
version = "1.0"
title = "Permits"
environment = "test"
members = ["KZ"]
purposes = ["customs"]
valid_from = 2026-01-01
retain = "1 year"
prefixes = { p = "urn:x:permit" }

[[message]]
type = "Permit"
service = "urn:x:service"
root = "{urn:x:permit}Permit"
schema = "permits/permit.xsd"
pattern = "notification"
receipt_within = "1 minute"
deliver_within = "1 hour"
"""


@pytest.fixture
def agreement(tmp_path: Path) -> Path:
    """An agreement whose schemas have local elements, anonymous types and a file without a namespace."""
    for name, text in (
        ("agreements/permits.toml", AGREEMENT),
        ("xsd/permits/permit.xsd", PERMIT),
        ("xsd/permits/common.xsd", COMMON),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "agreements" / "permits.toml"


def test_a_foreign_style_is_shown_too(agreement: Path) -> None:
    """Groups multiply how often an element may stand; own types stand indented; included types are found."""
    shown = gateway("reference", "--messages", agreement).out
    lines = [
        "| `p:holder` | Who has \\| it. |  | p:Holder | 0..3, one of |  |",
        "| `p:goods` |  |  | (of its own) | 0..*, one of |  |",
        "| · `p:weight` |  |  | xs:decimal | 1 |  |",
        "| `Holder` |  |  | Name | `kind` xs:token 1 |",
        "| `Name` | `A` |  | xs:string, maxLength `9` |  |",
        "| in force | 2026-01-01/.. |",
    ]
    assert [line for line in lines if line not in shown.splitlines()] == []


def test_a_page_that_is_out_of_date_is_named(agreement: Path, tmp_path: Path) -> None:
    """Exit 1 with the command that makes it anew; 0 where the page is equal."""
    page = tmp_path / "messages.md"
    page.write_text(gateway("reference", "--messages", agreement).out)
    assert gateway("reference", "--messages", agreement, "--check", page).code == 0
    page.write_text("# Old\n")
    ended = gateway("reference", "--messages", agreement, "--check", page)
    assert (ended.code, "--messages" in ended.out) == (FOUND, True)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("permits/permit.xsd", "permits/none.xsd", "message[1].schema"),
        ("}Permit", "}Licence", "message[1].root"),
        ('id = "permits"', "id = 1", "id"),
    ],
    ids=["no file", "no root", "form"],
)
def test_a_mistake_of_the_agreement_is_named(agreement: Path, old: str, new: str, named: str) -> None:
    """File and key, as `gateway check` names it."""
    agreement.write_text(agreement.read_text().replace(old, new))
    ended = gateway("reference", "--messages", agreement)
    assert (ended.code, f"{agreement}: {named}" in ended.err) == (CONFIG, True)
