"""What the flows need to witness partners' logs, and to keep what partners say about ours."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from gateway.core.agreement import Register
from gateway.core.evidence.witness import Ruling, Witnessed
from gateway.core.message import Entry
from gateway.core.names import Micros, PartyId
from gateway.flow.ports import Clock, EntryStore, Row
from gateway.flow.ports_tree import TreeStore
from gateway.flow.sending import Asker


@dataclass(frozen=True, slots=True)
class Asking:
    """What asking partners about logs needs."""

    register: Callable[[], Register]
    asker: Asker
    clock: Clock


@dataclass(frozen=True, slots=True)
class Log:
    """A partner's log: the same partner with another origin has begun another log."""

    party: PartyId
    origin: str


PROOF, DEMAND = "equivocation", "inconsistent"  # what a dispute is: proof of fraud, or none by itself


@dataclass(frozen=True, slots=True)
class Accusation:
    """Two checkpoints of one log that do not fit; written down once for each first one, with its log entry."""

    party: PartyId
    kind: str  # PROOF or DEMAND
    first: bytes
    second: bytes
    proof: bytes
    entry: Entry


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an offer; committed whole."""

    ruling: Ruling
    known: Witnessed  # what was cosigned before
    keep: Witnessed | None = None  # what is cosigned from now on
    accusation: Accusation | None = None


class State(StrEnum):
    """What is known about a checkpoint that came with a message."""

    NEW = "new"
    CONSISTENT = "consistent"  # with everything that was known of the log
    WRONG = "wrong"  # the log's key did not sign it
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Seen:
    """A checkpoint that came with a message, as it came."""

    party: PartyId
    digest: bytes
    note: bytes
    at: Micros


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found out about it; committed whole."""

    seen: Seen
    state: State
    origin: str = ""
    size: int = 0
    accusation: Accusation | None = None
    entry: Entry | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """An operator's word that the disputes with a partner, up to that one, are settled."""

    party: PartyId
    upto: int
    who: str
    why: str
    entry: Entry


class WitnessStore(Protocol):
    """Where it is kept what was cosigned."""

    async def witness(self, log: Log, now: Micros, judge: Callable[[Witnessed], Judged]) -> Judged:
        """What the judge said about what was cosigned last, once all that follows from it is durable.

        Reading and keeping are one transaction: of two who ask at once, the second is judged by what the first left.
        """


class MonitorStore(WitnessStore, Protocol):
    """Where checkpoints wait that came with messages."""

    async def unchecked(self, party: PartyId, limit: int) -> list[Seen]:
        """Those of the partner about which nothing is known yet, oldest first."""

    async def known(self, log: Log) -> list[Witnessed]:
        """What a checkpoint of the log must agree with: what was cosigned last, and the newest that was found consistent."""

    async def checked(self, found: Checked) -> None:
        """What was found out is durable; of the consistent ones of a log, the largest stays."""


class CosignerStore(TreeStore, EntryStore, Protocol):
    """Our log, and what partners cosigned of it."""

    async def last_cosigned(self, party: PartyId) -> int:
        """The size of our largest checkpoint that the partner cosigned; 0: none."""

    async def keep_cosignature(self, party: PartyId, size: int, line: str, at: Micros) -> None:
        """The partner's signature line is durable."""


class WitnessRows(Protocol):
    """For commands."""

    async def partner_logs(self) -> list[Row]:
        """Every partner's log: what was cosigned, what came with messages, disputes, and what the partner cosigned of ours."""

    async def disputes(self, party: PartyId) -> list[Row]:
        """Every dispute with the partner, oldest first, and whether it is settled."""

    async def settle_disputes(self, settlement: Settlement) -> bool:
        """Whether there was anything to settle; then that is durable with its entry, and the proofs stay."""
