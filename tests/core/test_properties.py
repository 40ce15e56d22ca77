"""Message properties: what a producer may give, how it is kept and shown."""

import pytest

from gateway.core import properties
from gateway.core.pmode import PMode
from gateway.core.properties import CORNERS, OWN, given, kept, read, shown
from gateway.core.wire import Property

PLAIN = PMode("ics2")
MORE = PMode("ics2", properties=frozenset({"batch", "purpose"}))


def faults(*found: Property, pmodes: tuple[PMode, ...] = (MORE,)) -> list[tuple[str, str]]:
    """Code and place of what is wrong with them."""
    return [(fault.code.code, fault.path) for fault in properties.faults(found, pmodes)]


def test_the_four_corners_need_no_agreement() -> None:
    """Every P-Mode has them (eDelivery AS4 1.5.1)."""
    assert faults(*(Property(name, "C1") for name in CORNERS.values()), pmodes=(PLAIN,)) == []


def test_other_properties_are_those_of_every_recipients_pmode() -> None:
    """Named by number; what gateways tell each other nobody else may say."""
    assert faults(Property("batch", "1")) == []
    assert faults(Property("batch", "1"), pmodes=(MORE, PLAIN)) == [("EBMS:0010", "properties[1].name")]
    assert [faults(Property(name, "1")) for name in OWN] == [[("EBMS:0010", "properties[1].name")]] * 3
    (fault,) = properties.faults([Property("batch", "1")], [PLAIN])
    assert fault.expected == "finalRecipient | originalSender | trackingIdentifier"


@pytest.mark.parametrize(
    "value", ["0192:991825827", "urn:oasis:names:tc:ebcore:partyid-type:unregistered:C1", "a" * 255]
)
def test_an_identifier_is_a_value(value: str) -> None:
    """As other products have them; of 255 characters at most."""
    assert faults(Property("batch", value, "iso6523-actorid-upis")) == []


@pytest.mark.parametrize("value", ["", "Иванов", "John Smith", "a\nb", "<a>", "a" * 256, 'x"y'])
def test_a_text_is_no_value(value: str) -> None:
    """A header is not redacted, so that nothing that could be a name or a note may stand in it (EA-2.2)."""
    found = list(properties.faults([Property("batch", value)], [MORE]))
    assert [(fault.code.code, fault.path) for fault in found] == [("GW:1010", "properties[1]")]
    assert all(not value or value not in str(fault.facts()) for fault in found)
    assert faults(Property("batch", "1", value or " ")) == [("GW:1010", "properties[1]")]


def test_a_name_is_one_and_stands_once() -> None:
    """Of letters, digits and few signs."""
    assert faults(Property("a b", "1"), Property("batch", "1"), Property("batch", "2")) == [
        ("GW:1010", "properties[1].name"), ("GW:1010", "properties[3]"),
    ]  # fmt: skip


def test_the_corners_come_first_and_stand_once() -> None:
    """One that is given among the others is the one with its type."""
    typed = Property("finalRecipient", "C4", "t")
    found = given({"original_sender": "C1", "final_recipient": "C4", "tracking_identifier": ""}, (typed,))
    assert found == (Property("originalSender", "C1"), typed)


def test_what_is_kept_is_read_again() -> None:
    """Names, values, types and their order; and shown as a producer gives them."""
    rows = (Property("b", "1", "t"), Property("a", "ü"), Property("b", "2"))
    assert read(kept(rows)) == rows
    assert (kept(()), read("[]")) == ("[]", ())
    assert shown(rows)[0] == {"name": "b", "value": "1", "type": "t"}


def test_a_corner_that_is_not_stated_is_the_gateways() -> None:
    """The inner corners stand for the outer ones; nothing stands for a tracking identifier."""
    assert properties.corners((Property("finalRecipient", "C4"),), "KZ", "BY") == {
        "original_sender": "KZ", "final_recipient": "C4", "tracking_identifier": "",
    }  # fmt: skip
