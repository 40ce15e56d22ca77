"""Validated ► Redacted: what a law keeps out is gone, at the nearest optional ancestor, and the rest is valid (EA-2.2)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from lxml import etree

from gateway.core import commit, explain, manifest, removal, verdict, xml
from gateway.core.agreement import Action, MessageType
from gateway.core.commit import Mark
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected
from gateway.core.locate import Locator
from gateway.core.message import (
    Copy,
    Payload,
    Redacted,
    Redaction,
    Removed,
    RemovedUnit,
    Unpacked,
    Validated,
    payload,
)
from gateway.core.names import DIRECTION_OF, Edge, Member
from gateway.core.removal import Binding, Hit, Unit
from gateway.core.salt import FIRST, Salts, salted
from gateway.core.texts import say


@dataclass(frozen=True, slots=True)
class Stripped:
    """What recipients under the same restrictions get."""

    payloads: tuple[Payload, ...]
    removed: tuple[Removed, ...]
    index: tuple[tuple[str, str], ...]
    redaction: Redaction | None


def redact(validated: Validated) -> Redacted:
    """One copy for each recipient, stripped under the sender's and that recipient's law.

    Recipients that the same restrictions bind share one copy. The validated document is used up.
    """
    member = validated.screened.known.sender.member
    bindings = [_binding(validated, frozenset({member, recipient.member})) for recipient in validated.recipients]
    made: dict[Binding, Stripped] = {}
    ordinal = FIRST
    for binding, document in _documents(validated.screened.document, bindings).items():
        made[binding] = found = _copy(validated, binding, document, ordinal + 1)
        ordinal += len(found.redaction.units) if found.redaction else 0
    copies = ((header, made[binding]) for header, binding in zip(validated.headers, bindings, strict=True))
    return Redacted(validated, tuple(Copy(header, s.payloads, s.removed, s.index, s.redaction) for header, s in copies))


def _documents(document: etree._Element, bindings: Iterable[Binding]) -> dict[Binding, etree._Element]:
    """A document to strip for each binding; the first one gets the document itself."""
    different = dict.fromkeys(bindings)
    return {binding: deepcopy(document) if number else document for number, binding in enumerate(different)}


def _binding(validated: Validated, members: frozenset[Member]) -> Binding:
    direction = DIRECTION_OF[validated.screened.known.unpacked.edge]
    rules = validated.message_type.restrictions
    return tuple(number for number, rule in enumerate(rules) if rule.binds(members, direction))


def _copy(validated: Validated, binding: Binding, document: etree._Element, first: int) -> Stripped:
    """What one binding leaves; the salts of its units count from `first`, so that no two copies share one.

    1. what goes, or refusal  2. commitments, while it still stands there  3. it goes, the rest is valid
    4. the committed digest, from what is left
    """
    unpacked = validated.screened.known.unpacked
    # 1. What goes.
    found = removal.find(document, validated.message_type, binding, validated.agreement.prefixes)
    if not found:
        return Stripped(_payloads(unpacked, document), (), index(validated.message_type, document), None)
    _refuse(validated, document, found)
    units = removal.outermost(found)
    _require_small(validated, manifest.LEAST_ROW * len(units))  # before each of them costs a commitment
    try:
        # 2. Commitments.
        removed = _commit(validated.screened.known.salts, document, units, first)
        # 3. It goes.
        removal.strip(units)
        _require_valid(validated, document)
        stripped = payload("", unpacked.payloads[0].media_type, xml.serialize(document), unpacked.payloads[0].name)
        ids = index(validated.message_type, document)
        # 4. The committed digest.
        committed = commit.committed(document, [unit.mark for unit in removed])
    except commit.NotCanonicalError:
        fault = Fault(ErrorCode.NOT_CANONICAL, expected=say("absolute_namespaces"))
        raise Rejected(fault, about=_about(validated)) from None
    return _with_manifest(validated, stripped, removed, committed, Stripped((), summary(found), ids, None))


def _commit(salts: Salts, document: etree._Element, units: Sequence[Unit], first: int) -> tuple[RemovedUnit, ...]:
    """The units as they are listed, each with its commitment."""
    tree, gone = commit.Tree(document), {unit.element for unit in units if not unit.attribute}
    removed = []
    for ordinal, unit in enumerate(units, first):
        rule = unit.hits[0].rule
        opening = commit.opening(tree, unit.element, unit.attribute, rule.id, gone)
        commitment = opening.commitment(salts.salt(ordinal))
        mark = Mark(opening.place, opening.offset, unit.attribute, rule.id, commitment)
        removed.append(RemovedUnit(ordinal, mark, rule.kind, unit.path, summary(unit.hits)))
    return tuple(removed)


def _with_manifest(
    validated: Validated, stripped: Payload, removed: tuple[RemovedUnit, ...], committed: bytes, rest: Stripped
) -> Stripped:
    """The stripped document, the attachments, and the manifest behind them.

    A manifest that came with the document goes on without its committed digest, which would let guesses at what was
    removed here be tested; the log entry keeps that digest salted.
    """
    known = validated.screened.known
    by = validated.recipients[0] if known.unpacked.edge is Edge.PARTNER else known.sender
    head = manifest.Head(by.id, validated.agreement.ref, known.salts.key.id, validated.signed)
    body = manifest.write(head, committed, removed)
    _require_small(validated, len(body))
    own = payload("", manifest.MEDIA_TYPE, body, manifest.NAME)
    earlier = b"".join(each.content for each in manifest.of(known.unpacked.payloads))
    others = tuple(map(_without_digest, known.unpacked.payloads[1:]))
    redaction = Redaction(
        committed,
        known.salts.key.id,
        removed,
        own.digest,
        salted(b"gw-manifest-1", known.salts.salt(), earlier) if earlier else b"",
    )
    return replace(rest, payloads=(stripped, *others, own), redaction=redaction)


def _without_digest(other: Payload) -> Payload:
    if other.media_type != manifest.MEDIA_TYPE:
        return other
    return payload(other.cid, other.media_type, manifest.withheld(manifest.read(other.content)), other.name)


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
    faults = verdict.judge(document, validated.message_type, validated.agreement.prefixes)
    if faults:
        raise Rejected(
            *(replace(fault, code=ErrorCode.INVALID_AFTER_REDACTION) for fault in faults), about=_about(validated)
        )


def _require_small(validated: Validated, size: int) -> None:
    """No receiver would take a larger manifest: what is promised can be delivered."""
    if size > manifest.LARGEST:
        fault = Fault(ErrorCode.TOO_LARGE, "manifest", expected=say("at_most_bytes", n=manifest.LARGEST))
        raise Rejected(fault, about=_about(validated))


def _about(validated: Validated) -> Refused:
    identity = validated.screened.known.identity
    return Refused(identity.message_id, identity.sender, validated.message_type.type)


def _payloads(unpacked: Unpacked, document: etree._Element) -> tuple[Payload, ...]:
    """The payloads as they go on where nothing is restricted: the very bytes that came, unless parsing dropped some."""
    first, *others = unpacked.payloads
    if not unpacked.exact:
        first = payload("", first.media_type, xml.serialize(document), first.name)
    return (first, *others)


def index(kind: MessageType, document: etree._Element) -> tuple[tuple[str, str], ...]:
    """The business ids that operators search by, from what is left after redaction."""
    rows = {
        (name, _value(element, path.attribute)): None for name, path in kind.index for element in path.select(document)
    }
    return tuple((name, value) for name, value in rows if value)


def _value(element: etree._Element, attribute: str) -> str:
    """The string value; the leaves of a composite id are joined by /."""
    if attribute:
        return str(element.get(attribute, "")).strip()[:200]
    return "/".join(text.strip() for text in element.itertext() if text.strip())[:200]
