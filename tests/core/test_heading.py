"""Which requests are signals, and which signal each is."""

import pytest

from gateway.core import ebms
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Fault
from gateway.core.heading import Heading, Kind, heading
from gateway.core.message import MimePart, Peer, Received
from gateway.core.names import Edge, MessageId, Micros
from gateway.core.pmode import DEFAULT_MPC
from tests.msh.partner import message
from tests.vectors.recorded import FOLDER, MISSING

NOW = Micros(1_790_000_000_000_000)
RECEIPT = ebms.fill_receipt(ebms.write_receipt("r@by", NOW, "sent@kz"), [])
ERRORS = ebms.write_error("e@by", NOW, "sent@kz", [Fault(ErrorCode.EBMS_0004)])
PULL = ebms.write_pull_request("p@by", NOW, "urn:channel&1")


def told(body: bytes, content_type: str = ebms.SOAP_TYPE, parts: tuple[MimePart, ...] = ()) -> Heading | None:
    """What the request is."""
    return heading(Received(Edge.PARTNER, Peer(), body, content_type, MessageId("fresh"), parts=parts), Limits())


def test_each_signal_is_told_with_what_it_is_about() -> None:
    """A receipt and errors name a message, a PullRequest a channel."""
    assert told(RECEIPT) == Heading(Kind.RECEIPT, "r@by", "sent@kz", DEFAULT_MPC)
    assert told(ERRORS) == Heading(Kind.ERRORS, "e@by", "sent@kz", DEFAULT_MPC)
    assert told(PULL) == Heading(Kind.PULL, "p@by", "", "urn:channel&1")


def test_a_pull_request_without_a_channel_asks_for_the_default_one() -> None:
    """EbMS 5.2.3.1."""
    found = told(PULL.replace(b' mpc="urn:channel&amp;1"', b""))
    assert found is not None
    assert found.mpc == DEFAULT_MPC


def test_an_error_may_name_its_message_itself() -> None:
    """Where MessageInfo has no RefToMessageId, refToMessageInError counts (ebMS 6.3); both may be missing."""
    named = ERRORS.replace(b"<eb:RefToMessageId>sent@kz</eb:RefToMessageId>", b"")
    found, nothing = told(named), told(named.replace(b' refToMessageInError="sent@kz"', b""))
    assert found is not None
    assert nothing is not None
    assert (found.ref_to_message_id, nothing.ref_to_message_id) == ("sent@kz", "")


def test_a_signal_in_mime_is_told_too() -> None:
    """Some products wrap every message in multipart/related."""
    body = b"--b\r\nContent-Type: application/soap+xml\r\n\r\n" + RECEIPT + b"\r\n--b--\r\n"
    found = told(body, 'multipart/related; boundary="b"; type="application/soap+xml"')
    assert found is not None
    assert found.kind is Kind.RECEIPT


@pytest.mark.parametrize(
    "body",
    [
        b"SignalMessage, but no XML",
        RECEIPT.replace(b"eb:Receipt>", b"eb:Other>"),
        RECEIPT.replace(b"<eb:SignalMessage>", b"<eb:SignalMessage/><eb:SignalMessage>"),
        RECEIPT.replace(b"<eb:SignalMessage>", b"<eb:UserMessage/><eb:SignalMessage>"),
        RECEIPT.replace(b"eb:SignalMessage>", b"eb:SignalMessages>"),
    ],
    ids=["no-xml", "nothing-in-it", "two", "beside-a-user-message", "another-element"],
)
def test_what_is_no_signal_is_left_to_the_intake(body: bytes) -> None:
    """It says what is wrong with it; a user message with a signal beside it is a user message."""
    assert told(body) is None


def test_a_user_message_is_none() -> None:
    """Neither whole nor in parts, nor with the word in its content."""
    sent = message()
    assert told(sent.body, sent.content_type) is None
    assert told(sent.body + b"SignalMessage", sent.content_type) is None
    assert told(RECEIPT, parts=(MimePart({}, RECEIPT),)) is None


@pytest.mark.skipif(not FOLDER.is_dir(), reason=MISSING)
def test_recorded_signals_are_read() -> None:
    """A PullRequest and the receipt of a pulled message as Domibus writes them."""
    request = told((FOLDER / "domibus5-pullrequest-signed.xml").read_bytes())
    receipt = told((FOLDER / "domibus5-receipt-of-pulled-message-signed.xml").read_bytes())
    assert request == Heading(
        Kind.PULL, "2d63b956-6452-11ee-95d4-2cf05db4a367@domibus.eu", "", ebms.EB + "mpcPullSignOnly"
    )
    assert receipt is not None
    assert (receipt.kind, receipt.ref_to_message_id) == (Kind.RECEIPT, "-Dom00302-")
