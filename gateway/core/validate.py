"""Screened ► Validated: which agreement, which message type, valid in every respect; all faults at once.

1. agreement and type, from the root element and what is stated
2. may this sender send it, is the recipient a party, same environment (P-Mode)
3. purpose, deadline, attachments
4. the sender's signature, where the agreement has one
5. the agreed schema, and the agreed rules
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from lxml import etree

from gateway.core import explain, judge, manifest, properties, signature, verdict
from gateway.core.agreement import Agreement, MessageType, Party, Register, Signing
from gateway.core.errors import MAX_FAULTS, ErrorCode, Fault, Refused, Rejected
from gateway.core.locate import Locator
from gateway.core.manifest import MEDIA_TYPE
from gateway.core.message import Header, Screened, Stated, Validated
from gateway.core.names import MESSAGE_ID, SECOND, TOKEN, Edge, Member, MessageId, Micros, PartyId
from gateway.core.texts import say

LONGEST_ID = 120  # characters left of the @ that a producer may use; numbers for several recipients come behind
HINTS = etree.XPath(
    "//*[@xsi:schemaLocation or @xsi:noNamespaceSchemaLocation]",
    namespaces={"xsi": "http://www.w3.org/2001/XMLSchema-instance"},
)
DURATIONS = (("H", 3600), ("M", 60), ("S", 1))


def validate(screened: Screened, register: Register, now: Micros) -> Validated:
    """The message under its agreement, with a complete header for each recipient."""
    known, stated = screened.known, screened.known.unpacked.stated
    about = Refused(known.identity.message_id, known.identity.sender)
    try:
        agreement, message_type = _select(screened, register, now)
    except Rejected as refusal:
        raise Rejected(*refusal.faults, about=about) from None
    about = Refused(known.identity.message_id, known.identity.sender, message_type.type)
    recipients, faults = _recipients(screened, agreement, register)
    faults += _sender_faults(screened, agreement, message_type)
    purpose = stated.purpose or (next(iter(agreement.purposes)) if len(agreement.purposes) == 1 else "")
    deadline = stated.deadline or Micros(now + int(message_type.deliver_within.total_seconds()) * SECOND)
    faults += _statement_faults(screened, agreement, message_type, purpose)
    if known.unpacked.edge is Edge.NATIONAL:
        faults += _deadline_faults(deadline, message_type, now)
        faults += properties.faults(stated.properties, [party.pmode(agreement.ref) for party in recipients])
    signed, wrong = _signature(screened, agreement, now)
    faults += [*wrong, *_document_faults(screened, agreement, message_type, register.own.member)]
    if faults:
        raise Rejected(*faults, about=about)
    headers = _headers(screened, agreement, message_type, recipients, purpose, deadline, now)
    return Validated(screened, agreement, message_type, headers, recipients, signed)


def _select(screened: Screened, register: Register, now: Micros) -> tuple[Agreement, MessageType]:
    """The one agreement version in force that knows the root and that nothing stated contradicts (EA-4.3, EA-8)."""
    stated, root = screened.known.unpacked.stated, str(screened.document.tag)
    knowing = [agreement for agreement in register.agreements if root in agreement.messages]
    if not knowing:
        raise Rejected(Fault(ErrorCode.UNKNOWN_TYPE, "/*", expected=_types(register.agreements)))
    named = [a for a in knowing if not stated.agreement or stated.agreement in (a.id, a.ref)]
    if not named:
        refs = " | ".join(agreement.ref for agreement in knowing)
        raise Rejected(Fault(ErrorCode.CONTRADICTION, "agreement", expected=refs))
    today = datetime.fromtimestamp(now / SECOND, UTC).date()
    live = [agreement for agreement in named if agreement.in_force(today)]
    if not live:
        raise Rejected(Fault(ErrorCode.NOT_IN_FORCE, "agreement", expected=say("agreement_in_force")))
    same = [agreement for agreement in live if agreement.environment is register.own.environment]
    if not same:
        raise Rejected(_mixed("agreement", register))
    if len(same) > 1:
        refs = " | ".join(agreement.ref for agreement in same)
        raise Rejected(Fault(ErrorCode.AMBIGUOUS, "agreement", expected=refs))
    return same[0], _current(same[0], root, screened.known.unpacked.edge, today)


def _current(agreement: Agreement, root: str, edge: Edge, today: date) -> MessageType:
    """The type's version that the root names, in force today; what was sent on its last day may still arrive."""
    kind = agreement.messages[root]
    if kind.in_force(today, kind.deliver_within if edge is Edge.PARTNER else timedelta(0)):
        return kind
    versions = [other for other in agreement.messages.values() if other.type == kind.type]
    live = [version for version in versions if version.in_force(today)] or versions
    raise Rejected(Fault(ErrorCode.NOT_IN_FORCE, "/*", expected=" | ".join(version.term for version in live)))


def _types(agreements: Iterable[Agreement]) -> str:
    return " | ".join(sorted({kind.type for agreement in agreements for kind in agreement.messages.values()}))


def _recipients(screened: Screened, agreement: Agreement, register: Register) -> tuple[tuple[Party, ...], list[Fault]]:
    unpacked = screened.known.unpacked
    if unpacked.edge is Edge.PARTNER:
        wrong = unpacked.stated.recipients != (register.own.id,)
        fault = Fault(ErrorCode.UNKNOWN_RECIPIENT, "eb:To", expected=register.own.id)
        return (register.own,), [fault] if wrong else []
    partners = {p.id: p for p in register.parties.values() if agreement.id in p.agreements and p.id != register.own.id}
    named = tuple(dict.fromkeys(unpacked.stated.recipients)) or (tuple(partners) if len(partners) == 1 else ())
    expected = " | ".join(sorted(partners)) or say("no_party_yet")
    if not named:
        return (), [Fault(ErrorCode.AMBIGUOUS, "to", expected=expected)]
    faults = [Fault(ErrorCode.UNKNOWN_RECIPIENT, "to", expected=expected) for name in named if name not in partners]
    found = tuple(partners[name] for name in named if name in partners)
    return found, faults + [_mixed("to", register) for p in found if p.environment is not register.own.environment]


def _mixed(where: str, register: Register) -> Fault:
    return Fault(
        ErrorCode.ENVIRONMENT_MISMATCH, where, expected=say("environment", name=register.own.environment.value)
    )


def _sender_faults(screened: Screened, agreement: Agreement, message_type: MessageType) -> list[Fault]:
    known = screened.known
    if known.system is not None and not known.system.sends(message_type.type):
        return [Fault(ErrorCode.NOT_AUTHORISED, "type", expected=" | ".join(sorted(known.system.may_send)))]
    if agreement.id not in known.sender.agreements:
        return [Fault(ErrorCode.UNKNOWN_TYPE, "eb:From", expected=say("party_to_agreement"))]
    # Where several agreements fit the header, the document tells which: it must not tell one that asks for more proof.
    if known.pmode is not None and known.pmode != known.sender.pmode(agreement.ref):
        return [Fault(ErrorCode.EBMS_0010, "eb:AgreementRef", expected=agreement.ref)]
    return []


def _statement_faults(screened: Screened, agreement: Agreement, message_type: MessageType, purpose: str) -> list[Fault]:
    """What is stated besides the document, against the agreement."""
    unpacked, stated = screened.known.unpacked, screened.known.unpacked.stated
    faults = []
    if purpose not in agreement.purposes:
        code = ErrorCode.PURPOSE_NOT_AGREED if purpose else ErrorCode.AMBIGUOUS
        faults.append(Fault(code, "purpose", expected=" | ".join(sorted(agreement.purposes))))
    for name, value, agreed in (
        ("type", stated.action, message_type.type),
        ("service", stated.service, message_type.service),
    ):
        if value and value != agreed:
            faults.append(Fault(ErrorCode.CONTRADICTION, name, expected=agreed))
    environment = agreement.environment.value
    if stated.environment != environment and (stated.environment or unpacked.edge is Edge.PARTNER):
        faults.append(Fault(ErrorCode.ENVIRONMENT_MISMATCH, "environment", expected=environment))
    partner = unpacked.edge is Edge.PARTNER
    kinds = message_type.attachments | {MEDIA_TYPE} if partner else message_type.attachments - {MEDIA_TYPE}
    faults += [
        Fault(ErrorCode.ATTACHMENT_NOT_AGREED, f"attachment[{number}]", expected=_media(message_type))
        for number, payload in enumerate(unpacked.payloads[1:], 1)
        if payload.media_type not in kinds
    ]
    if partner and not manifest.fit(unpacked.payloads, screened.document, stated.sender):
        faults.append(Fault(ErrorCode.MANIFEST_MISMATCH, "manifest", expected=say("fitting_manifest")))
    return faults + _id_faults(stated, unpacked.edge)


def _media(message_type: MessageType) -> str:
    return " | ".join(sorted(message_type.attachments)) or say("no_attachments")


def _id_faults(stated: Stated, edge: Edge) -> list[Fault]:
    rows = (
        ("message_id", stated.message_id, MESSAGE_ID, say("msg_id")),
        ("ref_to_message_id", stated.ref_to_message_id, MESSAGE_ID, say("msg_id")),
        ("conversation_id", stated.conversation_id, TOKEN, say("token")),
    )
    faults = [
        Fault(ErrorCode.BAD_REQUEST, name, expected=form)
        for name, value, shape, form in rows
        if value and not shape.fullmatch(value)
    ]
    if edge is Edge.NATIONAL and len(stated.message_id.rpartition("@")[0]) > LONGEST_ID:
        faults.append(Fault(ErrorCode.BAD_REQUEST, "message_id", expected=say("at_most_left", n=LONGEST_ID)))
    return faults


def _deadline_faults(deadline: Micros, message_type: MessageType, now: Micros) -> list[Fault]:
    latest = now + int(message_type.deliver_within.total_seconds()) * SECOND
    if now < deadline <= latest:
        return []
    expected = say("deadline_within", duration=_duration(message_type.deliver_within))
    return [Fault(ErrorCode.BAD_DEADLINE, "deadline", expected=expected)]


def _duration(span: timedelta) -> str:
    """As xs:duration, which is the same in every language."""
    seconds = int(span.total_seconds())
    return next(f"PT{seconds // size}{unit}" for unit, size in DURATIONS if seconds % size == 0)


def _signature(
    screened: Screened, agreement: Agreement, now: Micros
) -> tuple[signature.Signed | None, tuple[Fault, ...]]:
    """The signature's result; where the agreement has signatures, the document goes on without it.

    A partner's manifest tells who signed what it had to strip: the signature itself cannot come with it.
    """
    if agreement.signing is Signing.NONE:
        return None, ()
    known = screened.known
    told = manifest.signed(known.unpacked.payloads) if known.unpacked.edge is Edge.PARTNER else None
    if told is not None:
        return told, ()
    found = signature.check(screened.document, known.sender, agreement.signing, now, exact=known.unpacked.exact)
    signature.take_off(screened.document)
    return found


def _document_faults(screened: Screened, agreement: Agreement, message_type: MessageType, own: Member) -> list[Fault]:
    """What the schema and the rules say, each place once: a value that is none is no matter for a rule."""
    found = _schema_faults(screened, agreement, message_type)
    places = {fault.path for fault in found}
    judged = _rule_faults(screened, agreement, message_type, own)
    return found + [fault for fault in judged if fault.path not in places]


def _schema_faults(screened: Screened, agreement: Agreement, message_type: MessageType) -> list[Fault]:
    body = screened.known.unpacked.payloads[0].content
    faults = verdict.judge(screened.document, message_type, agreement.prefixes, body)
    # A hint where schemas are is never followed here, and never passed on to a system that might follow it.
    hints = islice(HINTS(screened.document), MAX_FAULTS) if b"chemaLocation" in body else ()
    locator = Locator(screened.document, message_type.model, agreement.prefixes)
    return [*explain.pointed(locator, ErrorCode.SCHEMA_LOCATION, hints, "", body), *faults]


def _rule_faults(screened: Screened, agreement: Agreement, message_type: MessageType, own: Member) -> list[Fault]:
    """What breaks the type's rules. What came from a partner may have been stripped under the law of the two."""
    known = screened.known
    members = frozenset({known.sender.member, own}) if known.unpacked.edge is Edge.PARTNER else None
    locator = Locator(screened.document, message_type.model, agreement.prefixes)
    return judge.judge(locator, message_type, members, known.unpacked.payloads[0].content)


def _headers(  # noqa: PLR0913, PLR0917 - the pieces of one header, each decided on its own
    screened: Screened,
    agreement: Agreement,
    message_type: MessageType,
    recipients: tuple[Party, ...],
    purpose: str,
    deadline: Micros,
    now: Micros,
) -> tuple[Header, ...]:
    known, stated = screened.known, screened.known.unpacked.stated
    return tuple(
        Header(
            message_id=message_id_for(known.identity.message_id, number, len(recipients)),
            conversation_id=stated.conversation_id or known.identity.message_id,
            ref_to_message_id=stated.ref_to_message_id,
            sender=PartyId(known.sender.id),
            recipient=recipient.id,
            agreement=agreement.ref,
            service=message_type.service,
            action=message_type.type,
            purpose=purpose,
            environment=agreement.environment,
            timestamp=now,
            deadline=deadline,
            version=message_type.version,
            properties=stated.properties,
        )
        for number, recipient in enumerate(recipients, 1)
    )


def message_id_for(submission: MessageId, number: int, of: int) -> MessageId:
    """The MessageId to recipient `number` of `of`: the submission's own where there is one recipient."""
    left, _, right = submission.rpartition("@")
    return submission if of == 1 else MessageId(f"{left}.{number}@{right}")
