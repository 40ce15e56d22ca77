"""What tests of witnessing share: leaves, logs that a gateway's own key signs, offers of them."""

import json
from typing import Any

from tests.core.evidence import logs
from tests.flow.witnessing import side
from tests.house import sample
from tests.town import Node, Town

DOCUMENT = sample("valid/ProcessingResult--rejected")


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
