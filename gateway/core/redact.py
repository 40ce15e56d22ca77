"""Validated ► Redacted: what a law keeps out is gone, at the nearest optional ancestor, and the rest is valid (EA-2.2)."""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from lxml import etree

from gateway.core import explain, removal, xml
from gateway.core.agreement import Action
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.locate import Locator
from gateway.core.message import Copy, Payload, Redacted, Removed, Unpacked, Validated, payload
from gateway.core.names import DIRECTION_OF, Member
from gateway.core.removal import Binding, Hit
from gateway.core.texts import say

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
    found = removal.find(document, validated.message_type, binding, validated.agreement.prefixes)
    if found:
        _refuse(validated, document, found)
        removal.strip(removal.outermost(found))
        _require_valid(validated, document)
    return _payloads(unpacked, document, changed=bool(found)), summary(found), _index(validated, document)


def summary(found: Sequence[Hit]) -> tuple[Removed, ...]:
    """What was removed: each rule and place once, counted, in rule order."""
    counts = Counter((hit.number, hit.rule.id, hit.path) for hit in sorted(found, key=lambda hit: hit.number))
    return tuple(Removed(rule, path, count) for (_, rule, path), count in counts.items())


def _refuse(validated: Validated, document: etree._Element, found: Sequence[Hit]) -> None:
    """A field that its rule says to refuse, or that nothing optional stands around, stops the message."""
    refused = [hit for hit in found if hit.rule.action is Action.REFUSE or hit.unit is None]
    body = validated.screened.known.unpacked.payloads[0].content
    locator = Locator(document, validated.message_type.model, validated.agreement.prefixes)
    faults: list[Fault] = []
    for rule in {hit.number: hit.rule for hit in refused}.values():
        elements = [hit.field for hit in refused if hit.rule is rule]
        code, expected = ErrorCode.RESTRICTED_AND_REFUSED, say("nothing_restricted", rule=rule.id, ground=rule.ground)
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
    rows = {
        (name, _value(element, path.attribute)): None
        for name, path in validated.message_type.index
        for element in path.select(document)
    }
    return tuple((name, value) for name, value in rows if value)


def _value(element: etree._Element, attribute: str) -> str:
    """The string value; the leaves of a composite id are joined by /."""
    if attribute:
        return str(element.get(attribute, "")).strip()[:200]
    return "/".join(text.strip() for text in element.itertext() if text.strip())[:200]
