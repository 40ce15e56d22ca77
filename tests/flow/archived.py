"""What tests of archives do with gateways: gather, put back."""

from collections.abc import Iterator
from typing import Any

from gateway.core.evidence import canonical_json
from gateway.core.evidence.container import Source
from gateway.flow.archiving import CHUNK, Archiving, Restored, Restoring
from gateway.flow.exporting import Exporter
from tests.flow.keeping import ALMA
from tests.town import Node


class Members:
    """The members of a bundle that was never written."""

    def __init__(self, members: dict[str, Source]) -> None:
        """As they were gathered."""
        self.members = {name: b"".join(source()) for name, source in members.items()}

    def names(self) -> list[str]:
        """See Members."""
        return list(self.members)

    def size(self, name: str) -> int:
        """See Members."""
        return len(self.members[name])

    def pieces(self, name: str) -> Iterator[bytes]:
        """See Members."""
        for at in range(0, len(self.members[name]), 4 * CHUNK):
            yield self.members[name][at : at + 4 * CHUNK]

    def change(self, number: int, **changed: Any) -> None:
        """A message's facts say something else."""
        name = f"messages/{number}/facts.json"
        self.members[name] = canonical_json.write({**canonical_json.read_object(self.members[name]), **changed})


def archiving(node: Node) -> Archiving:
    """What an operator of that gateway calls."""
    exporter = Exporter(lambda: node.settings.register, node.store, node.clock)
    return Archiving(lambda: node.settings.register, node.store, node.clock, exporter)


async def restored(node: Node, members: Members) -> Restored:
    """The result of putting it back."""
    steps = Restoring(node.store, node.clock).restore(members, ALMA)
    return [found async for found in steps][-1]
