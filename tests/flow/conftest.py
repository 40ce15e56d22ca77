"""Fixtures of the flows' tests."""

import pytest

from tests.flow.keeping import YEARS, exchange
from tests.town import Town


@pytest.fixture
async def old(town: Town) -> Town:
    """Three messages that were exchanged five years ago."""
    await exchange(town, "one@town", "two@town", "three@town")
    town.clock.advance(YEARS + 60)
    return town
