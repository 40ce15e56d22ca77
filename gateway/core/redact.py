"""Validated ► Redacted: what a law keeps out is gone, at the nearest optional ancestor, and the rest is valid (EA-2.2)."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice

from lxml import etree

from gateway.core import explain, xml
from gateway.core.agreement import Action, MessageType, Restriction
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.locate import Locator
from gateway.core.message import Copy, Payload, Redacted, Removed, Unpacked, Validated, payload
from gateway.core.names import DIRECTION_OF, Member
from gateway.core.schema import Place

Hit = tuple[etree._Element, Restriction, Place]
Binding = tuple[int, ...]  # the numbers of the restrictions that bind a message
CopyParts = tuple[tuple[Payload, ...], tuple[Removed, ...], tuple[tuple[str, str], ...]]


def redact(validated: Validated) -> Redacted:
    """One copy for each recipient, stripped under the sender's and that recipient's law.

    Recipients that the same restrictions bind share one copy. The validated document is used up.
    """
    member = validated.screened.known.sender.member
    bindings = [_binding(validated, frozenset({member, recipient.member})) for recipient in validated.recipients]
    documents = _documents(validated.screened.document, set(bindings))
    made = {binding: _copy(validated, binding, document) for binding, document in documents.items()}
    return Redacted(
        validated,
        tuple(Copy(header, *made[binding]) for header, binding in zip(validated.headers, bindings, strict=True)),
    )


def _documents(document: etree._Element, bindings: set[Binding]) -> dict[Binding, etree._Element]:
    """A document to strip for each binding; the first one gets the document itself."""
    return {binding: deepcopy(document) if number else document for number, binding in enumerate(bindings)}


def _binding(validated: Validated, members: frozenset[Member]) -> Binding:
    direction = DIRECTION_OF[validated.screened.known.unpacked.edge]
    rules = validated.message_type.restrictions
    return tuple(number for number, rule in enumerate(rules) if rule.binds(members, direction))


def _copy(validated: Validated, binding: Binding, document: etree._Element) -> CopyParts:
    unpacked = validated.screened.known.unpacked
    found = hits(document, validated.message_type, binding)
    _refuse(validated, document, found)
    removed = summary(found)
    if found:
        strip(found)
        _require_valid(validated, document)
    return _payloads(unpacked, document, changed=bool(found)), removed, _index(validated, document)


def hits(document: etree._Element, message_type: MessageType, binding: Binding) -> list[Hit]:
    """Every restricted field in the document; one look rules most documents out."""
    if not message_type.restricted(document):
        return []
    return [
        (element, message_type.restrictions[number], place)
        for number in binding
        for place in message_type.restrictions[number].places
        for element in place.select(document)
    ]


def strip(found: list[Hit]) -> None:
    """Remove the unit of every hit; a unit inside a removed one goes with it."""
    for element, _, place in found:
        unit = element
        for above in islice(element.iterancestors(), place.lift):
            unit = above
        if place.attribute:
            unit.attrib.pop(place.attribute, None)
        else:
            _remove(unit)


def _remove(unit: etree._Element) -> None:
    """Take the element out and the white space behind it; other text behind it stays."""
    parent = unit.getparent()
    if parent is None:
        return  # it went with an earlier hit
    tail = (unit.tail or "") if (unit.tail or "").strip() else ""
    before = unit.getprevious()
    parent.remove(unit)
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail


def summary(found: list[Hit]) -> tuple[Removed, ...]:
    """What was removed: each rule and place once, counted, in rule order."""
    counts: dict[tuple[str, str], int] = {}
    for _, rule, place in found:
        counts[rule.id, place.path] = counts.get((rule.id, place.path), 0) + 1
    return tuple(Removed(rule, path, count) for (rule, path), count in counts.items())


def _refuse(validated: Validated, document: etree._Element, found: list[Hit]) -> None:
    body = validated.screened.known.unpacked.payloads[0].content
    locator = Locator(document, validated.message_type.model, validated.agreement.prefixes)
    faults: list[Fault] = []
    for rule in dict.fromkeys(rule.id for _, rule, _ in found if rule.action is Action.REFUSE):
        elements = [element for element, hit, _ in found if hit.id == rule]
        ground = next(hit.ground for _, hit, _ in found if hit.id == rule)
        expected, code = f"nothing here (rule {rule}: {ground})", ErrorCode.RESTRICTED_AND_REFUSED
        faults += explain.pointed(locator, code, elements, expected, body)
    if faults:
        raise Rejected(*faults, about=_about(validated))


def _require_valid(validated: Validated, document: etree._Element) -> None:
    kind = validated.message_type
    validator = kind.validator()
    if not validator.validate(document):
        faults = explain.explain(Locator(document, kind.model, validated.agreement.prefixes), validator.error_log)
        raise Rejected(
            *(replace(fault, code=ErrorCode.INVALID_AFTER_REDACTION) for fault in faults), about=_about(validated)
        )


def _about(validated: Validated) -> Refused:
    identity = validated.screened.known.identity
    return Refused(identity.message_id, identity.sender, validated.message_type.type)


def _payloads(unpacked: Unpacked, document: etree._Element, *, changed: bool) -> tuple[Payload, ...]:
    """The payloads as they go on: the very bytes that came, unless something had to go."""
    first, *others = unpacked.payloads
    if changed or not unpacked.exact:
        first = payload("", first.media_type, xml.serialize(document), first.name)
    return (first, *others)


def _index(validated: Validated, document: etree._Element) -> tuple[tuple[str, str], ...]:
    """The business ids that operators search by, from what is left after redaction."""
    rows: Mapping[tuple[str, str], None] = {
        (name, _value(element)): None
        for name, places in validated.message_type.index
        for place in places
        for element in place.select(document)
    }
    return tuple((name, value) for name, value in rows if value)


def _value(element: etree._Element) -> str:
    """The string value; the leaves of a composite id are joined by /."""
    return "/".join(text.strip() for text in element.itertext() if text.strip())[:200]
