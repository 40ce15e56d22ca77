"""`gateway conversations`: transactions in this gateway's own database: where they stand, what is late."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from gateway.boot import opened
from gateway.cli.looking import looked
from gateway.cli.operators import Who, Why, acting
from gateway.cli.output import FOUND, HERE, Folder, Json, fail, print_json, run, show
from gateway.config.load import load
from gateway.core.errors import Rejected
from gateway.flow.conversations import Conversations, of_conversations

COLUMNS = ["conversation_id", "type", "partner", "role", "state", "awaits", "awaited_from", "due", "late_since", "code"]
HISTORY = ["at", "as", "type", "sender", "message_id", "delivery"]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Transactions: what is awaited from whom, what is late.", no_args_is_help=True)
    group.command("list")(list_)
    group.command("show")(show_)
    group.command("cancel")(cancel)
    app.add_typer(group, name="conversations")


def list_(  # noqa: PLR0913, PLR0917 - one option for each filter
    config: Folder = HERE,
    late: Annotated[bool, typer.Option("--late", help="only those in which something is late")] = False,  # noqa: FBT002
    state: Annotated[str, typer.Option(help="transaction state")] = "",
    partner: Annotated[str, typer.Option("--with", help="the partner's PartyId")] = "",
    type_: Annotated[str, typer.Option("--type", help="message type that opened it")] = "",
    limit: Annotated[int, typer.Option(help="how many at most")] = 50,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Show transactions, newest first."""
    chosen = {"late": "late" if late else "", "state": state, "partner": partner, "type": type_}
    filters = {name: value for name, value in chosen.items() if value}

    async def work() -> Sequence[Mapping[str, Any]]:
        settings = load(config)
        async with opened(settings) as (store, _, clock):
            rows = await Conversations(lambda: settings.register, store).find(filters, limit)
            await looked((store, clock), "conversations list", of_conversations(rows), filters)
            return rows

    show(run(work), COLUMNS, as_json=as_json)


def show_(
    identifier: Annotated[str, typer.Argument(help="ConversationId, or the MessageId of any of its messages")],
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Show a conversation's transactions with their history."""

    async def work() -> Sequence[Mapping[str, Any]]:
        settings = load(config)
        async with opened(settings) as (store, _, clock):
            rows = await Conversations(lambda: settings.register, store).show(identifier)
            await looked((store, clock), "conversations show", of_conversations(rows))
            return rows

    try:
        found = run(work)
    except Rejected:
        fail(FOUND, f"no conversation and no message {identifier}")
    if as_json:
        print_json(found)
        return
    for transaction in found:
        show([transaction], COLUMNS, as_json=False)
        show(transaction["messages"], HISTORY, as_json=False)


def cancel(
    identifier: Annotated[str, typer.Argument(help="ConversationId, or the MessageId of any of its messages")],
    why: Why,
    who: Who = "",
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Cancel a conversation's open transactions on both sides; the running gateway tells the partner."""
    operator = acting(who, why)

    async def work() -> Sequence[Mapping[str, Any]]:
        settings = load(config)
        async with opened(settings) as (store, _, clock):
            return await Conversations(lambda: settings.register, store).cancel(identifier, operator, clock)

    rows = run(work)
    show(rows, ["message_id", "before", "after"], as_json=as_json)
    if not rows or not all(row["after"] for row in rows):
        raise typer.Exit(FOUND)
