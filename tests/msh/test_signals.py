"""Signals and pulls over real TLS."""

from collections.abc import AsyncIterator

import pytest

from gateway.boot import Gateway
from gateway.core import ebms
from gateway.core.agreement import Limits
from gateway.core.names import Micros
from tests.api.edge import entries, rows
from tests.house import House, sample
from tests.msh.partner import Message, Wire, tls, wire
from tests.reading import messaging

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
CHANNEL = "urn:example:channel:BY"
NOW = Micros(1_795_000_000_000_000)


def request(mpc: str = CHANNEL) -> Message:
    """BY's PullRequest."""
    return Message(ebms.SOAP_TYPE, ebms.write_pull_request("p@by.example", NOW, mpc))


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Gateway]:
    """KZ's gateway, to which BY comes for its messages."""
    path = pair[0].folder / "parties" / "BY.GTK.toml"
    path.write_text(f'{path.read_text()}\nbinding = "pull"\nmpc = "{CHANNEL}"\n')  # beside what the fixture wrote
    async with pair[0].running() as gateway:
        yield gateway


@pytest.fixture
async def by(pair: tuple[House, House], kz: Gateway) -> AsyncIterator[Wire]:
    """BY's connection."""
    async with wire(kz.msh.port, tls(*pair)) as found:
        yield found


async def post(pair: tuple[House, House]) -> None:
    """KZ's system posts for BY."""
    async with pair[0].client() as client:
        assert (await client.post(NORMAL, {"to": "BY.GTK"})).status == 202


async def test_a_message_is_pulled_and_receipted(pair: tuple[House, House], by: Wire) -> None:
    """The answer to a PullRequest is the message, as a push would have carried it; 202 with no body to its receipt."""
    empty = await by.send(request())
    assert (empty.status, empty.codes) == (200, ["EBMS:0006"])
    await post(pair)
    pulled = await by.send(request())
    assert pulled.status == 200
    assert pulled.content_type.startswith("multipart/related")
    header, parts = messaging(pulled.body, pulled.content_type, Limits())
    message_id = header.findtext(f".//{{{ebms.EB}}}MessageId") or ""
    digests = [
        ebms.Reference(f"cid:{part.content_id}", digest)
        for part, (digest,) in zip(parts, rows(pair[0], "SELECT digest FROM payloads"), strict=True)
    ]
    receipt = ebms.fill_receipt(ebms.write_receipt("r@by.example", NOW, message_id), digests)
    answer = await by.send(Message(ebms.SOAP_TYPE, receipt))
    assert (answer.status, answer.body) == (202, b"")
    assert rows(pair[0], "SELECT state, attempts FROM deliveries") == [("delivered", 1)]
    assert [leaf["via"] for leaf in entries(pair[0], "delivered")] == ["signal"]


async def test_what_is_refused_is_an_error_signal(pair: tuple[House, House], by: Wire) -> None:
    """An unknown channel, and a receipt of nothing that was sent."""
    assert (await by.send(request("urn:nobody"))).codes == ["EBMS:0010"]
    receipt = ebms.fill_receipt(ebms.write_receipt("r@by.example", NOW, "nothing@kz"), [])
    assert (await by.send(Message(ebms.SOAP_TYPE, receipt))).codes == ["EBMS:0003"]
    assert len(entries(pair[0], "refused")) == 2
