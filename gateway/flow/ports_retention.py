"""What removing messages needs from the store, and the values that cross."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.message import Entry
from gateway.core.names import Edge, Micros
from gateway.core.retention import Asked, Terms
from gateway.flow.ports import Operator, Row, StoredPart


@dataclass(frozen=True, slots=True)
class Old:
    """A message that is kept, or was chosen to go."""

    id: int
    message_id: str
    leaf: int | None  # where its acceptance stands in the tree; None: not there yet
    size: int  # bytes of its packed payloads
    open: str  # what still waits for it: delivery, inbox, transaction, log; empty: nothing
    over: bool  # its content is there, and its agreed time has passed


@dataclass(frozen=True, slots=True)
class Purge:
    """A removal that was proposed: of which messages, by whom; who approved it; how far it has come."""

    id: int
    agreement: str
    terms: Terms
    messages: int
    size: int
    digest: bytes  # over the chosen messages
    proposed_by: str
    proposed_at: Micros
    approved_by: str
    approved_at: Micros  # 0: nobody has
    archives: bool  # whether only what is in an archive may go
    archive: tuple[str, ...]  # SHA-256 of each archive that was written
    purged: int
    skipped: int  # chosen, but not to go any more when their turn came
    done_at: Micros  # 0: it is not


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a proposal has come to."""

    messages: int
    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Going:
    """A message whose content goes, with the leaf that says so."""

    id: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Batch:
    """A few messages whose content goes in one commit, each with its leaf."""

    purge: int
    terms: Terms
    gone: Sequence[Going]
    skipped: Sequence[int]
    at: Micros


@dataclass(frozen=True, slots=True)
class Removed:
    """A message as it is stored, found by the leaf of its acceptance."""

    id: int
    message_id: str
    edge: Edge
    purged: bool
    parts: tuple[StoredPart, ...]
    envelopes: frozenset[str]  # SHA-256 of each envelope that the log names, in hex


@dataclass(frozen=True, slots=True)
class Returning:
    """A message whose content is put back, with the leaf that says so."""

    id: int
    entry: Entry
    edge: Edge
    bodies: tuple[bytes | int, ...]  # the gzip bytes of each part, or the body in which they are staged
    envelope: bytes  # empty: there was none


class RestoreStore(Protocol):
    """Messages whose content was removed."""

    async def accepted_at(self, leaf: int) -> Removed | None:
        """The message whose acceptance is that leaf."""

    async def restore(self, messages: Sequence[Returning]) -> bool:
        """Their content is there again, with an entry for each; False (and nothing is) where one was put back meanwhile."""


class PurgeStore(Protocol):
    """Messages that were kept long enough."""

    async def due(self, terms: Terms) -> list[Row]:
        """How much could go, by agreement, type and what is still open; what no agreement speaks of, too."""

    async def draft(self, asked: Asked, terms: Terms, now: Micros) -> int:
        """A new proposal that nobody sees yet."""

    async def old(self, terms: Terms, after: int, limit: int) -> list[Old]:
        """Messages after one that may go."""

    async def choose(self, purge: int, messages: Sequence[int]) -> None:
        """They belong to the proposal."""

    async def propose(self, purge: int, chosen: Chosen, operator: Operator, entry: Entry) -> None:
        """The proposal can be seen and approved; its entry is in the log."""

    async def purge(self, number: int) -> Purge | None:
        """One proposal."""

    async def purges(self) -> list[Purge]:
        """Every proposal, newest first."""

    async def chosen(self, purge: int, terms: Terms, after: int, limit: int) -> list[Old]:
        """The proposal's messages that have not gone, after one."""

    async def approve(self, purge: int, operator: Operator, entry: Entry) -> bool:
        """The approval and its entry are durable; False where somebody else came first."""

    async def remove(self, batch: Batch) -> bool:
        """The content of the batch's messages is gone, with an entry for each; False (and nothing is) where one is not to go."""

    async def demand_archives(self, purge: int) -> None:
        """From now on, only what is in an archive may go."""

    async def unarchived(self, purge: int, terms: Terms, after: int, limit: int) -> list[Old]:
        """The proposal's messages that may go and are in no archive, after one."""

    async def archived(self, purge: int, messages: Sequence[int], digest: str, entry: Entry) -> bool:
        """The messages are in an archive, and its entry is in the log; False where the proposal waits for none."""

    async def finish(self, purge: int, now: Micros) -> None:
        """Nothing of the proposal is left to do."""

    async def sweep_removed(self) -> None:
        """The chunks of large bodies that were removed are gone, a few in each commit."""

    async def give_back(self, pages: int) -> int:
        """So many unused pages are the file system's again, in one commit; how many are left."""

    async def forget_journal(self) -> bool:
        """The write-ahead log holds nothing any more; False where a reader is still in it."""
