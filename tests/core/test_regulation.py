"""Regulation of exchange: the table is complete, both sides tell the same story, nothing counts twice."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.core import regulation
from gateway.core.names import SECOND, Micros
from gateway.core.patterns import (
    AWAITED,
    BY,
    MEANINGS,
    MOVES,
    SIGNALS,
    STEPS,
    Event,
    Giver,
    Pattern,
    Role,
    State,
    after,
)
from gateway.core.regulation import (
    ANSWER_TAKEN,
    REASONS,
    TAKEN,
    Regulation,
    Transaction,
    advance,
    delivered,
    opened,
    passed,
    taken,
    undelivered,
)

NOW = Micros(1_000 * SECOND)
MINUTE, HOUR = Micros(60 * SECOND), Micros(3600 * SECOND)
MUTUAL = Regulation(
    Pattern.MUTUAL_OBLIGATIONS,
    Giver.GATEWAY,
    Giver.GATEWAY,
    MINUTE,
    Micros(10 * MINUTE),
    HOUR,
    Micros(72 * HOUR),
    ("A",),
)
ENDED = {State.COMPLETED, State.FAILED, State.UNANSWERED, State.REJECTED, State.LAPSED, State.CANCELLED}
WHOLE = [Event.RECEIVED, Event.ACCEPTED, Event.ANSWER, Event.ANSWER_RECEIVED, Event.ANSWER_ACCEPTED]


def agreed(pattern: Pattern, **changes: object) -> Regulation:
    """A regulation of the pattern with every signal as a message of the national system."""
    return replace(MUTUAL, pattern=pattern, **{"received": Giver.SYSTEM, "accepted": Giver.SYSTEM, **changes})


def through(found: Transaction, *events: Event) -> Transaction:
    """The transaction after the events, each of which it awaits or takes."""
    for event in events:
        moved = advance(found, event, NOW)
        assert moved is not None, event
        found = moved
    return found


@pytest.mark.parametrize("pattern", Pattern)
def test_the_pattern_completes_step_by_step(pattern: Pattern) -> None:
    """What is awaited, and only that, leads from the first message to the end."""
    found = opened(agreed(pattern), Role.INITIATOR, NOW)
    for _, event in STEPS[pattern]:
        assert found.awaited is event
        found = through(found, event)

    assert (found.state, found.awaited, found.due) == (State.COMPLETED, None, 0)


@pytest.mark.parametrize("pattern", Pattern)
def test_every_state_of_a_pattern_is_reached(pattern: Pattern) -> None:
    """From its first state, by some events; none stands in the table for nothing."""
    first = opened(agreed(pattern), Role.INITIATOR, NOW).state
    reached, frontier = {first}, [first]
    while frontier:
        state = frontier.pop()
        new = {to for (found, here, _), to in MOVES.items() if (found, here) == (pattern, state)} - reached
        reached |= new
        frontier += new

    assert {state for found, state, _ in MOVES if found is pattern} <= reached


def test_a_cancelled_or_rejected_transaction_is_over() -> None:
    """No event leaves either state, in any pattern: both sides may rely on it. What was in flight is taken once."""
    over = {move: to for move, to in MOVES.items() if move[1] in (State.CANCELLED, State.REJECTED)}
    assert {event for _, _, event in over} <= SIGNALS | {Event.ERROR}
    assert all(state is to for (_, state, _), to in over.items())
    crossed = through(opened(MUTUAL, Role.INITIATOR, NOW), Event.LAPSE, Event.ERROR)
    assert (crossed.state, crossed.owed) == (State.CANCELLED, Event.ERROR)
    assert advance(crossed, Event.ERROR, NOW) is None


def test_a_failed_step_of_a_mutual_obligation_cancels_it() -> None:
    """From every state before completion: an error, the last moment, a message that does not arrive."""
    for state, awaited in STEPS[Pattern.MUTUAL_OBLIGATIONS]:
        failures = [Event.ERROR, Event.UNDELIVERED, Event.ANSWER_UNDELIVERED, Event.CANCEL]
        for event in failures + ([] if awaited is Event.WINDOW else [Event.LAPSE]):
            assert after(Pattern.MUTUAL_OBLIGATIONS, state, event) is State.CANCELLED


def test_no_other_pattern_cancels_by_itself() -> None:
    """Only an operator cancels where nothing mutual was owed."""
    others = {
        event
        for (found, state, event), to in MOVES.items()
        if to is State.CANCELLED is not state and found is not MUTUAL.pattern
    }

    assert others == {Event.CANCEL}


@given(st.permutations(WHOLE))
def test_signals_may_overtake_each_other_and_the_answer(order: list[Event]) -> None:
    """In any order in which they may arrive, the obligation settles, and nothing is taken twice."""
    confirmed = min(order.index(event) for event in WHOLE if BY[event] is Role.INITIATOR)
    assume(order.index(Event.ANSWER) < confirmed)
    found = through(opened(agreed(MUTUAL.pattern), Role.INITIATOR, NOW), *order)
    assert found.state is State.SETTLING
    assert [event for event in order if advance(found, event, NOW) is not None] == []


def test_what_is_owed_follows_from_who_gives_it() -> None:
    """The gateway at once, or when the system has taken the message over; else nobody but the system."""
    by_gateway = opened(MUTUAL, Role.RESPONDER, NOW)
    assert by_gateway.owed == Event.RECEIVED
    assert through(by_gateway, Event.RECEIVED).owed == Event.ACCEPTED
    on_taking = opened(replace(MUTUAL, received=Giver.RECEIPT, accepted=Giver.INBOX), Role.RESPONDER, NOW)
    assert (on_taking.state, on_taking.owed) == (State.RECEIVED, "")
    assert taken(on_taking, TAKEN).owed == Event.ACCEPTED
    assert taken(on_taking, ANSWER_TAKEN).owed == ""
    assert opened(agreed(MUTUAL.pattern), Role.RESPONDER, NOW).owed == ""
    assert opened(MUTUAL, Role.INITIATOR, NOW).owed == ""


def test_taking_over_before_the_receipt_was_sent_is_remembered() -> None:
    """A system quicker than its gateway still gets its acceptance sent."""
    early = taken(opened(replace(MUTUAL, accepted=Giver.INBOX), Role.RESPONDER, NOW), TAKEN)

    assert early.owed == Event.RECEIVED
    assert through(early, Event.RECEIVED).owed == Event.ACCEPTED


def test_signals_about_the_answer_are_the_initiators() -> None:
    """It owes the same two about the answer that it was owed about its message."""
    answered = through(opened(MUTUAL, Role.INITIATOR, NOW), Event.RECEIVED, Event.ACCEPTED, Event.ANSWER)
    assert (answered.awaited_from, answered.owed) == (Role.INITIATOR, Event.ANSWER_RECEIVED)
    assert through(answered, Event.ANSWER_RECEIVED).owed == Event.ANSWER_ACCEPTED
    read = replace(MUTUAL, accepted=Giver.INBOX)
    waiting = through(opened(read, Role.INITIATOR, NOW), Event.ANSWER, Event.ANSWER_RECEIVED)
    assert (waiting.owed, taken(waiting, ANSWER_TAKEN).owed) == ("", Event.ANSWER_ACCEPTED)


def test_what_was_not_agreed_is_not_awaited() -> None:
    """A request without signals awaits its answer at once; a distribution nothing at all."""
    plain = agreed(Pattern.REQUEST_RESPONSE, received=Giver.NONE, accepted=Giver.NONE)
    assert opened(plain, Role.INITIATOR, NOW).state is State.PROCESSING
    assert opened(agreed(Pattern.DISTRIBUTION), Role.RESPONDER, NOW).state is State.COMPLETED
    assert through(opened(plain, Role.INITIATOR, NOW), Event.ANSWER).state is State.COMPLETED
    assert advance(opened(plain, Role.INITIATOR, NOW), Event.RECEIVED, NOW) is None


def test_timers_run_for_what_is_awaited() -> None:
    """Each step has its own time; late is told once, then comes the last moment; without a time nothing is late."""
    first = opened(MUTUAL, Role.INITIATOR, NOW)
    assert (first.due, passed(first)) == (NOW + MINUTE, Event.LATE)
    later = Micros(NOW + MINUTE)
    late = advance(first, Event.LATE, later)
    assert late is not None
    assert (late.state, late.late_at, late.due, passed(late)) == (
        State.OPENED,
        later,
        NOW + MINUTE + 72 * HOUR,
        Event.LAPSE,
    )
    assert through(late, Event.RECEIVED).late_at == 0
    assert through(first, Event.RECEIVED).due == NOW + 10 * MINUTE
    assert through(first, Event.RECEIVED, Event.ACCEPTED).due == NOW + HOUR
    assert opened(replace(MUTUAL, receipt_within=Micros(0)), Role.INITIATOR, NOW).due == 0


def test_the_window_begins_when_the_last_acceptance_has_arrived() -> None:
    """For the initiator with its checked receipt, for the responder with the acceptance itself."""
    ours = through(opened(MUTUAL, Role.INITIATOR, NOW), *WHOLE)
    theirs = through(opened(MUTUAL, Role.RESPONDER, NOW), *WHOLE)
    assert (ours.state, ours.due) == (State.SETTLING, 0)
    assert (theirs.state, theirs.due) == (State.SETTLING, NOW + 10 * MINUTE)
    arrived = through(ours, Event.CONFIRMED)
    assert (arrived.due, passed(arrived)) == (NOW + 10 * MINUTE, Event.WINDOW)
    assert through(arrived, Event.WINDOW).state is State.COMPLETED
    assert through(arrived, Event.ERROR).state is State.CANCELLED


def test_who_ends_an_obligation_owes_the_other_side_the_error() -> None:
    """Unless the error itself was the event; the reason is one of the catalogue."""
    found = opened(MUTUAL, Role.INITIATOR, NOW)
    for event in (Event.LAPSE, Event.UNDELIVERED, Event.CANCEL):
        ended = through(found, event)
        assert (ended.owed, ended.code, ended.due) == (Event.ERROR, REASONS[event].code, 0)
    assert (through(found, Event.ERROR).owed, through(found, Event.ERROR).code) == ("", "GW:9005")


def test_second_chances_where_nothing_was_cancelled() -> None:
    """A late receipt revives, a late answer completes, a refused answer may be corrected."""
    request = opened(agreed(Pattern.REQUEST_RESPONSE), Role.INITIATOR, NOW)
    assert through(request, Event.UNDELIVERED, Event.CONFIRMED).state is State.OPENED
    assert through(request, Event.UNDELIVERED, Event.RECEIVED).state is State.RECEIVED
    assert through(request, Event.LAPSE, Event.ANSWER).state is State.COMPLETED
    answered = through(request, Event.ANSWER, Event.ANSWER_UNDELIVERED)
    assert answered.state is State.UNANSWERED
    assert through(answered, Event.ANSWER).state is State.COMPLETED
    assert through(answered, Event.CONFIRMED).state is State.COMPLETED
    notice = opened(agreed(Pattern.NOTIFICATION), Role.INITIATOR, NOW)
    assert through(notice, Event.LAPSE, Event.RECEIVED).state is State.COMPLETED
    assert through(notice, Event.RECEIVED, Event.ERROR).state is State.REJECTED


def test_a_second_answer_is_not_expected() -> None:
    """In no pattern, once the first one counts."""
    for pattern in Pattern:
        found = opened(agreed(pattern), Role.INITIATOR, NOW)
        answered = advance(found, Event.ANSWER, NOW)
        assert answered is None or advance(answered, Event.ANSWER, NOW) is None


@pytest.mark.parametrize(
    ("step", "giver", "arrived", "lost"),
    [
        ("", Giver.RECEIPT, Event.RECEIVED, Event.UNDELIVERED),
        ("", Giver.GATEWAY, Event.CONFIRMED, Event.UNDELIVERED),
        (Event.ANSWER, Giver.RECEIPT, Event.ANSWER_RECEIVED, Event.ANSWER_UNDELIVERED),
        (Event.ANSWER, Giver.NONE, Event.CONFIRMED, Event.ANSWER_UNDELIVERED),
        (Event.ANSWER_ACCEPTED, Giver.GATEWAY, Event.CONFIRMED, Event.UNDELIVERED),
        (Event.RECEIVED, Giver.GATEWAY, None, Event.UNDELIVERED),
        (Event.ERROR, Giver.GATEWAY, None, None),
    ],
)
def test_what_a_delivery_means(step: str, giver: Giver, arrived: Event | None, lost: Event | None) -> None:
    """The receipt counts where it was agreed to; a message that does not arrive breaks what it was a step of."""
    found = replace(MUTUAL, received=giver)

    assert (delivered(found, step), undelivered(found, step)) == (arrived, lost)


def test_a_lost_signal_breaks_only_an_obligation() -> None:
    """Elsewhere it is a courtesy."""
    assert undelivered(agreed(Pattern.REQUEST_RESPONSE), Event.RECEIVED) is None


def test_the_tables_are_complete() -> None:
    """Every state has a meaning, every awaited event somebody who owes it, every signal its place."""
    assert set(MEANINGS) == set(State)
    assert {event for steps in STEPS.values() for _, event in steps} == set(BY)
    assert set(AWAITED.values()) >= SIGNALS
    assert set(MOVES.values()) | {State.OPENED, State.PROCESSING} == set(State)
    assert {state for _, state, _ in MOVES} & ENDED <= set(MOVES.values())
    assert set(regulation.EVENT_OF.values()) - SIGNALS == {Event.ANSWER, Event.ERROR}
