"""Who may speak: the certificate binds a party on every request, whatever the connection was."""

import asyncio
import contextlib
import gc
import shutil
import ssl
import warnings
from pathlib import Path

import aiohttp
import pytest

from gateway.boot import Gateway
from gateway.cli import setup
from gateway.config.faults import ConfigError
from gateway.config.load import Settings, load
from tests.api.edge import entries, rows
from tests.house import House, build, eventually
from tests.msh.issuer import issued
from tests.msh.partner import message, ping, tls, wire

QUICK = ("\n[api]", '\nreload_every = "1 seconds"\n\n[api]')


def new_key_pair(house: House) -> None:
    """The house has another certificate and key than its partners know."""
    certificate, key = setup.key_pair(setup.Service(house.party, "BY", "renewed", "127.0.0.1", 1, 2))
    house.pem.write_bytes(certificate)
    (house.folder / "keys" / "gateway.key").write_bytes(key)


def reloads(house: House) -> int:
    """How many times a changed configuration was taken over."""
    return len(entries(house, "reloaded"))


def refused(settings: Settings) -> list[tuple[Path, str]]:
    """Where the faults are that keep a gateway with these settings from starting."""
    with pytest.raises(ConfigError) as refusal:
        Gateway(settings)
    return [(fault.file, fault.key) for fault in refusal.value.faults]


@pytest.fixture
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, ...]:
    """KZ, BY and RU, not running; KZ exchanges unsigned messages with the others."""
    houses = build(tmp_path_factory.mktemp("three"), "KZ.KGD", "BY.GTK", "RU.FTS")
    for other in houses[1:]:
        houses[0].unsigned(other.party)
    return houses


async def test_an_unknown_certificate_gets_no_receipt(pair: tuple[House, House], kz: Gateway) -> None:
    """A stranger's certificate, and none at all, are refused at TLS: nothing of the message is read or stored."""
    new_key_pair(pair[1])
    for context in (tls(*pair), tls(pair[0], None)):
        async with wire(kz.msh.port, context) as stranger:
            with pytest.raises(aiohttp.ClientError):
                await stranger.send(message())
    assert rows(pair[0], "SELECT 1 FROM messages") == []


async def test_an_issuer_proves_nobody(pair: tuple[House, House]) -> None:
    """What passes TLS because a party's issuer signed it, but is not that party's certificate, is 403 EBMS:0101."""
    kz, by = pair
    own, other, authority = issued("BY.GTK", "SOMEBODY")
    (kz.folder / "parties" / "BY.GTK.pem").write_bytes(own[0] + authority)
    async with kz.running() as gateway:
        for certificate, status in ((own, 200), (other, 403)):
            by.pem.write_bytes(certificate[0] + authority)
            (by.folder / "keys" / "gateway.key").write_bytes(certificate[1])
            async with wire(gateway.msh.port, tls(kz, by)) as wired:
                answer = await wired.send(ping())
            assert (answer.status, answer.codes) == (status, [] if status == 200 else ["EBMS:0101"])


async def test_parties_cannot_speak_for_each_other(three: tuple[House, ...]) -> None:
    """BY's certificate with From=RU is 403 EBMS:0101, and the same message from RU is taken."""
    kz, by, ru = three
    sent = message(sender="RU.FTS")
    async with kz.running() as gateway:
        async with wire(gateway.msh.port, tls(kz, by)) as wired:
            for forged in (sent, ping(sender="RU.FTS"), message(sender="KZ.KGD"), message(sender="NO.ONE")):
                answer = await wired.send(forged)
                assert (answer.status, answer.codes, answer.signal.receipt) == (403, ["EBMS:0101"], False)
        assert rows(kz, "SELECT 1 FROM messages") == []
        async with wire(gateway.msh.port, tls(kz, ru)) as wired:
            assert (await wired.send(sent)).signal.receipt


async def test_the_same_id_from_two_parties_is_two_messages(three: tuple[House, ...]) -> None:
    """A MessageId belongs to its sender: nobody can block or read another's by using its id."""
    kz, by, ru = three
    async with kz.running() as gateway:
        for house in (by, ru):
            async with wire(gateway.msh.port, tls(kz, house)) as wired:
                assert (await wired.send(message(sender=house.party))).signal.receipt
        assert rows(kz, "SELECT count(*) FROM inbox") == [(2,)]


@pytest.mark.parametrize("removed", [False, True], ids=["control", "removed"])
async def test_a_removed_party_is_refused_on_its_open_connection(pair: tuple[House, House], *, removed: bool) -> None:
    """Its file goes while a keep-alive connection is open: the next request on that very connection is 403."""
    house = pair[0]
    house.edit("gateway.toml", *QUICK)
    async with house.running() as gateway, wire(gateway.msh.port, tls(*pair), connections=1) as by:
        assert (await by.send(ping())).signal.receipt
        connections = {id(c) for pool in by.session.connector._conns.values() for c, _ in pool}
        if removed:
            setup.remove_party(house.folder, "BY.GTK")
        else:
            house.edit("parties/BY.GTK.toml", "Customs of BY", "Customs of Belarus")
        await eventually(lambda: reloads(house) >= 1)
        answer = await by.send(message())
        assert {id(c) for pool in by.session.connector._conns.values() for c, _ in pool} == connections
        assert (answer.status, answer.codes) == ((403, ["EBMS:0101"]) if removed else (200, []))
        assert len(rows(house, "SELECT 1 FROM messages")) == (0 if removed else 1)


async def test_a_partners_new_certificate_is_taken_over_without_restart(pair: tuple[House, House]) -> None:
    """Old and new together in a rollover, then the new one alone: each works exactly while it is listed."""
    kz, by = pair
    old = tls(kz, by)
    old_pem = by.pem.read_bytes()
    new_key_pair(by)
    new = tls(kz, by)
    known = kz.folder / "parties" / "BY.GTK.pem"
    async with kz.running() as gateway:

        async def works(context: ssl.SSLContext) -> bool:
            async with wire(gateway.msh.port, context) as wired:
                with contextlib.suppress(aiohttp.ClientError):
                    return (await wired.send(ping())).status == 200
            return False

        assert (await works(old), await works(new)) == (True, False)
        known.write_bytes(old_pem + by.pem.read_bytes())
        await gateway.reload()
        assert (await works(old), await works(new)) == (True, True)
        known.write_bytes(by.pem.read_bytes())
        await gateway.reload()
        assert (await works(old), await works(new)) == (False, True)


async def test_its_own_certificate_is_replaced_without_restart(pair: tuple[House, House], kz: Gateway) -> None:
    """New connections see the new certificate at both edges; a connection that was open goes on."""
    house, (_, partner) = pair[0], pair

    def presented(port: int) -> str:
        return ssl.get_server_certificate(("127.0.0.1", port))

    async with wire(kz.msh.port, tls(*pair), connections=1) as open_before:
        assert (await open_before.send(ping())).signal.receipt
        before = house.pem.read_text()
        new_key_pair(house)
        await kz.reload()
        assert (await open_before.send(ping(message_id="2@by.example"))).signal.receipt
    after = house.pem.read_text()
    assert before != after
    assert (await asyncio.to_thread(presented, kz.api.port)).strip() == after.strip()
    async with wire(kz.msh.port, tls(house, partner)) as believing_only_the_new:
        assert (await believing_only_the_new.send(ping(message_id="3@by.example"))).signal.receipt


async def test_a_faulty_change_is_refused_whole_and_logged(pair: tuple[House, House], kz: Gateway) -> None:
    """A broken file leaves the old configuration in force and a reload-refused entry that names it."""
    house = pair[0]
    shutil.copyfile(house.folder / "keys" / "redaction.key", house.pem)
    await kz.reload()
    assert any("KZ.KGD" in fault for row in entries(house, "reload-refused") for fault in row["faults"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(pair[1].folder / "parties" / "KZ.KGD.pem")
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_cert_chain(pair[1].pem, pair[1].folder / "keys" / "gateway.key")
    async with wire(kz.msh.port, context) as by:
        assert (await by.send(ping())).signal.receipt


@pytest.mark.parametrize("minimum", ["1.3", "1.2"])
async def test_tls_1_2_is_spoken_only_where_it_is_allowed(pair: tuple[House, House], minimum: str) -> None:
    """A TLS 1.2 client is refused by default and served with minimum_tls = "1.2"."""
    house = pair[0]
    if minimum == "1.2":
        house.edit("gateway.toml", "[msh]  # partners\n", '[msh]\nminimum_tls = "1.2"\n')
    context = tls(*pair)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with house.running() as gateway, wire(gateway.msh.port, context) as by:
        if minimum == "1.2":
            assert (await by.send(ping())).signal.receipt
        else:
            with pytest.raises(aiohttp.ClientConnectorError):
                await by.send(ping())


async def test_a_database_has_one_gateway(pair: tuple[House, House], kz: Gateway) -> None:
    """A second gateway on the same database refuses to start, names the setting, and does not disturb the first."""
    second = load(pair[0].folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # machine.lock leaves its file open when it refuses
        assert refused(second) == [(second.database, "gateway.database")]
        gc.collect()
    async with wire(kz.msh.port, tls(*pair)) as by:
        assert (await by.send(message())).signal.receipt
