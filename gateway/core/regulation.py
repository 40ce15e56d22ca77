"""Regulation of exchange (EA-4.3): what each pattern awaits from whom, and the only moves of a transaction, as tables.

A transaction is kept by both sides, each on its own: the same table, two roles. Patterns, signals and what a failed
step means: EEC Board Decision 5 of 2015, paras 99-139.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.core.errors import ErrorCode
from gateway.core.names import Micros


class Pattern(StrEnum):
    """Transaction patterns (EEC Board Decision 5 of 2015, paras 122-139)."""

    MUTUAL_OBLIGATIONS = "mutual-obligations"
    QUESTION_ANSWER = "question-answer"
    REQUEST_RESPONSE = "request-response"
    REQUEST_CONFIRMATION = "request-confirmation"
    NOTIFICATION = "notification"
    DISTRIBUTION = "distribution"


class Role(StrEnum):
    """Which side of a transaction somebody is."""

    INITIATOR = "initiator"
    RESPONDER = "responder"


class Giver(StrEnum):
    """Who gives a signal, and as what."""

    NONE = "none"  # nobody: it is not asked for
    RECEIPT = "receipt"  # the AS4 receipt counts as the signal
    GATEWAY = "gateway"  # a message, made by the gateway once the other one is durable and found right
    INBOX = "inbox"  # a message, made by the gateway when the national system takes the other one over
    SYSTEM = "system"  # a message that the national system posts


class State(StrEnum):
    """Where a transaction stands."""

    OPENED = "opened"
    RECEIVED = "received"
    PROCESSING = "processing"
    ANSWERED = "answered"
    ANSWER_RECEIVED = "answer-received"
    SETTLING = "settling"
    COMPLETED = "completed"
    FAILED = "failed"
    UNANSWERED = "unanswered"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class Event(StrEnum):
    """What moves a transaction."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    ANSWER = "answer"
    ANSWER_RECEIVED = "answer received"
    ANSWER_ACCEPTED = "answer accepted"
    ERROR = "error"
    LATE = "timer passed"
    LAPSE = "last moment passed"
    WINDOW = "window passed"
    CONFIRMED = "delivered"
    UNDELIVERED = "not delivered"
    ANSWER_UNDELIVERED = "answer not delivered"
    CANCEL = "operator cancels"


MEANINGS: dict[State, str] = {
    State.OPENED: "the first message is on its way; its receipt is awaited",
    State.RECEIVED: "the first message was received; its acceptance for processing is awaited",
    State.PROCESSING: "the answer is awaited",
    State.ANSWERED: "the answer is on its way; its receipt is awaited",
    State.ANSWER_RECEIVED: "the answer was received; its acceptance for processing is awaited",
    State.SETTLING: "everything was accepted; it completes when no error comes within the time for acceptance",
    State.COMPLETED: "everything that was agreed has happened",
    State.FAILED: "the first message could not be delivered; an operator's retry may revive it",
    State.UNANSWERED: "the answer could not be delivered; another one may be posted",
    State.REJECTED: "one side answered with an error",
    State.LAPSED: "what was awaited did not come in time; an answer is still taken",
    State.CANCELLED: "a step failed or an operator ended it: nothing of it holds, on either side",
}

# Pattern ► its steps in order: the state, and the event that ends it.
STEPS: dict[Pattern, tuple[tuple[State, Event], ...]] = {
    Pattern.MUTUAL_OBLIGATIONS: (
        (State.OPENED, Event.RECEIVED),
        (State.RECEIVED, Event.ACCEPTED),
        (State.PROCESSING, Event.ANSWER),
        (State.ANSWERED, Event.ANSWER_RECEIVED),
        (State.ANSWER_RECEIVED, Event.ANSWER_ACCEPTED),
        (State.SETTLING, Event.WINDOW),
    ),
    Pattern.QUESTION_ANSWER: ((State.PROCESSING, Event.ANSWER),),
    Pattern.REQUEST_RESPONSE: (
        (State.OPENED, Event.RECEIVED),
        (State.RECEIVED, Event.ACCEPTED),
        (State.PROCESSING, Event.ANSWER),
    ),
    Pattern.REQUEST_CONFIRMATION: ((State.PROCESSING, Event.ANSWER), (State.ANSWERED, Event.ANSWER_RECEIVED)),
    Pattern.NOTIFICATION: ((State.OPENED, Event.RECEIVED),),
    Pattern.DISTRIBUTION: (),
}

# Who causes the event that is awaited; the window passes by itself.
BY: dict[Event, Role | None] = {
    Event.RECEIVED: Role.RESPONDER,
    Event.ACCEPTED: Role.RESPONDER,
    Event.ANSWER: Role.RESPONDER,
    Event.ANSWER_RECEIVED: Role.INITIATOR,
    Event.ANSWER_ACCEPTED: Role.INITIATOR,
    Event.WINDOW: None,
}
RECEIPTS = frozenset({Event.RECEIVED, Event.ANSWER_RECEIVED})
SIGNALS = RECEIPTS | {Event.ACCEPTED, Event.ANSWER_ACCEPTED}
ONCE = SIGNALS | {Event.ERROR}

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


def _forward(pattern: Pattern) -> dict[tuple[State, Event], State]:
    """The pattern's steps; a later event of the same side stands for the ones before it, which may come after it."""
    steps = STEPS[pattern]
    states = [*(state for state, _ in steps), State.COMPLETED]
    moves = {}
    for here, state in enumerate(states):
        for number, (_, event) in enumerate(steps):
            if number >= here and all(BY[passed] is BY[event] for _, passed in steps[here:number]):
                moves[state, event] = states[number + 1]
            elif number < here and event in SIGNALS:
                moves[state, event] = state
    return moves


def _ends(pattern: Pattern) -> dict[tuple[State, Event], State]:
    """How an open transaction ends otherwise."""
    mutual = pattern is Pattern.MUTUAL_OBLIGATIONS
    moves = {}
    for state, awaited in STEPS[pattern]:
        moves[state, Event.ERROR] = State.CANCELLED if mutual else State.REJECTED
        moves[state, Event.CANCEL] = State.CANCELLED
        moves[state, Event.UNDELIVERED] = State.CANCELLED if mutual else State.FAILED
        if mutual:
            moves[state, Event.ANSWER_UNDELIVERED] = State.CANCELLED
        if awaited is not Event.WINDOW:
            moves[state, Event.LATE] = state
            moves[state, Event.LAPSE] = State.CANCELLED if mutual else State.LAPSED
    return moves


def _second_chances(pattern: Pattern) -> dict[tuple[State, Event], State]:
    """What still counts after the end, where no obligation was cancelled: a late receipt, a late or corrected answer."""
    forward, moves = _forward(pattern), {}
    first = STEPS[pattern][0][0] if STEPS[pattern] else State.COMPLETED
    moves[State.FAILED, Event.CONFIRMED] = first
    if (first, Event.RECEIVED) in forward:
        for state in (State.FAILED, State.LAPSED):
            moves[state, Event.RECEIVED] = forward[first, Event.RECEIVED]
    answered = forward.get((State.PROCESSING, Event.ANSWER))
    if answered is None:  # notice or distribution: the receiver may still say what is wrong with it
        moves[State.COMPLETED, Event.ERROR] = State.REJECTED
        moves[State.COMPLETED, Event.UNDELIVERED] = State.FAILED
        return moves
    for state in (State.FAILED, State.LAPSED, State.UNANSWERED):
        moves[state, Event.ANSWER] = answered
    for state in (answered, State.COMPLETED):
        moves[state, Event.ANSWER_UNDELIVERED] = State.UNANSWERED
    for event in (Event.CONFIRMED, Event.ANSWER_RECEIVED):
        moves[State.UNANSWERED, event] = State.COMPLETED
    return moves


def _in_flight(pattern: Pattern) -> dict[tuple[State, Event], State]:
    """What the other side sent before it knew of the end is no fault: it changes nothing any more."""
    asked = [event for _, event in STEPS[pattern] if event in SIGNALS]
    moves = {(state, event): state for state in (State.CANCELLED, State.REJECTED, State.LAPSED) for event in asked}
    return {**moves, (State.CANCELLED, Event.ERROR): State.CANCELLED}


MOVES: dict[tuple[Pattern, State, Event], State] = {
    (pattern, *move): to
    for pattern in Pattern
    for move, to in {
        **_in_flight(pattern),
        **_forward(pattern),
        **_ends(pattern),
        **({} if pattern is Pattern.MUTUAL_OBLIGATIONS else _second_chances(pattern)),
    }.items()
}
# The window begins when the last acceptance has arrived.
MOVES[Pattern.MUTUAL_OBLIGATIONS, State.SETTLING, Event.CONFIRMED] = State.SETTLING
AWAITED: dict[tuple[Pattern, State], Event] = {
    (pattern, state): event for pattern, steps in STEPS.items() for state, event in steps
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


def after(pattern: Pattern, state: State, event: Event) -> State | None:
    """The state that the event leads to, or None where it is not expected."""
    return MOVES.get((pattern, state, event))


def advance(before: Transaction, event: Event, now: Micros) -> Transaction | None:
    """The transaction after the event; None where it is not expected. No signal counts twice."""
    to = after(before.regulation.pattern, before.state, event)
    if to is None or (event in ONCE and event.value in before.seen):
        return None
    seen = before.seen | {event.value}
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
