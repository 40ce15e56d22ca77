"""Regulation of exchange (EA-4.3): what was agreed about transactions, and one side's view of each.

A transaction is kept by both sides, each on its own: the same table, two roles.
"""

from dataclasses import dataclass, replace

from gateway.core.errors import ErrorCode
from gateway.core.names import Micros
from gateway.core.patterns import (
    AWAITED,
    BY,
    MOVES,
    ONCE,
    RECEIPTS,
    SIGNALS,
    STEPS,
    Event,
    Giver,
    Pattern,
    Role,
    State,
    after,
)

# What a message is in a transaction, and who sent it ► the event.
ANSWER, RECEIVED, ACCEPTED, ERROR = "answer", "received", "accepted", "error"
EVENT_OF: dict[tuple[str, Role], Event] = {
    (ANSWER, Role.RESPONDER): Event.ANSWER,
    (ANSWER, Role.INITIATOR): Event.ANSWER,  # not its turn, ever
    (RECEIVED, Role.RESPONDER): Event.RECEIVED,
    (RECEIVED, Role.INITIATOR): Event.ANSWER_RECEIVED,
    (ACCEPTED, Role.RESPONDER): Event.ACCEPTED,
    (ACCEPTED, Role.INITIATOR): Event.ANSWER_ACCEPTED,
    (ERROR, Role.RESPONDER): Event.ERROR,
    (ERROR, Role.INITIATOR): Event.ERROR,
}
TAKEN, ANSWER_TAKEN = "taken", "answer taken"  # the national system took the message over from its inbox

# Why a transaction was cancelled or rejected, as its error signal says it.
REASONS: dict[Event, ErrorCode] = {
    Event.LAPSE: ErrorCode.STEP_OVERDUE,
    Event.UNDELIVERED: ErrorCode.STEP_UNDELIVERED,
    Event.ANSWER_UNDELIVERED: ErrorCode.STEP_UNDELIVERED,
    Event.CANCEL: ErrorCode.BY_OPERATOR,
    Event.ERROR: ErrorCode.ERROR_SIGNALLED,
}


@dataclass(frozen=True, slots=True)
class Regulation:
    """What was agreed about the transactions that a message type opens; a time of 0 is not agreed."""

    pattern: Pattern
    received: Giver
    accepted: Giver
    receipt_within: Micros
    accept_within: Micros
    answer_within: Micros
    deliver_within: Micros
    answers: tuple[str, ...] = ()  # the types that answer it

    def giver(self, event: Event) -> Giver:
        """Who gives the event, where it is a signal."""
        return self.received if event in RECEIPTS else self.accepted

    def within(self, event: Event) -> Micros:
        """The time agreed for what is awaited."""
        if event is Event.ANSWER:
            return self.answer_within
        return self.receipt_within if event in RECEIPTS else self.accept_within


@dataclass(frozen=True, slots=True)
class Turn:
    """What a message can be in a transaction."""

    regulation: Regulation  # of the transaction that it opens
    follows: str = ""  # answer, received, accepted, error; empty: it opens one
    opens: bool = True  # where nothing awaits it, it opens one
    unrequested: bool = True  # where nothing awaits it, it is taken
    document: str = ""  # its business id
    reference: str = ""  # the business id that it refers to
    lane: str = ""  # messages with the same one keep their order
    own: int = 0  # the number of the transaction that this gateway itself made the message for,
    event: str = ""  # and as which event


@dataclass(frozen=True, slots=True)
class Transaction:
    """One side's view of a transaction."""

    regulation: Regulation
    role: Role
    state: State
    since: Micros
    seen: frozenset[str] = frozenset()  # events that happened
    due: Micros = Micros(0)  # when the timer that runs now passes; 0: none
    late_at: Micros = Micros(0)  # since when the state has been late; 0: it is not
    owed: str = ""  # the event whose signal this gateway has to send
    code: str = ""  # why it did not complete

    @property
    def awaited(self) -> Event | None:
        """The event that ends this state; None where nothing is awaited."""
        return AWAITED.get((self.regulation.pattern, self.state))

    @property
    def awaited_from(self) -> Role | None:
        """Whose turn it is."""
        return BY[self.awaited] if self.awaited else None


def opened(regulation: Regulation, role: Role, now: Micros) -> Transaction:
    """The transaction as it is once its first message is durable here."""
    steps = STEPS[regulation.pattern]
    first = steps[0][0] if steps else State.COMPLETED
    return _enter(Transaction(regulation, role, first, now), now)


def advance(before: Transaction, event: Event, now: Micros, by: Role | None = None) -> Transaction | None:
    """The transaction after the event; None where it is not expected. No signal counts twice; each side may err once."""
    to = after(before.regulation.pattern, before.state, event)
    mark = f"{event.value} of {by.value}" if by and event is Event.ERROR else event.value
    if to is None or (event in ONCE and mark in before.seen):
        return None
    seen = before.seen | {mark}
    if event is Event.LATE:
        lapses = Micros(before.due + before.regulation.deliver_within)
        return replace(before, seen=seen, late_at=now, due=lapses)
    if event is Event.CONFIRMED and to is State.SETTLING:
        return replace(before, seen=seen, due=Micros(now + before.regulation.accept_within))
    if to is before.state:  # overtaken by a later event: nothing else changes
        return replace(before, seen=seen)
    reason = REASONS[event].code if event in REASONS else ""
    owed = Event.ERROR.value if to is State.CANCELLED and event is not Event.ERROR else ""
    return _enter(replace(before, state=to, since=now, seen=seen, code=reason, late_at=Micros(0), owed=owed), now)


def taken(before: Transaction, what: str) -> Transaction:
    """The transaction once its national system has taken a message over: an acceptance may now be owed."""
    known = replace(before, seen=before.seen | {what})
    return replace(known, owed=known.owed or _owed(known))


def concerns(regulation: Regulation, event: Event, message_type: str) -> bool:
    """Whether the agreement knows such a message in such a transaction at all, at whatever time."""
    if event is Event.ANSWER:
        return message_type in regulation.answers
    return event is Event.ERROR or any(
        event is asked and regulation.giver(asked) is not Giver.NONE for _, asked in STEPS[regulation.pattern]
    )


def passed(transaction: Transaction) -> Event:
    """Which event it is that the timer that runs now passes."""
    if transaction.state is State.SETTLING:
        return Event.WINDOW
    return Event.LAPSE if transaction.late_at else Event.LATE


def delivered(regulation: Regulation, step: str) -> Event | None:
    """What the checked receipt of one of this side's messages means; `step` is the event that the message was."""
    if step in ("", Event.ANSWER):
        event = Event.ANSWER_RECEIVED if step else Event.RECEIVED
        return event if regulation.received is Giver.RECEIPT else Event.CONFIRMED
    return Event.CONFIRMED if step == Event.ANSWER_ACCEPTED else None


def undelivered(regulation: Regulation, step: str) -> Event | None:
    """What it means that one of this side's messages did not arrive."""
    if step in ("", Event.ANSWER):
        return Event.ANSWER_UNDELIVERED if step else Event.UNDELIVERED
    obliged = regulation.pattern is Pattern.MUTUAL_OBLIGATIONS and step != Event.ERROR
    return Event.UNDELIVERED if obliged else None


def _enter(entering: Transaction, now: Micros) -> Transaction:
    """The first state from here on in which something is really awaited, its timer and what is owed."""
    found = entering
    while (event := found.awaited) is not None and _is_given(found, event):
        to = MOVES[found.regulation.pattern, found.state, event]
        found = replace(found, state=to, seen=found.seen | {event.value})
    waits = found.awaited is not None and not (found.state is State.SETTLING and found.role is Role.INITIATOR)
    within = found.regulation.within(found.awaited) if found.awaited else 0
    due = Micros(now + within) if waits and within else Micros(0)
    return replace(found, due=due, owed=found.owed or _owed(found))


def _is_given(found: Transaction, event: Event) -> bool:
    """Not asked for, or the receipt that was committed with the message that we got."""
    if event not in SIGNALS:
        return False
    giver = found.regulation.giver(event)
    return giver is Giver.NONE or (giver is Giver.RECEIPT and BY[event] is found.role)


def _owed(found: Transaction) -> str:
    """The signal that this gateway has to send now."""
    event = found.awaited
    if event not in SIGNALS or BY[event] is not found.role:
        return ""
    giver = found.regulation.giver(event)
    read = (TAKEN if found.role is Role.RESPONDER else ANSWER_TAKEN) in found.seen
    return event.value if giver is Giver.GATEWAY or (giver is Giver.INBOX and read) else ""
