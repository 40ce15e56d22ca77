"""A receipt confirms a message only where it repeats exactly its parts."""

from dataclasses import replace

import pytest

from gateway.core import ebms, receipt
from gateway.core.agreement import Limits
from gateway.core.ebms import Signal
from gateway.core.errors import ErrorCode, Fault, Rejected
from gateway.core.message import payload
from gateway.core.names import MessageId
from gateway.core.reference import Reference
from tests.core.making import NOW, REGISTER, taken
from tests.reading import messaging

ID = MessageId("m-1@x")
A, B = Reference("cid:a@x", b"a" * 32), Reference("cid:b@x", b"b" * 32)
PARTS = (A, B)
SOAP = b"<unsigned/>"
GOOD = Signal(ID, (A, B), (), receipt=True)


def test_acknowledgement_confirms_what_arrived() -> None:
    """What one gateway answers, the other accepts: through the wire's own form."""
    payloads = [payload("a&b@x", "application/xml", b"<a/>"), payload("p@x", "image/jpeg", b"jpeg")]

    answer = receipt.complete(receipt.acknowledge(ID, MessageId("r-1@y"), NOW), taken(*payloads), REGISTER)

    signal = ebms.read_signal(messaging(answer.body, answer.content_type, Limits())[0])
    assert answer.status == 200
    assert signal is not None
    assert receipt.confirms(signal, ID, receipt.expected(SOAP, [(one.cid, one.digest) for one in payloads])) is None


@pytest.mark.parametrize("references", [(A, B), (B, A)])
def test_exactly_the_sent_parts_in_any_order_confirm(references: tuple[Reference, ...]) -> None:
    """The references are a set (AS4 5.1.8)."""
    assert receipt.confirms(replace(GOOD, references=references), ID, PARTS) is None


@pytest.mark.parametrize(
    "references",
    [
        (),
        (A,),
        (A, B, Reference("cid:c@x", b"c" * 32)),
        (A, B, B),
        (A, A),
        (A, Reference(B.uri, b"c" * 32)),
        (A, Reference(B.uri, b"b" * 31)),
        (A, Reference(B.uri, b"")),
        (Reference(A.uri, B.digest), Reference(B.uri, A.digest)),
        (A, Reference("b@x", B.digest)),
    ],
    ids=["none", "missing", "extra", "twice", "one-for-the-other", "changed", "cut", "damaged", "swapped", "no-cid"],
)
def test_any_other_set_is_an_invalid_receipt(references: tuple[Reference, ...]) -> None:
    """One wrong bit, and the delivery is not proven."""
    assert receipt.confirms(replace(GOOD, references=references), ID, PARTS) is ErrorCode.EBMS_0302


@pytest.mark.parametrize("signal", [replace(GOOD, ref_to_message_id="m-2@x"), replace(GOOD, receipt=False)])
def test_receipt_for_another_message_is_invalid(signal: Signal) -> None:
    """Nor does a signal that is no receipt confirm anything."""
    assert receipt.confirms(signal, ID, PARTS) is ErrorCode.EBMS_0302


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (ErrorCode.EBMS_0101, 403),
        (ErrorCode.NOT_AUTHORISED, 403),
        (ErrorCode.EBMS_0202, 503),
        (ErrorCode.PATTERN_MISMATCH, 200),
        (ErrorCode.EBMS_0009, 200),
    ],
)
def test_refusal_is_told_by_status_too(code: ErrorCode, status: int) -> None:
    """A peer that reads only the status sees what it must mend, and what passes."""
    assert receipt.refuse(Rejected(Fault(code)), MessageId("e@x"), NOW).status == status
