"""Whatever the header says, its signature holds; whatever changes on the way, it does not."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.core import xml
from gateway.core.agreement import Limits
from gateway.core.errors import Rejected
from gateway.core.wss import canonical, names
from gateway.core.wss.sign import How, sign
from tests.core.wss.making import PARTS, carried, checked, digests, one, refusal, signed, signer, soap

TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\ufffe\uffff"), max_size=60).map(
    lambda text: "".join(each for each in text if each >= " " or each in "\t\n\r")
)
MESSAGE = signed()
REGIONS = {
    name: (MESSAGE.index(start), MESSAGE.index(end) + len(end))
    for name, start, end in (
        ("Messaging", b"<eb:Messaging", b"</eb:Messaging>"),
        ("Body", b"<S12:Body", b'"body"/>'),
        ("SignedInfo", b"<ds:SignedInfo", b"</ds:SignedInfo>"),
        ("SignatureValue", b"<ds:SignatureValue>", b"</ds:SignatureValue>"),
        ("Security", b"<wsse:Security", b"</wsse:Security>"),
    )
}


@given(TEXT, st.dictionaries(st.text("abc@.%&<'\"é ", min_size=1, max_size=8), st.binary(max_size=30), max_size=3))
def test_signature_holds_for_any_header_and_parts(text: str, parts: dict[str, bytes]) -> None:
    """No sign in a header or a Content-ID is written in one way and read in another."""
    envelope = soap(escape(text, {"\r": "&#13;"}))
    made = sign(envelope, digests(carried(parts), How()), signer("ed25519"), How())

    assert len(checked(made, carried(parts)).references) == 2 + len(parts)
    assert xml.parse(made, Limits()).findtext(".//{*}PartyId", "") == text


def meaning(message: bytes) -> tuple[bytes, ...]:
    """What a message says, whatever its spelling."""
    root = xml.parse(message, Limits())
    return tuple(canonical.element(one(root, tag)) for tag in (names.MESSAGING, names.BODY, names.SIGNED_INFO))


@pytest.mark.parametrize("region", REGIONS)
@given(st.data())
def test_any_changed_byte_is_refused(region: str, data: st.DataObject) -> None:
    """But for spelling that canonical XML does not see, and white space around base64: then nothing is changed."""
    start, end = REGIONS[region]
    at = data.draw(st.integers(start, end - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda each: each != MESSAGE[at]))
    altered = MESSAGE[:at] + bytes((byte,)) + MESSAGE[at + 1 :]
    try:
        checked(altered)
    except Rejected:
        return
    assert meaning(altered) == meaning(MESSAGE)


@pytest.mark.parametrize("cid", PARTS)
@given(st.data())
def test_any_changed_byte_of_a_part_is_refused(cid: str, data: st.DataObject) -> None:
    """Down to the last bit."""
    octets = bytearray(PARTS[cid])
    octets[data.draw(st.integers(0, len(octets) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    assert refusal(MESSAGE, carried({**PARTS, cid: bytes(octets)}))[0] == "EBMS:0101"


@given(st.data())
def test_no_letter_of_the_value_can_be_another(data: st.DataObject) -> None:
    """Also not the last one, whose lower bits base64 leaves open."""
    root = etree.fromstring(MESSAGE)
    value = one(root, names.SIGNATURE_VALUE)
    letters = value.text or ""
    at = data.draw(st.integers(0, len(letters) - 1))
    letter = data.draw(
        st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").filter(
            lambda each: each != letters[at]
        )
    )
    value.text = letters[:at] + letter + letters[at + 1 :]

    assert refusal(etree.tostring(root))[0] == "EBMS:0101"
