"""Two gateways that know each other's logs: their leaves, logs that their own keys sign, offers of them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.evidence import logs
from tests.flow.witnessing import side
from tests.house import sample
from tests.town import Node, Town

DOCUMENT = sample("valid/ProcessingResult--rejected")


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """KZ and BY without HTTP, open."""
    found = Town(tmp_path, "KZ.KGD", "BY.GTK")
    await found.open()
    yield found
    await found.close()


async def leaves(node: Node, kind: str) -> list[dict[str, Any]]:
    """The log entries of the kind, oldest first."""
    return [json.loads(row["body"]) for row in reversed(await node.store.entries("", kind, 1000))]


async def busy(node: Node, *numbers: int, to: str = "BY.GTK") -> None:
    """Messages are accepted, and in the tree."""
    for number in numbers:
        await node.post(DOCUMENT, f"busy-{number}@town", to=(to,))
        await node.sequence()


def forked(node: Node, at: int, size: int) -> tuple[logs.Log, logs.Log]:
    """Two logs that the gateway's own key signs."""
    return logs.forked(at, size, node.settings.register.notary.signer)


async def offered(town: Town, log: logs.Log, old: int, new: int) -> tuple[int, bytes]:
    """BY's answer to an offer of a log that KZ's key signs."""
    by = side(town, "BY.GTK")
    answer = await by.desk.post(by.sees(town["KZ.KGD"]), "/add-checkpoint", log.offer(old, new).bytes())
    return answer.status, answer.body
