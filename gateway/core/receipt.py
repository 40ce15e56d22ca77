"""Receipts and errors: made for a partner's message, and checked digest by digest for ours (AS4 5.1.8)."""

from collections.abc import Sequence

from gateway.core import ebms
from gateway.core.ebms import Signal
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.language import Language
from gateway.core.message import Answer, Payload
from gateway.core.names import MessageId, Micros
from gateway.core.reference import Reference

OK = 200


def acknowledge(ref: MessageId, message_id: MessageId, now: Micros) -> Answer:
    """The receipt as it is kept: without digests, because that of a document stripped on arrival could be guessed from."""
    return Answer(OK, ebms.SOAP_TYPE, ebms.write_receipt(message_id, now, ref))


def complete(kept: Answer, payloads: Sequence[Payload]) -> Answer:
    """The receipt as it is sent: every part comes back with the digest that arrived; the same bytes for a repeat."""
    references = [Reference(f"cid:{payload.cid}", payload.digest) for payload in payloads]
    return Answer(kept.status, kept.content_type, ebms.fill_receipt(kept.body, references))


def refuse(refusal: Rejected, message_id: MessageId, now: Micros, language: Language = Language.EN) -> Answer:
    """An ebMS error for a refusal, naming every fault. Its HTTP status tells a peer that reads only that."""
    status = {"EBMS:0101": 403, "EBMS:0202": 503}.get(refusal.first.ebms, OK)
    body = ebms.write_error(message_id, now, refusal.about.message_id, refusal.faults, language)
    return Answer(status, ebms.SOAP_TYPE, body)


def confirms(signal: Signal, message_id: MessageId, parts: Sequence[tuple[str, bytes]]) -> ErrorCode | None:
    """None where the receipt is for this message and repeats exactly its (cid, digest) parts; else what is wrong."""
    if not signal.receipt or signal.ref_to_message_id != message_id:
        return ErrorCode.EBMS_0302
    sent = sorted((f"cid:{cid}", digest) for cid, digest in parts)
    returned = sorted((reference.uri, reference.digest) for reference in signal.references)
    return None if sent == returned else ErrorCode.EBMS_0302
