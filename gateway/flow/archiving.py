"""Messages are written into archives, which are evidence bundles, before their content goes; and put back from them."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol, TypeVar

from gateway.core import retention
from gateway.core.agreement import Register
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.evidence import archive, bundle
from gateway.core.evidence.bundle import Kind, Members
from gateway.core.evidence.facts import MessageFacts
from gateway.core.inflate import Inflation
from gateway.core.message import Entry
from gateway.core.retention import Terms
from gateway.core.texts import say
from gateway.flow.bodies import Bodies
from gateway.flow.exporting import Exporter, Gathered
from gateway.flow.ports import BodyStore, Clock, Operator, StagingStore, StoredPart
from gateway.flow.ports_exhibits import ExhibitStore, Subject
from gateway.flow.ports_retention import Old, Purge, PurgeStore, Removed, RestoreStore, Returning

T = TypeVar("T")
SLICE = 500  # messages of one archive
PAGE = 50  # messages put back in one commit
CHUNK = 256 * 1024  # a larger body is staged ahead of its commit
LARGEST_ENVELOPE = 16 * 1024 * 1024


class ArchiveStore(PurgeStore, RestoreStore, ExhibitStore, StagingStore, BodyStore, Protocol):
    """Messages, what is chosen of them, and what is put back."""


@dataclass(frozen=True, slots=True)
class Archiving:
    """Gathers the messages of archives and writes down that an archive was written."""

    register: Callable[[], Register]
    store: ArchiveStore
    clock: Clock
    exporter: Exporter

    async def chosen(self, found: Purge) -> AsyncIterator[Sequence[Old]]:
        """The messages of a removal that are in no archive so far, an archive's worth at a time."""
        await self.store.demand_archives(found.id)
        after = 0
        while page := await self.store.unarchived(found.id, self._terms(found), after, SLICE):
            yield page
            after = page[-1].id

    async def older(self, terms: Terms) -> AsyncIterator[Sequence[Old]]:
        """Settled messages of a time, an archive's worth at a time."""
        after = 0
        while page := await self.store.old(terms, after, SLICE):
            yield page
            after = page[-1].id

    async def gather(self, name: str, messages: Sequence[Old]) -> Gathered:
        """What the archive is written of: the messages, and every entry about them that has its place."""
        numbers = json.dumps([message.id for message in messages])
        found = await self.store.exhibited(Subject("archive", numbers), len(messages))
        rows = {
            row["position"]: row
            for message_id in dict.fromkeys(message.message_id for message in messages)
            for row in await self.store.entries_about(message_id)
            if row["position"] is not None
        }
        return await self.exporter.assemble(bundle.Subject(Kind.ARCHIVE, name), found, list(rows.values()))

    async def written(
        self, found: Purge | None, messages: Sequence[Old], name: str, digest: bytes, operator: Operator
    ) -> None:
        """The archive is in the log; of a removal, its messages may go now. Rejected where that waits for none any more."""
        leaf = entry(
            "archived",
            self.clock.now(),
            self.clock.nonce(),
            proposal=found.id if found else 0,
            name=name,
            digest=digest,
            messages=len(messages),
            choice=sha256(b"".join(retention.line(each.leaf, each.message_id) for each in messages)).digest(),
            who=operator.who,
            account=operator.account,
            why=operator.why,
        )
        if found is None:
            await self.store.append(leaf)
        elif not await self.store.archived(found.id, [each.id for each in messages], digest.hex(), leaf):
            raise rejected(ErrorCode.RETAINED, "proposal", say("approved_purge"))

    def _terms(self, found: Purge) -> Terms:
        return retention.still(self.register(), found.terms, self.clock.now())


@dataclass(frozen=True, slots=True)
class Restored:
    """How far an archive has been put back."""

    restored: int = 0
    there: int = 0  # their content was never removed, or was put back before
    lacking: int = 0  # the archive itself has not all of their content


@dataclass(frozen=True, slots=True)
class Restoring:
    """Puts the content of removed messages back, where it is what the stored digests say."""

    store: ArchiveStore
    clock: Clock

    async def restore(self, members: Members, operator: Operator) -> AsyncIterator[Restored]:
        """Yields the growing result; the last one is complete. The archive has been verified before.

        Rejected where a message is not of this log, or its content is not what was stored here.
        """
        done, page = Restored(), _Page()
        for folder, facts in archive.messages(members):
            row = await self._row(folder, facts)
            if not row.purged:
                done = replace(done, there=done.there + 1)
            elif not all(part.file for part in facts.parts):
                done = replace(done, lacking=done.lacking + 1)
            else:
                page.rows.append(await self._returning(members, row, facts, operator))
            if len(page.rows) == PAGE:
                done = await self._commit(page, done)
                yield done
        yield await self._commit(page, done)

    async def _row(self, folder: str, facts: MessageFacts) -> Removed:
        row = await self.store.accepted_at(facts.leaf)
        if row is None or row.message_id != facts.message_id:
            raise rejected(ErrorCode.INTEGRITY_FAILURE, folder, say("archive_of_this_log"))
        digests = [part.digest.hex() for part in row.parts]
        if digests != [part.digest for part in facts.parts]:
            raise rejected(ErrorCode.INTEGRITY_FAILURE, folder, say("digest_in_log"))
        return row

    async def _returning(self, members: Members, row: Removed, facts: MessageFacts, operator: Operator) -> Returning:
        bodies: list[bytes | int] = []
        for part, told in zip(row.parts, facts.parts, strict=True):
            body = await self._body(members, told.file)
            if not await self._is_stored(body, part):
                raise rejected(ErrorCode.INTEGRITY_FAILURE, told.file, say("digest_in_log"))
            bodies.append(body)
        soap = bundle.read(members, facts.envelope.file, LARGEST_ENVELOPE) if facts.envelope.file else b""
        if row.envelopes and sha256(soap).hexdigest() not in row.envelopes:
            raise rejected(ErrorCode.INTEGRITY_FAILURE, facts.envelope.file, say("digest_in_log"))
        return Returning(row.id, self._entry(facts, operator), row.edge, tuple(bodies), soap)

    async def _is_stored(self, body: bytes | int, part: StoredPart) -> bool:
        """Whether that is the part, by the digest of its content."""
        if isinstance(body, int):
            return await Bodies(self.store, _inline).verified(replace(part, body=body))
        inflation = Inflation(part.size)
        try:
            inflation.swallow(body)
            inflation.finish()
        except Rejected:
            return False
        return inflation.digest == part.digest

    async def _body(self, members: Members, file: str) -> bytes | int:
        """The bytes of a small part; the number of the body in which a large one is staged: read once, compared there."""
        if members.size(file) <= CHUNK:
            return b"".join(members.pieces(file))
        body, position = 0, 0
        for piece in members.pieces(file):
            for at in range(0, len(piece), CHUNK):
                body = await self.store.stage(body, position, piece[at : at + CHUNK], self.clock.now())
                position += 1
        return body

    async def _commit(self, page: "_Page", done: Restored) -> Restored:
        if not page.rows:
            return done
        if not await self.store.restore(page.rows):
            raise rejected(ErrorCode.UNAVAILABLE, "archive", say("stable_memory"))
        restored, page.rows = len(page.rows), []
        return replace(done, restored=done.restored + restored)

    def _entry(self, facts: MessageFacts, operator: Operator) -> Entry:
        named = {"message_id": facts.message_id, "accepted": facts.leaf}
        who = {"who": operator.who, "account": operator.account, "why": operator.why}
        return entry("restored", self.clock.now(), self.clock.nonce(), **named, **who)


@dataclass(slots=True)
class _Page:
    """Messages that are put back in one commit."""

    rows: list[Returning] = field(default_factory=list)


async def _inline(size: int, work: Callable[[], T]) -> T:
    """Nobody waits for this process meanwhile, whatever the size."""
    del size
    return work()
