"""What binds a message to its sender's log travels in properties of its own, which nothing else looks at."""

import pytest

from gateway.core.own_properties import LONGEST, Linked, taken_off, written
from gateway.core.wire import Property

BATCH = Property("batch", "7")
NOTE = b"kz.kgd.gateway/log\n2\nAAAA\n\n\xe2\x80\x94 kz.kgd.gateway/log AAAA\n"


@pytest.mark.parametrize("linked", [Linked(), Linked(7), Linked(0, NOTE), Linked(9_999_999_999_999_999, NOTE)])
def test_what_is_written_is_taken_off_again(linked: Linked) -> None:
    """In any order beside others, which stay as they are."""
    assert taken_off([BATCH, *written(linked)]) == ((BATCH,), linked)
    assert taken_off([*written(linked), BATCH]) == ((BATCH,), linked)


@pytest.mark.parametrize("text", ["", "0", "-1", "01", "1.5", "١", "1" * 17, "one"])
def test_a_number_of_another_form_counts_as_not_stated(text: str) -> None:
    """It refuses no message."""
    assert taken_off([Property("Sequence", text)]) == ((), Linked())


def test_a_checkpoint_of_another_form_counts_as_not_stated() -> None:
    """Nor does one that is no base64."""
    assert taken_off([Property("Checkpoint", "no base64!")]) == ((), Linked())


def test_a_checkpoint_that_is_too_long_counts_as_not_stated() -> None:
    """It would be kept before anybody knows who signed it; one of that length is taken (control)."""
    whole = LONGEST // 4 * 3
    assert taken_off(written(Linked(0, bytes(whole)))) == ((), Linked(0, bytes(whole)))
    assert taken_off(written(Linked(0, bytes(whole + 1)))) == ((), Linked())


def test_a_property_that_stands_twice_counts_as_not_stated() -> None:
    """Nobody could say which one is meant."""
    assert taken_off([Property("Sequence", "1"), Property("Sequence", "2")]) == ((), Linked())


def test_a_name_that_a_pmode_agreed_is_the_producers() -> None:
    """With products that use the name for something of their own."""
    own = Property("Sequence", "7")
    assert taken_off([own], {"Sequence"}) == ((own,), Linked())
