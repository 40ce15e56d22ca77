"""Checkpoints: the size and root of a log at one moment, as a signed note (C2SP tlog-checkpoint)."""

import base64
from dataclasses import dataclass
from typing import Self

from gateway.core import tree
from gateway.core.evidence.note import Malformed, Note, Verifier, plain

ROOT = 32  # bytes
LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log promises: that its first `size` leaves have this root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """A note's text as a checkpoint; Malformed where it is none, or has extension lines, which nothing here makes."""
        rows = text.split("\n")
        if len(rows) != LINES + 1 or rows[-1]:
            raise Malformed("a checkpoint has three lines: origin, size, root")
        origin, size, root = rows[:LINES]
        if not plain(origin):
            raise Malformed("a checkpoint without an origin")
        if not (size.isascii() and size.isdecimal() and str(int(size[:20])) == size):
            raise Malformed("a checkpoint whose size is no plain number")
        found = cls(origin, int(size), _root(root))
        if found.text() != text or found.size > tree.MOST:
            raise Malformed("a checkpoint in another form than the canonical one")
        return found

    def text(self) -> str:
        """The note's text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def opened(content: bytes, verifier: Verifier) -> tuple[Checkpoint, Note]:
    """The checkpoint in a note that the key signed; Malformed where it did not."""
    note = Note.parse(content)
    found = Checkpoint.of(note.text)
    if found.origin != verifier.name or verifier.signature_of(note) is None:
        raise Malformed("a checkpoint that the log's key did not sign")
    return found, note


def _root(encoded: str) -> bytes:
    try:
        root = base64.b64decode(encoded, validate=True)
    except ValueError:
        root = b""
    if len(root) != ROOT:
        raise Malformed("a checkpoint whose root is not 32 bytes in base64")
    return root
