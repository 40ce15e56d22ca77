"""Wrapping, doubles and gaps: the signature holds, but not for the elements that are read.

Each attack has its control: `bare.holds` says that the signature is valid.
"""

from copy import deepcopy

import pytest
from lxml import etree

from gateway.core.wss import names
from tests.core.wss import bare
from tests.core.wss.making import one, parsed, refusal

POLICY = "EBMS:0103"
WSU_ID = names.IDS[0]


def put_aside(root: etree._Element, tag: str, forged: str) -> etree._Element:
    """The signed element moved under another header, and a forged one in its place."""
    found = one(root, tag)
    parent, at = found.getparent(), 0
    assert parent is not None
    aside = etree.Element("{urn:x}Wrapper")
    one(root, names.HEADER).insert(at, aside)
    made = deepcopy(found)
    made.attrib.pop(WSU_ID)
    text = made.find(".//{*}PartyId")
    if text is not None:
        text.text = forged
    parent.replace(found, made)
    aside.append(found)
    return made


@pytest.mark.parametrize("tag", [names.MESSAGING, names.BODY])
@pytest.mark.parametrize("own", [None, "forged"])
def test_signed_element_moved_aside_covers_nothing(tag: str, own: str | None) -> None:
    """Wrapping: what the reference points at is not what is read."""
    root = parsed()
    made = put_aside(root, tag, "BY.GTK")
    if own:
        made.set(WSU_ID, own)

    assert bare.holds(etree.tostring(root))
    assert refusal(etree.tostring(root))[0] == POLICY


@pytest.mark.parametrize("tag", [names.MESSAGING, names.BODY])
@pytest.mark.parametrize("attribute", names.IDS)
def test_forged_element_with_the_same_id_is_refused(tag: str, attribute: str) -> None:
    """Whether by wsu:Id, Id or xml:id: no Id may name two elements."""
    root = parsed()
    found = one(root, tag)
    put_aside(root, tag, "BY.GTK").set(attribute, found.get(WSU_ID, ""))

    assert bare.holds(etree.tostring(root))
    assert refusal(etree.tostring(root)) == (POLICY, "each Id once in the whole envelope")


@pytest.mark.parametrize("tag", [names.MESSAGING, names.SECURITY, names.BODY, names.HEADER])
def test_second_of_a_piece_is_refused(tag: str) -> None:
    """Two readers could read two different ones."""
    root = parsed()
    found = one(root, tag)
    second = etree.Element(tag)
    found.addnext(second)

    assert bare.holds(etree.tostring(root))
    assert refusal(etree.tostring(root))[0] == POLICY


@pytest.mark.parametrize("tag", [names.MESSAGING, names.SECURITY, names.BODY, names.HEADER])
def test_missing_piece_is_refused(tag: str) -> None:
    """There is nothing that a signature could be about, or no signature."""
    root = parsed()
    found = one(root, tag)
    found.getparent().remove(found)  # type: ignore[union-attr]

    assert refusal(etree.tostring(root))[0] == POLICY


def test_other_root_is_no_envelope() -> None:
    """SOAP 1.2 and nothing else."""
    root = parsed()
    root.tag = "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"

    assert refusal(etree.tostring(root)) == (POLICY, "exactly one S12:Envelope")


@pytest.mark.parametrize("beside", [True, False])
def test_second_signature_is_refused(beside: bool) -> None:  # noqa: FBT001 - a row
    """Which of two signers a message has is not for the reader to choose."""
    root = parsed()
    second = deepcopy(one(root, names.SIGNATURE))
    place = one(root, names.SECURITY) if beside else one(root, names.BODY)
    place.append(second)

    if beside:
        assert bare.holds(etree.tostring(root))
    assert refusal(etree.tostring(root)) == (POLICY, "exactly one ds:Signature")


def test_signature_in_another_header_is_refused() -> None:
    """It has to be where WS-Security puts it."""
    root = parsed()
    one(root, names.HEADER).append(one(root, names.SIGNATURE))

    assert bare.holds(etree.tostring(root))
    assert refusal(etree.tostring(root))[0] == POLICY


def test_unsigned_message_is_refused() -> None:
    """Where a signature is agreed, its absence is a breach of policy."""
    root = parsed()
    one(root, names.SECURITY).remove(one(root, names.SIGNATURE))

    assert refusal(etree.tostring(root)) == (POLICY, "exactly one ds:Signature")
