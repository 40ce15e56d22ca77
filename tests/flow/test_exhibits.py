"""What was signed about a message stays with it on both sides, and both logs name it."""

import json
from hashlib import sha256
from typing import Any

from gateway.core.ebms import SOAP_TYPE
from gateway.flow.outcome import confirmed
from gateway.flow.ports_exhibits import Exhibited, Subject
from gateway.flow.sending import Reply
from tests.flow.exporting import town
from tests.house import sample
from tests.town import Node, Town

__all__ = ["town"]
PLAIN = sample("valid/TransitReleaseNotice--road-through-three-states")
STRIPPED = sample("restricted/TransitReleaseNotice--drivers-and-a-representative")
MESSAGE_ID = "m-1@town"


async def exchanged(town: Town, document: bytes) -> tuple[Exhibited, Exhibited]:
    """A message from KZ to BY, as each side can prove it."""
    await town["KZ.KGD"].post(document, MESSAGE_ID, ("BY.GTK",))
    await town["KZ.KGD"].deliver()
    return await exhibited(town["KZ.KGD"]), await exhibited(town["BY.GTK"])


async def exhibited(node: Node) -> Exhibited:
    """The one message with that id."""
    (found,) = await node.store.exhibited(Subject("message", MESSAGE_ID), 10)
    return found


async def leaf(node: Node, kind: str) -> dict[str, Any]:
    """The one entry of that kind about the message."""
    rows = [json.loads(row["body"]) for row in await node.store.entries_about(MESSAGE_ID)]
    (found,) = [row for row in rows if row["kind"] == kind]
    return found


async def test_both_sides_keep_the_signed_envelope_and_name_it_in_their_logs(town: Town) -> None:
    """The very bytes: SHA-256 in `delivered` here and in `received` there; the receipt here."""
    kz, by = await exchanged(town, PLAIN)
    delivered, received = await leaf(town["KZ.KGD"], "delivered"), await leaf(town["BY.GTK"], "received")

    assert kz.envelope == by.envelope
    assert delivered["sent"] == received["envelope"] == sha256(kz.envelope).hexdigest()
    assert delivered["receipt"] == sha256(kz.receipt).hexdigest()
    assert (kz.state, by.state, by.receipt) == ("delivered", "", b"")


async def test_what_the_sender_stripped_is_whole_for_the_receiver(town: Town) -> None:
    """Nothing is left to be removed on arrival, so the envelope is kept there, too."""
    kz, by = await exchanged(town, STRIPPED)

    assert json.loads(kz.removed)
    assert kz.envelope == by.envelope


async def test_a_receipt_that_came_in_mime_is_kept_as_the_soap_part(town: Town) -> None:
    """What its signature is over, and what can be shown."""
    await exchanged(town, PLAIN)
    job = await town["KZ.KGD"].store.sent(MESSAGE_ID, "party:BY.GTK")
    kz = await exhibited(town["KZ.KGD"])
    assert job is not None
    mime = b"--b\r\nContent-Type: %s\r\n\r\n%s\r\n--b--\r\n" % (SOAP_TYPE.encode(), kz.receipt)

    result = confirmed(job, Reply(200, mime, 'multipart/related; boundary="b"'), town.clock.now(), bytes(16))
    assert result.receipt == kz.receipt
