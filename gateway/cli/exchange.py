"""Plays traffic on several gateways at once: each side posts in time and order, each inbox is read, nothing is assumed."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp

from gateway.cli.client import NationalClient
from gateway.cli.samples import post
from gateway.cli.tally import Tally
from gateway.traffic.sample import Sample

AT_ONCE = 50  # items that a reader leases
LEASE = 30  # seconds
LOOK = 1  # seconds that a reader waits for items
WINDOW = 64  # samples under way for each request at once; those that wait for an arrival among them
OK = 200


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how many at once, how long it insists and waits."""

    speed: float  # 0: as fast as it goes; 60: an hour in a minute
    concurrency: int
    patience: float  # seconds to repeat a posting that is not answered
    wait: float  # seconds without any arrival after which what is missing is lost
    ordered: frozenset[str] = frozenset()  # types that were agreed to keep the order of their movement


@dataclass(slots=True)
class Turn:
    """The place of a message in its movement: whether it was answered, whether it arrived."""

    side: str
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    accepted: str = ""  # its MessageId


@dataclass(slots=True)
class Lane:
    """A movement under way; forgotten when all of it has been answered and has arrived."""

    left: int
    turns: dict[str, Turn] = field(default_factory=dict)  # by sample
    last: Turn | None = None


class Exchange:
    """One replay: who stands where, what is under way, what came of it."""

    def __init__(self, clients: Mapping[str, NationalClient], run: str, pace: Pace, sizes: Mapping[str, int]) -> None:
        """`run` is in every MessageId, so that no replay meets another's; `sizes`: how many samples a lane has."""
        self._clients, self._run, self._pace, self._sizes = clients, run, pace, sizes
        self.tally = Tally(ordered=pace.ordered)
        self._places = asyncio.Semaphore(pace.concurrency)
        self._window = asyncio.Semaphore(pace.concurrency * WINDOW)
        self._lanes: dict[str, Lane] = {}
        self._moved, self._over = time.monotonic(), False

    async def play(self, samples: Iterator[Sample], progress: Callable[[], None] = lambda: None) -> Tally:
        """Every sample is posted, and everything accepted has arrived, or the waiting has ended."""
        readers = [asyncio.create_task(self._read(client)) for client in self._clients.values()]
        try:
            await self._post_all(samples, progress)
            while self.tally.under_way and time.monotonic() - self._moved < self._pace.wait:  # noqa: ASYNC110 - a deadline that moves
                await asyncio.sleep(0.05)
        finally:
            self._over = True  # a reader is not cut off: what it has leased would be kept from the next one
            await asyncio.gather(*readers)
        return self.tally

    async def _post_all(self, samples: Iterator[Sample], progress: Callable[[], None]) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for sample in samples:
                if self._pace.speed:
                    await asyncio.sleep(max(0.0, began + sample.at / self._pace.speed - time.monotonic()))
                await self._window.acquire()
                tasks.create_task(self._one(sample, *self._turn(sample), progress))

    def _turn(self, sample: Sample) -> tuple[Turn, Turn | None]:
        """The sample's own turn, and that of the one before it in its movement."""
        lane = self._lanes.setdefault(lane_of(sample), Lane(self._sizes[lane_of(sample)]))
        mine, before = Turn(sample.side), lane.last
        lane.turns[sample.name] = lane.last = mine
        return mine, before

    async def _one(self, sample: Sample, mine: Turn, before: Turn | None, progress: Callable[[], None]) -> None:
        question = self._lanes[lane_of(sample)].turns.get(sample.answers)
        try:
            if await self._may_go(sample, before, question):
                await self._post(sample, mine, question)
            else:
                self.tally.not_posted.append(sample.name)
        finally:
            mine.answered.set()
            if not mine.accepted:
                self._settle(lane_of(sample))
            self._window.release()
            progress()

    async def _may_go(self, sample: Sample, before: Turn | None, question: Turn | None) -> bool:
        """What comes before it in its movement was answered; what the other side sent has arrived here."""
        if before is not None:
            await before.answered.wait()
        for turn in (before, question):
            foreign = turn is not None and turn.side != sample.side and turn.accepted
            if turn and foreign and not await _within(turn.arrived, self._pace.wait):
                return False
        return not sample.answers or (question is not None and question.arrived.is_set())

    async def _post(self, sample: Sample, mine: Turn, question: Turn | None) -> None:
        ids = {"conversation_id": self._id(sample.conversation)} if sample.conversation else {}
        if question is not None:
            ids["ref_to_message_id"] = question.accepted
        stated = replace(sample, metadata={"to": ",".join(sample.to), **ids, **sample.metadata})
        async with self._places:
            began = time.monotonic()
            posted = await post(self._clients[sample.side], stated, self._id(sample.name), self._pace.patience)
        self._moved = time.monotonic()
        if posted is None:
            self.tally.unanswered.append(sample.name)
            return
        self.tally.answer(sample, lane_of(sample), posted, began)
        if accepted := [message["message_id"] for message in posted.reply.json.get("messages", [])]:
            mine.accepted = accepted[0]
        for message_id in accepted:
            if found := self.tally.early.pop(message_id, None):
                self._arrived(message_id, *found)

    async def _read(self, client: NationalClient) -> None:
        """A national system: leases, reads, compares the digest, acknowledges, over and over."""
        while not self._over:
            try:
                items = await client.lease(limit=AT_ONCE, wait=LOOK, seconds=LEASE)
                await asyncio.gather(*(self._take(client, item) for item in items))
            except (aiohttp.ClientError, TimeoutError, ValueError):
                await asyncio.sleep(0.1)

    async def _take(self, client: NationalClient, item: Mapping[str, Any]) -> None:
        message_id = str(item["message_id"])
        if not message_id.startswith(f"{self._run}."):
            self.tally.others[item["type"]] += 1
            await client.acknowledge(item)
            return
        reply = await client.part(item, 0)
        if reply.status != OK:
            return  # the lease was lost with the gateway; the item comes again
        self._arrived(message_id, int(item["item"]), hashlib.sha256(reply.body).hexdigest(), time.monotonic())
        await client.acknowledge(item)

    def _arrived(self, message_id: str, item: int, sha256: str, now: float) -> None:
        sent = self.tally.arrive(message_id, item, sha256, now)
        self._moved = time.monotonic()
        if sent is not None:
            self._lanes[sent.lane].turns[sent.sample].arrived.set()
            self._settle(sent.lane)

    def _settle(self, lane: str) -> None:
        """One sample of the lane needs nothing more."""
        self._lanes[lane].left -= 1
        if self._lanes[lane].left == 0:
            del self._lanes[lane]

    def _id(self, name: str) -> str:
        return f"{self._run}.{name}@replay"


def lane_of(sample: Sample) -> str:
    """What keeps its order: a movement, or else a conversation; a message on its own."""
    return sample.movement or sample.conversation or sample.name


async def _within(event: asyncio.Event, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
