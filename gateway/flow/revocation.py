"""What issuers say about revocation is fetched beside the traffic; the verdict about a message only reads what is known."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from gateway.core.agreement import Register
from gateway.core.wss.revocation import Answer, Crl, Source, UnusableError
from gateway.flow.ports import Clock
from gateway.flow.sending import SendError

AT_ONCE = 4  # requests under way
logger = logging.getLogger(__name__)


class Fetch(Protocol):
    """Gets what is at a URL, or its answer to what is posted; bounded in size and time. SendError where it does not."""

    async def __call__(self, url: str, question: bytes) -> bytes:
        """The answer's body."""


class Revocations:
    """What was last said by every source that some party's certificates have."""

    def __init__(self, register: Callable[[], Register], fetch: Fetch, clock: Clock) -> None:
        """Nothing is known yet."""
        self._register, self._fetch, self._clock = register, fetch, clock
        self._said: dict[Source, Crl | Answer] = {}
        self._wake = asyncio.Event()

    async def run(self, seconds: float, publish: Callable[[], None]) -> None:
        """Everybody is asked now, then as often as that, until cancelled; `publish` after each round."""
        while True:
            try:
                await self.refresh()
                publish()
            except Exception:
                logger.exception("asking about revocation failed; tried again")
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), seconds)

    def wake(self) -> None:
        """The next round is now: other parties may have come."""
        self._wake.set()

    async def refresh(self) -> None:
        """Every source was asked once; where that failed, what it said before stays, as long as it is up to date."""
        sources = {source for party in self._register().parties.values() for source in party.messages.sources}
        self._said = {source: found for source, found in self._said.items() if source in sources}
        gate = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._ask(source, gate) for source in sources))

    def known(self, register: Register) -> Register:
        """The register with what is known about each party's certificates."""
        parties = {
            name: replace(
                party,
                messages=party.messages.knowing([self._said[s] for s in party.messages.sources if s in self._said]),
            )
            for name, party in register.parties.items()
        }
        return replace(register, parties=parties)

    async def _ask(self, source: Source, gate: asyncio.Semaphore) -> None:
        async with gate:
            try:
                content = await self._fetch(source.url, source.question)
                found = await asyncio.to_thread(source.read, content, self._clock.now())  # a list may be large
                known = self._said.setdefault(source, found)
                if known.issued_at < found.issued_at:  # an old one may be played to us
                    self._said[source] = found
            except (SendError, UnusableError) as error:
                logger.warning("revocation: %s is of no use: %s", source.url, error)
            except Exception:  # one source never hinders another
                logger.exception("revocation: %s broke what asked it", source.url)
