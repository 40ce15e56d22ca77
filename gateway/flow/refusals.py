"""Refusals are evidence: each is an entry of the delivery log, with its faults and never a value."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.core.agreement import Party, Register
from gateway.core.arrival import Arrival, Outcome
from gateway.core.authenticate import party_of, system_of
from gateway.core.entry import entry
from gateway.core.errors import ErrorCode, Refused, Rejected
from gateway.core.message import Entry, Received
from gateway.core.names import Edge, MessageId, Micros
from gateway.flow.ports import Clock, EntryStore
from gateway.flow.watch import Watch

LONGEST = 250  # characters of a stated id or type that a refusal's entry keeps
SHOWN_FAULTS = 50  # in a log entry; the answer lists up to 999
logger = logging.getLogger(__name__)
UNPROVEN_CALLER = frozenset({ErrorCode.NOT_AUTHENTICATED, ErrorCode.EBMS_0101})
# Nothing is wrong with the message, nothing was promised, and it comes again and again: counted at most.
NOT_NOW = frozenset({ErrorCode.STAMP_OVERDUE})
UNREADABLE = frozenset(
    {
        ErrorCode.NOT_WELL_FORMED,
        ErrorCode.ENCODING_FORBIDDEN,
        ErrorCode.WRONG_CONTENT_TYPE,
        ErrorCode.BAD_REQUEST,
        ErrorCode.EBMS_0007,
        ErrorCode.EBMS_0009,
        ErrorCode.EBMS_0303,
    }
)
# What a known caller is refused for that may be an attack: an event of its own beside the refusal.
SUSPICIOUS: dict[ErrorCode, str] = {
    ErrorCode.EBMS_0101: "sender-not-proven",
    ErrorCode.EBMS_0102: "not-decrypted",
    ErrorCode.EBMS_0103: "policy-not-met",
    ErrorCode.EBMS_0302: "receipt-not-ours",
    ErrorCode.NOT_AUTHORISED: "unauthorised",
    ErrorCode.DOCTYPE_FORBIDDEN: "doctype",
    ErrorCode.SCHEMA_LOCATION: "schema-location",
    ErrorCode.TOO_LARGE: "oversize",
    ErrorCode.TOO_DEEP: "oversize",
    ErrorCode.TOO_MANY_ATTRIBUTES: "oversize",
    ErrorCode.TOO_MANY_NAMESPACES: "oversize",
    ErrorCode.TOO_MANY_ELEMENTS: "oversize",
    ErrorCode.TOO_HEAVY: "oversize",
    ErrorCode.TOO_SLOW: "too-slow",
    ErrorCode.DUPLICATE_CONFLICT: "message-id-reused",
    ErrorCode.STATE_SECRET_MARKING: "confidentiality-mark",
    ErrorCode.RESERVED_NAMESPACE: "reserved-namespace",
    ErrorCode.SIGNATURE_NOT_VALID: "signature-not-valid",
}


class RefusalStore(EntryStore, Protocol):
    """Where refusals are written down."""

    async def refuse(self, arrival: Arrival, *entries: Entry) -> None:
        """The entries are durable, and so is that the refused message's number has been seen."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """Writes them down."""

    register: Callable[[], Register]
    store: RefusalStore
    clock: Clock
    watch: Watch

    async def log(self, received: Received, refusal: Rejected) -> None:
        """It is in the log, with the security event that it is; that of a caller nobody could authenticate is only counted."""
        register, edge, first = self.register(), received.edge, refusal.first
        party, caller = party_of(received.peer, register), _caller(received, register)
        if first in UNPROVEN_CALLER and party is None:
            self.watch.unproven(edge, received.peer)
        elif first in NOT_NOW:
            self.watch.count("refused", edge, first.code)
        elif first is not ErrorCode.UNAVAILABLE:  # the store failed: nothing can be written, nothing was promised
            event = [self._event(edge, refusal, caller)] if first in SUSPICIOUS else []
            await self._write(refusal, party, self.leaf(edge, refusal, party), *event)
            if first in UNREADABLE:
                self.watch.malformed(edge, caller)

    async def _write(self, refusal: Rejected, party: Party | None, *entries: Entry) -> None:
        """The entries are durable; so is that the number of a partner's message was seen."""
        if party is not None and refusal.about.sequence:
            await self.store.refuse(_seen(party, refusal.about, self.clock.now()), *entries)
        else:
            await self.store.append(*entries)

    def _event(self, edge: Edge, refusal: Rejected, caller: str) -> Entry:
        reason, about = SUSPICIOUS[refusal.first], refusal.about
        logger.warning("security: %s: %s", reason, caller)
        return entry(
            "security",
            self.clock.now(),
            self.clock.nonce(),
            message_id=about.message_id[:LONGEST],
            type=about.type[:LONGEST],
            edge=edge,
            reason=reason,
            caller=caller,
            controls=["EA-3.6"],
        )

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


def _caller(received: Received, register: Register) -> str:
    """Who is known to call: party:<id> or system:<id>."""
    if received.edge is Edge.PARTNER:
        party = party_of(received.peer, register)
        return f"party:{party.id}" if party else ""
    with contextlib.suppress(Rejected):
        return f"system:{system_of(received.peer, register).id}"
    return ""


def _seen(party: Party, about: Refused, now: Micros) -> Arrival:
    return Arrival(
        party.id, about.sequence, MessageId(about.message_id), Outcome.REFUSED, about.type[:LONGEST], now, now
    )
