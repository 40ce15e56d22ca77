"""A gateway of ours and an access point of another make, which know each other and meet over TLS."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.cli.keys import Kind, Owner, Pair, messaging
from gateway.cli.process import free_port
from gateway.cli.setup import MESSAGE_KEYS
from gateway.core.pmode import PARTY_TYPE
from tests.asking import octets
from tests.core.wss.making import Wish, certificate, key
from tests.house import House
from tests.msh.partner import Answer, Message, tls, wire
from tests.peers.environment import Peer

Taken = list[dict[str, Any]]
# What the header of a message says that the peer sends.
SAID = {
    "own": "BY.GTK",
    "to": "KZ.KGD",
    "type": PARTY_TYPE,
    "agreement": "eurasec-customs:1.0",
    "service": "urn:eurasec-gw:service:transit",
    "service_type": "",
    "action": "TransitReleaseNotice",
    "properties": [
        ["originalSender", "BY.GTK"],
        ["finalRecipient", "KZ.KGD"],
        ["environment", "test"],
        ["purpose", "customs"],
    ],
}


def rekey(houses: Sequence[House], kind: Kind) -> None:
    """Messages of each are signed and opened with keys of the kind; all know it."""
    for number, house in enumerate(houses):
        pairs = _rsa(number) if kind is Kind.RSA else messaging(Owner(house.party, "KZ", "Customs"), kind)
        for name, pair in zip(MESSAGE_KEYS, pairs, strict=False):
            (house.folder / "keys" / name).write_bytes(pair.key)
        for other in houses:
            (other.folder / "parties" / f"{house.party}.as4.pem").write_bytes(b"".join(p.certificate for p in pairs))
        if len(pairs) > 1:
            opens = f'certificate = "parties/{house.party}.as4.pem"\nkey = "keys/{MESSAGE_KEYS[1]}"\n'
            house.edit("gateway.toml", "[[system]]", f"[[as4.opens]]\n{opens}\n[[system]]")


def _rsa(number: int) -> tuple[Pair, ...]:
    """The n-th RSA key of this run: they take long to make."""
    private = key("rsa", number)
    own = certificate(private, Wish(serial=4096 + number))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (Pair(own.public_bytes(Encoding.PEM), pem),)


def agree(house: House, other: str, profile: str) -> None:
    """What the house has agreed with the other."""
    path = house.folder / "parties" / f"{other}.toml"
    path.write_text(f'{path.read_text()}\n[pmode]\nprofile = "{profile}"\n')


def peer_for(python: Path, own: House, other: House) -> Peer:
    """The other make, with the keys of a house that does not run."""
    pems = [house.folder / "parties" / f"{house.party}.as4.pem" for house in (own, other)]
    return Peer(python, own.folder / "keys" / MESSAGE_KEYS[0], *pems)


@contextlib.asynccontextmanager
async def serving(
    own: House, other: House, take: Callable[[web.Request], Awaitable[web.Response]]
) -> AsyncIterator[None]:
    """Requests of the other house come to `take`, at the endpoint that it knows, over mutual TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.pem, own.folder / "keys" / "gateway.key")
    context.load_verify_locations(other.pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_mode = ssl.CERT_REQUIRED
    application = web.Application(client_max_size=0)
    application.router.add_post("/msh", take)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port(own), ssl_context=context).start()
    try:
        yield
    finally:
        await runner.cleanup()


def answering(
    peer: Peer, own: str, taken: Taken, change: Callable[[bytes], bytes] = bytes
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The peer takes what comes, changed on its way, and its signal is the answer."""

    async def take(request: web.Request) -> web.Response:
        content_type, body = request.headers["Content-Type"], change(await request.read())
        found = peer.ask("take", content_type=content_type, body=body, own=own)
        taken.append({**found, "content_type_sent": content_type, "body": body})
        if "signal" not in found:
            return web.Response(status=500, text=str(found))
        return web.Response(body=octets(found["signal"]), headers={"Content-Type": found["content_type"]})

    return take


def port(house: House) -> int:
    """Where partners reach the house."""
    text = (house.folder / "parties" / f"{house.party}.toml").read_text()
    url = next(line for line in text.splitlines() if line.startswith("endpoint")).split('"')[1]
    return urlsplit(url).port or 0


@dataclass(frozen=True, slots=True)
class Tapped:
    """What went over the wire to a running gateway: requests, and its answers."""

    sent: list[Message] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)


@contextlib.asynccontextmanager
async def tapped(sender: House, receiver: House) -> AsyncIterator[Tapped]:
    """The receiver runs behind a relay at its own endpoint, which keeps what passes."""
    tap, behind, published = Tapped(), free_port(), port(receiver)
    receiver.edit("gateway.toml", f"port = {published}\n", f"port = {behind}\n")
    async with receiver.running() as gateway, wire(gateway.msh.port, tls(receiver, sender)) as line:

        async def relay(request: web.Request) -> web.Response:
            message = Message(request.headers["Content-Type"], await request.read())
            answer = await line.send(message)
            tap.sent.append(message)
            tap.answers.append(answer)
            return web.Response(status=answer.status, body=answer.body, headers={"Content-Type": answer.content_type})

        async with serving(receiver, sender, relay):
            yield tap
