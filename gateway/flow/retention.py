"""Removes what was kept for the agreed time: one person proposes, another one approves, then a few messages a commit.

Every write can be cut off: what has gone is named in the log, what has not is still chosen, and the next run goes on.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from gateway.core import retention
from gateway.core.agreement import Register
from gateway.core.ebms import iso
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, rejected
from gateway.core.message import Entry
from gateway.core.retention import Asked, Terms
from gateway.core.texts import say
from gateway.flow.ports import Clock, Operator, Row
from gateway.flow.ports_retention import Batch, Chosen, Going, Old, Purge, PurgeStore

PAGE = 1000  # messages chosen in one commit
BATCH = 20  # messages removed in one commit,
BATCH_BYTES = 1024 * 1024  # or fewer large ones
PAGES = 32  # of the file, given back in one commit
PAUSE = 0.01  # seconds between commits: whoever waits for the write lock gets it
PATIENCE = 50  # pauses that a reader gets to leave the write-ahead log


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a removal has come."""

    purged: int
    skipped: int
    of: int
    pages: int = 0  # that were unused and are the file system's again
    journal: bool = True  # whether the write-ahead log holds nothing any more


@dataclass(frozen=True, slots=True)
class Retention:
    """What operators do about messages that were kept long enough."""

    register: Callable[[], Register]
    store: PurgeStore
    clock: Clock
    pause: float = PAUSE

    async def due(self, asked: Asked) -> Sequence[Row]:
        """How much could go now, by agreement and type, and how much waits for something."""
        return await self.store.due(retention.terms(self.register(), asked, self.clock.now()))

    async def propose(self, asked: Asked, operator: Operator) -> Purge:
        """The proposal, of exactly the messages that may go now; Rejected where there are none."""
        now = self.clock.now()
        terms = retention.terms(self.register(), asked, now)
        if not await self.store.old(terms, 0, 1):
            raise rejected(ErrorCode.RETAINED, "before", say("something_due"))
        number = await self.store.draft(asked, terms, now)
        chosen = await self._choose(number, terms)
        facts = {
            "proposal": number,
            "agreement": asked.agreement,
            "before": {ref: iso(moment) for ref, moment in terms.items()},
            "messages": chosen.messages,
            "size": chosen.size,
            "choice": chosen.digest,
        }
        leaf = self._entry("purge-proposed", operator, facts)
        await self.store.propose(number, chosen, operator, leaf)
        return await self.found(number)

    async def approve(self, number: int, operator: Operator) -> Purge:
        """The approval of another person than the proposer; Rejected otherwise, and where the choice is another by now."""
        found = await self.found(number)
        if retention.is_same(found.proposed_by, operator.who):
            raise rejected(ErrorCode.RETAINED, "who", say("another_person"))
        await self._require_choice(found)
        facts = {"proposal": number, "messages": found.messages, "size": found.size, "choice": found.digest}
        leaf = self._entry("purge-approved", operator, {**facts, "proposed_by": found.proposed_by})
        if not await self.store.approve(number, operator, leaf):
            raise rejected(ErrorCode.RETAINED, "proposal", say("open_purge"))
        return await self.found(number)

    async def run(self, number: int) -> AsyncIterator[Progress]:
        """Yields the growing progress of an approved removal; the last one is complete. Again, it does nothing twice.

        1. what was approved is what is chosen  2. the content goes, a batch a commit  3. the chunks of large bodies go
        4. the file shrinks  5. no page of the write-ahead log holds what has gone
        """
        found = await self.ready(number)
        await self._require_archives(found)
        last = Progress(found.purged, found.skipped, found.messages)
        async for progress in self._batches(found, last):
            yield (last := progress)
        await self.store.finish(number, self.clock.now())
        await self.store.sweep_removed()
        async for progress in self._shrink(last):
            yield (last := progress)
        yield replace(last, journal=await self._forget_journal())

    async def ready(self, number: int) -> Purge:
        """A proposal that may be run; Rejected where nobody has approved it, or its choice is another by now."""
        found = await self.found(number)
        if not found.approved_at:
            raise rejected(ErrorCode.RETAINED, "proposal", say("approved_purge"))
        await self._require_choice(found)
        return found

    async def _require_archives(self, found: Purge) -> None:
        if found.archives and await self.store.unarchived(found.id, self._terms(found), 0, 1):
            raise rejected(ErrorCode.RETAINED, "archive", say("archived_first"))

    async def found(self, number: int) -> Purge:
        """The proposal with that number; Rejected where there is none."""
        found = await self.store.purge(number)
        if found is None:
            raise rejected(ErrorCode.NOT_FOUND, "proposal", say("known_purge"))
        return found

    async def chosen(self, found: Purge) -> AsyncIterator[Old]:
        """The proposal's messages that have not gone, in their order."""
        after = 0
        while page := await self.store.chosen(found.id, self._terms(found), after, PAGE):
            for message in page:
                yield message
            after = page[-1].id

    async def _choose(self, number: int, terms: Terms) -> Chosen:
        after, messages, size, digest = 0, 0, 0, sha256()
        while page := await self.store.old(terms, after, PAGE):
            await self.store.choose(number, [message.id for message in page])
            for message in page:
                digest.update(retention.line(message.leaf, message.message_id))
            messages, size, after = messages + len(page), size + sum(each.size for each in page), page[-1].id
            await asyncio.sleep(self.pause)
        return Chosen(messages, size, digest.digest())

    async def _require_choice(self, found: Purge) -> None:
        """Nobody has added a message to it behind the gateway's back; once some have gone, as many are left as must be."""
        digest, left, done = sha256(), 0, found.purged + found.skipped
        async for message in self.chosen(found):
            digest.update(retention.line(message.leaf, message.message_id))
            left += 1
        if left != found.messages - done or (not done and digest.digest() != found.digest):
            raise rejected(ErrorCode.RETAINED, "proposal", say("unchanged_choice"))

    async def _batches(self, found: Purge, progress: Progress) -> AsyncIterator[Progress]:
        while page := await self.store.chosen(found.id, self._terms(found), 0, BATCH):
            batch = self._batch(found, page)
            if await self.store.remove(batch):
                gone, skipped = len(batch.gone), len(batch.skipped)
                progress = replace(progress, purged=progress.purged + gone, skipped=progress.skipped + skipped)
                yield progress
            await asyncio.sleep(self.pause)

    def _batch(self, found: Purge, page: Sequence[Old]) -> Batch:
        """As many of the messages as one commit takes; those that are not to go any more are only taken off the list."""
        going: list[Going] = []
        skipped: list[int] = []
        size = 0
        for message in page:
            size += message.size
            if going and size > BATCH_BYTES:
                break
            if message.over and not message.open:
                going.append(Going(message.id, self._purged(found, message)))
            else:
                skipped.append(message.id)
        return Batch(found.id, self._terms(found), going, skipped, self.clock.now())

    def _purged(self, found: Purge, message: Old) -> Entry:
        named = {"message_id": message.message_id, "accepted": message.leaf}
        return entry("purged", self.clock.now(), self.clock.nonce(), proposal=found.id, **named)

    def _terms(self, found: Purge) -> Terms:
        return retention.still(self.register(), found.terms, self.clock.now())

    async def _shrink(self, progress: Progress) -> AsyncIterator[Progress]:
        unused = await self.store.give_back(0)
        for given in range(PAGES, unused + PAGES, PAGES):
            await self.store.give_back(PAGES)
            yield replace(progress, pages=min(given, unused))
            await asyncio.sleep(self.pause)

    async def _forget_journal(self) -> bool:
        for _ in range(PATIENCE):
            if await self.store.forget_journal():
                return True
            await asyncio.sleep(self.pause)
        return False

    def _entry(self, kind: str, operator: Operator, facts: Row) -> Entry:
        who = {"who": operator.who, "account": operator.account, "why": operator.why}
        return entry(kind, self.clock.now(), self.clock.nonce(), **facts, **who)
