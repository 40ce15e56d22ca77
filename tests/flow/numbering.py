"""Two gateways that number their messages, and what either knows of the numbers."""

from gateway.core.errors import ErrorCode
from gateway.flow.ports import Operator
from tests.flow.pairs import town
from tests.house import sample
from tests.town import Node, Town, down

__all__ = ["town"]

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
OPERATOR = Operator("op", "test")
TO, FROM = "party:BY.GTK", "party:KZ.KGD"
HOURS = 3600


async def post(town: Town, *numbers: int) -> None:
    """Messages from KZ to BY."""
    for number in numbers:
        await town["KZ.KGD"].post(NORMAL, f"m{number}@town", to=("BY.GTK",))


async def given(node: Node) -> dict[str, int]:
    """The number of each message to a partner."""
    rows = await node.real._engine.read_aside(
        lambda database: database.execute(
            "SELECT m.message_id, d.sequence FROM deliveries d JOIN messages m ON m.id = d.message WHERE kind = 'partner'"
        ).fetchall()
    )
    return {row[0]: row[1] for row in rows}


async def arrived(node: Node) -> dict[int, tuple[str, str]]:
    """What came under each number."""
    rows = await node.real._engine.read_aside(
        lambda database: database.execute("SELECT sequence, message_id, kind FROM arrivals").fetchall()
    )
    return {row[0]: (row[1], row[2]) for row in rows}


async def gaps(node: Node) -> list[tuple[int, int]]:
    """What is missing."""
    return [(gap["first"], gap["last"]) for row in await node.store.numbers() for gap in row["gaps"]]


async def lost_on_the_way(town: Town, *numbers: int) -> None:
    """Messages that were numbered and sent, and never came."""
    town["KZ.KGD"].loopback.fault = down(TO, code=ErrorCode.TIMED_OUT)
    await post(town, *numbers)
    await town["KZ.KGD"].deliver()
    town["KZ.KGD"].loopback.fault = lambda _: None
