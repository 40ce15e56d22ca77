"""The payloads of a message: unpacked piece by piece, compared with every digest anybody tells of them (part of step 8)."""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.evidence.bundle import Members
from gateway.core.evidence.facts import WHY, MessageFacts, PartFacts
from gateway.core.evidence.finding import Report, Step, called
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.signing import Reference
from gateway.core.wss.algorithms import DIGESTS, digest_name

PIECE = 1 << 20
GZIP = 31  # zlib's window for gzip
Digests = dict[str, bytes]  # by the names of DIGESTS


@dataclass(frozen=True, slots=True)
class Looked:
    """A payload that was read: digests of its gzip bytes and of its content; empty where it is not there."""

    facts: PartFacts
    packed: Digests
    content: Digests

    def flaw(self, row: Reference) -> str:
        """What is wrong with a signed reference to it; empty: nothing."""
        name = digest_name(row.method)
        if self.facts.why == "repacked":
            return ""
        known = {found[name] for found in (self.packed, self.content) if name in found}
        if not self.facts.file and name == "sha256":
            known = {bytes.fromhex(self.facts.packed_digest), bytes.fromhex(self.facts.digest)}
        if row.digest in known:
            return ""
        if not self.facts.file and name != "sha256":
            return f"the part is not there, so its {name} cannot be taken"
        return "the digest that is signed is not that of the part"

    def unopened(self, row: Reference) -> bool:
        """Whether its gzip bytes alone were signed, and are not here: nobody sees that they have this content."""
        return not self.facts.file and row.digest != bytes.fromhex(self.facts.digest)


def check_parts(members: Members, number: int, facts: MessageFacts, report: Report) -> dict[str, Looked]:
    """Each part by its Content-ID, the digests of those that are there taken anew."""
    found: dict[str, Looked] = {}
    for row in facts.parts:
        looked = Looked(row, {}, {})
        if row.file:
            with report.guarded(Step.MESSAGES, row.file):
                looked = _looked(members, number, row)
        else:
            told = f"what part {called(row.cid)} of {called(facts.message_id)} says: {WHY[row.why]}"
            report.unproven(Step.MESSAGES, row.cid, told)
        if row.cid in found:
            report.fault(Step.MESSAGES, f"messages/{number}/facts.json", f"two parts are called {row.cid}")
        found[row.cid] = looked
    return found


def _looked(members: Members, number: int, row: PartFacts) -> Looked:
    if row.file not in members.names() or not row.file.startswith(f"messages/{number}/parts/"):
        raise Malformed("missing, or of another message")
    packed, content = ({name: hashlib.new(name) for name in DIGESTS} for _ in range(2))
    size = 0
    for piece in _inflated(_hashed(members.pieces(row.file), packed), row.size):
        size += len(piece)
        for each in content.values():
            each.update(piece)
    looked = Looked(row, *({name: each.digest() for name, each in found.items()} for found in (packed, content)))
    if looked.packed["sha256"].hex() != row.packed_digest:
        raise Malformed("the SHA-256 of its bytes is another than facts.json says")
    if looked.content["sha256"].hex() != row.digest or size != row.size:
        raise Malformed("unpacked, its SHA-256 or size is another than facts.json says")
    return looked


def _hashed(pieces: Iterator[bytes], digests: "dict[str, hashlib._Hash]") -> Iterator[bytes]:
    for piece in pieces:
        for each in digests.values():
            each.update(piece)
        yield piece


def _inflated(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    """The content of one gzip member, a piece at a time; Malformed where it is none, or larger than was said."""
    reader = zlib.decompressobj(GZIP)
    left = size
    for piece in pieces:
        for content in _all(reader, piece):
            left -= len(content)
            if left < 0 or reader.unused_data:
                raise Malformed(f"more than the {size} bytes that facts.json says, or something behind them")
            yield content
    if not reader.eof:
        raise Malformed("gzip that is cut short")


def _all(reader: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """All that a piece of gzip gives, never much at once."""
    more = True
    while more:
        try:
            content = reader.decompress(piece, PIECE)
        except zlib.error:
            raise Malformed("not gzip") from None
        yield content
        piece = reader.unconsumed_tail
        more = bool(piece) or len(content) == PIECE
