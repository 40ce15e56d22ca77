"""What only the header on the wire says, as values: properties, and its own words for parties and agreement."""

from dataclasses import dataclass
from typing import Protocol

from gateway.core.names import Micros


@dataclass(frozen=True, slots=True)
class Property:
    """An eb:Property of a message or a part; the type is optional (ebMS 5.2.2.11)."""

    name: str
    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Wire:
    """What only the header on the wire says: its own words for parties and agreement, types, roles, channel."""

    sender: str = ""
    recipient: str = ""
    types: tuple[str, str] = ("", "")  # of From and To
    roles: tuple[str, str] = ("", "")
    agreement: str = ""
    agreement_type: str = ""
    pmode_id: str = ""
    service_type: str = ""
    mpc: str = ""
    timestamp: Micros = Micros(0)


class Described(Protocol):
    """What the ebMS header says about a payload."""

    @property
    def cid(self) -> str:
        """Content-ID."""

    @property
    def media_type(self) -> str:
        """Of the unpacked content."""

    @property
    def name(self) -> str:
        """File name, or empty."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of the unpacked content."""
