"""A restricted field is found in every shape a schema can give it: recursion, xsi:type, substitution, open content."""

import re
from pathlib import Path

import pytest

from gateway.cli import setup
from gateway.config.faults import ConfigError
from gateway.core import manifest
from gateway.core.xml import parse
from tests.core.making import RU, Gateway, codes, posted, prepared, refusal
from tests.core.probe import AGREEMENT, RULE
from tests.core.test_proof import of
from tests.loading import load

SCHEMA = """\
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:probe" targetNamespace="urn:probe"
           elementFormDefault="qualified">
  <xs:element name="Note"><xs:complexType><xs:sequence>
    <xs:element name="Id" type="xs:string"/>
    <xs:element name="Part" type="Part" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element ref="Secret" minOccurs="0" maxOccurs="unbounded"/>
    <xs:element name="Open" minOccurs="0"><xs:complexType><xs:sequence>
      <xs:any processContents="{process}" namespace="##other" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:sequence></xs:complexType></xs:element>
  <xs:complexType name="Part"><xs:sequence>
    <xs:element name="Item" type="xs:string" minOccurs="0"/>
    <xs:element name="Part" type="Part" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType>
  <xs:complexType name="Long"><xs:complexContent><xs:extension base="Part"><xs:sequence>
    <xs:element name="Hidden" type="xs:string"/>
  </xs:sequence></xs:extension></xs:complexContent></xs:complexType>
  <xs:element name="Secret" type="xs:string"/>
  <xs:element name="Alias" type="xs:string" substitutionGroup="Secret"/>
</xs:schema>
"""
RULES = (("secret", "//p:Secret", ""), ("hidden", "//p:Hidden", ""), ("item", "//p:Part/p:Part/p:Item", ""))
HEAD = '<Note xmlns="urn:probe" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:q="urn:probe"><Id>1</Id>'


def shaped(
    folder: Path, rules: tuple[tuple[str, str, str], ...] = RULES, process: str = "strict", more: str = ""
) -> Gateway:
    """A gateway with the agreement about that schema."""
    for party, member in (("RU.FTS", "RU"), ("KZ.KGD", "KZ")):
        service = setup.Service(party, member, "any", "127.0.0.1", 8443, 8444)
        token = setup.write(folder / party, service)
    setup.add_party(folder / "KZ.KGD", folder / "RU.FTS" / "parties" / "RU.FTS.toml")
    here = folder / "KZ.KGD"
    (here / "xsd" / "probe").mkdir()
    (here / "xsd" / "probe" / "probe.xsd").write_text(SCHEMA.format(process=process))
    text = re.sub("index = .*\n", more, AGREEMENT)
    (here / "agreements" / "probe.toml").write_text(
        text + "".join(RULE.format(id=name, path=path, more=extra) for name, path, extra in rules)
    )
    for party in (here / "parties").glob("*.toml"):
        party.write_text(party.read_text().replace("agreements = [", 'agreements = ["probe", '))
    return Gateway(load(here).register, token)


CASES = {
    "a part in a part": ("<Part><Item>kept</Item><Part><Item>CANARY</Item></Part></Part>", ["item"]),
    "deeper": ("<Part><Part><Part><Part><Item>CANARY</Item></Part></Part></Part></Part>", ["item"]),
    "xsi:type": ('<Part xsi:type="q:Long"><Hidden>CANARY</Hidden></Part>', ["hidden"]),
    "xsi:type below": (
        '<Part><Part xsi:type="Long"><Item>CANARY</Item><Hidden>CANARY</Hidden></Part></Part>',
        ["hidden"],
    ),
    "head": ("<Secret>CANARY</Secret>", ["secret"]),
    "member of its group": ("<Alias>CANARY</Alias><q:Alias>CANARY</q:Alias>", ["secret", "secret"]),
    "split": ("<Alias>CAN<![CDATA[AR]]>&#89;</Alias>", ["secret"]),
}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    """The agreement as it is."""
    return shaped(tmp_path_factory.mktemp("strict"))


@pytest.mark.parametrize(("inside", "rules"), CASES.values(), ids=CASES.keys())
def test_field_is_found_in_every_shape(inside: str, rules: list[str], strict: Gateway) -> None:
    """With the nearest optional element that the type in the document has; sender and reader can check it."""
    body = f"{HEAD}{inside}</Note>".encode()
    redacted = prepared(strict, posted(strict, body, to=(RU,), purpose="customs"))

    (copy,) = redacted.copies
    content = copy.payloads[0].content

    assert b"CANARY" not in content
    assert [row["rule"] for row in manifest.read(copy.payloads[-1].content).content["removed"]] == rules
    assert redacted.validated.message_type.validator().validate(parse(content, strict.register.limits))
    assert of(strict, redacted, body).finding().faults == []


def test_mandatory_field_of_a_derived_type_takes_its_element_along(strict: Gateway) -> None:
    """The part around it is optional, wherever it stands; what is beside it stays."""
    body = f'{HEAD}<Part><Part xsi:type="q:Long"><Hidden>x</Hidden></Part><Part/></Part></Note>'.encode()

    (copy,) = prepared(strict, posted(strict, body, to=(RU,), purpose="customs")).copies

    root = parse(copy.payloads[0].content, strict.register.limits)
    assert len(root[1]) == 1


def test_field_in_open_content_is_found_by_its_name(tmp_path: Path) -> None:
    """No schema declares it there; it goes all the same, where the agreement lets anything stand beside it."""
    rules = (("secret", "//p:Secret", ""), ("foreign", "//x:Foreign", ""))
    gateway = shaped(tmp_path, (), "lax", 'open_content = "allow"\n')
    agreement = tmp_path / "KZ.KGD" / "agreements" / "probe.toml"
    own, shared = (RULE.format(id=name, path=path, more="") for name, path, _ in rules)
    text = agreement.read_text().replace("[prefixes]\n", '[prefixes]\nx = "urn:x"\n')
    agreement.write_text(f"{text}{own}{shared.replace('[[message.restricted]]', '[[restricted]]')}")
    with pytest.raises(ConfigError, match="can stand in no message type"):
        load(tmp_path / "KZ.KGD")
    agreement.write_text(text + own)
    gateway = Gateway(load(tmp_path / "KZ.KGD").register, gateway.token)
    body = f'{HEAD}<Open><a xmlns="urn:x">1<q:Secret>CANARY</q:Secret>2</a></Open></Note>'.encode()

    (copy,) = prepared(gateway, posted(gateway, body, to=(RU,), purpose="customs")).copies

    assert b"CANARY" not in copy.payloads[0].content
    assert [one.path for one in copy.removed] == ["/p:Note/p:Open/*/p:Secret"]


def test_path_that_only_a_derived_type_makes_mandatory_is_refused_at_load(tmp_path: Path) -> None:
    """Named with the place and its type."""
    with pytest.raises(ConfigError, match=r"/p:Note/p:Id \(type .*\) is mandatory"):
        shaped(tmp_path, (("id", "//p:Id", ""),))


def test_what_must_be_refused_is_refused_in_every_shape(tmp_path: Path) -> None:
    """A rule that refuses needs nothing optional, and counts for members of a group, too."""
    gateway = shaped(tmp_path, (("secret", "//p:Secret", 'action = "refuse"'),))
    body = f"{HEAD}<Alias>CANARY</Alias></Note>".encode()

    found = refusal(gateway, posted(gateway, body, to=(RU,), purpose="customs"))

    assert codes(found.faults) == ["RESTRICTED_AND_REFUSED"]
