"""A MIME part as signatures see it: its octets after decryption and before decompression."""

from dataclasses import dataclass
from typing import Protocol

from gateway.core.wss import algorithms


class Carried(Protocol):
    """A part that came with the envelope."""

    @property
    def media_type(self) -> str:
        """Content-Type without parameters, in lower case."""

    @property
    def content(self) -> bytes | None:
        """The octets, where they are in memory; only those of XML and text parts are asked for."""

    def digest(self, name: str) -> bytes | None:
        """The digest of the octets by an algorithm's name; None where it was not made."""


@dataclass(frozen=True, slots=True)
class Octets:
    """A part that is in memory."""

    media_type: str
    content: bytes

    def digest(self, name: str) -> bytes:
        """The digest of the octets."""
        return algorithms.digest(name, self.content)
