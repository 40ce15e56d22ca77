"""A log held in memory: grows, signs its heads, proves; a fork of it has the same key and another history."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core import tree
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import NoteSigner, Verifier
from gateway.core.evidence.proofs import Proof, consistency_spans, made, needed
from gateway.core.evidence.tiles import Tile
from gateway.core.evidence.witness import Offer

KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"a log for tests").digest())
SIGNER = NoteSigner("x.example/log", KEY)
OTHER = Ed25519PrivateKey.from_private_bytes(sha256(b"another key").digest())


@dataclass(frozen=True)
class Log:
    """Leaf hashes, and who signs their heads."""

    leaves: list[bytes] = field(default_factory=list)
    signer: NoteSigner = SIGNER

    @property
    def verifier(self) -> Verifier:
        """Who checks its heads."""
        return self.signer.verifier

    def grown(self, size: int, seed: str = "leaf") -> "Log":
        """The log with leaves up to that size; another seed is another history from here on."""
        new = [tree.leaf_hash(f"{seed}-{n}".encode()) for n in range(len(self.leaves), size)]
        return replace(self, leaves=[*self.leaves, *new])

    def head(self, size: int) -> Checkpoint:
        """Its head at that size."""
        root = tree.root(tree.extend((), self.leaves[:size]))
        return Checkpoint(self.signer.name, size, root)

    def note(self, size: int) -> bytes:
        """The signed checkpoint."""
        return self.signer.note(self.head(size).text()).bytes()

    def tile(self, wanted: Tile) -> bytes:
        """What stands in the tile."""
        below = 256**wanted.level
        first = wanted.start
        rows = [self.leaves[n * below : (n + 1) * below] for n in range(first, first + wanted.width)]
        return b"".join(tree.root(tree.extend((), row)) for row in rows if len(row) == below)

    def proof(self, old: int, new: int) -> Proof:
        """That the tree of the old size is the beginning of the new one."""
        spans = consistency_spans(old, new)
        return made(spans, new, {each: self.tile(each) for each in needed(spans, new)})

    def offer(self, old: int, new: int) -> Offer:
        """What is sent to a witness."""
        return Offer(old, self.proof(old, new), self.note(new))


def forked(at: int, size: int, signer: NoteSigner | None = None) -> tuple[Log, Log]:
    """Two logs of that size by one key, the same up to `at`."""
    common = Log(signer=signer or SIGNER).grown(at)
    return common.grown(size), common.grown(size, "fork")
