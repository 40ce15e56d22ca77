"""Validated ► Redacted: what a law keeps out is gone, at the nearest optional ancestor, and the rest is valid (EA-2.2)."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from itertools import islice

from lxml import etree

from gateway.core import explain, xml
from gateway.core.agreement import Action, Restriction
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.message import Copy, Payload, Redacted, Removed, Unpacked, Validated, payload
from gateway.core.names import DIRECTION_OF, Member
from gateway.core.schema import Place

Hit = tuple[etree._Element, Restriction, Place]


def redact(validated: Validated) -> Redacted:
    """One copy for each recipient, stripped under the sender's and that recipient's law.

    Recipients that the same restrictions bind share one copy.
    """
    made: dict[tuple[str, ...], tuple[tuple[Payload, ...], tuple[Removed, ...], tuple[tuple[str, str], ...]]] = {}
    copies = []
    for header, recipient in zip(validated.headers, validated.recipients, strict=True):
        binding = _binding(validated, frozenset({validated.screened.known.sender.member, recipient.member}))
        key = tuple(restriction.id for restriction in binding)
        if key not in made:
            made[key] = _copy(validated, binding)
        copies.append(Copy(header, *made[key]))
    return Redacted(validated, tuple(copies))


def _binding(validated: Validated, members: frozenset[Member]) -> tuple[Restriction, ...]:
    direction = DIRECTION_OF[validated.screened.known.unpacked.edge]
    return tuple(rule for rule in validated.message_type.restrictions if rule.binds(members, direction))


def _copy(
    validated: Validated, binding: tuple[Restriction, ...]
) -> tuple[tuple[Payload, ...], tuple[Removed, ...], tuple[tuple[str, str], ...]]:
    unpacked, document = validated.screened.known.unpacked, validated.screened.document
    found = hits(document, unpacked.payloads[0].content, binding)
    _refuse(validated, found)
    removed = summary(found)
    if found:
        document = deepcopy(document)
        strip(hits(document, unpacked.payloads[0].content, binding))
        _require_valid(validated, document)
    return _payloads(unpacked, document, changed=bool(found)), removed, _index(validated, document)


def hits(document: etree._Element, body: bytes, binding: tuple[Restriction, ...]) -> list[Hit]:
    """Every restricted field in the document; the bytes rule most places out without a look."""
    return [
        (element, rule, place)
        for rule in binding
        if any(needle in body for needle in rule.needles)
        for place in rule.places
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


def _refuse(validated: Validated, found: list[Hit]) -> None:
    body, document = validated.screened.known.unpacked.payloads[0].content, validated.screened.document
    faults: list[Fault] = []
    for rule in dict.fromkeys(rule.id for _, rule, _ in found if rule.action is Action.REFUSE):
        elements = [element for element, hit, _ in found if hit.id == rule]
        ground = next(hit.ground for _, hit, _ in found if hit.id == rule)
        expected, code = f"nothing here (rule {rule}: {ground})", ErrorCode.RESTRICTED_AND_REFUSED
        faults += explain.pointed(document, code, elements, expected, validated.agreement.prefixes, body)
    if faults:
        raise Rejected(*faults, about=_about(validated))


def _require_valid(validated: Validated, document: etree._Element) -> None:
    kind = validated.message_type
    validator = kind.validator()
    if not validator.validate(document):
        faults = explain.explain(document, validator.error_log, kind.model, validated.agreement.prefixes)
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
