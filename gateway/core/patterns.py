"""Transaction patterns: what each awaits from whom, and the only moves of a transaction, as tables.

Patterns, signals and what a failed step means: EEC Board Decision 5 of 2015, paras 99-139.
"""

from enum import StrEnum


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
ABOUT_ANSWER = frozenset({Event.ANSWER_RECEIVED, Event.ANSWER_ACCEPTED})
SIGNALS = RECEIPTS | {Event.ACCEPTED, Event.ANSWER_ACCEPTED}
ONCE = SIGNALS | {Event.ERROR}


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
    mutual = pattern is Pattern.MUTUAL_OBLIGATIONS
    ends = (State.CANCELLED,) if mutual else (State.CANCELLED, State.REJECTED, State.LAPSED)
    if not STEPS[pattern]:
        return {}
    lapsed = {(State.LAPSED, Event.ERROR): State.REJECTED} if State.LAPSED in ends else {}
    return {(state, event): state for state in ends for event in [*asked, Event.ERROR]} | lapsed


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
OPEN = frozenset(state for steps in STEPS.values() for state, _ in steps)  # something is still awaited
AWAITED: dict[tuple[Pattern, State], Event] = {
    (pattern, state): event for pattern, steps in STEPS.items() for state, event in steps
}


def after(pattern: Pattern, state: State, event: Event) -> State | None:
    """The state that the event leads to, or None where it is not expected."""
    return MOVES.get((pattern, state, event))
