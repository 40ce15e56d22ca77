"""What the inbox needs of the store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.core.message import Entry
from gateway.core.names import Micros, SystemId
from gateway.flow.ports import BodyStore, EntryStore, Item, Row


@dataclass(frozen=True, slots=True)
class Lease:
    """What a reader asks for: at most so many items until then, and the entry about those that it is shown."""

    name: str
    until: Micros
    limit: int
    entry: Callable[[Sequence[str]], Entry]


class InboxStore(BodyStore, EntryStore, Protocol):
    """What came for the national systems."""

    async def inbox(self, system: SystemId, limit: int) -> list[Row]:
        """Items not acknowledged, urgent first."""

    async def ready(self, system: SystemId, now: Micros) -> bool:
        """Whether an item can be leased."""

    async def lease_items(self, system: SystemId, now: Micros, lease: Lease) -> list[Item]:
        """Items that this lease now holds, with the entry about them."""

    async def item(self, system: SystemId, item: int) -> Item | None:
        """One item of this system."""

    async def count_read(self, item: int, entry: Entry) -> None:
        """The read is durable."""

    async def renew_item(self, system: SystemId, item: int, lease: str, now: Micros, until: Micros) -> bool:
        """The lease lasts until then; False where it was lost."""

    async def acknowledge(self, system: SystemId, item: int, lease: str, now: Micros, entry: Entry) -> bool:
        """The system has taken the item over; False where the lease was lost."""
