"""Gateways without HTTP: real stores and flows, joined by a loopback transport, on a clock that tests move."""

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.api import answers
from gateway.config import certificates
from gateway.config.load import Settings
from gateway.core import receipt
from gateway.core.agreement import Party
from gateway.core.authenticate import party_of
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Answer, Peer, Received, Stated
from gateway.core.names import SECOND, Edge, MessageId, Micros, PartyId, SystemId
from gateway.core.schedule import Backoff
from gateway.core.tree import leaf_hash
from gateway.flow.audit import Verdict, verify
from gateway.flow.bell import Bell
from gateway.flow.conversations import Conversations
from gateway.flow.delivery import Dispatcher
from gateway.flow.halt import Halt
from gateway.flow.inbox import InboxDesk
from gateway.flow.intake import Accepted, Intake
from gateway.flow.keeper import Keeper
from gateway.flow.memory import Hold, Memory
from gateway.flow.numbers import Numbers
from gateway.flow.operate import Operate
from gateway.flow.packing import Packing
from gateway.flow.ports import Item
from gateway.flow.pull import Pulls
from gateway.flow.puller import Means, Puller
from gateway.flow.reconcile import Reconciler
from gateway.flow.refusals import Refusals
from gateway.flow.request import Request, Requests
from gateway.flow.sending import Fetched, Reply, SendError, Streamed
from gateway.flow.signals import Signals
from gateway.flow.upload import Uploads
from gateway.flow.watch import Watch
from gateway.machine import Workers
from gateway.msh.signals import Desk
from gateway.store.sqlite import SqliteStore
from gateway.ways import pace
from tests.house import House, build
from tests.leaves import lawful
from tests.loading import load

START = 1_800_000_000 * SECOND  # a certificate made on the fly is valid then
SYSTEM = SystemId("national")
PIECE = 10_000
PULL_RETRY = Micros(60 * SECOND)


@dataclass
class TownClock:
    """Time stands still until a test moves it; ids and nonces count up."""

    time: int = START
    count: int = 0

    def now(self) -> Micros:
        """A microsecond later each time, so that order shows."""
        self.time += 1
        return Micros(self.time)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.time += int(seconds * SECOND)

    def message_id(self) -> MessageId:
        """The next id."""
        self.count += 1
        return MessageId(f"id-{self.count}@town")

    def nonce(self) -> bytes:
        """The next nonce."""
        self.count += 1
        return self.count.to_bytes(16, "big")

    def jitter(self) -> float:
        """Always the middle."""
        return 0.5


Fault = Callable[[str], None]


@dataclass
class Loopback:
    """Calls the other gateway's intake as its partner edge would; a test may put a fault in its way."""

    nodes: "dict[str, Node]"
    sender: House
    sent: list[tuple[str, str, bytes]]  # every request, over restarts
    fault: Fault = lambda _: None
    asked: list[tuple[str, str]] = field(default_factory=list)  # of the other side's log

    async def send(self, target: str, content_type: str, body: bytes | Streamed) -> Reply:
        """The other side's answer."""
        body = await whole(body)
        self.sent.append((target, content_type, body))
        self.fault(target)
        return await self.nodes[target].receive(self.sender, content_type, body)

    async def ask(self, target: str, path: str, body: bytes | None = None, _most: int = 0) -> Reply:
        """What the other side says about its log, or takes about ours."""
        self.asked.append((target, path))
        self.fault(target)
        return await self.nodes[target.replace("log:", "party:", 1)].asked(self.sender, path, body)

    @contextlib.asynccontextmanager
    async def fetch(self, target: str, content_type: str, body: bytes) -> AsyncIterator[Fetched]:
        """The other side's answer, a few bytes at a time."""
        reply = await self.send(target, content_type, body)

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(reply.body), PIECE):
                yield reply.body[at : at + PIECE]

        yield Fetched(reply.status, reply.content_type, len(reply.body), pieces())


async def whole(body: bytes | Streamed) -> bytes:
    """All bytes of a body; as many as it says."""
    if isinstance(body, bytes):
        return body
    pieces = [piece async for piece in body.pieces()]
    assert sum(map(len, pieces)) == body.size
    return b"".join(pieces)


class Node:
    """One gateway: settings and store of a house, flows on top."""

    def __init__(self, house: House, town: "Town", wrap: Callable[[Any], Any]) -> None:
        """Open the house's database; `wrap` may put faults in front of the store."""
        self.house, self.clock = house, town.clock
        clock = town.clock
        self.settings: Settings = load(house.folder)
        self.settings.database.parent.mkdir(exist_ok=True)
        self.real = SqliteStore(self.settings.database)
        self.store = wrap(self.real)
        bell, workers = Bell(), Workers(64 * 1024)
        self.watch = Watch(self.store, clock)
        self.halt = Halt(clock)
        refusals = Refusals(lambda: self.settings.register, self.store, clock, self.watch)
        self.intake = Intake(lambda: self.settings.register, self.store, clock, workers, bell, refusals, self.halt)
        self.counter = Desk(
            Signals(lambda: self.settings.register, self.store, clock, workers, bell, refusals, Backoff()),
            Pulls(
                lambda: self.settings.register,
                self.store,
                clock,
                workers,
                Packing(lambda: self.settings.register, self.store, clock, workers),
                Requests(self.store, workers),
                refusals,
                PULL_RETRY,
            ),
        )
        limits = self.settings.register.limits
        uploads = Uploads(self.store, clock, workers, Memory(limits.memory, limits.body))
        self.loopback = Loopback(town.nodes, house, town.sent)
        means = Means(lambda: self.settings.register, self.store, self.loopback, clock, workers, uploads, self)
        self.puller = Puller(means, Backoff())
        terms = lambda: self.settings.file.log.terms  # noqa: E731 - as boot has it
        self.numbers = Numbers(lambda: self.settings.register, self.store, self.loopback, clock, terms)
        self.reconciler = Reconciler(lambda: self.settings.register, self.store, self.loopback, clock, workers, terms)
        self.desk = InboxDesk(self.store, clock, bell, workers)
        self.operate = Operate(lambda: self.settings.register, self.store, clock)
        self.conversations = Conversations(lambda: self.settings.register, self.store)
        self.keeper = Keeper(lambda: self.settings.register, self.store, clock, bell)
        self.dispatcher = Dispatcher(
            lambda: self.settings.register,
            self.store,
            self.loopback,
            clock,
            workers,
            bell,
            pace(self.settings.file.delivery),
        )

    async def post(self, document: bytes, message_id: str = "", to: tuple[str, ...] = (), **stated: Any) -> Accepted:
        """What the national edge does with a POST."""
        return await self.intake.accept(self.received(document, message_id, to, **stated), answers.accepted)

    def received(self, document: bytes, message_id: str = "", to: tuple[str, ...] = (), **stated: Any) -> Received:
        """A POST as the national edge reads it."""
        peer = Peer(token=hashlib.sha256(self.house.token.encode()).digest())
        statement = Stated(MessageId(message_id), recipients=tuple(map(PartyId, to)), **stated)
        return Received(Edge.NATIONAL, peer, document, "application/xml", self.clock.message_id(), statement)

    async def receive(self, sender: House, content_type: str, body: bytes) -> Reply:
        """What the partner edge does with a POST."""
        (certificate,) = certificates.read(sender.pem)
        received = Received(
            Edge.PARTNER, Peer(certificate=certificate.fingerprint), body, content_type, self.clock.message_id()
        )
        try:
            answer = await self.counter.answer(received, self.settings.register.limits) or await self.take(received)
        except Rejected as refusal:
            answer = await self.refusal(refusal)
        if isinstance(answer, Request):
            return Reply(200, await whole(answer.body), answer.content_type)
        return Reply(answer.status, answer.body, answer.content_type)

    async def asked(self, sender: House, path: str, body: bytes | None) -> Reply:
        """What the partner edge does with what is posted under /log."""
        (certificate,) = certificates.read(sender.pem)
        party = party_of(Peer(certificate=certificate.fingerprint), self.settings.register)
        assert party is not None
        assert body is not None
        answer = await {"/void": self.numbers.hear, "/reconcile": self.reconciler.answer}[path](party, body)
        return Reply(answer.status, answer.body, answer.content_type)

    async def take(self, received: Received, hold: Hold | None = None) -> Answer:
        """The receipt for a user message."""
        accepted = await self.intake.accept(
            received,
            lambda known, _: receipt.acknowledge(known.identity.message_id, self.clock.message_id(), self.clock.now()),
            hold,
        )
        return receipt.complete(accepted.answer, accepted.known, self.settings.register)

    async def refusal(self, refusal: Rejected, _: Party | None = None) -> Answer:
        """The errors for a refusal."""
        return receipt.refuse(refusal, self.clock.message_id(), self.clock.now())

    async def deliver(self) -> int:
        """One round of the dispatcher, with every attempt ended; how many there were."""
        started = await self.dispatcher._round()
        while self.dispatcher._tasks:
            await asyncio.wait(self.dispatcher._tasks)
            await asyncio.sleep(0)
        return started

    async def pull(self) -> int:
        """Every visit whose time has come, to its end; how many there were."""
        begun = self.puller.begin()
        await self.puller.rest()
        return begun

    async def take_all(self) -> list[Item]:
        """What the national system does: lease, read, acknowledge until nothing is left."""
        taken = []
        while items := await self.desk.lease(SYSTEM, 100, 60, 0):
            for item in items:
                await self.desk.read(SYSTEM, item.item, item.lease)
                await self.desk.acknowledge(SYSTEM, item.item, item.lease)
                taken.append(item)
        return taken

    async def sequence(self) -> None:
        """Every entry has its place in the tree."""
        while await self.store.sequence(self.clock.now(), 100, self.settings.register.notary.checkpoint):
            pass

    async def check(self) -> Verdict:
        """The store is whole: the log verifies and no entry waits."""
        await self.sequence()
        verdict = [found async for found in verify(self.real, self.settings.register)][-1]
        assert verdict.faults == []
        return verdict


class Town:
    """Several gateways that can crash together or alone and be opened again."""

    def __init__(self, where: Path, *parties: str) -> None:
        """Configure; nothing is open."""
        self.houses = build(where, *parties)
        self.clock = TownClock()
        self.nodes: dict[str, Node] = {}
        self.sent: list[tuple[str, str, bytes]] = []
        self.wraps: dict[str, Callable[[Any], Any]] = {}

    def __getitem__(self, party: str) -> Node:
        """The open gateway."""
        return self.nodes[f"party:{party}"]

    async def open(self) -> None:
        """Every gateway is open on its database."""
        for house in self.houses:
            node = Node(house, self, self.wraps.get(house.party, lambda store: store))
            await node.real.start()
            self.nodes[f"party:{house.party}"] = node

    async def close(self) -> None:
        """Every database is closed, whatever was under way."""
        for node in self.nodes.values():
            for task in node.dispatcher._tasks:
                task.cancel()
            rows = await node.real.entries("", "", 100_000)
            lawful(
                [bytes(row["body"]) for row in rows if leaf_hash(row["body"]) == row["hash"]]
            )  # as they were written
            await node.real.close()
        self.nodes.clear()

    async def reopen(self) -> None:
        """What a crash and a restart leave: the files, and nothing that was in memory; leases have ended."""
        await self.close()
        self.clock.advance(60)
        await self.open()


def down(*targets: str, code: ErrorCode = ErrorCode.UNREACHABLE) -> Fault:
    """A network in which these targets cannot be reached."""

    def fault(target: str) -> None:
        if target in targets:
            raise SendError(code)

    return fault


async def states(node: Node) -> Counter[str]:
    """How many deliveries are in which state."""
    return Counter(row["state"] for row in await node.store.messages({}, 1000))


ROUNDS = 500  # in which every exchange of a test comes to its end


async def quiet(town: Town) -> None:
    """Everything that the keeper and the dispatcher of every gateway have to do now is done."""
    for _ in range(ROUNDS):
        if not any([await node.keeper.round() + await node.deliver() for node in town.nodes.values()]):
            return
    raise AssertionError("the gateways never come to rest")
