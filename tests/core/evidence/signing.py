"""A log and two witnesses with keys that are the same in every run."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import CosignSigner, Note, NoteSigner
from tests.core.evidence import naive

LOG = NoteSigner("kz.example/log", Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
WITNESS = CosignSigner("by.example/witness", Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))
OTHER = CosignSigner("ru.example/witness", Ed25519PrivateKey.from_private_bytes(bytes([3]) * 32))
SECONDS = 1_800_000_000
SIZE = 12
TEXT = Checkpoint(LOG.name, SIZE, naive.root(naive.many(SIZE))).text()


def cosigned() -> Note:
    """A checkpoint as partners exchange it: signed by the log, cosigned by two."""
    return LOG.note(TEXT).signed(WITNESS.sign(TEXT, SECONDS), OTHER.sign(TEXT, SECONDS + 1))
