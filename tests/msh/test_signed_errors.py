"""Errors are signed by the P-Mode of the message that they are about, as its receipt would be (ebMS 6.2, AS4 5.1.8)."""

from pathlib import Path

import pytest

from tests.house import House, build
from tests.msh.partner import Message, message, tls, wire

SIGNATURE = b"<ds:Signature"
WRONG = message(b"<a/>")  # of no agreement's type: its header is in order
NO_XML = message(b"<a>")
CONFLICT = message(conversation_id="other")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[House, House]:
    """KZ and BY agreed that customs messages are not signed; all else is."""
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK")
    path = kz.folder / "agreements" / "eurasec-customs.toml"
    path.write_text(f'{path.read_text()}\n[pmode]\nprofile = "plain-tls"\n')
    return kz, by


@pytest.mark.parametrize("sent", [WRONG, NO_XML, CONFLICT], ids=["type", "xml", "conflict"])
async def test_an_error_is_as_the_messages_pmode_says(pair: tuple[House, House], sent: Message) -> None:
    """Unsigned about an unsigned message; about what is under no agreement, as with nobody in particular: signed."""
    async with pair[0].running() as gateway, wire(gateway.msh.port, tls(*pair)) as by:
        assert (await by.send(message())).signal.receipt
        told = await by.send(sent)
        unread = await by.send(message().bent(b"<eb:ConversationId>talk</eb:ConversationId>", b""))

    assert (bool(told.codes), SIGNATURE in told.body) == (True, False)
    assert (unread.codes, SIGNATURE in unread.body) == (["EBMS:0009"], True)
