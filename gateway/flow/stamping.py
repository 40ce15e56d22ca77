"""Has checkpoints stamped by an authority, and stops acceptance where it does not in time.

Everything it does follows from rows that are committed: a restart neither forgets an outage nor begins its time anew.
"""

import logging
from collections.abc import Callable
from hashlib import sha256
from typing import Protocol

from gateway.core.ebms import iso
from gateway.core.entry import entry
from gateway.core.evidence.stamp import NONCE, Authority, Demand, NoStamp, Stamp, check, question
from gateway.core.message import Entry
from gateway.core.names import SECOND, Micros
from gateway.core.schedule import Backoff
from gateway.flow.halt import Halt
from gateway.flow.ports import Clock, Row
from gateway.flow.ports_stamps import Kept, StampStore, Standing
from gateway.flow.rounds import rounds
from gateway.flow.sending import SendError

POLL = 1.0  # seconds between looks
AGAIN = Backoff(Micros(5 * SECOND), Micros(300 * SECOND))
CONTROLS = ["EA-3.6"]
logger = logging.getLogger(__name__)


class Ask(Protocol):
    """Posts a question to an authority; SendError where no answer comes."""

    async def __call__(self, url: str, question: bytes) -> bytes:
        """The answer's body."""


class Stamper:
    """The one who asks, for one process."""

    def __init__(
        self, authority: Callable[[], Authority | None], store: StampStore, ask: Ask, clock: Clock, halt: Halt
    ) -> None:
        """Nobody is asked before `run`."""
        self._authority, self._store, self._ask, self._clock, self._halt = authority, store, ask, clock, halt
        self._failures, self._next = 0, Micros(0)
        self._doubted: set[str] = set()  # what was wrong with answers of this outage
        self._halted = False

    async def run(self) -> None:
        """Asks until cancelled; a fault of the store is waited out."""
        await rounds(self.round, POLL, logger, "checkpoints could not be stamped; tried again")

    async def round(self) -> None:
        """The newest checkpoint is stamped where it is time; what is accepted is known."""
        authority = self._authority()
        standing = await self.look()
        if authority is not None and standing is not None and self._due(authority, standing):
            await self._stamp(authority, standing)
            await self.look()
        await self._tell()

    async def look(self) -> Standing | None:
        """How far stamps have come; acceptance stops, or goes on, by that. To be done before anything is accepted."""
        authority, standing = self._authority(), await self._store.stamping()
        if authority is None:
            if standing is not None:
                await self._store.end_stamping()
            self._halt.at(None)
            return None
        if standing is None:
            await self._store.begin_stamping(self._clock.now())
            standing = await self._store.stamping()
        self._halt.at(stop(authority, standing) if standing else None)
        return standing

    def _due(self, authority: Authority, standing: Standing) -> bool:
        """Something is new, the last stamp is long enough ago, and so is the last failure."""
        now = self._clock.now()
        return bool(standing.waiting) and now >= max(
            self._next, standing.last + authority.every if standing.last else 0
        )

    async def _stamp(self, authority: Authority, standing: Standing) -> None:
        head = await self._store.newest_head()
        if head is None:
            return
        nonce = int.from_bytes(self._clock.nonce()[:NONCE], "big")
        note, asked_at = bytes(head["note"]), self._clock.now()
        try:
            response = await self._ask(authority.url, question(note, nonce, authority.policy))
            found = check(response, note, authority.certificates, Demand(nonce, authority.policy))
        except SendError as error:
            await self._missed(standing, error.code.code, error.code.short)
        except NoStamp as error:
            await self._doubt(error.flaw.name)
            await self._missed(standing, error.flaw.name, str(error))
        else:
            await self._keep(authority, head, response, found, asked_at)

    async def _keep(self, authority: Authority, head: Row, response: bytes, found: Stamp, asked_at: Micros) -> None:
        """The commit point: from here on the stamp counts, also for whether anything is accepted."""
        now = self._clock.now()
        entries = [_stamped(head, response, found, now, self._clock.nonce())]
        apart = max(asked_at - found.time, found.time - now, 0)
        if apart > authority.clock:
            logger.warning("our clock and the time-stamp authority's are %.1f seconds apart", apart / SECOND)
            entries.append(self._security("clock", stamp_time=iso(found.time), seconds_apart=apart // SECOND))
        await self._store.keep_stamp(Kept(head["size"], found.time, now, response, tuple(entries)))
        self._failures, self._next = 0, Micros(0)
        self._doubted.clear()

    async def _missed(self, standing: Standing, reason: str, why: str) -> None:
        """The next try waits; an outage is in the log once."""
        self._failures += 1
        now = self._clock.now()
        self._next = Micros(now + AGAIN.delay(self._failures, self._clock.jitter()))
        logger.warning("no time stamp: %s %s", reason, why)
        leaf = entry("stamp-missing", now, self._clock.nonce(), reason=reason, since=iso(standing.since))
        await self._store.miss_stamp(leaf)

    async def _doubt(self, flaw: str) -> None:
        """An answer that proves nothing is a security event: once for each reason of an outage."""
        if flaw not in self._doubted:
            await self._store.append(self._security("stamp", flaw=flaw))
            self._doubted.add(flaw)

    async def _tell(self) -> None:
        """That acceptance has stopped, or goes on, is in the log."""
        since = self._halt.since
        if (since is not None) == self._halted:
            return
        kind = "resumed" if since is None else "halted"
        logger.warning("acceptance %s: %s", kind, "stamps are in time" if since is None else "no time stamp in time")
        await self._store.append(entry(kind, self._clock.now(), self._clock.nonce(), controls=CONTROLS))
        self._halted = since is not None

    def _security(self, reason: str, **facts: object) -> Entry:
        return entry("security", self._clock.now(), self._clock.nonce(), reason=reason, controls=CONTROLS, **facts)


def stop(authority: Authority, standing: Standing) -> Micros | None:
    """When acceptance stops: where nothing is new, nothing needs a stamp."""
    if not authority.stop_after or not standing.waiting:
        return None
    return Micros(max(standing.since, standing.waiting) + authority.stop_after)


def _stamped(head: Row, response: bytes, found: Stamp, now: Micros, nonce: bytes) -> Entry:
    """The whole answer's digest stands in the log: what its signature does not cover cannot be changed either."""
    return entry(
        "stamped",
        now,
        nonce,
        size=head["size"],
        root=bytes(head["root"]),
        stamp_time=iso(found.time),
        authority=found.authority,
        serial=str(found.serial),
        response=sha256(response).digest(),
    )
