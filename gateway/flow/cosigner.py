"""Has our log witnessed: every partner with a log is offered our newest checkpoint, and its cosignature is kept."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from gateway.core.agreement import Party
from gateway.core.entry import entry
from gateway.core.evidence.checkpoint import Checkpoint
from gateway.core.evidence.cosigning import ALARMING, Heard, Said, hear
from gateway.core.evidence.notary import PeerLog
from gateway.core.evidence.note import Note
from gateway.core.evidence.proofs import Proof, consistency_spans, made, needed
from gateway.core.evidence.witness import Offer
from gateway.core.names import Micros, PartyId
from gateway.core.schedule import Backoff
from gateway.flow.accounts import partners
from gateway.flow.apart import Apart
from gateway.flow.ports import Row
from gateway.flow.ports_witness import Asking, CosignerStore
from gateway.flow.rests import Rests
from gateway.flow.sending import SendError

POLL = 0.5  # seconds
TURNS = 3  # offers in a row: the first may name another old size than the witness has
PATH = "/add-checkpoint"
OLDER = "; is an older copy of the database in use? (docs/evidence.md)"
HINTS = {Said.REFUSED: "; has it our newest party file? (`gateway log keys` prints its [log] table)"}
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Standing:
    """How it goes with one partner."""

    due: Micros = Micros(0)
    told: set[Said] = field(default_factory=set)  # what the delivery log was told since it cosigned last


class Cosigner:
    """The loop that offers our checkpoints."""

    def __init__(self, asking: Asking, store: CosignerStore, backoff: Backoff, every: Callable[[], Micros]) -> None:
        """Nobody has been asked yet."""
        self._by, self._store, self._every = asking, store, every
        self._standing: dict[PartyId, Standing] = {}
        self._apart, self._rests = Apart(), Rests(asking.clock, backoff)

    async def run(self) -> None:
        """Offers until cancelled; a fault of the store is waited out."""
        await self._apart.rounds(self.round, POLL, logger, "offering checkpoints failed; tried again")

    async def round(self) -> int:
        """Every partner whose time has come was offered what is new; how many were asked."""
        head = await self._store.newest_head()
        if head is None:
            return 0
        known, now = partners(self._by.register()), self._by.clock.now()
        due = [each for each in known if max(self._of(each.party).due, self._rests.until(each.id)) <= now]
        return await self._apart.each({each.id: partial(self._visit, each.party, each.log, head) for each in due})

    def _of(self, party: Party) -> Standing:
        return self._standing.setdefault(party.id, Standing())

    async def _visit(self, party: Party, log: PeerLog, head: Row) -> bool:
        """Whether there was anything new to offer."""
        last, standing = await self._store.last_cosigned(party.id), self._of(party)
        if last == head["size"]:
            return False
        try:
            heard = await self._offered(party, log, head, last)
        except SendError as error:
            if not self._rests.out(party.id):
                logger.warning("the witness %s: %s (%s)", party.id, error.code.meaning, error.code.code)
            heard = Heard(Said.NOTHING)
        now = self._by.clock.now()
        if heard.signature is not None:
            await self._store.keep_cosignature(party.id, heard.size, heard.signature.line(), now)
            if self._rests.out(party.id):
                logger.info("the witness %s cosigns again", party.id)
            self._rests.ended(party.id)
        else:
            self._rests.failed(party.id)
        standing.due = Micros(now + self._every())
        await self._tell(party, heard, head)
        return True

    async def _offered(self, party: Party, log: PeerLog, head: Row, old: int) -> Heard:
        """The answer to the checkpoint, offered as grown from what the witness has."""
        checkpoint = Checkpoint.of(Note.parse(bytes(head["note"])).text)
        heard = Heard(Said.NOTHING)
        for _ in range(TURNS):
            offer = Offer(old, await self._proof(old, checkpoint.size), bytes(head["note"]))
            reply = await self._by.asker.ask(f"log:{party.id}", PATH, offer.bytes())
            heard = hear(reply.status, reply.body, (old, checkpoint), log.witness)
            if heard.said is not Said.OUTDATED:
                break
            old = heard.size
        return heard

    async def _proof(self, old: int, new: int) -> Proof:
        spans = consistency_spans(old, new)
        return made(spans, new, await self._store.tiles(sorted(needed(spans, new))))

    async def _tell(self, party: Party, heard: Heard, head: Row) -> None:
        """What is wrong is an entry of the delivery log, once: an entry for each try would call for the next try."""
        standing = self._of(party)
        if heard.said is Said.COSIGNED:
            standing.told.clear()
        if heard.said not in ALARMING or heard.said in standing.told:
            return
        standing.told.add(heard.said)
        hint = HINTS.get(heard.said, OLDER)
        logger.error("the witness %s: our checkpoint of size %s is %s%s", party.id, head["size"], heard.said, hint)
        kind = "cosign-refused" if heard.said is Said.REFUSED else "rolled-back"
        leaf = entry(
            kind,
            self._by.clock.now(),
            self._by.clock.nonce(),
            party=party.id,
            why=heard.said,
            size=head["size"],
            witnessed=heard.size,
            controls=["EA-3.5"],
        )
        await self._store.append(leaf)
