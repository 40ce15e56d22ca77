"""Our two keys of the delivery log: one signs its checkpoints, the other cosigns those of partners."""

from dataclasses import dataclass

from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.note import CosignSigner, Note, NoteSigner, Verifier


@dataclass(frozen=True, slots=True)
class Notary:
    """Who signs what this gateway promises about its log."""

    signer: NoteSigner  # its name is the log's origin
    witness: CosignSigner

    @property
    def origin(self) -> str:
        """The log's name, for all time."""
        return self.signer.name

    def checkpoint(self, size: int, root: bytes) -> bytes:
        """The signed checkpoint of a tree head."""
        return self.signed(Checkpoint(self.origin, size, root).text()).bytes()

    def signed(self, text: str) -> Note:
        """A text, signed by the log's key."""
        return self.signer.note(text)


@dataclass(frozen=True, slots=True)
class PeerLog:
    """A partner's log: where it is, whose signatures count."""

    url: str
    key: Verifier  # its name is the log's origin
    witness: Verifier
