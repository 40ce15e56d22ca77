"""Messages too large to be held are refused as small ones are: the error names the message, the log has it."""

import random

import pytest

from tests.api.edge import entries, rows
from tests.house import House
from tests.msh.partner import Message, Wire, message
from tests.msh.test_receipts import RESPONSE, VERIFICATION

NOISE = random.Random(3).randbytes(900_000)  # noqa: S311 - does not shrink: it is staged as it comes


def large() -> Message:
    """A message with an attachment that is never held."""
    return message(RESPONSE, ("application/pdf", NOISE), **VERIFICATION)


def damaged(sent: Message) -> Message:
    """In its last octets, long after it was announced: its gzip trailer says another size."""
    end = sent.body.rindex(b"\r\n--")
    return Message(sent.content_type, sent.body[: end - 4] + b"????" + sent.body[end:])


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (damaged(large()), "EBMS:0303"),
        (large().bent(b"Content-ID: <a-0@by", b"Content-ID: <b-0@by"), "EBMS:0007"),
        (large().bent(b"<eb:ConversationId>talk</eb:ConversationId>", b""), "EBMS:0009"),
    ],
    ids=["gzip", "content id", "header"],
)
async def test_what_is_refused_on_the_way_is_named_and_logged(
    pair: tuple[House, House], by: Wire, sent: Message, code: str
) -> None:
    """RefToMessageId, a `refused` entry of the sender, nothing stored; the whole message is taken (the control)."""
    answer = await by.send(sent)

    assert (answer.codes, answer.signal.ref_to_message_id) == ([code], "by-1@by.example")
    (told,) = entries(pair[0], "refused")
    assert (told["message_id"], told["sender"], told["faults"][0]["code"]) == ("by-1@by.example", "BY.GTK", code)
    assert rows(pair[0], "SELECT 1 FROM messages") == []
    assert (await by.send(large())).signal.receipt
