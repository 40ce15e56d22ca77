"""Gateways of a town that witness each other's logs, joined without HTTP; a test may put a fault in the way."""

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.core.agreement import Party
from gateway.core.message import Answer
from gateway.core.names import SECOND, Micros, PartyId
from gateway.core.schedule import Backoff
from gateway.flow.cosigner import Cosigner
from gateway.flow.log_desk import LogDesk
from gateway.flow.monitor import Monitor
from gateway.flow.ports_witness import Asking
from gateway.flow.sending import Reply
from gateway.flow.trail import Trail
from gateway.flow.witness import Witness
from tests.town import Node, Town

EVERY = Micros(10 * SECOND)
Bend = Callable[[str, str, Answer], Answer]


@dataclass
class Ask:
    """What one gateway asks the others: `asked` keeps each (target, path); `bend` may change an answer or raise."""

    town: Town
    asker: PartyId
    asked: list[tuple[str, str]] = field(default_factory=list)
    bend: Bend = lambda _target, _path, answer: answer

    async def ask(self, target: str, path: str, body: bytes | None = None) -> Reply:
        """As the other's edge would answer."""
        self.asked.append((target, path))
        node = self.town[target.removeprefix("log:")]
        party = node.settings.register.parties[self.asker]
        desk = desk_of(node)
        answer = await (desk.get(party, path) if body is None else desk.post(party, path, body))
        answer = self.bend(target, path, answer)
        return Reply(answer.status, answer.body, answer.content_type)


def desk_of(node: Node) -> LogDesk:
    """What partners ask the gateway's log."""
    witness = Witness(lambda: node.settings.register, node.store, node.clock)
    return LogDesk(node.store, Trail(node.store, node.clock), {"/add-checkpoint": witness.add})


@dataclass
class Side:
    """A gateway's part in witnessing."""

    node: Node
    ask: Ask
    cosigner: Cosigner
    monitor: Monitor

    @property
    def desk(self) -> LogDesk:
        """What partners ask it."""
        return desk_of(self.node)

    def sees(self, other: Node) -> Party:
        """The other gateway as its party."""
        return self.node.settings.register.parties[other.settings.register.own.id]


def side(town: Town, party: str) -> Side:
    """The gateway's loops, just started."""
    node = town[party]
    ask = Ask(town, PartyId(party))
    asking = Asking(lambda: node.settings.register, ask, node.clock)
    cosigner = Cosigner(asking, node.store, Backoff(), lambda: EVERY)
    return Side(node, ask, cosigner, Monitor(asking, node.store, Backoff()))
