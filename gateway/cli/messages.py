"""`gateway messages`: find messages in this gateway's own database."""

from typing import Annotated

import typer

from gateway.boot import opened
from gateway.cli.looking import looked
from gateway.cli.output import HERE, Folder, Json, run, show
from gateway.config.load import load
from gateway.flow.ports import Row

COLUMNS = [
    "message_id",
    "edge",
    "type",
    "version",
    "sender",
    "recipient",
    "state",
    "attempts",
    "next_attempt_at",
    "code",
    "transaction_state",
    "late_at",
    "timestamp",
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("messages")(command)


def command(  # noqa: PLR0913, PLR0917 - one option for each filter
    config: Folder = HERE,
    message_id: Annotated[str, typer.Option(help="MessageId or submission id")] = "",
    conversation: Annotated[str, typer.Option(help="ConversationId")] = "",
    type_: Annotated[str, typer.Option("--type", help="message type")] = "",
    sender: Annotated[str, typer.Option("--from", help="sender's PartyId")] = "",
    recipient: Annotated[str, typer.Option("--to", help="recipient's PartyId")] = "",
    state: Annotated[str, typer.Option(help="delivery state")] = "",
    business_id: Annotated[str, typer.Option("--find", help="a declaration, vehicle or other indexed id")] = "",
    limit: Annotated[int, typer.Option(help="how many at most")] = 50,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Show messages and where their delivery stands, newest first."""
    filters = {
        "message_id": message_id,
        "conversation_id": conversation,
        "type": type_,
        "sender": sender,
        "recipient": recipient,
        "state": state,
        "business_id": business_id,
    }

    async def work() -> list[Row]:
        async with opened(load(config)) as (store, operate, clock):
            rows = list(await operate.messages({name: value for name, value in filters.items() if value}, limit))
            await looked((store, clock), "messages", (row["message_id"] for row in rows), filters)
            return rows

    show(run(work), COLUMNS, as_json=as_json)
