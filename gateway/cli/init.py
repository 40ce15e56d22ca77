"""`gateway init`: a working configuration for a new service."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.keys import Kind
from gateway.cli.output import USAGE, Json, console, fail, print_json
from gateway.cli.setup import Service, write
from gateway.core.names import Environment


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(command)


def command(  # noqa: PLR0913, PLR0917 - what has to be known about a service
    folder: Annotated[Path, typer.Argument(help="an empty or new folder")],
    party: Annotated[str, typer.Option(help="PartyId of this gateway, for example KZ.KGD")],
    member: Annotated[str, typer.Option(help="the state, ISO 3166-1 alpha-2")],
    authority: Annotated[str, typer.Option(help="the customs service that operates it")],
    host: Annotated[str, typer.Option(help="host name or address that partners reach")] = "127.0.0.1",
    api_port: Annotated[int, typer.Option(help="port for national systems")] = 8443,
    msh_port: Annotated[int, typer.Option(help="port for partners")] = 9443,
    environment: Annotated[Environment, typer.Option(help="test or production")] = Environment.TEST,
    system: Annotated[str, typer.Option(help="id of the first national system")] = "national",
    key: Annotated[Kind, typer.Option(help="of messages: ec, rsa (edelivery-1.15), ed25519 (edelivery-2.0)")] = Kind.EC,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Write a configuration with its own keys; print the token of the first national system, once."""
    service = Service(party, member, authority, host, api_port, msh_port, environment.value, system, key)
    try:
        token = write(folder, service)
    except OSError as error:
        fail(USAGE, str(error))
    if as_json:
        print_json({"folder": str(folder), "party": party, "system": system, "token": token})
        return
    console.print(f"Configuration of {party} written to {folder}", highlight=False)
    console.print(f"Token of system {system} (shown once, only its SHA-256 is kept): {token}", highlight=False)
    console.print("Next:", highlight=False)
    console.print(
        f"  give parties/{party}.toml, {party}.pem and {party}.as4.pem beside it to your partners", highlight=False
    )
    console.print(f"  gateway party add FILE --config {folder}     with what they give you", highlight=False)
    console.print(f"  gateway check --config {folder} && gateway serve --config {folder}", highlight=False)
