"""A running gateway and the `as4` package exchange signed and encrypted messages over mutual TLS, both ways."""

from tests.api.edge import rows
from tests.asking import octets
from tests.house import House, eventually, sample
from tests.msh.partner import Message, tls, wire
from tests.peers.environment import Peer
from tests.peers.town import SAID, Taken, answering, serving

TRN = "valid/TransitReleaseNotice--road-through-three-states"


async def test_what_the_peer_sends_is_taken_and_its_receipt_holds(
    kz: House, pair: tuple[House, House], by: Peer
) -> None:
    """Signed, encrypted, delivered to the inbox; the peer finds our receipt signed and every digest in it."""
    async with kz.running() as gateway, wire(gateway.msh.port, tls(*pair)) as line:
        sent = by.ask("send", document=sample(TRN), **SAID)
        answer = await line.send(Message(sent["content_type"], octets(sent["body"])))

    found = by.ask("answered", message_id=sent["message_id"], signal=answer.body)
    assert found == {"state": "acknowledged", "codes": []}, (found, answer.body)
    assert rows(kz, "SELECT message_id, sender FROM messages") == [(sent["message_id"], "BY.GTK")]


async def test_what_of_the_peers_is_altered_is_refused_by_a_signed_error(
    kz: House, pair: tuple[House, House], by: Peer
) -> None:
    """The control: one letter of the header changed on the way; the peer reads our error and finds it signed."""
    async with kz.running() as gateway, wire(gateway.msh.port, tls(*pair)) as line:
        sent = by.ask("send", document=sample(TRN), **SAID)
        message = Message(sent["content_type"], octets(sent["body"])).bent(b">customs<", b">customz<")
        answer = await line.send(message)

    found = by.ask("answered", message_id=sent["message_id"], signal=answer.body)
    assert found == {"state": "rejected", "codes": ["EBMS:0101"]}, (found, answer.body)
    assert rows(kz, "SELECT message_id FROM messages") == []


async def test_what_we_send_is_taken_and_the_peers_receipt_holds(
    kz: House, pair: tuple[House, House], by: Peer
) -> None:
    """Signed and encrypted for the peer, which finds the very document; its receipt makes the delivery final."""
    taken: Taken = []
    async with serving(pair[1], kz, answering(by, "BY.GTK", taken)), kz.running(), kz.client() as national:
        reply = await national.post(sample(TRN), {"to": "BY.GTK"})
        assert reply.status == 202, reply
        await eventually(lambda: taken and rows(kz, "SELECT state FROM deliveries") == [("delivered",)])

    assert [one.get("error", one) for one in taken] == [""]
    assert octets(next(iter(taken[0]["documents"].values()))) == sample(TRN)


async def test_what_the_peer_refuses_is_sent_again_byte_for_byte(
    kz: House, pair: tuple[House, House], by: Peer
) -> None:
    """The control: a byte of the part is changed on its first way; the peer refuses it, and takes the same bytes unchanged."""
    taken: Taken = []

    def change(body: bytes) -> bytes:
        return body if taken else body[:-60] + bytes([body[-60] ^ 1]) + body[-59:]

    async with serving(pair[1], kz, answering(by, "BY.GTK", taken, change)), kz.running(), kz.client() as national:
        await national.post(sample(TRN), {"to": "BY.GTK"})
        await eventually(lambda: rows(kz, "SELECT state FROM deliveries") == [("delivered",)])

    first, second = taken
    assert first["error"].startswith("EBMS:0102")
    assert second["error"] == ""
    assert sum(one != other for one, other in zip(first["body"], second["body"], strict=True)) == 1
