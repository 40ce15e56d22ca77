"""Keys, certificates and P-Modes change while messages wait: each is secured again, once, and arrives as one message."""

import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

from gateway.cli import keys
from gateway.cli.keys import Kind, Owner
from gateway.core.names import Micros
from gateway.core.schedule import Backoff
from gateway.flow.delivery import Pace
from gateway.machine import SystemClock
from tests.api.edge import TRN, Service, entries
from tests.e2e.wire import Exchange, Wire
from tests.house import House, build, eventually, of_movement, sample

HOUR = 3600 * 1_000_000
ARRIVED, WAITING = "arrived@test", "waiting@test"  # one's receipt is lost, the other's receiver is down
NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "eb": "http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What both sides had agreed before, and what they change while messages wait."""

    kind: Kind
    before: Callable[[House, House], None]
    change: Callable[[House, House], None]
    refused: str  # how the receiver would refuse what was secured before
    later: int = 0  # microseconds that pass meanwhile


def pair_of(house: House, kind: Kind) -> tuple[bytes, bytes]:
    """A new certificate and key for its messages."""
    (made,) = keys.messaging(Owner(house.party, "KZ", "Customs"), kind)
    return made.certificate, made.key


def publish(house: House, *others: House, certificates: bytes) -> None:
    """What the file with the house's message certificates holds, everywhere."""
    for each in (house, *others):
        (each.folder / "parties" / f"{house.party}.as4.pem").write_bytes(certificates)


def profile(house: House, other: House, name: str) -> None:
    """How messages between them travel, as the house has it."""
    path = house.folder / "parties" / f"{other.party}.toml"
    path.write_text(f'{path.read_text().partition("[pmode]")[0]}[pmode]\nprofile = "{name}"\n')


def nothing(_kz: House, _by: House) -> None:
    """As it was made."""


def new_signing_key(kz: House, by: House) -> None:
    """Ours is another one, and the partner, who knew it, no longer believes the former."""
    certificate, key = pair_of(kz, Kind.EC)
    publish(kz, by, certificates=certificate)
    (kz.folder / "keys" / "as4.key").write_bytes(key)


def sealed(kz: House, by: House) -> None:
    """Encrypted both ways."""
    profile(kz, by, "edelivery-1.15")
    profile(by, kz, "edelivery-1.15")


def new_reader(kz: House, by: House) -> None:
    """The partner opens and signs by another key from now on."""
    certificate, key = pair_of(by, Kind.RSA)
    publish(by, kz, certificates=certificate)
    (by.folder / "keys" / "as4.key").write_bytes(key)


def short(kz: House, by: House) -> None:
    """Our certificate ends in an hour; the next one is known to both sides already."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, "VALID_DAYS", 1 / 24)
        old, old_key = pair_of(kz, Kind.EC)
    new, new_key = pair_of(kz, Kind.EC)
    publish(kz, by, certificates=old + new)
    (kz.folder / "keys" / "as4.key").write_bytes(old_key)
    (kz.folder / "keys" / "next.key").write_bytes(new_key)
    kz.edit(
        "gateway.toml",
        "[[system]]",
        f'[[as4.signs]]\ncertificate = "parties/{kz.party}.as4.pem"\nkey = "keys/next.key"\n\n[[system]]',
    )


def unsigned(kz: House, by: House) -> None:
    """As before signatures were agreed."""
    profile(kz, by, "plain-tls")
    profile(by, kz, "plain-tls")


def signed(kz: House, by: House) -> None:
    """From now on they are."""
    profile(kz, by, "ics2")
    profile(by, kz, "ics2")


CHANGES = {
    "our-signing-key": Change(Kind.EC, nothing, new_signing_key, "EBMS:0101"),
    "their-encryption-key": Change(Kind.RSA, sealed, new_reader, "EBMS:0102"),
    "our-certificate-ends": Change(Kind.EC, short, nothing, "EBMS:0101", 2 * HOUR),
    "the-pmode": Change(Kind.EC, unsigned, signed, "EBMS:0103"),
}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once, and RSA keys are made quickly."""
    soon = Backoff(Micros(50_000), Micros(100_000))
    monkeypatch.setattr("gateway.boot.pace", lambda _: Pace(retry=soon, gate=soon))
    monkeypatch.setattr(keys, "RSA_BITS", 2048)


@asynccontextmanager
async def running(house: House) -> AsyncIterator[Service]:
    """The house and its national system."""
    async with house.running() as gateway, house.client() as client:
        yield Service(house, gateway, client)


@dataclass(slots=True)
class Story:
    """KZ with two messages under way, the wire to BY, and what was kept of the messages before anything changed."""

    kz: Service
    by: House
    wire: Wire
    kept: dict[str, bytes]

    async def change(self, row: Change, monkeypatch: pytest.MonkeyPatch) -> None:
        """It happens; KZ goes on without a restart."""
        row.change(self.kz.house, self.by)
        now = SystemClock.now
        monkeypatch.setattr(SystemClock, "now", lambda clock: Micros(now(clock) + row.later))
        await self.kz.gateway.reload()

    def last(self, message_id: str) -> Exchange:
        """The last attempt of a message."""
        found = [row for row in self.wire.exchanges if message_id.encode() in row.request.whole]
        return found[-1]


@asynccontextmanager
async def under_way(kz: House, by: House) -> AsyncIterator[Story]:
    """One message has arrived, but no receipt came back; the other one waits for the partner, who is down."""
    async with contextlib.AsyncExitStack() as stack:
        wire = await stack.enter_async_context(Wire(kz, by, lossy=True).open())
        service = await stack.enter_async_context(running(kz))
        async with running(by) as receiver:
            await service.accepted(TRN, movement=1, message_id=ARRIVED)
            await eventually(lambda: receiver.rows("SELECT 1 FROM messages"))
        await service.accepted(TRN, movement=2, message_id=WAITING)
        await eventually(
            lambda: service.rows(
                "SELECT 1 WHERE 2 = (SELECT count(*) FROM deliveries WHERE pack IS NOT NULL AND attempts > 1)"
            )
        )
        wire.lossy = False
        yield Story(service, by, wire, packs(kz))


def packs(house: House) -> dict[str, bytes]:
    """The SOAP part of each message, as it is kept."""
    database = sqlite3.connect(house.folder / "data" / "gateway.sqlite3", timeout=5)
    try:
        rows = database.execute("SELECT m.message_id, d.pack FROM deliveries d JOIN messages m ON m.id = d.message")
        return {str(name): bytes(pack) for name, pack in rows}
    finally:
        database.close()


def inside(envelope: etree._Element) -> list[bytes]:
    """Messaging and Body: what duplicates are known and receipts are made by."""
    found = [envelope.find(path, NS) for path in ("s:Header/eb:Messaging", "s:Body")]
    return [etree.tostring(each, method="c14n", exclusive=True) for each in found]


@pytest.mark.parametrize("name", CHANGES)
async def test_what_waits_is_secured_again_once_and_arrives_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Same MessageId, same header, same parts; the message whose receipt was lost is suppressed as a duplicate."""
    row = CHANGES[name]
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK", kind=row.kind)
    row.before(kz, by)
    async with under_way(kz, by) as story:
        await story.change(row, monkeypatch)
        async with running(by) as receiver:
            for message_id in (ARRIVED, WAITING):
                await story.kz.became(message_id, "delivered")
                sent = story.last(message_id).request
                assert inside(sent.envelope) == inside(etree.fromstring(story.kept[message_id]))
                assert packs(kz)[message_id] == sent.parts[0][2] != story.kept[message_id]
            told = entries(kz, "resecured")
            assert sorted(each["message_id"] for each in told) == [ARRIVED, WAITING]
            assert all(each.get("before", "") != each["after"] for each in told)
            items = await receiver.leased(2)
            assert {each["message_id"] for each in items} == {ARRIVED, WAITING}
            assert await receiver.client.lease() == []
            assert {each["message_id"] for each in entries(by, "duplicate")} == {ARRIVED}
            for item in items:
                number = 1 if item["message_id"] == ARRIVED else 2
                assert (await receiver.client.read(item)).body == of_movement(sample(TRN), number)
            await receiver.check()
        await story.kz.check()


@pytest.mark.parametrize("name", CHANGES)
async def test_what_was_secured_before_would_be_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The control: a sender that repeats its bytes whatever has changed delivers neither message."""
    row = CHANGES[name]
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK", kind=row.kind)
    row.before(kz, by)
    monkeypatch.setattr("gateway.flow.packing.holds", lambda *_: True)
    async with under_way(kz, by) as story:
        await story.change(row, monkeypatch)
        async with running(by) as receiver:
            await eventually(
                lambda: row.refused in str(receiver.rows("SELECT body FROM log_entries WHERE kind = 'refused'"))
            )
            states = story.kz.rows("SELECT state FROM deliveries")
            assert ("delivered",) not in states
            assert len(receiver.rows("SELECT 1 FROM messages")) == 1
    assert entries(kz, "resecured") == []


async def test_nothing_is_secured_again_where_nothing_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the very bytes of the first attempt are sent, also after a restart."""
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK")
    async with under_way(kz, by) as story:
        first = story.wire.exchanges[0].request.digest
        await story.change(Change(Kind.EC, nothing, nothing, ""), monkeypatch)
        async with running(by):
            for message_id in (ARRIVED, WAITING):
                await story.kz.became(message_id, "delivered")
                assert story.last(message_id).request.parts[0][2] == story.kept[message_id]
        assert story.last(ARRIVED).request.digest == first
        assert entries(kz, "resecured") == []
