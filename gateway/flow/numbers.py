"""Accounts for the numbers of messages: ours that are void are told to the partner, theirs that are missing are alarmed.

Everything follows from committed rows; each thing is done in one commit that first looks whether it is still to be done.
"""

import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

from gateway.core.agreement import Party, Register
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode
from gateway.core.evidence import voids
from gateway.core.evidence.note import Malformed, Note
from gateway.core.evidence.voids import Void
from gateway.core.message import Answer, Entry
from gateway.core.names import SECOND, Micros
from gateway.core.schedule import Backoff
from gateway.flow.accounts import MALFORMED, NO_LOG, NOTE, OK, Partner, Terms, partner, partners, patience
from gateway.flow.apart import Apart
from gateway.flow.ports import Clock
from gateway.flow.ports_numbers import Gap, NumberStore
from gateway.flow.rests import Rests
from gateway.flow.sending import Asker, SendError
from gateway.flow.telling import Telling

PATH = "/void"  # under the address of a partner's log
POLL = 1.0  # seconds between looks
VISIT = Micros(60 * SECOND)  # between two questions to a partner that cannot tell its void numbers
BACKOFF = Backoff(longest=Micros(900 * SECOND))
logger = logging.getLogger(__name__)


class Numbers:
    """The accounts of one process."""

    def __init__(
        self,
        register: Callable[[], Register],
        store: NumberStore,
        asker: Asker,
        clock: Clock,
        terms: Callable[[], Terms],
    ) -> None:
        """Nothing is told before `run`."""
        self._register, self._store, self._asker = register, store, asker
        self._clock, self._terms = clock, terms
        self._visits: dict[str, Micros] = {}
        self._apart, self._rests, self._telling = Apart(), Rests(clock, BACKOFF), Telling()

    async def run(self) -> None:
        """Looks until cancelled; a fault of the store is waited out."""
        await self._apart.rounds(self.round, POLL, logger, "numbers could not be looked after; tried again")

    async def round(self) -> None:
        """Gaps are alarmed and closed, void numbers are told."""
        known = partners(self._register())
        for each in known:
            await self._alarm(each.party)
        for gap in await self._store.closed_gaps():
            logger.warning("%s: what was missing has come or is void: %s", gap.party, _shown(gap))
            await self._store.forget_gap(gap, self._entry("gap-closed", **_facts(gap)))
        for reuse in await self._store.reused_numbers():
            if self._telling.due(("reused", reuse.party), self._clock.now()):
                logger.warning("%s gave number %s to two messages", reuse.party, reuse.sequence)
            facts = {"message_id": reuse.message_id, "first": reuse.first, "number": reuse.sequence}
            await self._store.told_reuse(reuse, self._entry("number-reused", sender=reuse.party, **facts))
        works = {
            f"{work.__name__} {each.id}": partial(work, each) for work in (self._tell, self._ask) for each in known
        }
        await self._apart.each(works)

    async def hear(self, party: Party, content: bytes) -> Answer:
        """The partner's void numbers, which are durable; or that its note is none.

        A partner that cannot be reached asks with nothing, is given ours, and acknowledges them by sending that note back.
        """
        known = partner(party)
        if known is None:
            return Answer(NO_LOG, NOTE, b"no log is known of this party\n")
        if not content:
            return Answer(OK, NOTE, await self._untold(known))
        try:
            await self._heard(known, content)
        except Malformed as problem:
            if self._telling.due(("not taken", party.id), self._clock.now()):
                logger.warning("%s: its void numbers are not taken: %s", party.id, problem)
            return Answer(MALFORMED, NOTE, f"{problem}\n".encode())
        return Answer(OK, NOTE, b"")

    async def _heard(self, party: Partner, content: bytes) -> None:
        """The partner's void numbers are durable, or that it has heard ours; Malformed where it is neither."""
        notary, theirs = self._register().notary, party.log.key
        ours = notary.signer.verifier
        if ours.signature_of(Note.parse(content)):
            found = voids.opened(content, ours, theirs.name)
            await self._store.told_voids(party.id, found, self._void(found, content, recipient=party.id))
            return
        found = voids.opened(content, theirs, notary.origin)
        for void in found:
            logger.info("%s: number %s will not come: %s", party.id, void.sequence, void.why)
        await self._store.hear_voids(party.id, found, self._void(found, content, sender=party.id))

    async def _untold(self, party: Partner) -> bytes:
        """Our void numbers that the partner has not acknowledged, signed; empty: there is none."""
        found, notary = await self._store.untold_voids(party.id, voids.MOST), self._register().notary
        return notary.signed(voids.text(notary.origin, party.log.key.name, found)).bytes() if found else b""

    async def _alarm(self, party: Party) -> None:
        before = Micros(self._clock.now() - patience(party, self._register(), self._terms()))
        for gap in await self._store.gaps_past(party.id, before):
            if await self._store.alarm_gap(gap, self._entry("gap", **_facts(gap))):
                logger.warning("%s: messages are missing, and nothing is known of them: %s", gap.party, _shown(gap))

    async def _tell(self, party: Partner) -> int:
        """The partner has acknowledged the oldest of our void numbers; or is left alone for a while."""
        if self._clock.now() < self._rests.until(party.id) or not (note := await self._untold(party)):
            return 0
        return await self._trying(party, self._told(party, note))

    async def _told(self, party: Partner, note: bytes) -> None:
        await self._asked(party, note)
        await self._heard(party, note)

    async def _ask(self, party: Partner) -> int:
        """A partner that we come to for messages is asked for its void numbers: it cannot tell them."""
        now = self._clock.now()
        if party.party.pull is None or now < max(self._rests.until(party.id), self._visits.get(party.id, Micros(0))):
            return 0
        self._visits[party.id] = Micros(now + VISIT)
        return await self._trying(party, self._visited(party))

    async def _visited(self, party: Partner) -> None:
        if note := await self._asked(party, b""):
            await self._heard(party, note)
            await self._asked(party, note)

    async def _trying(self, party: Partner, work: Coroutine[None, None, None]) -> int:
        """1 where it is done; else the partner is left alone for a while, and an outage is told once."""
        try:
            await work
        except (SendError, Malformed) as error:
            if not self._rests.out(party.id):
                logger.warning("%s: void numbers could not be exchanged: %s", party.id, error)
            self._rests.failed(party.id)
            return 0
        self._rests.ended(party.id)
        return 1

    async def _asked(self, party: Partner, content: bytes) -> bytes:
        """The partner's answer; SendError where it is no success."""
        reply = await self._asker.ask(f"log:{party.id}", PATH, content)
        if reply.status != OK:
            raise SendError(ErrorCode.HTTP_TEMPORARY, f"HTTP {reply.status}")
        return reply.body

    def _void(self, found: Sequence[Void], note: bytes, **facts: object) -> Entry:
        return self._entry("void", numbers=[void.sequence for void in found], note=note.decode(), **facts)

    def _entry(self, kind: str, **facts: object) -> Entry:
        return entry(kind, self._clock.now(), self._clock.nonce(), controls=["EA-3.5", "EA-4.1"], **facts)


def _facts(gap: Gap) -> dict[str, object]:
    return {"sender": gap.party, "first": gap.first, "last": gap.last, "since": gap.since}


def _shown(gap: Gap) -> str:
    return str(gap.first) if gap.first == gap.last else f"{gap.first} to {gap.last}"
