"""The store on one SQLite file: every port's methods, each one statement's worth of translation."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from gateway.core.message import Answer, Entry, Sealed
from gateway.core.names import SECOND, MessageId, Micros, SystemId
from gateway.core.pack import Pack
from gateway.flow.ports import (
    Gate,
    Item,
    Job,
    Move,
    Overdue,
    Remembered,
    Result,
    Row,
    StoredMessage,
    TurnedDown,
)
from gateway.flow.ports_inbox import Lease
from gateway.flow.transactions import Done, Known, Timed
from gateway.store import deliveries, inbox, intake, keeping, log, questions, transactions
from gateway.store.anchor import AnchorFile
from gateway.store.engine import Engine
from gateway.store.sqlite_audit import AuditRows
from gateway.store.sqlite_exhibits import ExhibitRows
from gateway.store.sqlite_numbers import NumberRows
from gateway.store.sqlite_retention import PurgeRows
from gateway.store.sqlite_stamps import StampRows
from gateway.store.sqlite_tree import TreeRows
from gateway.store.sqlite_witness import WitnessRows

PAGE = 500
ORPHAN_AGE = 3600 * SECOND


class SqliteStore(AuditRows, ExhibitRows, NumberRows, PurgeRows, StampRows, TreeRows, WitnessRows):
    """All ports of the flows on one database file."""

    def __init__(self, path: Path) -> None:
        """Open the file; made and migrated where needed."""
        self._engine, self._anchor = Engine(path), AnchorFile(path)
        self.start = self._engine.start

    async def close(self) -> None:
        """Everything that was asked for is written, the files are closed."""
        await self._engine.close()
        self._anchor.close()

    async def find(self, key: bytes) -> Remembered | None:
        """See IntakeStore."""
        return self._engine.read(partial(intake.find, key=key))

    async def conversation(self, message_id: MessageId, system: SystemId) -> str:
        """See IntakeStore."""
        return self._engine.read(partial(intake.conversation, message_id=message_id, system=system))

    async def admit(self, sealed: Sealed) -> None:
        """See IntakeStore."""
        self._engine.read(partial(intake.admit, sealed=sealed))

    async def turn_down(self, turned: TurnedDown) -> Remembered:
        """See IntakeStore."""
        return await self._engine.write(partial(keeping.turn_down, turned=turned))

    async def add(self, sealed: Sealed, answer: Answer) -> Remembered:
        """See IntakeStore. Large bodies are staged first, so that no small message waits behind them."""
        staged: dict[int, int] = {}
        for part in (part for message in sealed.messages for part in message.parts):
            if len(part.packed) > intake.CHUNK and id(part) not in staged:
                staged[id(part)] = await self._stage(part.packed, sealed.messages[0].entry.at)
        return await self._engine.write(partial(intake.add, sealed=sealed, answer=answer, staged=staged))

    async def _stage(self, packed: bytes, now: Micros) -> int:
        body = 0
        for position, at in enumerate(range(0, len(packed), intake.CHUNK)):
            body = await self.stage(body, position, packed[at : at + intake.CHUNK], now)
        return body

    async def stage(self, body: int, position: int, data: bytes, now: Micros) -> int:
        """See StagingStore."""
        return await self._engine.write(partial(intake.stage, body=body, position=position, data=data, now=now))

    async def release(self, bodies: Sequence[int]) -> None:
        """See StagingStore."""
        await self._engine.write(partial(intake.release, bodies=bodies))

    async def keep_key(self, key: str, now: Micros) -> None:
        """It is durable that salts are derived from the redaction key with this id."""
        await self._engine.write(partial(intake.keep_key, key=key, now=now))

    async def keys_missed(self, there: Collection[str]) -> list[str]:
        """Ids of redaction keys that the id memory names, but that are not there."""
        return await self._engine.read_aside(partial(intake.keys_missed, there=there))

    async def append(self, *entries: Entry) -> None:
        """See IntakeStore."""
        await self._engine.write(partial(intake.append_all, entries=entries))

    async def sweep(self, now: Micros) -> int:
        """How many staged bodies that nobody referred to for an hour were removed."""
        return await self._sweep(Micros(now - ORPHAN_AGE))

    async def sweep_all(self, now: Micros) -> int:
        """How many staged bodies were removed, however young: for a start, when nobody can still refer to one."""
        return await self._sweep(now)

    async def _sweep(self, before: Micros) -> int:
        while await self._engine.write(partial(intake.sweep_chunks, before=before)):
            pass
        return await self._engine.write(partial(intake.sweep, before=before))

    async def lease(
        self, now: Micros, until: Micros, slots: Mapping[str, int], numbered: frozenset[str] = frozenset()
    ) -> list[Job]:
        """See DeliveryStore."""
        due = self._engine.read(partial(deliveries.due, now=now, slots=slots))
        if not due:
            return []
        return await self._engine.write(partial(deliveries.lease, now=now, until=until, slots=due, numbered=numbered))

    async def renew(self, job: Job, until: Micros) -> bool:
        """See DeliveryStore."""
        return await self._engine.write(partial(deliveries.renew, number=job.id, attempt=job.attempt, until=until))

    async def keep_pack(self, job: Job, pack: Pack, *entries: Entry) -> bool:
        """See DeliveryStore."""
        return await self._engine.write(partial(deliveries.keep_pack, job=job, pack=pack, entries=entries))

    async def settle(self, result: Result) -> bool:
        """See DeliveryStore."""
        return await self._engine.write(partial(deliveries.settle, result=result))

    async def pull(
        self, now: Micros, until: Micros, target: str, others: frozenset[str], *, numbered: bool = False
    ) -> Job | None:
        """See PullStore."""
        if self._engine.read(partial(deliveries.pullable, now=now, target=target, others=others)) is None:
            return None
        unit = partial(deliveries.pull, now=now, until=until, target=target, others=others, numbered=numbered)
        return await self._engine.write(unit)

    async def sent(self, message_id: str, target: str) -> Job | None:
        """See SignalStore."""
        return self._engine.read(partial(deliveries.sent, message_id=message_id, target=target))

    async def overdue(self, now: Micros) -> list[Overdue]:
        """See DeliveryStore."""
        return self._engine.read(partial(deliveries.overdue, now=now))

    async def pieces(self, body: int) -> AsyncIterator[bytes]:
        """See BodyStore. No transaction stays open between two chunks."""
        data = self._engine.read(partial(deliveries.body, number=body))
        if data is not None:
            yield data
            return
        position = 0
        while (
            found := await self._engine.read_aside(partial(deliveries.chunk, number=body, position=position))
        ) is not None:
            yield found
            position += 1

    async def gate(self, target: str) -> Gate | None:
        """See OperateStore."""
        return self._engine.read(partial(deliveries.gate, target=target))

    async def gates(self) -> list[Row]:
        """Every target that waits as a whole: for commands."""
        return self._engine.read(deliveries.gates)

    async def close_gate(self, target: str, until: Micros, code: str, now: Micros) -> None:
        """See PullerStore."""
        await self._engine.write(partial(deliveries.close_gate, target=target, until=until, code=code, now=now))

    async def open_gate(self, target: str) -> None:
        """See PullerStore."""
        await self._engine.write(partial(deliveries.open_gate, target=target))

    async def inbox(self, system: SystemId, limit: int) -> list[Row]:
        """See InboxStore."""
        return await self._engine.read_aside(partial(inbox.listing, system=system, limit=limit))

    async def ready(self, system: SystemId, now: Micros) -> bool:
        """See InboxStore."""
        return self._engine.read(partial(inbox.ready, system=system, now=now))

    async def lease_items(self, system: SystemId, now: Micros, lease: Lease) -> list[Item]:
        """See InboxStore."""
        return await self._engine.write(partial(inbox.lease, system=system, now=now, lease=lease))

    async def item(self, system: SystemId, item: int) -> Item | None:
        """See InboxStore."""
        return self._engine.read(partial(inbox.item, system=system, number=item))

    async def count_read(self, item: int, entry: Entry) -> None:
        """See InboxStore."""
        await self._engine.write(partial(inbox.count_read, number=item, entry=entry))

    async def renew_item(self, system: SystemId, item: int, lease: str, now: Micros, until: Micros) -> bool:
        """See InboxStore."""
        unit = partial(inbox.renew, system=system, number=item, lease=lease, now=now, until=until)
        return await self._engine.write(unit)

    async def acknowledge(self, system: SystemId, item: int, lease: str, now: Micros, entry: Entry) -> bool:
        """See InboxStore."""
        unit = partial(inbox.acknowledge, system=system, number=item, lease=lease, now=now, entry=entry)
        return await self._engine.write(unit)

    async def submission(self, identifier: str) -> list[Row]:
        """See OperateStore."""
        return self._engine.read(partial(questions.submission, identifier=identifier))

    async def deliveries(self, message: int) -> list[Row]:
        """See OperateStore."""
        return self._engine.read(partial(questions.deliveries, message=message))

    async def entries_of(self, message_id: str) -> list[Row]:
        """See OperateStore."""
        return self._engine.read(partial(questions.entries_of, message_id=message_id))

    async def messages(self, filters: Mapping[str, str], limit: int) -> list[Row]:
        """See OperateStore."""
        return await self._engine.read_aside(partial(questions.messages, filters=filters, limit=limit))

    async def move(self, move: Move) -> bool:
        """See OperateStore."""
        return await self._engine.write(partial(questions.move, change=move))

    async def overdue_transactions(self, now: Micros) -> list[Known]:
        """See KeeperStore."""
        return self._engine.read(partial(keeping.overdue, now=now))

    async def owing(self) -> list[Known]:
        """See KeeperStore."""
        return self._engine.read(keeping.owing)

    async def pass_timer(self, timed: Timed) -> bool:
        """See KeeperStore."""
        return await self._engine.write(partial(keeping.pass_timer, timed=timed))

    async def fulfil(self, done: Done) -> bool:
        """See KeeperStore."""
        return await self._engine.write(partial(keeping.fulfil, done=done))

    async def transactions(self, filters: Mapping[str, str | int], limit: int) -> list[Known]:
        """See ConversationStore."""
        return await self._engine.read_aside(partial(transactions.listing, filters=filters, limit=limit))

    async def transaction_messages(self, number: int) -> list[Row]:
        """See ConversationStore."""
        return await self._engine.read_aside(partial(transactions.history, number=number))

    async def leaves(self) -> AsyncIterator[Row]:
        """See LogStore."""
        start = 0
        while page := await self._engine.read_aside(partial(log.leaves, start=start, limit=PAGE)):
            for row in page:
                yield row
            start = page[-1]["position"] + 1

    async def stored(self) -> AsyncIterator[Row]:
        """See LogStore. A page ends between two messages, so that none is cut in half."""
        after = 0
        while page := await self._engine.read_aside(partial(log.stored, after=after, limit=PAGE)):
            last = page[-1]["id"]
            whole = [row for row in page if row["id"] != last] if len(page) == PAGE else page
            for row in whole:
                yield row
            after = whole[-1]["id"]

    async def lost_entries(self) -> list[int]:
        """See LogStore."""
        return await self._engine.read_aside(log.lost_entries)

    async def lost_messages(self) -> list[str]:
        """See LogStore."""
        return await self._engine.read_aside(log.lost_messages)

    async def exchanged(self, since: Micros, until: Micros, kind: str) -> AsyncIterator[StoredMessage]:
        """See RehearsalStore."""
        row = {"after": 0, "since": since, "until": until, "type": kind, "limit": PAGE}
        while page := await self._engine.read_aside(partial(questions.exchanged, row=row)):
            for _, message in page:
                yield message
            row["after"] = page[-1][0]

    async def refusals(self, since: Micros, until: Micros) -> int:
        """See RehearsalStore."""
        return await self._engine.read_aside(partial(questions.refusals, since=since, until=until))

    async def entries(self, message_id: str, kind: str, limit: int) -> list[Row]:
        """See LogStore."""
        return await self._engine.read_aside(partial(log.entries, message_id=message_id, kind=kind, limit=limit))

    async def last_standing(self) -> bytes:
        """The leaf that last said what the configuration is; empty: none did."""
        return await self._engine.read_aside(log.last_standing)

    async def entry_counts(self) -> dict[str, int]:
        """How many log entries there are of each kind."""
        return await self._engine.read_aside(log.entry_counts)

    async def delivery_counts(self) -> dict[str, int]:
        """How many deliveries there are in each state."""
        return await self._engine.read_aside(questions.delivery_counts)
