"""A schema set is complete and local; several entry files work as one; what cannot be judged is refused at load."""

from pathlib import Path

import pytest
from lxml import etree

from gateway.config import schema_set, schemas
from gateway.config.load import load
from tests.config.xsd import local, read, schema, write
from tests.house import House

OUTER = '<xs:element name="R"><xs:complexType><xs:sequence><xs:any namespace="##other"/></xs:sequence></xs:complexType></xs:element>'


def compiled(folder: Path, *entries: str) -> etree.XMLSchema:
    """The compiled set."""
    return schemas.CompiledSchema(schema_set.read_set(folder / f"{name}.xsd" for name in entries))()


def test_strict_wildcard_finds_what_another_entry_file_declares(tmp_path: Path) -> None:
    """Entry files of any namespace, of the same one and of none work as one set; control: alone, the first finds nothing."""
    write(
        tmp_path,
        outer=schema(OUTER),
        first=schema('<xs:element name="first" type="xs:int"/>', "urn:i"),
        second=schema('<xs:element name="second" type="xs:int"/>', "urn:i"),
        none=schema('<xs:element name="none" type="xs:int"/>', ""),
    )
    document = etree.fromstring('<R xmlns="urn:t"><second xmlns="urn:i">1</second></R>')

    found = read(tmp_path, "{urn:t}R", "outer", "first", "second", "none")

    assert local(found.children) == ["first", "second"]
    assert compiled(tmp_path, "outer", "first", "second", "none").validate(document)
    assert not compiled(tmp_path, "outer").validate(document)


def test_set_of_sixty_files_is_read_whole(tmp_path: Path) -> None:
    """Each file includes the next; the last one's element is found, and every file counts for the digest."""
    for number in range(60):
        include = f'<xs:include schemaLocation="f{number + 1}.xsd"/>' if number < 59 else ""
        element = f'<xs:element name="e{number}" type="xs:int"/>'
        write(tmp_path, **{f"f{number}": schema(include + element)})
    files = schema_set.read_set([tmp_path / "f0.xsd"])

    assert len(files.members) == 60
    assert read(tmp_path, "{urn:t}e59", "f0").facets.startswith("int")
    write(tmp_path, f59=schema('<xs:element name="e59" type="xs:string"/>'))
    assert schema_set.read_set([tmp_path / "f0.xsd"]).digest != files.digest
    assert read(tmp_path, "{urn:t}e59", "f0").facets == "string"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (schema('<xs:include schemaLocation="missing.xsd"/>'), "missing.xsd cannot be read"),
        (schema('<xs:import namespace="urn:x" schemaLocation="http://127.0.0.1:9/x.xsd"/>'), "is not a file"),
        (schema('<xs:redefine schemaLocation="file:///etc/passwd"/>'), "is not a file"),
        (schema('<xs:import namespace="urn:x" schemaLocation="/etc/passwd"/>'), "is not well-formed"),
        ("<a/>", "is no XML Schema"),
        ("<a", "is not well-formed"),
        (schema('<xs:element name="R" type="t:none"/>'), "t:none|none"),
    ],
)
def test_set_that_is_not_whole_is_refused(content: str, problem: str, tmp_path: Path) -> None:
    """A file that is missing, elsewhere or no schema stops the load; nothing is fetched."""
    write(tmp_path, one=content)

    with pytest.raises(schema_set.SchemaError, match=problem):
        compiled(tmp_path, "one")


def test_nothing_outside_the_set_is_opened(tmp_path: Path) -> None:
    """Whatever libxml2 asks for, only the files of the set are given to it."""
    write(tmp_path, one=schema('<xs:element name="R"/>'), other=schema(""))
    resolver = schemas._OnlyTheSet(schema_set.read_set([tmp_path / "one.xsd"]))
    context = etree.XMLParser()

    with pytest.raises(schema_set.SchemaError, match="does not belong to the set"):
        resolver.resolve((tmp_path / "other.xsd").as_uri(), None, context)


LATER = 'xmlns:vc="http://www.w3.org/2007/XMLSchema-versioning" vc:minVersion="1.1"'


def test_schema_that_asks_for_version_1_1_is_not_read_as_empty(tmp_path: Path) -> None:
    """Control: the reader of version 1.0 finds nothing in it."""
    import xmlschema  # noqa: PLC0415 - half a second

    inside = '<xs:element name="R"><xs:complexType><xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence></xs:complexType></xs:element>'
    write(tmp_path, one=schema(inside, more=LATER))

    assert local(read(tmp_path, "{urn:t}R", "one").children) == ["a"]
    assert list(xmlschema.XMLSchema10(str(tmp_path / "one.xsd")).elements) == []


@pytest.mark.parametrize(
    "inside",
    [
        '<xs:complexType name="T"><xs:attribute name="a"/><xs:assert test="@a"/></xs:complexType>',
        '<xs:complexType name="T"><xs:openContent><xs:any/></xs:openContent></xs:complexType>',
        '<xs:complexType name="T"><xs:all><xs:element name="a" maxOccurs="2"/></xs:all></xs:complexType>',
        '<xs:complexType name="T"><xs:sequence><xs:any notNamespace="urn:x"/></xs:sequence></xs:complexType>',
        '<xs:complexType name="T"><xs:sequence><xs:any notQName="t:R"/></xs:sequence></xs:complexType>',
        '<xs:simpleType name="T"><xs:restriction base="xs:dateTimeStamp"/></xs:simpleType>',
        '<xs:simpleType name="T"><xs:restriction base="xs:int"><xs:assertion test="$value"/></xs:restriction></xs:simpleType>',
        '<xs:element name="S" type="xs:int"><xs:alternative test="@a" type="xs:error"/></xs:element>',
        "<xs:defaultOpenContent><xs:any/></xs:defaultOpenContent>",
        '<xs:complexType name="T"><xs:attribute name="a" inheritable="true"/></xs:complexType>',
    ],
)
def test_what_only_version_1_1_has_is_refused_at_load(inside: str, tmp_path: Path) -> None:
    """libxml2 judges by version 1.0: it would not see these, so the set is not taken."""
    write(tmp_path, one=schema(inside + '<xs:element name="R"/>', more=LATER))

    with pytest.raises(schema_set.SchemaError):
        compiled(tmp_path, "one")


def test_open_content_beside_restricted_fields_must_have_been_agreed(pair: tuple[House, House]) -> None:
    """What no schema declares cannot be searched: the load fails, unless the agreement says that it may stand there."""
    folder = pair[0].folder
    write(
        folder / "xsd",
        open=schema(
            OUTER.replace(
                "<xs:any ", '<xs:element name="a" type="xs:string" minOccurs="0"/><xs:any processContents="lax" '
            )
        ),
    )
    text = (folder / "agreements" / "eurasec-customs.toml").read_text()
    head = text[: text.index("[[message]]")].replace("[prefixes]", '[prefixes]\nt = "urn:t"')
    message = (
        '[[message]]\ntype = "R"\nservice = "urn:s"\nroot = "{urn:t}R"\nschema = ["open.xsd"]\npattern = "notification"\n'
        'receipt_within = "1 hour"\ndeliver_within = "1 hour"\n'
    )
    rule = '[[message.restricted]]\nid = "a"\npath = "/t:R/t:a"\nclass = "c"\nground = "g"\n'
    file = folder / "agreements" / "open.toml"

    file.write_text(head.replace('"eurasec', '"open', 1) + message + rule)
    with pytest.raises(Exception, match=r"open_content: content that no schema declares can stand in {urn:t}R"):
        load(folder)
    for told in (message + 'open_content = "allow"\n' + rule, message):
        file.write_text(head.replace('"eurasec', '"open', 1) + told)
        assert len(load(folder).register.agreements) == 3
