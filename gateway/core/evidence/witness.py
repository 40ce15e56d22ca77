"""What a witness rules about a checkpoint that is offered to it (C2SP tlog-witness).

1. the offer is of its form
2. the origin is that of a log we witness
3. the log's key signed the checkpoint
4. the old size is no larger than the new one
5. the checkpoint is no other one of the size that was cosigned last
6. the old size is that of the checkpoint that was cosigned last
7. the proof shows that the old tree is the beginning of the new one
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import LARGEST, Malformed, Note, Verifier
from gateway.core.evidence.proofs import Proof, verify_consistency
from gateway.core.tree import EMPTY_ROOT

MOST_HASHES = 63
DIGEST = 32
LARGEST_OFFER = LARGEST + 64 + MOST_HASHES * 45
OLD = "old "


class Ruling(StrEnum):
    """What becomes of an offer."""

    COSIGNED = "cosigned"
    MALFORMED = "malformed"
    BACKWARDS = "backwards"  # the old size is larger than the new one
    UNSIGNED = "unsigned"
    UNKNOWN = "unknown"  # not the log of who offers it
    OUTDATED = "outdated"  # the old size is another than that of the last cosigned checkpoint
    FORKED = "forked"  # two signed roots of one size: proof of fraud
    UNPROVEN = "unproven"  # the consistency proof does not hold: by itself no proof of fraud


STATUS: Mapping[Ruling, int] = {
    Ruling.COSIGNED: 200,
    Ruling.MALFORMED: 400,
    Ruling.BACKWARDS: 400,
    Ruling.UNSIGNED: 403,
    Ruling.UNKNOWN: 404,
    Ruling.OUTDATED: 409,
    Ruling.FORKED: 409,
    Ruling.UNPROVEN: 422,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """The body of a request: the size of the tree that the proof starts from, the proof, the signed checkpoint."""

    old: int
    proof: Proof
    note: bytes

    @classmethod
    def of(cls, body: bytes) -> Self:
        """The offer as it is written; Malformed where it is none."""
        head, found, note = body.partition(b"\n\n")
        try:
            first, *rows = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise Malformed("an offer that does not begin with ASCII lines") from None
        size = first.removeprefix(OLD)
        if not found or not first.startswith(OLD) or not (size.isdecimal() and str(int(size[:20])) == size):
            raise Malformed("an offer that does not begin with the old size")
        if len(rows) > MOST_HASHES:
            raise Malformed(f"a proof of {len(rows)} hashes; expected at most {MOST_HASHES}")
        return cls(int(size), tuple(map(digest, rows)), note)

    def bytes(self) -> bytes:
        """As it is sent."""
        rows = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.proof)
        return f"{OLD}{self.old}\n{rows}\n".encode() + self.note


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The last checkpoint of a log that was cosigned: nothing smaller, nothing else of its size, ever. At first: none."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    note: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """An offer whose checkpoint the log has signed; the note bears the log's signature alone."""

    old: int
    proof: Proof
    checkpoint: Checkpoint
    note: bytes
    key: Verifier

    @property
    def witnessed(self) -> Witnessed:
        """What is remembered where it is cosigned."""
        return Witnessed(self.checkpoint.size, self.checkpoint.root, self.note)


def claim(body: bytes, key: Verifier) -> Claim | Ruling:
    """The offer of the log with that key, or why it is none."""
    try:
        offer = Offer.of(body)
        note = Note.parse(offer.note)
        checkpoint = Checkpoint.of(note.text)
    except Malformed:
        return Ruling.MALFORMED  # 1
    if checkpoint.origin != key.name:
        return Ruling.UNKNOWN  # 2
    if key.signature_of(note) is None:
        return Ruling.UNSIGNED  # 3
    if offer.old > checkpoint.size:
        return Ruling.BACKWARDS  # 4
    return Claim(offer.old, offer.proof, checkpoint, note.by(key).bytes(), key)


def rule(found: Claim, known: Witnessed) -> Ruling:
    """What becomes of the claim, to be kept in the same transaction in which `known` was read."""
    offered = (found.checkpoint.size, found.checkpoint.root)
    if known.note and offered[0] == known.size and offered[1] != known.root:
        return Ruling.FORKED  # 5
    if found.old != known.size:
        return Ruling.OUTDATED  # 6
    if not verify_consistency((known.size, known.root), offered, found.proof):
        return Ruling.UNPROVEN  # 7
    return Ruling.COSIGNED


def digest(row: str) -> bytes:
    """A hash in canonical base64; Malformed where it is none."""
    try:
        found = base64.b64decode(row, validate=True)
    except ValueError:
        found = b""
    if len(found) != DIGEST or base64.b64encode(found).decode() != row:
        raise Malformed("a line of a proof that is not 32 bytes in base64")
    return found
