"""Delivery states: the tables are complete and say what the picture says."""

import pytest

from gateway.core.states import INBOX_MEANINGS, MEANINGS, MOVES, Delivery, Event, Inbox, after


def test_every_state_is_reachable() -> None:
    """From the two states that a delivery begins in, by some events."""
    begins = [Delivery.QUEUED, Delivery.WAITING]
    reached, frontier = set(begins), begins
    while frontier:
        state = frontier.pop()
        new = {to for (source, _), to in MOVES.items() if source is state} - reached
        reached |= new
        frontier += new

    assert reached == set(Delivery)


@pytest.mark.parametrize("state", [state for state in Delivery if state is not Delivery.DELIVERED])
def test_receipt_wins_from_any_state(state: Delivery) -> None:
    """What the partner confirmed is delivered, however late."""
    assert after(state, Event.RECEIPT) is Delivery.DELIVERED


def test_delivered_is_final() -> None:
    """Nothing undoes a confirmed delivery."""
    assert [event for event in Event if after(Delivery.DELIVERED, event) is not None] == []


def test_only_a_receipt_delivers() -> None:
    """No operator and no failure makes a delivery delivered."""
    assert {event for (_, event), to in MOVES.items() if to is Delivery.DELIVERED} == {Event.RECEIPT}


def test_held_is_left_by_people_and_the_deadline_only() -> None:
    """No attempt touches a held delivery but a receipt that is late."""
    left = {event for (state, event) in MOVES if state is Delivery.HELD}

    assert left == {Event.RELEASE, Event.FAIL, Event.DROP, Event.EXPIRE, Event.RECEIPT}


def test_only_postponing_stays() -> None:
    """Every other event changes the state."""
    assert [move for move, to in MOVES.items() if move[0] is to] == [(Delivery.QUEUED, Event.POSTPONE)]


def test_every_event_moves_something() -> None:
    """No event without a state that it may leave."""
    for event in Event:
        assert [state for state in Delivery if after(state, event)]


def test_move_outside_the_table_is_none() -> None:
    """A dropped delivery is not retried."""
    assert after(Delivery.DROPPED, Event.RETRY) is None


def test_every_state_has_a_meaning() -> None:
    """The tables that README and console show are complete."""
    assert (set(MEANINGS), set(INBOX_MEANINGS)) == (set(Delivery), set(Inbox))
