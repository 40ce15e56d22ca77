"""AS4_CP_TA39 to 46: TLS and the Internet protocol, on running gateways."""

import socket
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest
from pydantic import ValidationError

from gateway.boot import Gateway
from gateway.config.models import DeliverySection, EdgeSection
from tests.house import House
from tests.msh.partner import Answer, message, tls, wire


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Gateway]:
    """KZ takes TLS 1.2, too."""
    house, partner = pair
    house.unsigned(partner.party)
    house.edit("gateway.toml", "[msh]", '[msh]\nminimum_tls = "1.2"')
    async with house.running() as gateway:
        yield gateway


async def sent(pair: tuple[House, House], gateway: Gateway, version: ssl.TLSVersion, ciphers: str) -> Answer:
    """A message over that version with those cipher suites."""
    context = tls(*pair)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = version
    context.set_ciphers(ciphers)
    async with wire(gateway.msh.port, context) as line:
        return await line.send(message())


@pytest.mark.parametrize("weak", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "aNULL", "no-such-suite"])
def test_as4_cp_ta39_versions_and_suites_are_settings(weak: str) -> None:
    """Of each edge and of the deliveries; suites without forward secrecy or AEAD stop the start."""
    for section in (EdgeSection, DeliverySection):
        assert {"minimum_tls", "ciphers"} <= set(section.model_fields)
    assert DeliverySection(ciphers="ECDHE-ECDSA-AES256-GCM-SHA384").ciphers
    with pytest.raises(ValidationError):
        DeliverySection(ciphers=weak)


async def test_as4_cp_ta42_only_the_configured_suites_are_connected(pair: tuple[House, House]) -> None:
    """A good suite that is not in the list is refused; the control: the one that is."""
    house, partner = pair
    house.unsigned(partner.party)
    listed = "ECDHE-ECDSA-AES256-GCM-SHA384"
    house.edit("gateway.toml", "[msh]", f'[msh]\nminimum_tls = "1.2"\nciphers = "{listed}"')
    async with house.running() as gateway:
        with pytest.raises(aiohttp.ClientConnectorError):
            await sent(pair, gateway, ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-CHACHA20-POLY1305")
        assert (await sent(pair, gateway, ssl.TLSVersion.TLSv1_2, listed)).status == 200


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1.0", "1.1"])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_as4_cp_ta40_older_versions_are_not_connected(
    pair: tuple[House, House], kz: Gateway, version: ssl.TLSVersion
) -> None:
    """Although the sender would take them."""
    with pytest.raises(aiohttp.ClientConnectorError):
        await sent(pair, kz, version, "ALL:@SECLEVEL=0")


async def test_as4_cp_ta42_other_suites_are_not_connected(pair: tuple[House, House], kz: Gateway) -> None:
    """TLS 1.2 without forward secrecy, or without AEAD."""
    for ciphers in ("AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"):
        with pytest.raises(aiohttp.ClientConnectorError):
            await sent(pair, kz, ssl.TLSVersion.TLSv1_2, ciphers)


@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"])
async def test_as4_cp_ta43_the_listed_suites_are_connected(pair: tuple[House, House], kz: Gateway, suite: str) -> None:
    """And the message is answered within 2XX."""
    answer = await sent(pair, kz, ssl.TLSVersion.TLSv1_2, suite)

    assert (answer.status, answer.signal.receipt) == (200, True)


async def test_as4_cp_ta46_both_internet_protocols_are_spoken(pair: tuple[House, House]) -> None:
    """A gateway that listens on both is reached over IPv4 and over IPv6."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    house, partner = pair
    house.unsigned(partner.party)
    path = house.folder / "gateway.toml"
    before, section, after = path.read_text().partition("[msh]")
    path.write_text(before + section + after.replace('host = "127.0.0.1"', 'host = "::"', 1))
    async with house.running() as gateway:
        for address in ("127.0.0.1", "[::1]"):
            context = tls(house, partner)
            context.check_hostname = False
            async with wire(gateway.msh.port, context) as line:
                found = await type(line)(f"https://{address}:{gateway.msh.port}", line.session).send(message())
            assert (found.status, found.signal.receipt) == (200, True)
