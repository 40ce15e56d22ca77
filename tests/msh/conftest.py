"""A running gateway and its partner's connection."""

from collections.abc import AsyncIterator

import pytest

from gateway.boot import Gateway
from tests.house import House
from tests.msh.partner import Wire, tls, wire


@pytest.fixture
def pair(pair: tuple[House, House]) -> tuple[House, House]:
    """KZ exchanges unsigned messages with BY: the laws here are about what is inside the security."""
    pair[0].unsigned("BY.GTK")
    return pair


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Gateway]:
    """KZ's gateway runs."""
    async with pair[0].running() as gateway:
        yield gateway


@pytest.fixture
async def by(pair: tuple[House, House], kz: Gateway) -> AsyncIterator[Wire]:
    """BY's connection to KZ, with BY's certificate."""
    async with wire(kz.msh.port, tls(*pair)) as found:
        yield found
