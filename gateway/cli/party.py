"""`gateway party`: who the partners are, and adding or removing one."""

from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.cli.check import parties
from gateway.cli.looking import configured
from gateway.cli.output import HERE, USAGE, Folder, Json, console, fail, show
from gateway.cli.party_export import export
from gateway.cli.party_import import import_party
from gateway.cli.party_state import state
from gateway.cli.party_take import take, usable
from gateway.cli.setup import remove_party

COLUMNS = ["party", "member", "authority", "endpoint", "use", "fingerprint", "expires_at", "state"]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Show, add and remove partners.", no_args_is_help=True)
    group.command("show")(show_parties)
    group.command("state")(state)
    group.command("add")(add)
    group.command("remove")(remove)
    group.command("import")(import_party)
    group.command("export")(export)
    app.add_typer(group, name="party")


def show_parties(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Every party with its certificates: fingerprint (SHA-256) and expiry."""
    show(parties(usable(config)), COLUMNS, as_json=as_json)


def add(
    file: Annotated[Path, typer.Argument(help="the partner's party file; its PEM files lie beside it")],
    config: Folder = HERE,
) -> None:
    """Add a partner, or take over its new file; compare the fingerprint with what the partner tells you."""
    partner = take(config, file)
    configured(config, "party add", partner.id)
    messages = [certificate.fingerprint(SHA256()) for certificate in partner.readers]
    for use, known in (("certificate", partner.certificates), ("messages", messages), ("signer", partner.signers)):
        for digest in known:
            console.print(f"{partner.id} added; {use} {digest.hex()}", highlight=False, soft_wrap=True)


def remove(
    party_id: Annotated[str, typer.Argument(metavar="PARTY", help="PartyId")],
    config: Folder = HERE,
) -> None:
    """Remove a partner; a running gateway refuses its next request."""
    own = usable(config).register.own.id
    if party_id == own:
        fail(USAGE, f"{party_id} is this gateway itself")
    try:
        remove_party(config, party_id)
    except FileNotFoundError:
        fail(USAGE, f"there is no party {party_id} in {config}")
    configured(config, "party remove", party_id)
    console.print(f"{party_id} removed", highlight=False)
