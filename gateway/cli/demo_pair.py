"""The demo's two services: their gateways, their national systems, and what happens to them."""

import asyncio
import hashlib
import random
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from gateway.boot import opened
from gateway.cli import setup
from gateway.cli.client import NationalClient
from gateway.cli.demo_outsider import Checked, check
from gateway.cli.process import GatewayProcess, free_port
from gateway.cli.samples import Posted, Report, post, replay
from gateway.config.load import load
from gateway.core import proof
from gateway.core.commit import MisfitError
from gateway.core.regulation import Transaction
from gateway.flow.audit import Verdict, verify
from gateway.traffic.sample import Sample, read

PATIENCE = 60.0
RATE = 200.0  # messages a second, each way
LEASE = 5  # seconds: a reader that lost its gateway must not hold items long
SETTLE_WITHIN = 300.0  # seconds: a busy machine takes its time
ALL = 1_000_000
REPEATED = 20  # accepted messages that are posted once more under the same MessageId
DOCUMENT_ID = re.compile(rb"(:EDocId>)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=<)")
Say = Callable[[str], None]


@dataclass(slots=True)
class Service:
    """A customs service: gateway process and national system."""

    party: str
    authority: str
    folder: Path
    token: str
    process: GatewayProcess
    got: dict[str, set[int]] = field(default_factory=dict)  # MessageId ► the inbox items it was read as
    damaged: list[str] = field(default_factory=list)  # documents that differ from their digest
    read: dict[str, tuple[bytes, list[bytes]]] = field(default_factory=dict)  # MessageId ► document, manifests

    def client(self) -> NationalClient:
        """The national system's connection."""
        return NationalClient(self.process.url, self.token, self.process.certificate)


@dataclass(slots=True)
class Side:
    """What one service's sending came to."""

    service: Service
    report: Report
    repeats: int = 0
    repeats_differ: int = 0
    entries: dict[str, int] = field(default_factory=dict)
    deliveries: dict[str, int] = field(default_factory=dict)
    proved: int = 0  # messages that arrived as the original minus exactly the listed parts
    removed: int = 0  # parts listed in them
    unproved: list[str] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    checked: Checked | None = None  # by an outsider
    transactions: list[Transaction] = field(default_factory=list)  # as its gateway sees them

    def accepted(self) -> set[str]:
        """MessageIds of everything that was accepted."""
        return {
            message["message_id"]
            for posted in self.report.with_status(202)
            for message in posted.reply.json["messages"]
        }


@dataclass(slots=True)
class Outcome:
    """The whole demo."""

    sides: tuple[Side, Side]
    killed: str
    serving_again: float

    def lost(self) -> set[str]:
        """Accepted, but never taken over by the other national system."""
        first, second = self.sides
        return (first.accepted() - set(second.service.got)) | (second.accepted() - set(first.service.got))

    def listed_twice(self) -> set[str]:
        """Messages that stood in an inbox as more than one item."""
        return {name for side in self.sides for name, items in side.service.got.items() if len(items) > 1}


def make_pair(where: Path) -> tuple[Service, Service]:
    """Two configured services that know each other; nothing runs."""
    kz = _service(where, "KZ.KGD", "KZ", "State Revenue Committee of Kazakhstan")
    by = _service(where, "BY.GTK", "BY", "State Customs Committee of Belarus")
    setup.add_party(kz.folder, by.folder / "parties" / "BY.GTK.toml")
    setup.add_party(by.folder, kz.folder / "parties" / "KZ.KGD.toml")
    return kz, by


def _service(where: Path, party: str, member: str, authority: str) -> Service:
    folder, port = where / party, free_port()
    token = setup.write(folder, setup.Service(party, member, authority, "127.0.0.1", port, free_port()))
    process = GatewayProcess(folder, f"https://127.0.0.1:{port}", folder / "parties" / f"{party}.pem")
    return Service(party, authority, folder, token, process)


async def play(pair: tuple[Service, Service], samples: Path, repeat: int, say: Say) -> Outcome:
    """Traffic both ways, a SIGKILL in the middle, everything settled and both logs verified."""
    say("starting both gateways")
    for service in pair:
        service.process.start()
    await asyncio.gather(*(service.process.ready() for service in pair))
    readers = [asyncio.create_task(_read_inbox(service)) for service in pair]
    try:
        say("exchanging sample traffic both ways")
        midway = 0.4 * repeat * len(list(read(samples))) / RATE
        killing = asyncio.create_task(_kill_midway(pair[1], midway, say))
        sides = await asyncio.gather(*(_send(service, samples, repeat) for service in pair))
        serving_again = await killing
        outcome = Outcome((sides[0], sides[1]), pair[1].party, serving_again)
        say("waiting until everything accepted has been taken over")
        await _settle(outcome)
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    say("comparing what arrived with the originals")
    for side, other in (outcome.sides, outcome.sides[::-1]):
        await asyncio.to_thread(_prove, side, other.service)
    say("stopping both gateways, verifying both delivery logs")
    for side in outcome.sides:
        side.service.process.stop()
        await _look_into(side)
    say("an outsider checks exported logs and evidence, offline")
    for side, other in (outcome.sides, outcome.sides[::-1]):
        message = next(iter(sorted(side.accepted())))
        where = side.service.folder.parent / "outsider" / side.service.party
        side.checked = await check(side.service.folder, other.service.folder, message, where)
    return outcome


async def _send(service: Service, samples: Path, repeat: int) -> Side:
    """Every sample, in mixed order; then some accepted ones once more under their MessageIds."""
    traffic = [_fresh(sample) for _ in range(repeat) for sample in read(samples)]
    random.Random(service.party).shuffle(traffic)  # noqa: S311 - the same order every time
    async with service.client() as client:
        report = await replay(client, traffic, concurrency=16, rate=RATE, patience=PATIENCE)
        side = Side(service, report)
        for posted in report.with_status(202)[:REPEATED]:
            side.repeats += 1
            again = await post(client, posted.sample, posted.message_id, PATIENCE)
            side.repeats_differ += _differs(posted, again)
    return side


def _fresh(sample: Sample) -> Sample:
    """The sample as a document of its own: no business id is used twice, as two documents' answers could not be told apart."""
    own = str(uuid.uuid4()).encode()  # noqa: TID251 - a producer's id
    return replace(sample, body=DOCUMENT_ID.sub(rb"\g<1>" + own, sample.content()), file=None)


def _differs(first: Posted, again: Posted | None) -> bool:
    return again is None or again.reply.body != first.reply.body


async def _kill_midway(service: Service, after: float, say: Say) -> float:
    """SIGKILL under load; seconds from the new start until it served again."""
    await asyncio.sleep(after)
    say(f"{service.party}: killed with SIGKILL, starting again")
    service.process.kill()
    service.process.start()
    seconds = await service.process.ready()
    say("exchanging sample traffic both ways")
    return seconds


async def _read_inbox(service: Service) -> None:
    """The national system: leases, reads, checks the digest, acknowledges, over and over."""
    async with service.client() as client:
        while True:
            try:
                for item in await client.lease(limit=50, wait=5, seconds=LEASE):
                    await _take(service, client, item)
            except (aiohttp.ClientError, TimeoutError, ValueError):
                await asyncio.sleep(0.1)


async def _take(service: Service, client: NationalClient, item: dict[str, Any]) -> None:
    reply, manifests = await client.read(item), await client.manifests(item)
    if {reply.status, *(each.status for each in manifests)} != {200}:
        return  # the lease was lost with the gateway; the item comes again
    if hashlib.sha256(reply.body).hexdigest() != reply.headers["Gateway-Sha256"]:
        service.damaged.append(item["message_id"])
    # Taken over first, acknowledged then: an item whose acknowledgement is lost comes again as the same item.
    service.got.setdefault(item["message_id"], set()).add(item["item"])
    service.read[item["message_id"]] = reply.body, [each.body for each in manifests]
    await client.acknowledge(item)


def _prove(side: Side, other: Service) -> None:
    """It is known which messages arrived as the original minus exactly the listed parts, and what differs in the others."""
    for posted in side.report.with_status(202):
        for message in posted.reply.json["messages"]:
            document, manifests = other.read.get(message["message_id"], (b"", []))
            try:
                finding = proof.verify_original(
                    posted.sample.content(), posted.reply.json, message["recipient"], document, manifests
                )
            except MisfitError as error:
                finding = proof.Finding(faults=[str(error)])
            side.removed += len(message.get("redaction", {}).get("units", ()))
            side.proved += not finding.faults
            side.unproved += [f"{message['message_id']}: {fault}" for fault in finding.faults]


async def _settle(outcome: Outcome) -> None:
    """Everything accepted is taken over, and every receipt has reached its sender; or the time is up."""
    began = time.monotonic()
    while time.monotonic() - began < SETTLE_WITHIN:
        if not outcome.lost() and not any([await _queued(side.service) for side in outcome.sides]):
            return
        await asyncio.sleep(0.2)


async def _queued(service: Service) -> int:
    """Deliveries under way and signals owed: an attempt that the kill cut off is made again when its lease ends."""
    async with opened(load(service.folder)) as (store, _, _):
        counts = await store.delivery_counts()
        return counts.get("queued", 0) + counts.get("waiting", 0) + len(await store.owing())


async def _look_into(side: Side) -> None:
    """What the service's own database says."""
    settings = load(side.service.folder)
    async with opened(settings) as (store, _, _):
        side.transactions = [known.transaction for known in await store.transactions({}, ALL)]
        side.entries, side.deliveries = await store.entry_counts(), await store.delivery_counts()
        async for side.verdict in verify(store, settings.register):
            pass
