"""Bundles and logs made by hand, signed as gateways sign: what laws of the verifier take and damage."""

import gzip
import io
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.core import ebms
from gateway.core.entry import entry
from gateway.core.evidence import bundle
from gateway.core.evidence.bundle import Kind, Subject, leaves_path
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.container import measured, whole
from gateway.core.evidence.facts import Kept, MessageFacts, PartFacts
from gateway.core.evidence.keys import Keys
from gateway.core.evidence.note import Note
from gateway.core.evidence.trust import Trust, TrustedLog
from gateway.core.exhibit import exhibit
from gateway.core.message import Header, Part
from gateway.core.names import SECOND, Environment, MessageId, Micros, PartyId
from gateway.core.pmode import PROFILES
from gateway.core.tree import leaf_hash
from gateway.core.wss.keys import Signer
from gateway.core.wss.sign import How, PartDigest, sign
from tests.core.evidence import naive
from tests.core.evidence.signing import LOG, OTHER, WITNESS
from tests.core.wss.making import signer

AT = Micros(int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * SECOND)
KZ, BY = "KZ.KGD", "BY.GTK"
SIGNERS = {KZ: signer("p256"), BY: signer("rsa")}
CERTIFICATES = {party: each.chain[0].fingerprint(SHA256()).hex() for party, each in SIGNERS.items()}
TRUST = Trust(
    (TrustedLog(KZ, LOG.verifier, (WITNESS.verifier, OTHER.verifier), 2),),
    (),
    {party: frozenset({each}) for party, each in CERTIFICATES.items()},
)
KEYS = Keys(LOG.verifier, {WITNESS.verifier: BY, OTHER.verifier: "RU.FTS"}, ("0" * 64,))
UNTOLD = Kept(why="absent")
PLAIN_HOW = How()


@dataclass
class File:
    """Members and leaves, as they are put together."""

    leaves: list[bytes] = field(default_factory=list)
    members: dict[str, bytes] = field(default_factory=dict)
    heads: tuple[int, ...] = ()

    def log(self, kind: str, **facts: object) -> int:
        """One more leaf; its number."""
        number = len(self.leaves)
        self.leaves.append(entry(kind, Micros(AT + number), number.to_bytes(16, "big"), **facts).body)
        return number

    def message(self, facts: MessageFacts, files: Mapping[str, bytes]) -> None:
        """One more message with what belongs to it."""
        number = 1 + sum(name.endswith("facts.json") for name in self.members)
        self.members[f"messages/{number}/facts.json"] = facts.content()
        self.members |= {f"messages/{number}/{name}": content for name, content in files.items()}

    def bundle(self) -> dict[str, bytes]:
        """All members but the index: two checkpoints, proofs, keys."""
        hashes = tuple(map(leaf_hash, self.leaves))
        small, large = self.heads or (2, len(hashes))
        made = {"keys": KEYS.content(), **self.members}
        for size in (small, large):
            made[f"checkpoints/{size}"] = checkpoint(hashes[:size])
        if small < large:
            made[f"consistency/{small}-{large}"] = rows(naive.consistency(small, hashes[:large]))
        for number, leaf in enumerate(self.leaves[:large]):
            made[f"leaves/{number}.json"] = leaf
            made[f"inclusion/{number}"] = rows(naive.inclusion(number, hashes[:large]))
        return made


def checkpoint(hashes: Sequence[bytes], seconds: int = AT // SECOND + 1) -> bytes:
    """Signed by the log, cosigned by two."""
    text = Checkpoint(LOG.name, len(hashes), naive.root(hashes)).text()
    return cosigned(LOG.note(text), seconds).bytes()


def cosigned(note: Note, seconds: int) -> Note:
    """With the cosignatures of both witnesses."""
    return note.signed(*(each.sign(note.text, seconds) for each in (WITNESS, OTHER)))


def rows(hashes: Sequence[bytes]) -> bytes:
    """A proof, a hash a line."""
    return b"".join(b64encode(each) + b"\n" for each in hashes)


def part(content: bytes, cid: str = "doc@kz") -> Part:
    """A payload."""
    packed = gzip.compress(content, mtime=0)
    digests = sha256(content).digest(), sha256(packed).digest()
    return Part(cid, "application/xml", "", digests[0], len(content), packed, digests[1])


def envelope(message_id: str, parts: Sequence[Part], by: Signer | None, how: How = PLAIN_HOW) -> bytes:
    """The SOAP part of a message."""
    header = Header(
        MessageId(message_id), "c-1", "", PartyId(KZ), PartyId(BY), "a:1", "s", "Notice", "customs",
        Environment.TEST, AT, AT,
    )  # fmt: skip
    soap = ebms.write_user_message(header, parts, replace(PROFILES["ics2"], sign=by is not None))
    if by is None:
        return soap
    return sign(soap, [PartDigest(each.cid, _digest(how, each.packed)) for each in parts], by, how)


def receipt(message_id: str, references: Sequence[ebms.Reference], by: Signer | None) -> bytes:
    """The answer to it."""
    made = ebms.fill_receipt(ebms.write_receipt("r-1@by", AT, message_id), references)
    return sign(made, (), by, How()) if by else made


def octets(name: str, soap: bytes) -> dict[str, bytes]:
    """A signed SOAP part, and what its signature is over."""
    found = exhibit(soap, ())
    assert found is not None
    covered = {f"{name}.covered/{number}": content for number, content in enumerate(found.covered, 1)}
    pem = {f"{name}.pem": found.certificate.encode()}
    return {f"{name}.xml": soap, f"{name}.signed-info": found.signed_info, **covered, **pem}


def stated(number: int, parts: Sequence[Part]) -> tuple[PartFacts, ...]:
    """The parts as facts."""
    return tuple(
        PartFacts(
            each.cid, each.media_type, each.name, each.digest.hex(), each.size, each.packed_digest.hex(),
            f"messages/{number}/parts/{n}",
        )
        for n, each in enumerate(parts, 1)
    )  # fmt: skip


def delivered(file: File, message_id: str = "m-1@kz", by: Signer | None = SIGNERS[KZ], how: How = PLAIN_HOW) -> File:
    """A message of ours with two parts, and the partner's receipt."""
    from gateway.core.security import signed_references  # noqa: PLC0415 - only here

    parts = (part(b"<a>first</a>"), part(b"second" * 50, "more@kz"))
    soap = envelope(message_id, parts, by, how)
    references = signed_references(soap) or [ebms.Reference(f"cid:{each.cid}", each.digest) for each in parts]
    answer = receipt(message_id, references, SIGNERS[BY] if by else None)
    about = {"message_id": message_id, "conversation_id": "c-1", "sender": KZ, "recipient": BY, "type": "Notice"}
    digests = {"digest_out": parts[0].digest, "attachments": [parts[1].digest.hex()]}
    removed = [{"rule": "driver", "path": "/a", "count": 1}]
    leaf = file.log("accepted", **about, **digests, removed=removed)
    file.log("delivered", **about, sent=sha256(soap).digest(), receipt=sha256(answer).digest())
    number = 1 + sum(name.endswith("facts.json") for name in file.members)
    why = "" if by else "unsigned"
    kept = [
        Kept(sha256(each).hexdigest(), f"messages/{number}/{name}.xml", why)
        for name, each in (("envelope", soap), ("receipt", answer))
    ]
    facts = MessageFacts(message_id, "c-1", "national", KZ, BY, "Notice", leaf, stated(number, parts), *kept)
    signed = [("envelope", soap), ("receipt", answer)]
    files = {
        key: each
        for name, made in signed
        for key, each in (octets(name, made) if by else {f"{name}.xml": made}).items()
    }
    files |= {f"parts/{n}": each.packed for n, each in enumerate(parts, 1)}
    file.message(facts, files)
    return file


def arrived(file: File, message_id: str = "m-2@kz") -> File:
    """A message from the other side: its envelope kept; the same parties, for brevity."""
    parts = (part(b"<b>third</b>"),)
    soap = envelope(message_id, parts, SIGNERS[KZ])
    about = {"message_id": message_id, "conversation_id": "c-1", "sender": KZ, "recipient": BY, "type": "Notice"}
    leaf = file.log("received", **about, digest_out=parts[0].digest, envelope=sha256(soap).digest())
    number = 1 + sum(name.endswith("facts.json") for name in file.members)
    kept = Kept(sha256(soap).hexdigest(), f"messages/{number}/envelope.xml")
    facts = MessageFacts(message_id, "c-1", "partner", KZ, BY, "Notice", leaf, stated(number, parts), kept, UNTOLD)
    file.message(facts, {**octets("envelope", soap), "parts/1": parts[0].packed})
    return file


def purged(file: File, message_id: str = "m-3@kz") -> File:
    """A message whose body was deleted in the meantime, and that was never sent."""
    (gone,) = stated(0, (part(b"<c/>"),))
    about = {"message_id": message_id, "conversation_id": "c-1", "sender": KZ, "recipient": BY, "type": "Notice"}
    leaf = file.log("accepted", **about, digest_out=bytes.fromhex(gone.digest))
    gone = replace(gone, file="", why="purged")
    facts = MessageFacts(message_id, "c-1", "national", KZ, BY, "Notice", leaf, (gone,), UNTOLD, UNTOLD)
    file.message(facts, {})
    return file


@cache
def _filed() -> tuple[tuple[str, bytes], ...]:
    file = File()
    file.log("started")
    return tuple(purged(arrived(delivered(file))).bundle().items())


def filed() -> dict[str, bytes]:
    """The members of a bundle about three messages."""
    return dict(_filed())


def written(members: Mapping[str, bytes], kind: Kind | None = None, value: str = "c-1") -> bytes:
    """The bundle, its index signed anew: about the conversation, or an archive where no message is in it."""
    kind = kind or (Kind.CONVERSATION if any(name.endswith("facts.json") for name in members) else Kind.ARCHIVE)
    target = io.BytesIO()
    sources = {name: whole(content) for name, content in members.items()}
    bundle.write(target, sources, Subject(kind, value), AT, LOG)
    return target.getvalue()


def folder(leaves: Sequence[bytes], sizes: Sequence[int]) -> dict[str, bytes]:
    """The files of a log's folder, with its index."""
    hashes = tuple(map(leaf_hash, leaves))
    made = {f"checkpoints/{size}": checkpoint(hashes[:size]) for size in sizes}
    made |= {"checkpoint": made[f"checkpoints/{len(leaves)}"], "keys": KEYS.content()}
    made |= {tile.path: content for tile, content in naive.served(hashes).items()}
    for number in range(-(-len(leaves) // 256)):
        made[leaves_path(number)] = b"".join(leaf + b"\n" for leaf in leaves[number * 256 : (number + 1) * 256])
    known = {name: measured(whole(content)) for name, content in made.items()}
    return {**made, "index": bundle.indexed(known, Subject(Kind.LOG, str(len(leaves))), AT, LOG)}


def events(count: int) -> list[bytes]:
    """So many leaves."""
    file = File()
    for _ in range(count):
        file.log("ping", sender=BY)
    return file.leaves


def pem(by: Signer) -> bytes:
    """Its certificate."""
    return by.chain[0].public_bytes(Encoding.PEM)


def _digest(how: How, content: bytes) -> bytes:
    from gateway.core.wss.algorithms import digest  # noqa: PLC0415 - only here

    return digest(how.digest, content)
