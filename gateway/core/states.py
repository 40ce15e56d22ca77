"""Delivery and inbox states and the only moves between them, as tables."""

from enum import StrEnum


class Delivery(StrEnum):
    """Where the delivery of a message to one target stands."""

    QUEUED = "queued"
    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    UNPROVEN = "unproven"
    FAILED = "failed"
    EXPIRED = "expired"
    DROPPED = "dropped"


class Event(StrEnum):
    """What moves a delivery."""

    RECEIPT = "receipt"
    POSTPONE = "temporary failure"
    REFUSE = "permanent failure"
    DUPLICATE = "partner says duplicate, no receipt"
    EXPIRE = "deadline"
    HOLD = "hold"
    RELEASE = "release"
    RETRY = "retry"
    FAIL = "fail"
    DROP = "drop"
    ADVANCE = "the one before it is settled"


MOVES: dict[tuple[Delivery, Event], Delivery] = {
    (Delivery.QUEUED, Event.POSTPONE): Delivery.QUEUED,
    (Delivery.QUEUED, Event.REFUSE): Delivery.FAILED,
    (Delivery.QUEUED, Event.DUPLICATE): Delivery.UNPROVEN,
    (Delivery.QUEUED, Event.EXPIRE): Delivery.EXPIRED,
    (Delivery.HELD, Event.EXPIRE): Delivery.EXPIRED,
    (Delivery.QUEUED, Event.HOLD): Delivery.HELD,
    (Delivery.HELD, Event.RELEASE): Delivery.QUEUED,
    (Delivery.FAILED, Event.RETRY): Delivery.QUEUED,
    (Delivery.EXPIRED, Event.RETRY): Delivery.QUEUED,
    (Delivery.UNPROVEN, Event.RETRY): Delivery.QUEUED,
    # Order per movement: an operator drops or retries what is in front, then the turn comes.
    (Delivery.WAITING, Event.ADVANCE): Delivery.QUEUED,
    (Delivery.WAITING, Event.EXPIRE): Delivery.EXPIRED,
    (Delivery.WAITING, Event.HOLD): Delivery.HELD,
    (Delivery.WAITING, Event.FAIL): Delivery.FAILED,
    (Delivery.WAITING, Event.DROP): Delivery.DROPPED,
    (Delivery.EXPIRED, Event.DROP): Delivery.DROPPED,
    (Delivery.UNPROVEN, Event.DROP): Delivery.DROPPED,
    (Delivery.QUEUED, Event.FAIL): Delivery.FAILED,
    (Delivery.HELD, Event.FAIL): Delivery.FAILED,
    (Delivery.QUEUED, Event.DROP): Delivery.DROPPED,
    (Delivery.HELD, Event.DROP): Delivery.DROPPED,
    (Delivery.FAILED, Event.DROP): Delivery.DROPPED,
    # A valid receipt wins from any state: what the partner confirmed is delivered, however late.
    **{(state, Event.RECEIPT): Delivery.DELIVERED for state in Delivery if state is not Delivery.DELIVERED},
}

OPEN = frozenset({Delivery.QUEUED, Delivery.WAITING, Delivery.HELD})  # still to be tried
SETTLED = frozenset({Delivery.DELIVERED, Delivery.DROPPED})  # the next one of its movement may go
GIVEN_UP = frozenset({Delivery.FAILED, Delivery.EXPIRED, Delivery.DROPPED})

MEANINGS: dict[Delivery, str] = {
    Delivery.QUEUED: "waits for its next attempt, or one is under way",
    Delivery.WAITING: "an earlier message of the same movement is not delivered or dropped yet",
    Delivery.HELD: "an operator stopped it; nothing is tried until it is released",
    Delivery.DELIVERED: "the target confirmed it and the confirmation was checked",
    Delivery.UNPROVEN: "the partner says it already has the message, but sent no receipt",
    Delivery.FAILED: "refused for good by the partner, or failed by an operator",
    Delivery.EXPIRED: "the message type's deadline passed first; the producer has been told",
    Delivery.DROPPED: "an operator gave it up",
}


class Inbox(StrEnum):
    """Where an item stands in a national system's inbox."""

    READY = "ready"
    LEASED = "leased"
    ACKNOWLEDGED = "acknowledged"


INBOX_MEANINGS: dict[Inbox, str] = {
    Inbox.READY: "waits to be read",
    Inbox.LEASED: "one consumer holds it; it becomes ready again when the lease ends",
    Inbox.ACKNOWLEDGED: "the national system has taken it over",
}


def after(state: Delivery, event: Event) -> Delivery | None:
    """The state that the event leads to, or None where the move is not allowed."""
    return MOVES.get((state, event))
