"""`gateway serve`: run a gateway until SIGTERM."""

import logging
from typing import Annotated

import typer

from gateway.boot import Gateway, serve
from gateway.cli.output import HERE, Folder, Json, errors, print_json, run
from gateway.config.load import load


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(command)


def command(
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="log more")] = False,  # noqa: FBT002
) -> None:
    """Run the gateway: both edges, delivery, delivery log. SIGTERM stops it; configuration is reloaded by itself."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    logging.getLogger("asyncio").setLevel(logging.WARNING)

    def started(gateway: Gateway) -> None:
        facts = {"party": gateway.settings.register.own.id, "api": gateway.api.port, "msh": gateway.msh.port}
        if as_json:
            print_json(facts)
        else:
            errors.print(f"{facts['party']}: national systems on port {facts['api']}, partners on port {facts['msh']}")

    run(lambda: serve(load(config), started))
