"""Delivers what is queued: lease ► request ► send ► settle, for every target side by side.

An attempt and the time of the next are committed before the attempt is made. A crash at any line needs no
repair: the row is due again when its lease ends.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from gateway.core.agreement import Register
from gateway.core.errors import ErrorCode
from gateway.core.names import SECOND, Micros
from gateway.core.pulling import pulls
from gateway.core.schedule import Backoff, Scope, disposition
from gateway.core.states import Event
from gateway.flow import aside, outcome
from gateway.flow.accounts import numbered
from gateway.flow.bell import Bell, heard
from gateway.flow.packing import Packing
from gateway.flow.ports import Clock, DeliveryStore, Gate, Job, Offload, Overdue, Result
from gateway.flow.request import Request, Requests
from gateway.flow.sending import Reply, SendError, Transport

POLL = 0.5  # seconds between looks when nobody rings
LONGEST_RETRY_AFTER = 900  # seconds: one answer must not silence a partner past its deadlines
LAST_MOMENT = 5.0  # seconds that requests under way get when the process stops
BELL = "delivery"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How hard and how long it tries."""

    in_flight: int = 16  # requests under way to one target
    lease: Micros = Micros(15 * SECOND)
    retry: Backoff = Backoff()
    gate: Backoff = field(default_factory=lambda: Backoff(longest=Micros(60 * SECOND)))
    streak: int = 5  # different deliveries failed in a row, after which the target as a whole waits


class Dispatcher:
    """The delivery loop of one process."""

    def __init__(  # noqa: PLR0913, PLR0917 - the ports of one flow
        self,
        register: Callable[[], Register],
        store: DeliveryStore,
        transport: Transport,
        clock: Clock,
        offload: Offload,
        bell: Bell,
        pace: Pace,
    ) -> None:
        """Nothing is tried before `run`."""
        self._register, self._store, self._transport = register, store, transport
        self._clock, self._bell, self._pace = clock, bell, pace
        self._offload = offload
        self._packing, self._requests = Packing(register, store, clock, offload), Requests(store, offload)
        self._under_way: Counter[str] = Counter()
        self._streaks: defaultdict[str, set[int]] = defaultdict(set)  # deliveries that failed since the last success
        self._tasks: set[asyncio.Task[None]] = set()
        self._look_for_overdue_at = 0

    async def run(self) -> None:
        """Delivers until cancelled; a fault of the store is waited out."""
        while True:
            rung = self._bell.listen(BELL)
            try:
                leased = await self._round()
            except Exception:
                logger.exception("delivery round failed; tried again")
                leased = 0
            if not leased:
                await heard(rung, POLL)

    async def stop(self) -> None:
        """What is under way is given a moment, then left to its lease."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_MOMENT)
        for task in self._tasks:
            task.cancel()

    async def _round(self) -> int:
        """How many deliveries were leased and started; what is overdue is expired first."""
        now = self._clock.now()
        if now >= self._look_for_overdue_at:
            self._look_for_overdue_at = now + SECOND
            overdue = await self._store.overdue(now)
            for failure in await asyncio.gather(*map(self._expire, overdue), return_exceptions=True):
                if isinstance(failure, Exception):
                    logger.error("an overdue delivery could not be expired: %s", type(failure).__name__)
        until = Micros(now + self._pace.lease)
        jobs = await self._store.lease(now, until, self._slots(), numbered(self._register()))
        for target, group in groupby(jobs, lambda job: job.target):
            due = list(group)
            self._under_way[target] += len(due)
            self._start(self._deliver_all(due))
        return len(jobs)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver_all(self, jobs: list[Job]) -> None:
        """All are packed before the first is sent, so that one packed for the first time keeps its turn."""
        found = await asyncio.gather(*map(self._packing.packed, jobs), return_exceptions=True)
        for job, packed in zip(jobs, found, strict=True):
            self._start(self._deliver(job, packed))

    def _slots(self) -> Mapping[str, int]:
        """Free places for each target. A nearly full target waits, so that leases come in batches."""
        register, room = self._register(), self._pace.in_flight
        others = (party for name, party in register.parties.items() if name != register.own.id)
        targets = [f"party:{party.id}" for party in others if not pulls(party)]
        targets += [f"system:{system.id}" for system in register.systems.values() if system.webhook]
        free = {target: room - self._under_way[target] for target in targets}
        return {target: places for target, places in free.items() if places * 2 >= room}

    async def _deliver(self, job: Job, packed: Job | BaseException) -> None:
        """One attempt, from the request to its durable result."""
        try:
            result = await self._attempt(job, packed)
            if not await self._store.settle(result):
                logger.info("delivery %s attempt %s came too late to count", job.id, job.attempt)
        except Exception:
            # A bug or a store that cannot be written: the lease ends, the row is due again.
            logger.exception("delivery %s attempt %s ended without a result", job.id, job.attempt)
        finally:
            self._under_way[job.target] -= 1
            self._bell.ring(BELL)

    async def _attempt(self, job: Job, packed: Job | BaseException) -> Result:
        try:
            if isinstance(packed, BaseException):
                raise packed
            job = packed
            request = await self._requests.make(job)
            reply = await self._send(job, request)
        except SendError as error:
            return await self._failed(job, error.code, error.detail, 0)
        register, now = self._register(), self._clock.now()
        judged = await self._offload(aside.judging(register), lambda: outcome.judge(job, reply, register, now))
        if judged.code is None:
            self._streaks[job.target].clear()
            return outcome.confirmed(job, reply, self._clock.now(), self._clock.nonce())
        return await self._failed(job, judged.code, judged.detail, reply.retry_after)

    async def _send(self, job: Job, request: Request) -> Reply:
        """The target's answer; the lease is renewed for as long as it takes."""
        sending = asyncio.create_task(self._transport.send(job.target, request.content_type, request.body))
        try:
            while not (await asyncio.wait({sending}, timeout=self._pace.lease / SECOND / 3))[0]:
                if not await self._store.renew(job, Micros(self._clock.now() + self._pace.lease)):
                    raise SendError(ErrorCode.TIMED_OUT, "the lease was lost")
        finally:
            sending.cancel()
        return sending.result()

    async def _failed(self, job: Job, code: ErrorCode, detail: str, retry_after: int) -> Result:
        """What becomes of the delivery, and whether its target as a whole has to wait."""
        now, jitter = self._clock.now(), self._clock.jitter()
        event, scope = disposition(code)
        next_attempt_at, gate_until = now, None
        if event is Event.POSTPONE:
            self._streaks[job.target].add(job.id)
            retry_after = min(retry_after, LONGEST_RETRY_AFTER)
            wait = max(self._pace.retry.delay(job.attempt, jitter), retry_after * SECOND)
            next_attempt_at = Micros(now + wait)
            if scope is Scope.PARTNER or retry_after or len(self._streaks[job.target]) >= self._pace.streak:
                gate = await self._store.gate(job.target)
                gate_until = self._gate_until(job, gate, now, jitter, retry_after)
                # Waiting behind the gate is no fault of the message: it is due as soon as the gate opens.
                next_attempt_at = gate_until if scope is Scope.PARTNER else next_attempt_at
                logger.warning("%s: %s (%s)", job.target, code.meaning, code.code)
        else:
            self._streaks[job.target].clear()
            logger.error("delivery %s to %s is over: %s (%s)", job.id, job.target, code.meaning, code.code)
        failure = outcome.Failure(event, code, detail, next_attempt_at, gate_until)
        return outcome.failed(job, failure, self._register(), now, self._clock.nonce())

    def _gate_until(self, job: Job, gate: Gate | None, now: Micros, jitter: float, retry_after: int) -> Micros:
        delay = self._pace.gate.delay((gate.failures if gate else 0) + 1, jitter)
        if gate is not None and gate.next_attempt_at > now and gate.probe != job.id:
            return gate.next_attempt_at  # others of the same batch have closed it already
        return Micros(now + max(delay, retry_after * SECOND))

    async def _expire(self, overdue: Overdue) -> None:
        result = outcome.expired(overdue, self._register(), self._clock.now(), self._clock.nonce())
        await self._store.settle(result)
