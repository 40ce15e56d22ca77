"""Small schemas judged by the gateway, and by the bare validators as controls."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import xmlschema
from lxml import etree

from gateway.config import schema_set, schemas
from gateway.config.simples import Simples
from gateway.core import verdict
from gateway.core.errors import Fault
from gateway.core.misjudged import Misjudged, misjudged
from gateway.core.schema import Element
from gateway.core.simple import Simple
from tests.config.xsd import schema

PREFIXES = {"urn:t": "t"}


@dataclass(frozen=True, slots=True)
class Kind:
    """As much of a message type as a verdict needs."""

    validator: schemas.CompiledSchema
    model: Element
    misjudged: Misjudged


@lru_cache(256)
def kind(inside: str, root: str = "{urn:t}R") -> Kind:
    """The message type of a schema of one file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one.xsd"
        path.write_text(schema(inside))
        files = schema_set.read_set([path])
        model = schemas.model(files, root, None)
        return Kind(schemas.CompiledSchema(files), model, misjudged(model))


def typed(simple: str) -> str:
    """A root element of the type: a built-in one's name, or the inside of an xs:simpleType."""
    if not simple.startswith("<"):
        return f'<xs:element name="R" type="{simple}"/>'
    return f'<xs:element name="R"><xs:simpleType>{simple}</xs:simpleType></xs:element>'


def restricted(base: str, *facets: str) -> str:
    """A restriction with facets, each `name=value`."""
    rows = "".join('<xs:{} value="{}"/>'.format(*facet.split("=", 1)) for facet in facets)
    return f'<xs:restriction base="{base}">{rows}</xs:restriction>'


def document(text: str) -> etree._Element:
    """A root with the text."""
    root = etree.Element("{urn:t}R", nsmap={"t": "urn:t"})
    root.text = text
    return root


def judged(inside: str, body: str | etree._Element) -> tuple[Fault, ...]:
    """The gateway's verdict."""
    given = body if isinstance(body, etree._Element) else etree.fromstring(body)
    return verdict.judge(given, kind(inside), PREFIXES)  # type: ignore[arg-type]


def takes(simple: str, text: str) -> bool:
    """Whether the gateway takes the text as a value of the type."""
    return not judged(typed(simple), document(text))


def libxml2_takes(simple: str, text: str) -> bool:
    """The control: what libxml2 alone says."""
    return kind(typed(simple)).validator().validate(document(text))


def xmlschema_takes(simple: str, text: str) -> bool:
    """The control: what xmlschema alone says."""
    return bool(xmlschema.XMLSchema10(schema(typed(simple))).is_valid(document(text)))


def simple(inside: str) -> Simple:
    """The simple type t:T of a schema."""
    known = xmlschema.XMLSchema10(schema(inside)).maps.types["{urn:t}T"]
    found = Simples().read(known)
    assert found is not None
    return found
