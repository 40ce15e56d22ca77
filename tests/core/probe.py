"""A made-up agreement whose one message has every kind of facet, mixed content, keys, and every kind of restriction."""

from pathlib import Path

NAMESPACE = "urn:probe"
ROOT = "/p:Note"

SCHEMA = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:p="urn:probe" targetNamespace="urn:probe"
           elementFormDefault="qualified">
  <xs:element name="Note">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="Id" type="xs:string"/>
        <xs:element name="Coded" minOccurs="0">
          <xs:complexType><xs:simpleContent><xs:extension base="xs:string">
            <xs:attribute name="list"><xs:simpleType><xs:restriction base="xs:string">
              <xs:maxLength value="2"/></xs:restriction></xs:simpleType></xs:attribute>
            <xs:attribute name="agency" type="xs:string" use="required"/>
          </xs:extension></xs:simpleContent></xs:complexType>
        </xs:element>
        <xs:element name="Pattern" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
          <xs:pattern value="[A-Z]{2}"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Length" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
          <xs:length value="3"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="MinLength" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
          <xs:minLength value="3"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Code" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string">
          <xs:enumeration value="a"/><xs:enumeration value="b"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Inclusive" minOccurs="0"><xs:simpleType><xs:restriction base="xs:integer">
          <xs:minInclusive value="2"/><xs:maxInclusive value="4"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Exclusive" minOccurs="0"><xs:simpleType><xs:restriction base="xs:integer">
          <xs:minExclusive value="2"/><xs:maxExclusive value="4"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Digits" minOccurs="0"><xs:simpleType><xs:restriction base="xs:decimal">
          <xs:totalDigits value="4"/><xs:fractionDigits value="1"/></xs:restriction></xs:simpleType></xs:element>
        <xs:element name="Nothing" minOccurs="0"><xs:complexType/></xs:element>
        <xs:element name="Text" minOccurs="0">
          <xs:complexType mixed="true"><xs:sequence>
            <xs:element name="Kept" type="xs:string" minOccurs="0"/>
            <xs:element name="Name" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
          </xs:sequence></xs:complexType>
        </xs:element>
        <xs:element name="Sealed" minOccurs="0">
          <xs:complexType><xs:attribute name="number" type="xs:string" use="required"/></xs:complexType>
        </xs:element>
        <xs:element name="Box" minOccurs="0">
          <xs:complexType><xs:sequence>
            <xs:element name="Inner"><xs:complexType><xs:sequence>
              <xs:element name="Secret" type="xs:string" maxOccurs="2"/>
            </xs:sequence></xs:complexType></xs:element>
          </xs:sequence></xs:complexType>
        </xs:element>
        <xs:element name="Case" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
        <xs:element name="Item" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
        <xs:element name="Pointer" type="xs:string" minOccurs="0"/>
      </xs:sequence>
    </xs:complexType>
    <xs:key name="item"><xs:selector xpath="p:Item"/><xs:field xpath="."/></xs:key>
    <xs:keyref name="pointer" refer="p:item"><xs:selector xpath="p:Pointer"/><xs:field xpath="."/></xs:keyref>
  </xs:element>
</xs:schema>
"""

AGREEMENT = """\
id = "probe"
version = "1.0"
title = "A probe"
environment = "test"
members = ["BY", "KZ", "RU"]
purposes = ["customs", "statistics"]
valid_from = 2020-01-01
valid_until = 2030-12-31
retain = "1 year"

[prefixes]
p = "urn:probe"

[[message]]
type = "Note"
service = "urn:probe:service"
root = "{urn:probe}Note"
schema = "probe/probe.xsd"
pattern = "notification"
receipt_within = "1 minute"
deliver_within = "1 hour"
attachments = ["image/jpeg"]
index = { id = "/p:Note/p:Id", item = "/p:Note/p:Item" }
"""

RULE = """
[[message.restricted]]
id = "{id}"
path = "{path}"
class = "test"
ground = "a law"
{more}
"""
RULES = (
    ("name", "//p:Text/p:Name", ""),
    ("agency", "//p:Coded/@list", ""),
    ("number", "//p:Sealed/@number", ""),
    ("secret", "//p:Secret", ""),
    ("case", "//p:Case", 'action = "refuse"'),
    ("item", "//p:Item", 'direction = "out"'),
)


def add_probe(folder: Path) -> None:
    """The agreement is in the configuration, and every party there has agreed to it."""
    (folder / "xsd" / "probe").mkdir()
    (folder / "xsd" / "probe" / "probe.xsd").write_text(SCHEMA)
    rules = "".join(RULE.format(id=name, path=path, more=more) for name, path, more in RULES)
    (folder / "agreements" / "probe.toml").write_text(AGREEMENT + rules)
    for party in (folder / "parties").glob("*.toml"):
        party.write_text(party.read_text().replace('"eurasec-customs"', '"eurasec-customs", "probe"'))


def note(inside: str = "") -> bytes:
    """A probe message with something behind its Id."""
    return f'<p:Note xmlns:p="{NAMESPACE}"><p:Id>1</p:Id>{inside}</p:Note>'.encode()
