"""What the flows need from the outside: small protocols, and the values that cross them."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from gateway.core.message import Answer, Authenticated, Entry, Header, Sealed
from gateway.core.names import Edge, MessageId, Micros, SystemId
from gateway.core.pack import Pack
from gateway.core.states import Delivery, Event

T = TypeVar("T")
Row = Mapping[str, Any]  # a row for people to look at, by column name


class NewerError(Exception):
    """A newer program wrote the store: this one would not know what it says."""


class Clock(Protocol):
    """Where time, ids and chance come from."""

    def now(self) -> Micros:
        """UTC microseconds."""

    def message_id(self) -> MessageId:
        """A MessageId nobody else makes."""

    def nonce(self) -> bytes:
        """16 random bytes."""

    def jitter(self) -> float:
        """From 0 to 1."""


class Offload(Protocol):
    """Runs pure work inline where it is small, else in a thread."""

    async def __call__(self, size: int, work: Callable[[], T]) -> T:
        """The work's result."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the id memory keeps of a message: what must be equal for a repeat, and its answer."""

    content: bytes
    answer: Answer
    key: str  # id of the redaction key that its salts were derived from


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A payload as it lies in the store."""

    cid: str
    media_type: str
    name: str
    digest: bytes
    size: int
    packed_size: int
    body: int
    packed_digest: bytes = b""
    properties: str = "[]"  # as JSON

    @property
    def purged(self) -> bool:
        """Whether its bytes were removed after the agreed time."""
        return self.body == 0


@dataclass(frozen=True, slots=True)
class Job:
    """A leased delivery: this attempt is already written down, and so is the time of the next."""

    id: int
    attempt: int
    kind: str  # partner, push, notice
    target: str
    message: int
    header: Header
    system: SystemId
    removed: str
    parts: tuple[StoredPart, ...]
    deadline: Micros
    pack: Pack  # what every attempt sends: the SOAP part, or a notice; empty for a push, or before the first attempt
    sequence: int = 0  # the message's number among ours to this partner; 0: it has none


@dataclass(frozen=True, slots=True)
class Notice:
    """What a producer's webhook is told about a delivery."""

    target: str
    text: bytes
    deadline: Micros


@dataclass(frozen=True, slots=True)
class Result:
    """What an attempt came to; committed whole, with its log entry."""

    id: int
    attempt: int
    message: int
    kind: str
    target: str
    event: Event
    entry: Entry
    code: str = ""
    detail: str = ""
    next_attempt_at: Micros = Micros(0)
    receipt: bytes = b""
    gate_until: Micros | None = None  # the target as a whole waits until then; None: it answers
    notice: Notice | None = None
    unasked: bool = False  # the partner said it by itself: nothing is learnt about whether it answers


@dataclass(frozen=True, slots=True)
class Gate:
    """A target that fails as a whole."""

    failures: int
    next_attempt_at: Micros
    code: str
    since: Micros
    probe: int  # the delivery whose attempt is the probe under way; 0: none


@dataclass(frozen=True, slots=True)
class Overdue:
    """A delivery whose deadline has passed."""

    id: int
    attempt: int
    kind: str
    target: str
    message: int
    header: Header
    system: SystemId


@dataclass(frozen=True, slots=True)
class Item:
    """An inbox item as its system sees it."""

    item: int
    header: Header
    lease: str
    lease_until: Micros
    acknowledged_at: Micros
    facts: Row
    parts: tuple[StoredPart, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """Who does it and why: both stand in the log."""

    who: str
    why: str
    account: str = ""  # the operating system's name for whoever runs the command


@dataclass(frozen=True, slots=True)
class Move:
    """An operator's change of one delivery."""

    id: int
    message_id: MessageId
    before: Delivery
    after: Delivery
    next_attempt_at: Micros
    deadline: Micros
    entry: Entry


class EntryStore(Protocol):
    """Where events are written down."""

    async def append(self, *entries: Entry) -> None:
        """The entries are durable."""


@dataclass(frozen=True, slots=True)
class TurnedDown:
    """A partner's message that is receipted, logged as refused and answered by a signal, all in one commit."""

    known: Authenticated
    answer: Answer
    entry: Entry
    signal: Sealed


class IntakeStore(EntryStore, Protocol):
    """Where accepted messages go."""

    async def find(self, key: bytes) -> Remembered | None:
        """What is remembered under an identity."""

    async def conversation(self, message_id: MessageId, system: SystemId) -> str:
        """The ConversationId of that message of the system; empty: it has none."""

    async def admit(self, sealed: Sealed) -> None:
        """Rejected where a transaction does not await a message of the unit now."""

    async def turn_down(self, turned: TurnedDown) -> Remembered:
        """The answer that counts, once it is durable: this one, or the earlier one of the same identity."""

    async def add(self, sealed: Sealed, answer: Answer) -> Remembered:
        """The answer that counts, once it is durable: this one, or the earlier one of the same identity."""


class StagingStore(Protocol):
    """Where large attachments wait for the commit that refers to them."""

    async def stage(self, body: int, position: int, data: bytes, now: Micros) -> int:
        """The chunk is durable, of this body or (0) of a new one; the body's number."""

    async def release(self, bodies: Sequence[int]) -> None:
        """Those of the bodies that no message refers to may be swept."""


class BodyStore(Protocol):
    """The gzip bytes of stored parts."""

    def pieces(self, body: int) -> AsyncIterator[bytes]:
        """A body's in order, a chunk at a time."""


class PackStore(Protocol):
    """Where packs are kept."""

    async def keep_pack(self, job: Job, pack: Pack, *entries: Entry) -> bool:
        """What every attempt from now on sends is durable; False where the lease was lost."""

    async def newest_head(self) -> Row | None:
        """See TreeStore."""


class DeliveryStore(BodyStore, PackStore, Protocol):
    """The queue."""

    async def lease(self, now: Micros, until: Micros, slots: Mapping[str, int], numbered: frozenset[str]) -> list[Job]:
        """Due deliveries for each target, at most its slots, urgent first; a target behind its gate gets one probe.

        The attempt is counted, and a message to one of the numbered targets has its number. A job whose pack is empty was
        never packed.
        """

    async def renew(self, job: Job, until: Micros) -> bool:
        """The lease lasts longer; False where it was lost."""

    async def settle(self, result: Result) -> bool:
        """The result is durable; False (and nothing is) where a later attempt or an operator came first."""

    async def overdue(self, now: Micros) -> list[Overdue]:
        """Deliveries whose deadline has passed."""

    async def gate(self, target: str) -> Gate | None:
        """The target's gate; None where it answers."""


class OperateStore(Protocol):
    """What operators and producers ask and change."""

    async def submission(self, identifier: str) -> list[Row]:
        """The messages of a submission, or the one message, posted by a national system."""

    async def deliveries(self, message: int) -> list[Row]:
        """The deliveries of a message."""

    async def entries_of(self, message_id: str) -> list[Row]:
        """The log entries about a MessageId, with their leaf index where they have one."""

    async def gate(self, target: str) -> Gate | None:
        """The target's gate; None where it answers."""

    async def messages(self, filters: Mapping[str, str], limit: int) -> list[Row]:
        """Messages with their deliveries, newest first."""

    async def move(self, move: Move) -> bool:
        """The operator's change and its entry are durable; False where the state was another by then."""


class LogStore(BodyStore, Protocol):
    """The delivery log."""

    def leaves(self) -> AsyncIterator[Row]:
        """Every leaf in order, with its entry."""

    async def lost_entries(self) -> list[int]:
        """Entries that are neither in the tree nor waiting for it."""

    async def lost_messages(self) -> list[str]:
        """MessageIds that the log says were accepted, but that are gone."""

    def stored(self) -> AsyncIterator[Row]:
        """Every stored payload."""

    async def entries(self, message_id: str, kind: str, limit: int) -> list[Row]:
        """Entries, newest first."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it was accepted: its header and where its payloads lie."""

    edge: Edge
    header: Header
    parts: tuple[StoredPart, ...]


class RehearsalStore(BodyStore, Protocol):
    """What was exchanged, to be looked at again."""

    def exchanged(self, since: Micros, until: Micros, kind: str) -> AsyncIterator[StoredMessage]:
        """Every message accepted from `since` on and before `until`, oldest first; of one type, or of all where empty."""

    async def refusals(self, since: Micros, until: Micros) -> int:
        """How many messages were refused in that time."""
