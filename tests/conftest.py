"""Fixtures that several folders of tests use."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import House, build
from tests.town import Town


@pytest.fixture
def pair(tmp_path: Path) -> tuple[House, House]:
    """KZ and BY, configured, not running."""
    kz, by = build(tmp_path, "KZ.KGD", "BY.GTK")
    return kz, by


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """KZ, BY and RU without HTTP, open."""
    town = Town(tmp_path, "KZ.KGD", "BY.GTK", "RU.FTS")
    await town.open()
    yield town
    await town.close()
