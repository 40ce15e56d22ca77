"""Refusals are evidence: each is an entry of the delivery log, with its faults and never a value."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.agreement import Party, Register
from gateway.core.authenticate import party_of
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Entry, Received
from gateway.core.names import Edge
from gateway.flow.ports import Clock, EntryStore
from gateway.flow.watch import Watch

LONGEST = 250  # characters of a stated id or type that a refusal's entry keeps
SHOWN_FAULTS = 50  # in a log entry; the answer lists up to 999
UNPROVEN_CALLER = frozenset({ErrorCode.NOT_AUTHENTICATED, ErrorCode.EBMS_0101})


@dataclass(frozen=True, slots=True)
class Refusals:
    """Writes them down."""

    register: Callable[[], Register]
    store: EntryStore
    clock: Clock
    watch: Watch

    async def log(self, received: Received, refusal: Rejected) -> None:
        """It is in the log; that of a caller nobody could authenticate is only counted."""
        party = party_of(received.peer, self.register())
        if refusal.first in UNPROVEN_CALLER and party is None:
            self.watch.unproven(received.edge)
        elif (
            refusal.first is not ErrorCode.UNAVAILABLE
        ):  # the store failed: nothing can be written, nothing was promised
            await self.store.append(self.leaf(received.edge, refusal, party))

    def leaf(self, edge: Edge, refusal: Rejected, party: Party | None, **facts: object) -> Entry:
        """What is stated is cut to a length, and a partner is named as its certificate names it."""
        return entry(
            "refused",
            self.clock.now(),
            self.clock.nonce(),
            message_id=refusal.about.message_id[:LONGEST],
            type=refusal.about.type[:LONGEST],
            sender=party.id if party else refusal.about.sender if edge is Edge.NATIONAL else "",
            edge=edge,
            faults=[fault.facts() for fault in refusal.faults[:SHOWN_FAULTS]],
            more=max(0, len(refusal.faults) + refusal.more - SHOWN_FAULTS),
            controls=sorted({fault.code.control for fault in refusal.faults if fault.code.control}),
            **facts,
        )
