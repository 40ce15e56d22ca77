"""`gateway verify`: the verifier that checks evidence without this gateway's store or configuration."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import Json
from gateway.verifier import command


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    evidence: Annotated[Path, typer.Argument(help="an evidence bundle, the folder of a whole log, or a dispute")],
    trust: Annotated[
        list[Path] | None,
        typer.Option(help="whose keys and certificates count (gateway evidence trust); may be given again"),
    ] = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Check evidence offline, in numbered steps: all faults, what is proven, by whom, and what is not."""
    raise typer.Exit(command.verify(evidence, trust or (), as_json=as_json))
