"""What an export of evidence needs of the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.evidence.container import Measured, Source
from gateway.core.message import Header
from gateway.core.names import Edge, Micros
from gateway.flow.ports import BodyStore, EntryStore, Row, StoredPart
from gateway.flow.ports_tree import TreeStore


@dataclass(frozen=True, slots=True)
class Subject:
    """What evidence is asked about: a message, a conversation, or what one business id names."""

    kind: str  # message, conversation, movement
    value: str
    name: str = ""  # movement: of the business id


@dataclass(frozen=True, slots=True)
class Exhibited:
    """A stored message with all that was signed about it."""

    id: int
    entry: int  # number of the log's entry about its acceptance
    edge: Edge
    header: Header
    removed: str  # JSON
    purged_at: Micros
    parts: tuple[StoredPart, ...]
    envelope: bytes  # as sent, or as received and kept; empty: neither
    receipt: bytes  # the partner's; empty: none came, or the message came in
    state: str  # of its delivery to the partner


class ExhibitStore(BodyStore, EntryStore, TreeStore, Protocol):
    """Messages, entries, heads."""

    async def exhibited(self, subject: Subject, limit: int) -> Sequence[Exhibited]:
        """The messages that it names, in the order they were accepted."""

    async def entries_about(self, message_id: str) -> list[Row]:
        """Every entry about a MessageId (id, position, kind, at, message_id, body), the oldest first; no position: it waits.

        With the one that says its content was removed, which names others, too.
        """

    def content(self, part: StoredPart) -> Source:
        """The part's gzip bytes, as often as they are read; the process does nothing else meanwhile."""

    async def checkpoints_from(self, size: int) -> list[Row]:
        """Of the heads of that size and above with a checkpoint: the smallest, the smallest cosigned, the smallest stamped."""


class HeadStore(EntryStore, TreeStore, Protocol):
    """Heads, and who vouches for them."""


class LogFolderStore(HeadStore, Protocol):
    """The whole log."""

    async def leaves_from(self, start: int, limit: int) -> list[Row]:
        """Leaves (position, body) from that index on, in their order."""

    async def landmarks(self, size: int) -> list[Row]:
        """The head of that size, and of the smaller ones those that are stamped or were each partner's last to cosign."""

    async def newest_cosigned(self) -> Row | None:
        """The newest head that a partner has cosigned."""


class Shelf(Protocol):
    """The folder that a log is exported to."""

    def names(self) -> list[str]:
        """Of all files that are there."""

    def read(self, name: str) -> bytes:
        """The file's content; empty where it is not there."""

    def measured(self, name: str) -> Measured | None:
        """What the file's content comes to; None where it is not there."""

    def put(self, name: str, content: bytes) -> None:
        """The file is there, whole, also after a power cut."""

    def drop(self, name: str) -> None:
        """The file is not there any more."""
