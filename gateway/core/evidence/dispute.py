"""What two checkpoints of one log that cannot both be true look like as one file, and what they prove (docs/evidence.md).

    dispute/v1
    root <base64>            what the second checkpoint's tree has as root at the first one's size
    <base64>                 the consistency proof that shows it, a hash a line
    (an empty line)
    the first note
    (an empty line)
    the second note

Of two checkpoints of one size, the first line stands alone.
"""

import base64
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.note import LARGEST, Malformed, Verifier
from gateway.core.evidence.proofs import Proof, verify_consistency
from gateway.core.evidence.witness import MOST_HASHES, digest

HEAD = b"dispute/v1\n"
ROOT = "root "
LARGEST_DISPUTE = 2 * LARGEST + 64 * 64


class Weight(StrEnum):
    """What a dispute proves."""

    FORKED = "forked"  # the log's key signed two roots of one size
    REWRITTEN = "rewritten"  # the log's key signed a tree, and a later one that does not begin with it
    NOTHING = "nothing"  # not both are signed by the key, or they do not exclude each other


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two notes, the smaller tree first; for two sizes the root and the proof that join them."""

    first: bytes
    second: bytes
    root: bytes = b""
    proof: Proof = ()

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The dispute in a file; Malformed where there is none. What is read is written again byte for byte."""
        if len(content) > LARGEST_DISPUTE or not content.startswith(HEAD):
            raise Malformed("no dispute: the first line is another than dispute/v1")
        head, _, rest = content.partition(b"\n\n")
        texts = rest.split(b"\n\n")
        if len(texts) != 4:  # noqa: PLR2004 - two notes: text and signatures each
            raise Malformed("a dispute that is not two notes of checkpoints")
        first, second = texts[0] + b"\n\n" + texts[1] + b"\n", texts[2] + b"\n\n" + texts[3]
        root, proof = _joined(head)
        return cls(first, second, root, proof)

    @classmethod
    def kept(cls, first: bytes, second: bytes, join: bytes) -> Self:
        """The dispute as a store keeps it: two notes, and what `joined` wrote."""
        return cls.of(HEAD + join + b"\n" + first + b"\n" + second)

    def bytes(self) -> bytes:
        """As it is written."""
        return HEAD + joined(self.root, self.proof) + b"\n" + self.first + b"\n" + self.second


def weigh(dispute: Dispute, key: Verifier) -> Weight:
    """What it proves about the log with that key, to anybody who knows the key."""
    try:
        first, _ = opened(dispute.first, key)
        second, _ = opened(dispute.second, key)
    except Malformed:
        return Weight.NOTHING
    if first.size == second.size:
        return Weight.FORKED if first.root != second.root else Weight.NOTHING
    if not dispute.root or dispute.root == first.root:
        return Weight.NOTHING
    shown = verify_consistency((first.size, dispute.root), (second.size, second.root), dispute.proof)
    return Weight.REWRITTEN if shown else Weight.NOTHING


def joined(root: bytes, proof: Proof) -> bytes:
    """The root and the proof as lines; nothing for two notes of one size."""
    if not root:
        return b""
    rows = [base64.b64encode(each).decode() + "\n" for each in (root, *proof)]
    return (ROOT + "".join(rows)).encode()


def _joined(head: bytes) -> tuple[bytes, Proof]:
    try:
        _, *rows = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("a dispute whose head is not ASCII") from None
    if not rows:
        return b"", ()
    if not rows[0].startswith(ROOT) or len(rows) - 1 > MOST_HASHES:
        raise Malformed("a dispute without the root that joins its notes")
    root, *proof = map(digest, (rows[0].removeprefix(ROOT), *rows[1:]))
    return root, tuple(proof)
