"""`gateway hold | release | retry | fail | drop`: an operator's verbs on deliveries."""

from collections.abc import Callable
from typing import Annotated

import typer

from gateway.boot import opened
from gateway.cli.operators import Who, Why, acting
from gateway.cli.output import FOUND, HERE, USAGE, Folder, Json, fail, run, show
from gateway.config.load import load
from gateway.flow.operate import VERBS, Changed

HELP = {
    "hold": "Stop queued deliveries until they are released.",
    "release": "Let held deliveries go on.",
    "retry": "Queue failed, expired or unproven deliveries again, with a new deadline.",
    "fail": "Declare queued or held deliveries failed.",
    "drop": "Give queued, held or failed deliveries up.",
}
COLUMNS = ["message_id", "target", "before", "after"]


def register(app: typer.Typer) -> None:
    """Add one command for each verb."""
    for verb in VERBS:
        app.command(verb, help=HELP[verb])(_command(verb))


def _command(verb: str) -> Callable[..., None]:
    def command(  # noqa: PLR0913, PLR0917 - which deliveries, who, why
        why: Why,
        message_ids: Annotated[list[str] | None, typer.Argument(help="MessageIds")] = None,
        to: Annotated[str, typer.Option(help="all deliveries to this PartyId")] = "",
        type_: Annotated[str, typer.Option("--type", help="all deliveries of this message type")] = "",
        who: Who = "",
        config: Folder = HERE,
        as_json: Json = False,  # noqa: FBT002 - a command-line switch
    ) -> None:
        if not message_ids and not to and not type_:
            fail(USAGE, "name MessageIds, or choose deliveries with --to or --type")
        filters = {name: value for name, value in (("recipient", to), ("type", type_)) if value}
        chosen = [{**filters, "message_id": found} for found in message_ids or []] or [filters]
        operator = acting(who, why)

        async def work() -> list[Changed]:
            async with opened(load(config)) as (_, operate, _):
                return [changed for each in chosen for changed in await operate.act(verb, each, operator)]

        changes = run(work)
        rows = [
            {
                "message_id": c.message_id,
                "target": c.target,
                "before": c.before,
                "after": c.after or c.why or "not allowed",
            }
            for c in changes
        ]
        show(rows, COLUMNS, as_json=as_json)
        if not changes or any(changed.after is None for changed in changes):
            raise typer.Exit(FOUND)

    return command
