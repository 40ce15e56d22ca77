"""One message of an evidence bundle: its facts, what was signed about it, its parts."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.core.cover import Signed
from gateway.core.evidence.container import Source, measured, whole
from gateway.core.evidence.facts import Kept, MessageFacts, PartFacts
from gateway.core.exhibit import Exhibit, exhibit
from gateway.core.fields import named_by
from gateway.core.names import Edge
from gateway.core.reference import SHA256 as SHA_256
from gateway.core.reference import Reference
from gateway.core.wss.algorithms import digest_name
from gateway.flow.ports import StoredPart
from gateway.flow.ports_exhibits import Exhibited

Members = dict[str, Source]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The leaf of a message's acceptance or arrival: where it stands, and what it says."""

    index: int
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Means:
    """What a dossier is made with."""

    content: Callable[[StoredPart], Source]
    known: Sequence[x509.Certificate]  # that a signature may only name
    bodies: bool = True  # False: parts are left out


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a bundle has of one message."""

    facts: MessageFacts
    members: Members
    signers: tuple[Signed, Signed]  # of the envelope, of the receipt


@dataclass(frozen=True, slots=True)
class _Shown:
    """A signed SOAP part as the bundle has it."""

    kept: Kept
    members: Members
    found: Exhibit | None = None

    @property
    def signer(self) -> Signed:
        """Whose certificate it is by."""
        if self.found is None or not self.found.certificate:
            return Signed()
        certificate = x509.load_pem_x509_certificate(self.found.certificate.encode())
        return Signed(certificate.subject.rfc4514_string(), certificate.fingerprint(SHA256()).hex())


def dossier(number: int, message: Exhibited, accepted: Accepted, means: Means) -> Dossier:
    """Everything about the message, under its number; what is not there says why."""
    base, header = f"messages/{number}", message.header
    envelope = _shown(f"{base}/envelope", message.envelope, _why(message, accepted), means)
    receipt = _shown(
        f"{base}/receipt", message.receipt, "absent" if message.edge is Edge.NATIONAL else "not-kept", means
    )
    members: Members = {**envelope.members, **receipt.members}
    rows = []
    for place, part in enumerate(message.parts, 1):
        there = means.bodies and not message.purged_at
        file = f"{base}/parts/{place}" if there else ""
        rows.append(_part(part, file, message, means, envelope.found))
        if there:
            members[file] = means.content(part)
    facts = MessageFacts(
        header.message_id,
        header.conversation_id,
        message.edge.value,
        header.sender,
        header.recipient,
        header.action,
        accepted.index,
        tuple(rows),
        envelope.kept,
        receipt.kept,
    )
    members[f"{base}/facts.json"] = whole(facts.content())
    return Dossier(facts, members, (envelope.signer, receipt.signer))


def _why(message: Exhibited, accepted: Accepted) -> str:
    """Why there is no envelope, where there is none."""
    if message.edge is Edge.NATIONAL:
        return "purged" if message.purged_at else "absent"
    if message.purged_at and accepted.facts.get("envelope"):
        return "purged"
    return "stripped" if accepted.facts.get("removed") or accepted.facts.get("dropped") else "not-kept"


def _shown(base: str, soap: bytes, why: str, means: Means) -> _Shown:
    if not soap:
        return _Shown(Kept(why=why), {})
    found = exhibit(soap, means.known)
    kept = Kept(hashlib.sha256(soap).hexdigest(), f"{base}.xml", "" if found else "unsigned")
    members = {kept.file: whole(soap)}
    if found is None:
        return _Shown(kept, members)
    members[f"{base}.signed-info"] = whole(found.signed_info)
    members |= {f"{base}.covered/{place}": whole(octets) for place, octets in enumerate(found.covered, 1)}
    if found.certificate:
        members[f"{base}.pem"] = whole(found.certificate.encode())
    return _Shown(kept, members, found)


def _part(part: StoredPart, file: str, message: Exhibited, means: Means, envelope: Exhibit | None) -> PartFacts:
    """The part's digests; where it is not there, or is not the bytes that were signed, that is said."""
    digest = part.packed_digest or (b"" if message.purged_at else measured(means.content(part)).digest)
    why = "purged" if message.purged_at else "" if means.bodies else "left-out"
    if not why and envelope is not None and not all(_same(row, part, digest, means) for row in _about(part, envelope)):
        why = "repacked"
    return PartFacts(part.cid, part.media_type, part.name, part.digest.hex(), part.size, digest.hex(), file, why)


def _about(part: StoredPart, envelope: Exhibit) -> list[Reference]:
    return [row for row in envelope.parts if named_by(row.uri) == part.cid]


def _same(row: Reference, part: StoredPart, packed: bytes, means: Means) -> bool:
    """Whether what was signed is the gzip bytes that are kept, or their content."""
    if row.method == SHA_256:
        return row.digest in {packed, part.digest}
    name = digest_name(row.method)
    taken = hashlib.new(name or "sha256")
    for piece in means.content(part)():
        taken.update(piece)
    return bool(name) and row.digest == taken.digest()
