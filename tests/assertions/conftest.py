"""Two gateways of the eDelivery AS4 profile, open."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.assertions.street import Street, street


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Street]:
    """KZ sends to BY: signed with RSA-SHA256, encrypted with AES-128-GCM and RSA-OAEP."""
    found = street(tmp_path)
    await found.open()
    yield found
    await found.town.close()
