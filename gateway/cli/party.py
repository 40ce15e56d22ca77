"""`gateway party`: who the partners are, and adding or removing one."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.check import parties
from gateway.cli.output import CONFIG, HERE, USAGE, Folder, Json, console, fail, show
from gateway.cli.setup import add_party, remove_party
from gateway.config.faults import ConfigError, Faults
from gateway.config.load import load, party
from gateway.config.models import PartyFile
from gateway.config.parsing import parse

COLUMNS = ["party", "member", "authority", "endpoint", "use", "fingerprint", "expires_at", "state"]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Show, add and remove partners.", no_args_is_help=True)
    group.command("show")(show_parties)
    group.command("add")(add)
    group.command("remove")(remove)
    app.add_typer(group, name="party")


def show_parties(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Every party with its certificates: fingerprint (SHA-256) and expiry."""
    try:
        show(parties(load(config)), COLUMNS, as_json=as_json)
    except ConfigError as error:
        fail(CONFIG, *map(str, error.faults))


def add(
    file: Annotated[Path, typer.Argument(help="the partner's party file; its PEM files lie beside it")],
    config: Folder = HERE,
) -> None:
    """Add a partner, or take over its new file; compare the fingerprint with what the partner tells you."""
    faults = Faults()
    found = parse(file, PartyFile, faults)
    partner = party(file, found, faults) if found is not None else None
    if faults.found or partner is None:
        fail(CONFIG, *map(str, faults.found))
    try:
        own = load(config).register.own.id
    except ConfigError as error:
        fail(CONFIG, *map(str, error.faults))
    if partner.id == own or file.stem != partner.id:
        fail(USAGE, f"{file}: expected the file {partner.id}.toml of another party than this gateway itself")
    add_party(config, file)
    try:
        load(config)
    except ConfigError as error:
        fail(CONFIG, "added, but the configuration cannot be used now:", *map(str, error.faults))
    for use, known in (("certificate", partner.certificates), ("signer", partner.signers)):
        for digest in known:
            console.print(f"{partner.id} added; {use} {digest.hex()}", highlight=False, soft_wrap=True)


def remove(
    party_id: Annotated[str, typer.Argument(metavar="PARTY", help="PartyId")],
    config: Folder = HERE,
) -> None:
    """Remove a partner; a running gateway refuses its next request."""
    try:
        own = load(config).register.own.id
    except ConfigError as error:
        fail(CONFIG, *map(str, error.faults))
    if party_id == own:
        fail(USAGE, f"{party_id} is this gateway itself")
    try:
        remove_party(config, party_id)
    except FileNotFoundError:
        fail(USAGE, f"there is no party {party_id} in {config}")
    console.print(f"{party_id} removed", highlight=False)
