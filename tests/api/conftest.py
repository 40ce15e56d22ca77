"""Running gateways and their national systems."""

from collections.abc import AsyncIterator

import pytest

from tests.api.edge import Service
from tests.house import House


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Service]:
    """KZ runs, BY does not: what is accepted waits."""
    async with pair[0].running() as gateway, pair[0].client() as client:
        yield Service(pair[0], gateway, client)


@pytest.fixture
async def by(pair: tuple[House, House]) -> AsyncIterator[Service]:
    """BY runs, too."""
    async with pair[1].running() as gateway, pair[1].client() as client:
        yield Service(pair[1], gateway, client)
