"""Receipts and errors: made for a partner's message, and checked digest by digest for ours (AS4 5.1.8)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gateway.core import ebms
from gateway.core.agreement import Register
from gateway.core.ebms import Signal
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.language import Language
from gateway.core.message import Answer, Authenticated
from gateway.core.names import MessageId, Micros
from gateway.core.reference import Reference
from gateway.core.security import sign_signal, signed_references

OK = 200


def acknowledge(ref: MessageId, message_id: MessageId, now: Micros) -> Answer:
    """The receipt as it is kept: without digests, because that of a document stripped on arrival could be guessed from."""
    return Answer(OK, ebms.SOAP_TYPE, ebms.write_receipt(message_id, now, ref))


def complete(kept: Answer, known: Authenticated, register: Register) -> Answer:
    """The receipt as it is sent, the same bytes for a repeat: what the message's signature covers comes back, signed.

    To an unsigned message: the digest of every part that arrived (docs/decisions.md).
    """
    unsigned = [Reference(f"cid:{payload.cid}", payload.digest) for payload in known.unpacked.payloads]
    body = ebms.fill_receipt(kept.body, known.references or unsigned)
    return replace(kept, body=sign_signal(body, known.pmode, register) if known.pmode else body)


def refuse(refusal: Rejected, message_id: MessageId, now: Micros, language: Language = Language.EN) -> Answer:
    """An ebMS error for a refusal, naming every fault. Its HTTP status tells a peer that reads only that."""
    status = {"EBMS:0101": 403, "EBMS:0202": 503}.get(refusal.first.ebms, OK)
    body = ebms.write_error(message_id, now, refusal.about.message_id, refusal.faults, language)
    return Answer(status, ebms.SOAP_TYPE, body)


def expected(envelope: bytes, parts: Sequence[tuple[str, bytes]]) -> tuple[Reference, ...]:
    """What a receipt for our message must repeat: what our signature covers; where it is unsigned, its (cid, digest) parts."""
    found = signed_references(envelope)
    return found or tuple(Reference(f"cid:{cid}", digest) for cid, digest in parts)


def confirms(signal: Signal, message_id: MessageId, sent: Sequence[Reference]) -> ErrorCode | None:
    """None where the receipt is for this message and repeats exactly what was sent; else what is wrong (AS4 5.1.8)."""
    if not signal.receipt or signal.ref_to_message_id != message_id:
        return ErrorCode.EBMS_0302
    return None if Counter(sent) == Counter(signal.references) else ErrorCode.EBMS_0302
