"""What is kept of a partner's numbered message that came: which number, what became of it, and what it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.core.evidence.reconciliation import confirming, delivered_digest
from gateway.core.message import Authenticated
from gateway.core.names import MessageId, Micros, PartyId


class Outcome(StrEnum):
    """What became of it."""

    ACCEPTED = "accepted"
    TURNED_DOWN = "turned-down"  # receipted, and its faults were told by a signal
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One number that a partner gave, and what came under it."""

    party: PartyId
    sequence: int
    message_id: MessageId
    outcome: Outcome
    type: str
    timestamp: Micros  # the message's own
    at: Micros
    digest: bytes = b""  # of all payloads as they came; empty where they are not kept so: it could be guessed from
    checked: bytes = b""  # the same under a redaction key
    key: str = ""


def arrival(known: Authenticated, outcome: Outcome, kept: Sequence[bytes], now: Micros) -> Arrival | None:
    """The arrival of a message whose payloads are kept with these digests; None where it has no number."""
    stated = known.unpacked.stated
    if not stated.linked.sequence:
        return None
    came = [payload.digest for payload in known.unpacked.payloads]
    digest, key = delivered_digest(came), known.salts.key
    return Arrival(
        known.sender.id,
        stated.linked.sequence,
        known.identity.message_id,
        outcome,
        stated.action,
        stated.wire.timestamp,
        now,
        digest if list(kept) == came else b"",
        confirming(key.secret, known.identity.message_id, digest),
        key.id,
    )
