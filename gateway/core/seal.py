"""Redacted ► Sealed: digests taken, parts packed, the log entry made; ready for the one commit."""

import gzip
from dataclasses import asdict
from hashlib import sha256

from gateway.core import envelopes, manifest
from gateway.core.agreement import MessageType, Register
from gateway.core.entry import entry
from gateway.core.message import Authenticated, Copy, Header, Part, Payload, Redacted, Sealed, SealedMessage
from gateway.core.names import SECOND, Edge, Micros, SystemId
from gateway.core.patterns import AWAITED, State
from gateway.core.regulation import ANSWER, Turn

KIND = {Edge.NATIONAL: "accepted", Edge.PARTNER: "received"}
LEVEL = 1  # gzip's fastest: 3 times quicker than the default, a few per cent larger


def seal(redacted: Redacted, register: Register, now: Micros, nonces: tuple[bytes, ...]) -> Sealed:
    """The whole unit of one acceptance; `nonces` has one for each copy."""
    known = redacted.validated.screened.known
    system = known.system or register.receiver(redacted.validated.message_type.type)
    packed: dict[int, Part] = {}
    messages = tuple(
        _message(redacted, copy, packed, system.id if system else SystemId(""), now, nonce)
        for copy, nonce in zip(redacted.copies, nonces, strict=True)
    )
    # The sender's deadline is about the way to this gateway; the way on has as much time of its own.
    life = Micros(now + int(redacted.validated.message_type.deliver_within.total_seconds()) * SECOND)
    pushed = known.unpacked.edge is Edge.PARTNER and system is not None and system.webhook
    return Sealed(known, messages, life if pushed else None)


def pack_part(payload: Payload) -> Part:
    """The payload as a gzip part; bytes that came packed stay as they came, staged ones where they are."""
    packed, staged = payload.packed, payload.staged
    if staged is None and not packed:
        packed = gzip.compress(payload.content, LEVEL, mtime=0)
    digest = staged.packed_digest if staged else sha256(packed).digest()
    return Part(
        payload.cid,
        payload.media_type,
        payload.name,
        payload.digest,
        payload.size,
        packed,
        digest,
        payload.staged,
        payload.properties,
    )


def _message(  # noqa: PLR0913, PLR0917 - the facts of one sealed message
    redacted: Redacted, copy: Copy, packed: dict[int, Part], system: SystemId, now: Micros, nonce: bytes
) -> SealedMessage:
    known, header = redacted.validated.screened.known, copy.header
    for payload in copy.payloads:
        packed.setdefault(id(payload), pack_part(payload))
    parts = tuple(packed[id(payload)] for payload in copy.payloads)
    envelope = _envelope(known, copy)
    told = {**_stated(copy.header), **_treated(redacted, copy, parts)}
    bound = sha256(envelope).digest() if envelope else b""
    leaf = entry(KIND[known.unpacked.edge], now, nonce, **told, system=system, envelope=bound)
    kind = redacted.validated.message_type
    return SealedMessage(
        header,
        system,
        kind.priority,
        parts,
        known.received,
        copy.removed,
        copy.index,
        leaf,
        turn(kind, copy.index),
        copy.redaction,
        envelope,
    )


def _stated(header: Header) -> dict[str, object]:
    """What the leaf says about the message."""
    return {
        "message_id": header.message_id,
        "conversation_id": header.conversation_id,
        "ref_to_message_id": header.ref_to_message_id,
        "sender": header.sender,
        "recipient": header.recipient,
        "agreement": header.agreement,
        "type": header.action,
        "version": header.version,
        "purpose": header.purpose,
    }


def _treated(redacted: Redacted, copy: Copy, parts: tuple[Part, ...]) -> dict[str, object]:
    """What the leaf says about how it came and what was done to it: salted digests of what came, plain ones of what goes on."""
    known, signed = redacted.validated.screened.known, redacted.validated.signed
    return {
        "sequence": known.unpacked.stated.linked.sequence,
        "key": known.salts.key.id,
        "digest_in": known.received,
        "dropped": "" if known.unpacked.exact else "comments and processing instructions",
        "digest_out": parts[0].digest,
        "attachments": [part.digest.hex() for part in parts[1:]],
        "removed": [asdict(removed) for removed in copy.removed],
        "redaction": manifest.facts(copy.redaction) if copy.redaction else None,
        "signed": signed.facts() if signed else None,
        "controls": ["EA-2.3", "EA-3.5", "EA-4.3", *(["EA-2.2"] if copy.removed else [])],
    }


def _envelope(known: Authenticated, copy: Copy) -> bytes:
    """The partner's SOAP part, if it is kept: its signature holds a digest of the document as it came.

    Where something was removed or dropped here, what it was could be guessed from that digest (EA-2.2).
    """
    whole = known.unpacked.exact and copy.redaction is None and not copy.removed
    return envelopes.kept(known.unpacked.wrapped) if whole else b""


def turn(kind: MessageType, index: tuple[tuple[str, str], ...]) -> Turn:
    """What the message can be in a transaction: its type says it, and in a signal its code."""
    named = dict(reversed(index))  # of several values the first one counts
    follows = kind.signals.get(named.get("signal", ""), "") or (ANSWER if kind.answering else "")
    opens = not kind.signals and not (follows and AWAITED.get((kind.regulation.pattern, State.PROCESSING)))
    movement = named.get(kind.ordered_by, "")
    return Turn(
        kind.regulation,
        follows,
        opens,
        kind.unrequested,
        named.get("document", ""),
        named.get("reference", ""),
        f"{kind.ordered_by}={movement}" if movement else "",
    )
