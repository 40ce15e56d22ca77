"""Checks every checkpoint that came with a message against what is known of the partner's log, by the partner's tiles.

Beside the traffic: nothing that is found here refuses a message.
"""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from gateway.core.agreement import Party
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode
from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.notary import PeerLog
from gateway.core.evidence.note import Malformed, Verifier
from gateway.core.evidence.proofs import Held, consistency_spans, made, needed, root_spans
from gateway.core.evidence.tiles import DIGEST, Tile
from gateway.core.evidence.witness import Ruling, Witnessed
from gateway.core.message import Entry
from gateway.core.names import SECOND, Micros, PartyId
from gateway.core.schedule import Backoff
from gateway.flow.accounts import partners
from gateway.flow.accusing import CONTROLS, Moment, Pair, equivocation, inconsistent
from gateway.flow.apart import Apart
from gateway.flow.ports_witness import Accusation, Asking, Checked, Judged, Log, MonitorStore, Seen, State
from gateway.flow.rests import Rests
from gateway.flow.sending import SendError
from gateway.flow.telling import Telling

POLL = 0.5  # seconds
BATCH = 20  # checkpoints of one partner in one round
DEMANDED = Micros(24 * 3600 * SECOND)  # so long what joins a checkpoint is asked for; then it holds up no later one
OK, NOT_THERE = 200, 404  # HTTP
logger = logging.getLogger(__name__)


class Unserved(Exception):  # noqa: N818 - a state of the log
    """The partner's tiles do not make the tree that it signed."""

    def __init__(self, log: Log, pair: Pair) -> None:
        """Which of its trees could not be joined."""
        super().__init__(log.party)
        self.log, self.pair = log, pair


@dataclass(slots=True)
class Standing:
    """What the partner has shown so far, and was told of."""

    withheld: bool = False  # it was told that what joins its checkpoints is not shown
    joined: tuple[Witnessed, ...] = ()  # what was cosigned and what came with messages, found to be one history


class Monitor:
    """The loop that checks what came with messages."""

    def __init__(self, asking: Asking, store: MonitorStore, backoff: Backoff) -> None:
        """Nothing has been checked yet."""
        self._by, self._store, self._rests = asking, store, Rests(asking.clock, backoff)
        self._standing: dict[PartyId, Standing] = {}
        self._apart, self._telling = Apart(), Telling()

    async def run(self) -> None:
        """Checks until cancelled; a fault of the store is waited out."""
        await self._apart.rounds(self.round, POLL, logger, "checking partners' checkpoints failed; tried again")

    async def round(self) -> int:
        """Whatever came from partners whose time has come was checked; how many checkpoints."""
        known, now = partners(self._by.register()), self._by.clock.now()
        due = [each for each in known if self._rests.until(each.id) <= now]
        return await self._apart.each({each.id: partial(self._visit, each.party, each.log) for each in due})

    async def _visit(self, party: Party, log: PeerLog) -> int:
        checked, standing = 0, self._standing.setdefault(party.id, Standing())
        try:
            for seen in await self._store.unchecked(party.id, BATCH):
                await self._store.checked(await self._checked(log, seen))
                checked += 1
            await self._join(Log(party.id, log.key.name), log.key, standing)
        except Unserved as found:
            await self._demand(found, standing)
            self._rests.failed(party.id)
        except SendError as error:
            if not self._rests.out(party.id):
                logger.warning("the log of %s: %s (%s)", party.id, error.code.meaning, error.code.code)
            self._rests.failed(party.id)
        else:
            self._rests.ended(party.id)
            standing.withheld = False
        return checked

    async def _join(self, place: Log, key: Verifier, standing: Standing) -> None:
        """What was cosigned meanwhile and what came with messages are one history, too: each was compared with older ones."""
        known = tuple(await self._store.known(place))
        if len(known) < 2 or known == standing.joined:  # noqa: PLR2004 - a pair
            return
        first, second = sorted(known, key=lambda each: each.size)
        accusation = await self._compared(place, key, (first, second))
        if accusation is not None:
            logger.error("the log of %s has signed checkpoints that exclude each other", place.party)
            await self._store.witness(place, accusation.entry.at, partial(Judged, Ruling.FORKED, accusation=accusation))
        standing.joined = known

    async def _demand(self, found: Unserved, standing: Standing) -> None:
        """What cannot be joined is kept and told once; it is asked for again, for as long as it is not."""
        if not standing.withheld:
            logger.error("the log of %s does not show what joins its checkpoints", found.log.party)
        standing.withheld = True
        accusation = inconsistent(found.log, found.pair, self._moment())
        judge = partial(Judged, Ruling.UNPROVEN, accusation=accusation)
        await self._store.witness(found.log, accusation.entry.at, judge)

    async def _checked(self, log: PeerLog, seen: Seen) -> Checked:
        """1. signed by the log's key 2. consistent with everything that is known of the log."""
        try:
            head, note = opened(seen.note, log.key)
        except Malformed:
            return Checked(seen, State.WRONG, entry=self._misstated(seen))
        place, found = Log(seen.party, head.origin), Witnessed(head.size, head.root, note.by(log.key).bytes())
        for known in await self._store.known(place):
            first, second = sorted((known, found), key=lambda each: each.size)
            try:
                accusation = await self._compared(place, log.key, (first, second))
            except Unserved:
                if self._by.clock.now() - seen.at < DEMANDED:
                    raise
                accusation = inconsistent(place, (first, second), self._moment())
            if accusation is not None:
                logger.error("the log of %s has signed checkpoints that do not fit", seen.party)
                return Checked(seen, State.DISPUTED, head.origin, head.size, accusation)
        return Checked(seen, State.CONSISTENT, head.origin, head.size)

    def _misstated(self, seen: Seen) -> Entry | None:
        """The security event, once in a while: every message may bear such a checkpoint."""
        now = self._by.clock.now()
        if not self._telling.due(("misstated", seen.party), now):
            return None
        logger.warning("a message of %s bore a checkpoint that its log did not sign", seen.party)
        return entry("misstated", now, self._by.clock.nonce(), party=seen.party, digest=seen.digest, controls=CONTROLS)

    async def _compared(self, log: Log, key: Verifier, pair: Pair) -> Accusation | None:
        """The proof that they exclude each other; None where the larger tree begins with the smaller one."""
        old, new = pair
        if old.size == new.size:
            return None if old.root == new.root else equivocation(log, key, pair, self._moment())
        if old.size == 0:
            return None
        joining, size = consistency_spans(old.size, new.size), new.size
        held = await self._held(log, pair, needed([*joining, *root_spans(old.size), *root_spans(size)], size))
        if made(root_spans(size), size, held) != (new.root,):
            raise Unserved(log, pair)
        (shown,) = made(root_spans(old.size), size, held)
        if shown == old.root:
            return None
        return equivocation(log, key, pair, self._moment(), (shown, made(joining, size, held)))

    async def _held(self, log: Log, pair: Pair, wanted: Iterable[Tile]) -> Held:
        """The tiles as the partner serves them; Unserved where it does not, or too short ones."""
        tiles = sorted(wanted)
        replies = await asyncio.gather(*(self._by.asker.ask(f"log:{log.party}", f"/{tile.path}") for tile in tiles))
        for tile, reply in zip(tiles, replies, strict=True):
            # That there is no such tile is told by a log alone; all else, by whoever stands before it, may pass.
            if reply.status not in {OK, NOT_THERE}:
                raise SendError(ErrorCode.HTTP_TEMPORARY, f"HTTP {reply.status}")
            if reply.status != OK or len(reply.body) != tile.width * DIGEST:
                raise Unserved(log, pair)
        return {tile: reply.body for tile, reply in zip(tiles, replies, strict=True)}

    def _moment(self) -> Moment:
        return self._by.clock.now(), self._by.clock.nonce()
