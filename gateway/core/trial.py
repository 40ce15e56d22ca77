"""A stored message under another version of its agreement: what it would be refused for, if it came again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Self

from lxml import etree

from gateway.core.agreement import Agreement, MessageType, Party, Register, Signing
from gateway.core.errors import ErrorCode, Fault, Rejected
from gateway.core.manifest import MEDIA_TYPE
from gateway.core.message import Authenticated, Header, Identity, Payload, Peer, Screened, Stated, Unpacked, payload
from gateway.core.names import Edge, Micros
from gateway.core.redact import redact
from gateway.core.restate import Restatement
from gateway.core.salt import Salts
from gateway.core.signature import take_off
from gateway.core.validate import validate
from gateway.core.xml import parse, serialize


@dataclass(frozen=True, slots=True)
class Trial:
    """An agreement as if it were in force and every party had joined it."""

    register: Register
    into: Mapping[str, Restatement]  # by message type
    now: Micros

    @classmethod
    def of(cls, agreement: Agreement, register: Register, now: Micros, version: str = "") -> Self:
        """The trial of this version of the agreement's types, the newest where none is named, among the register's parties."""
        kinds = [replace(kind, valid_from=date.min, valid_until=None) for kind in _versions(agreement, version)]
        opened = replace(
            agreement,
            environment=register.own.environment,
            valid_from=date.min,
            valid_until=None,
            messages={kind.root: kind for kind in kinds},
            signing=Signing.NONE,  # a document said in other namespaces has no signature that holds
        )
        parties = {name: _joined(party, agreement) for name, party in register.parties.items()}
        tried = replace(register, own=_joined(register.own, agreement), parties=parties, agreements=(opened,))
        return cls(tried, {kind.type: Restatement.into(kind) for kind in kinds}, now)

    @property
    def ref(self) -> str:
        """The agreement that is tried."""
        return self.register.agreements[0].ref

    def faults(
        self, edge: Edge, header: Header, content: bytes, attachments: Iterable[Payload] = ()
    ) -> tuple[Fault, ...]:
        """Everything for which the message would be refused; its sender must be a party."""
        restatement = self.into.get(header.action)
        if restatement is None:
            return (Fault(ErrorCode.UNKNOWN_TYPE, "/*"),)
        try:
            document = parse(content, self.register.limits)
            take_off(document)
            screened = self._screened(edge, header, restatement.of(document), attachments)
            redact(validate(screened, self.register, self.now))
        except Rejected as refusal:
            return refusal.faults
        return ()

    def _screened(
        self, edge: Edge, header: Header, document: etree._Element, attachments: Iterable[Payload]
    ) -> Screened:
        """The message as it would come again, from whom it came."""
        stated = Stated(
            recipients=(header.recipient,),
            purpose=header.purpose,
            environment=self.register.own.environment.value,
            conversation_id=header.conversation_id,
            ref_to_message_id=header.ref_to_message_id,
        )
        # The manifest of what was removed is the gateways' own, and of the document as it was.
        first = payload("", "application/xml", serialize(document))  # by its bytes the work on faults is bounded
        payloads = (first, *(each for each in attachments if each.media_type != MEDIA_TYPE))
        unpacked = Unpacked(edge, Peer(), stated, document, payloads, exact=False, fresh_id=header.message_id)
        identity = Identity(edge, header.sender, header.message_id)
        salts = Salts(self.register.keys[0], b"")  # nothing of the trial is shown or kept
        known = Authenticated(unpacked, self.register.parties[header.sender], None, identity, salts, b"", b"")
        return Screened(known, document)


def _versions(agreement: Agreement, version: str) -> Iterable[MessageType]:
    """Of each type the version that is named, or the newest."""
    named = (kind for kind in agreement.messages.values() if version in ("", kind.version))
    return {kind.type: kind for kind in sorted(named, key=lambda kind: kind.valid_from)}.values()


def _joined(party: Party, agreement: Agreement) -> Party:
    return replace(party, agreements=party.agreements | {agreement.id})
