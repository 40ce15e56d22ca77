"""Cosigns partners' checkpoints: each gateway is a witness of its partners (C2SP tlog-witness)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from gateway.core.agreement import Party, Register
from gateway.core.evidence.proofs import beginning
from gateway.core.evidence.witness import STATUS, Claim, Ruling, Witnessed, claim, rule
from gateway.core.message import Answer
from gateway.core.names import SECOND, Micros
from gateway.flow.accusing import equivocation, inconsistent
from gateway.flow.ports import Clock
from gateway.flow.ports_witness import Accusation, Judged, Log, WitnessStore
from gateway.flow.telling import Telling

TEXT, SIZE = "text/plain", "text/x.tlog.size"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Witness:
    """Answers add-checkpoint."""

    register: Callable[[], Register]
    store: WitnessStore
    clock: Clock
    telling: Telling = field(default_factory=Telling)

    async def add(self, party: Party, body: bytes) -> Answer:
        """The cosignature over the party's checkpoint, which is remembered first; or why there is none."""
        if party.log is None:
            return _answer(Ruling.UNKNOWN)
        found = claim(body, party.log.key)
        if not isinstance(found, Claim):
            if self.telling.due((party.id, found), self.clock.now()):
                logger.warning("%s offered a checkpoint that is %s", party.id, found)
            return _answer(found)
        now, log = self.clock.now(), Log(party.id, found.checkpoint.origin)
        # The commit point: a crash before it leaves what was cosigned before, a crash after it a checkpoint without
        # its answer, which the partner asks for again.
        judged = await self.store.witness(log, now, partial(self._judge, log, found, now))
        if judged.ruling is Ruling.COSIGNED:
            signature = self.register().notary.witness.sign(found.checkpoint.text(), now // SECOND)
            return Answer(STATUS[judged.ruling], TEXT, signature.line().encode())
        if judged.ruling is not Ruling.OUTDATED and self.telling.due((party.id, judged.ruling), now):
            logger.error("the log of %s: checkpoint of size %s is %s", party.id, found.checkpoint.size, judged.ruling)
        return _answer(judged.ruling, judged.known.size)

    def _judge(self, log: Log, found: Claim, now: Micros, known: Witnessed) -> Judged:
        ruling = rule(found, known)
        keep = found.witnessed if ruling is Ruling.COSIGNED else None
        return Judged(ruling, known, keep, self._accusation(log, found, now, known, ruling))

    def _accusation(self, log: Log, found: Claim, now: Micros, known: Witnessed, ruling: Ruling) -> Accusation | None:
        pair, moment = (known, found.witnessed), (now, self.clock.nonce())
        if ruling is Ruling.FORKED:
            return equivocation(log, found.key, pair, moment)
        if ruling is not Ruling.UNPROVEN or not known.note:
            return None
        # A proof that leads to the new root from another old one is itself the proof of fraud.
        shown = beginning(known.size, (found.checkpoint.size, found.checkpoint.root), found.proof)
        if shown is not None:
            return equivocation(log, found.key, pair, moment, (shown, found.proof))
        return inconsistent(log, pair, moment, found.proof)


def _answer(ruling: Ruling, size: int = 0) -> Answer:
    """A conflict says which size was cosigned last."""
    status = STATUS[ruling]
    conflict = ruling in {Ruling.OUTDATED, Ruling.FORKED}
    return Answer(status, SIZE, f"{size}\n".encode()) if conflict else Answer(status, TEXT, f"{ruling}\n".encode())
