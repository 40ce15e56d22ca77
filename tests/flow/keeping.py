"""What tests of keeping and removing do with gateways: exchange, wait for years, remove."""

from gateway.core.retention import Asked
from gateway.flow.audit import verify
from gateway.flow.ports import Operator
from gateway.flow.retention import Progress, Retention
from tests.house import of_movement, sample
from tests.town import Node, Town, down, quiet

YEARS = 5 * 365 * 86_400
EVERYTHING = Asked()
NOTICE = sample("valid/TransitReleaseNotice--road-through-three-states")
ALMA, BOLAT = Operator("Alma", "kept for five years", "alma"), Operator("Bolat", "seen, agreed", "bolat")


def retention(node: Node) -> Retention:
    """What an operator of that gateway calls."""
    return Retention(lambda: node.settings.register, node.store, node.clock, pause=0)


async def removed(node: Node, asked: Asked = EVERYTHING) -> Progress:
    """Proposed by one, approved by another, run."""
    desk = retention(node)
    found = await desk.propose(asked, ALMA)
    await desk.approve(found.id, BOLAT)
    return [progress async for progress in desk.run(found.id)][-1]


async def exchange(town: Town, *names: str) -> None:
    """Messages from KZ to BY, delivered, taken over, all in the tree of both."""
    for number, name in enumerate(names):
        await town["KZ.KGD"].post(of_movement(NOTICE, number), name, to=("BY.GTK",))
    await quiet(town)
    await town["BY.GTK"].take_all()
    await quiet(town)
    await settle(town)


async def settle(town: Town) -> None:
    """Every entry is in its tree."""
    for node in town.nodes.values():
        await node.sequence()


async def fail(town: Town, name: str) -> None:
    """A message whose delivery an operator gave up, long ago."""
    kz = town["KZ.KGD"]
    kz.loopback.fault = down("party:BY.GTK")
    await kz.post(of_movement(NOTICE, 5), name, to=("BY.GTK",))
    await kz.operate.act("fail", {"message_id": name}, ALMA)
    await settle(town)
    town.clock.advance(YEARS + 60)


def rows(node: Node, statement: str) -> list[tuple[object, ...]]:
    """Rows of the gateway's database."""
    return node.real._engine.read(lambda database: [tuple(row) for row in database.execute(statement)])


async def change(node: Node, *statements: str) -> None:
    """The database is changed behind the gateway's back."""
    for statement in statements:
        await node.real._engine.write(lambda database, text=statement: database.execute(text))


async def faults(node: Node) -> list[str]:
    """What the audit finds."""
    await node.sequence()
    return [verdict async for verdict in verify(node.real, node.settings.register)][-1].faults
