"""What the flows need to have checkpoints stamped."""

from dataclasses import dataclass
from typing import Protocol

from gateway.core.message import Entry
from gateway.core.names import Micros
from gateway.flow.ports import EntryStore, Row


@dataclass(frozen=True, slots=True)
class Standing:
    """How far stamps have come."""

    since: Micros  # the time without a stamp counts from here: the last one, or the start with an authority
    missing: bool  # an outage is in the log
    last: Micros  # when the last stamp came; 0: there was none
    waiting: Micros  # when the first leaf was made that no stamp covers; 0: nothing is new


@dataclass(frozen=True, slots=True)
class Kept:
    """A stamp as it is kept, with the entries that its commit holds."""

    size: int
    at: Micros  # the authority's time
    kept_at: Micros  # ours
    response: bytes
    entries: tuple[Entry, ...]


class StampStore(EntryStore, Protocol):
    """Where stamps lie."""

    async def newest_head(self) -> Row | None:
        """The newest head that has a checkpoint."""

    async def stamping(self) -> Standing | None:
        """How far stamps have come; None where nobody waits for them."""

    async def begin_stamping(self, now: Micros) -> None:
        """The time without a stamp counts from now on, unless it counts already."""

    async def end_stamping(self) -> None:
        """Nobody waits for stamps any more."""

    async def keep_stamp(self, kept: Kept) -> None:
        """The stamp is durable, with its entries; the time without one counts from it, and an outage has ended."""

    async def miss_stamp(self, *entries: Entry) -> bool:
        """Whether this is the first miss of an outage: then its entries are durable, else nothing is."""
