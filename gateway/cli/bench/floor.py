"""The bare floor: a straight-line server that does what every gateway must, and nothing else.

In its own process: `python -m gateway.cli.bench.floor SETTINGS`. mTLS, parse, validate, strip, C14N, digest,
hash-linked log, group commit, 202; with `forward` it also delivers to a second floor and keeps the receipt, both signed
where there is a key to sign with.
"""

import asyncio
import json
import ssl
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from aiohttp import web
from lxml import etree

from gateway.cli.bench.ledger import Ledger
from gateway.cli.bench.signing import header, signing

IN_FLIGHT = 16  # deliveries under way, as many as a gateway's
KEEP_ALIVE = 3600
SIGNATURE, NUMBER = "X-Signature", "X-Number"
NOTICE = "/trn:TransitReleaseNotice"
RESTRICTED = (
    f"{NOTICE}/cacdo:TDGoodsShipmentDetails/casdo:TotalAmount",
    f"{NOTICE}/cacdo:TDGoodsShipmentDetails/cacdo:TransitGoodsItemDetails/casdo:CAValueAmount",
    f"{NOTICE}/cacdo:TransitGuaranteeDetails/casdo:GuaranteeAmount",
    f"{NOTICE}/cacdo:CustomsIdentificationDetails/cacdo:SealDetails/casdo:SealDeviceId",
    f"{NOTICE}/casdo:CustomsControlFormCode",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where it listens, whom it believes, what it validates with."""

    port: int
    certificate: str
    key: str
    peers: str  # PEM: who may connect, and whom it connects to
    schema: str
    prefixes: dict[str, str]
    database: str
    forward: str  # URL of the second floor; empty: it stands alone
    signs: str  # PEM: the key that messages and receipts are signed with; empty: nobody signs


class Floor:
    """One handler, and with `forward` the deliveries behind it."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        """Compile once what is used for every message."""
        self._ledger, self._forward = ledger, settings.forward
        self._schema = etree.XMLSchema(etree.parse(settings.schema))
        self._restricted = [etree.XPath(path, namespaces=settings.prefixes) for path in RESTRICTED]
        rules: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
        self._parser = etree.XMLParser(remove_comments=True, remove_pis=True, **rules)
        self._queue: asyncio.Queue[tuple[int, bytes, bytes]] = asyncio.Queue()
        self._signing = signing(settings.signs)

    async def accept(self, request: web.BaseRequest) -> web.Response:
        """202 with the digest of what is stored, after the commit."""
        sent = await request.read()
        document = etree.fromstring(sent, self._parser)
        if SIGNATURE in request.headers:
            signed = header(int(request.headers[NUMBER]), sent)
            self._signing.check(bytes.fromhex(request.headers[SIGNATURE]), signed)
        if not self._schema.validate(document):
            return web.Response(status=422)
        for select in self._restricted:
            for element in select(document):
                element.getparent().remove(element)
        body = etree.tostring(document, method="c14n", exclusive=True)
        digest = sha256(body).digest()
        number = await self._ledger.keep(body, digest)
        if self._forward:
            self._queue.put_nowait((number, body, digest))
        return web.Response(status=202, body=digest + self._signing.sign(digest))

    async def deliver(self, session: aiohttp.ClientSession) -> None:
        """Sends one message after the other; its receipt is checked and kept."""
        while True:
            number, body, digest = await self._queue.get()
            signature = self._signing.sign(header(number, body))
            headers = {SIGNATURE: signature.hex(), NUMBER: str(number)} if signature else {}
            async with session.post(self._forward, data=body, headers=headers) as answer:
                receipt = await answer.read()
            if receipt[: len(digest)] != digest:
                raise ValueError(f"the receipt of message {number} is for something else")
            self._signing.check(receipt[len(digest) :], digest)
            await self._ledger.confirm(number, receipt)


def context(settings: Settings, protocol: int) -> ssl.SSLContext:
    """TLS 1.3 with certificates on both sides."""
    made = ssl.SSLContext(protocol)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(settings.certificate, settings.key)
    made.load_verify_locations(settings.peers)
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return made


async def serve(settings: Settings) -> None:
    """Serves until the process is ended, or until a delivery goes wrong."""
    ledger = Ledger(settings.database)
    floor = Floor(settings, ledger)
    server, client = (context(settings, protocol) for protocol in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT))
    runner = web.ServerRunner(web.Server(floor.accept, access_log=None, keepalive_timeout=KEEP_ALIVE))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.port, ssl_context=server).start()
    pool = aiohttp.TCPConnector(limit=0, ssl=client, keepalive_timeout=KEEP_ALIVE)
    async with aiohttp.ClientSession(connector=pool) as session, asyncio.TaskGroup() as group:
        group.create_task(ledger.run())
        for _ in range(IN_FLIGHT if settings.forward else 0):
            group.create_task(floor.deliver(session))


if __name__ == "__main__":
    uvloop.run(serve(Settings(**json.loads(Path(sys.argv[1]).read_text()))))
