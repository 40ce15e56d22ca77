"""What the flows need of transactions: values and ports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.core.message import Entry, Sealed
from gateway.core.names import Micros
from gateway.core.patterns import Event
from gateway.core.regulation import Transaction
from gateway.flow.ports import Notice, Row


@dataclass(frozen=True, slots=True)
class Known:
    """A transaction, and the row of the message that opened it."""

    transaction: Transaction
    row: Row


@dataclass(frozen=True, slots=True)
class Timed:
    """A timer of a transaction that has passed."""

    number: int
    before: Transaction
    event: Event
    at: Micros
    entry: Entry | None
    notice: Notice | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was owed and untold about a transaction, and what now pays and tells it."""

    number: int
    owed: str
    tell: str
    entries: list[Entry]
    notice: Notice | None
    sealed: Sealed | None


class KeeperStore(Protocol):
    """What the keeper looks for and writes."""

    async def overdue_transactions(self, now: Micros) -> list[Known]:
        """Transactions whose timer has passed."""

    async def owing(self) -> list[Known]:
        """Transactions about which a signal is owed or something is untold."""

    async def pass_timer(self, timed: Timed) -> bool:
        """The move is durable, with its entry and notice; False where something else moved it first."""

    async def fulfil(self, done: Done) -> bool:
        """Signal, entries and notice are durable, and nothing is owed; False where something else was owed by then."""


class ConversationStore(Protocol):
    """The transactions."""

    async def transactions(self, filters: Mapping[str, str | int], limit: int) -> list[Known]:
        """Transactions, newest first."""

    async def pass_timer(self, timed: Timed) -> bool:
        """The move is durable, with its entry; False where the table does not allow it, or something else was first."""

    async def transaction_messages(self, number: int) -> list[Row]:
        """The messages of a transaction in order, with their delivery's state."""
