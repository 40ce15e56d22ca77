"""However a restricted field is written, and wherever it may stand, nothing of it goes on."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core.agreement import Action, MessageType, Restriction
from gateway.core.message import Redacted
from gateway.core.schema import Child, Element, qualify
from tests.core.making import BY, Gateway, posted, prepared, samples, unruled
from tests.core.test_proof import of

SPLITS = st.sampled_from(["plain", "cdata", "split", "comment", "reference"])
PREFIXES = st.sampled_from(["", "x", "casdo", "ns0", "Ж"])


@dataclass(frozen=True)
class Place:
    """A place where a restricted field can stand, found by listing all that the schema lets stand."""

    path: str
    lift: int
    attribute: str = ""


@dataclass(frozen=True)
class Planted:
    """A valid sample with restricted units in it, written in some way; and the sample as it was."""

    body: bytes = field(repr=False)
    plain: etree._Element = field(repr=False)
    values: frozenset[str]
    paths: tuple[str, ...]


def planted(draw: st.DrawFn, gateway: Gateway) -> Planted:
    """Restricted units at random places where the schema allows them, in random spelling."""
    path = draw(st.sampled_from(samples("valid", "eurasec-customs")))
    plain = etree.fromstring(path.read_bytes())
    kind = gateway.register.agreements[0].messages[str(plain.tag)]
    root = deepcopy(plain)
    found = [(place, plan) for place in _places(kind, gateway) for plan in _plans(root, place, _prefixes(gateway))]
    chosen = draw(
        st.lists(st.sampled_from(found), min_size=1, max_size=6, unique_by=lambda row: (id(row[1][0]), row[1][1].tag))
    )
    values: set[str] = set()
    for place, (parent, unit) in chosen:
        if place.attribute:
            parent.set(place.attribute, unit.get(place.attribute) or "")
            values.add(unit.get(place.attribute) or "")
        else:
            _insert(parent, deepcopy(unit), kind.model)
            values |= {text.strip() for text in unit.itertext()}
    spelling = draw(st.lists(st.tuples(PREFIXES, SPLITS), min_size=1, max_size=5))
    body = "".join(_written(root, spelling, [0]))
    said = "\n".join(plain.itertext())
    secrets = frozenset(value for value in values if len(value) > 4 and value not in said)
    return Planted(body.encode(), plain, secrets, tuple(place.path for place, _ in chosen))


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None)
@given(st.data())
def test_no_restricted_value_survives(kz: Gateway, data: st.DataObject) -> None:
    """The result is the sample without them: same elements, attributes and texts; no value left; valid."""
    made = data.draw(st.composite(planted)(kz))

    redacted = prepared(unruled(kz), posted(kz, made.body, to=(BY,)))

    content, kind = redacted.copies[0].payloads[0].content, redacted.validated.message_type
    document = etree.fromstring(content)
    left = "\n".join(document.itertext()) + content.decode()
    assert [value for value in made.values if value in left] == []
    assert [rule.id for rule in kind.restrictions if rule.action is Action.STRIP and _held(rule, document)] == []
    assert set(made.paths) <= {one.path for one in redacted.copies[0].removed}
    assert _shape(document) == _shape(made.plain)
    assert kind.validator().validate(document)
    # What is left is, canonicalised, the original byte for byte without the listed parts; each part opens by its salt.
    case = of(kz, redacted, made.body)
    assert case.finding().faults == []
    at = data.draw(st.integers(0, len(content) - 1))
    other = content[:at] + (b"0" if content[at : at + 1] != b"0" else b"1") + content[at + 1 :]
    assert case.finding(delivered=other).faults


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(samples("valid", "eurasec-customs")), st.lists(st.tuples(PREFIXES, SPLITS), min_size=1, max_size=5)
)
def test_unrestricted_document_keeps_bytes_or_meaning(kz: Gateway, path: Path, spelling: list[tuple[str, str]]) -> None:
    """In any spelling: the bytes, where parsing dropped nothing; else the same elements, attributes and texts."""
    plain = etree.fromstring(path.read_bytes())
    body = "".join(_written(plain, spelling, [0])).encode()

    redacted: Redacted = prepared(kz, posted(kz, body, to=(BY,)))

    content = redacted.copies[0].payloads[0].content
    assert content == body or b"<!--" in body
    assert b"<!--" not in content
    assert _shape(etree.fromstring(content)) == _shape(plain)


@pytest.mark.parametrize(
    "message_type", ["TransitReleaseNotice", "TransitArrivalCompletionNotice", "DocumentVerificationRequest"]
)
def test_units_are_found_for_most_places(message_type: str, kz: Gateway) -> None:
    """The laws above would hold for nothing if nothing could be planted."""
    kind = kz.kind(message_type)
    roots = [
        etree.fromstring(path.read_bytes())
        for path in samples("valid", "eurasec-customs")
        if path.stem.startswith(f"{message_type}--")
    ]

    plantable = {
        place.path for place in _places(kind, kz) for root in roots for _ in _plans(root, place, _prefixes(kz))
    }

    assert len(plantable) >= 3


def _prefixes(gateway: Gateway) -> dict[str, str]:
    return {prefix: namespace for namespace, prefix in gateway.register.prefixes.items()}


def _held(rule: Restriction, document: etree._Element) -> list[etree._Element]:
    """What XPath still finds of the field."""
    owners: list[etree._Element] = rule.path.select(document)
    return [owner for owner in owners if not rule.path.attribute or owner.get(rule.path.attribute)]


def _places(kind: MessageType, gateway: Gateway) -> list[Place]:
    """Every absolute place of every restricted field that is stripped."""
    found, prefix_of = [], gateway.register.prefixes
    for chain in _chains((Child(kind.model, optional=False),)):
        names = [link.element.name for link in chain]
        path = "".join(f"/{qualify(name, prefix_of)}" for name in names)
        lift = next((up for up, link in enumerate(reversed(chain[1:])) if link.optional), 0)
        for rule in kind.restrictions:
            if rule.action is Action.STRIP and rule.path.matches(names):
                attribute = rule.path.attribute
                if not attribute:
                    found.append(Place(path, lift))
                elif attribute in chain[-1].element.attributes:
                    found.append(Place(f"{path}/@{attribute}", lift, attribute))
    return found


def _chains(chain: tuple[Child, ...]) -> Iterator[tuple[Child, ...]]:
    yield chain
    for child in chain[-1].element.children.values():
        yield from _chains((*chain, child))


@cache
def _pool() -> dict[str, list[etree._Element]]:
    """Every element of the restricted samples by its name: the units to plant."""
    pool: dict[str, list[etree._Element]] = {}
    for path in samples("restricted", "eurasec-customs"):
        for element in etree.fromstring(path.read_bytes(), etree.XMLParser(remove_comments=True)).iter("*"):
            pool.setdefault(str(element.tag), []).append(element)
    return pool


def _plans(root: etree._Element, place: Place, prefixes: dict[str, str]) -> list[tuple[etree._Element, etree._Element]]:
    """(where, what): parents in the document, and a unit of the pool that may stand there and is restricted."""
    steps = place.path.partition("/@")[0].split("/")[1:]
    if place.attribute:
        owners = root.xpath("/" + "/".join(steps), namespaces=prefixes)
        return [
            (owner, unit) for owner in owners for unit in _pool().get(str(owner.tag), []) if unit.get(place.attribute)
        ]
    unit_steps = steps[: len(steps) - place.lift]
    prefix, _, name = unit_steps[-1].partition(":")
    parents = root.xpath("/" + "/".join(unit_steps[:-1]), namespaces=prefixes)
    below = "/".join(steps[len(unit_steps) :])
    units = [
        unit
        for unit in _pool().get(f"{{{prefixes[prefix]}}}{name}", [])
        if not below or unit.xpath(below, namespaces=prefixes)
    ]
    return [(parent, unit) for parent in parents for unit in units[:2] if _fits(parent, unit)]


def _fits(parent: etree._Element, unit: etree._Element) -> bool:
    """Whether the parent has none of that name yet: one more is then allowed."""
    return parent.find(str(unit.tag)) is None


def _insert(parent: etree._Element, unit: etree._Element, model: Element) -> None:
    """Put the unit where its declaration stands among its siblings'."""
    declared = model
    for step in [*reversed(list(parent.iterancestors())), parent][1:]:
        declared = declared.children[str(step.tag)].element
    order = list(declared.children)
    unit.tail = None
    before = [child for child in parent if order.index(str(child.tag)) < order.index(str(unit.tag))]
    if before:
        parent.insert(parent.index(before[-1]) + 1, unit)
    else:
        parent.insert(0, unit)


def _written(element: etree._Element, spelling: list[tuple[str, str]], turn: list[int]) -> list[str]:
    """The element as text: each with its own namespace declaration, its text in the spelling whose turn it is."""
    prefix, split = spelling[turn[0] % len(spelling)]
    turn[0] += 1
    name = etree.QName(element)
    tag, xmlns = (f"{prefix}:{name.localname}", f"xmlns:{prefix}") if prefix else (name.localname, "xmlns")
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in element.attrib.items())
    pieces = [f'<{tag} {xmlns}="{name.namespace}"{attributes}>', _text(element.text or "", split)]
    for child in element:
        pieces += [*_written(child, spelling, turn), escape(child.tail or "")]
    return [*pieces, f"</{tag}>"]


def _text(text: str, split: str) -> str:
    if not text.strip():
        return escape(text)
    half = len(text) // 2
    return {
        "plain": escape(text),
        "cdata": f"<![CDATA[{text}]]>",
        "split": f"{escape(text[:half])}<![CDATA[{text[half:]}]]>",
        "comment": f"{escape(text[:half])}<!-- x -->{escape(text[half:])}",
        "reference": "".join(f"&#{ord(letter)};" for letter in text),
    }[split]


def _shape(element: etree._Element) -> object:
    """What a document says, whatever its prefixes."""
    children = [(_shape(child), child.tail or "") for child in element]
    return str(element.tag), sorted(element.attrib.items()), element.text or "", children
