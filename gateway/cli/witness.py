"""`gateway witness`: partners' logs as this gateway has witnessed them, and proof where one was forked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gateway.boot import opened
from gateway.cli.output import DONE, FOUND, HERE, USAGE, Folder, Json, console, fail, print_json, run, show
from gateway.cli.party_take import usable
from gateway.cli.ping import known
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.core.evidence.dispute import Dispute, weigh
from gateway.flow.ports import Row
from gateway.flow.ports_witness import PROOF, State

COLUMNS = [
    "party", "origin", "state", "size", "cosigned_at", "waiting", "wrong", "disputes", "ours", "ours_cosigned_at",
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Show partners' logs as witnessed here; write out proof of a fork.", no_args_is_help=True)
    group.command("show")(show_logs)
    group.command("export")(export)
    app.add_typer(group, name="witness")


def show_logs(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Every partner's log: what was cosigned, what waits to be checked, disputes; end with 1 where there is one.

    `size`: of the partner's log, as cosigned here last; `ours`: of this gateway's log, as the partner cosigned it last.
    """
    settings = usable(config)

    async def work() -> list[Row]:
        async with opened(settings) as (store, _, _):
            return await store.partner_logs()

    rows = _rows(settings, {str(row["party"]): row for row in run(work)})
    show(rows, COLUMNS, as_json=as_json)
    raise typer.Exit(FOUND if any(row["disputes"] for row in rows) else DONE)


def export(
    party: Annotated[str, typer.Option(help="PartyId whose log is disputed")],
    out: Annotated[Path, typer.Option(help="a new file")],
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Write the newest proof that a partner's log was forked or rewritten: `gateway verify` checks it without us."""
    settings, partner = known(config, party)

    async def work() -> list[Row]:
        async with opened(settings) as (store, _, _):
            return await store.disputes(partner.id)

    proofs = [row for row in run(work) if row["kind"] == PROOF]
    if not proofs:
        fail(USAGE, f"there is no proof against the log of {partner.id}: `gateway witness show` tells what is known")
    dispute = Dispute.kept(*(bytes(proofs[-1][name]) for name in ("first", "second", "proof")))
    try:
        with out.open("xb") as file:
            file.write(dispute.bytes())
    except OSError as error:
        fail(USAGE, f"{out}: {error.strerror}")
    weight = weigh(dispute, partner.log.key).value if partner.log else "unknown"
    if as_json:
        print_json({"file": str(out), "party": partner.id, "proofs": len(proofs), "by_the_key_in_its_file": weight})
    else:
        console.print(f"{out}: by the key in {partner.id}'s file the log is {weight}", highlight=False, soft_wrap=True)


def _rows(settings: Settings, found: Mapping[str, Row]) -> list[dict[str, object]]:
    register = settings.register
    partners = [party for party in register.parties.values() if party.id != register.own.id]
    return [_row(party, found.get(party.id, {})) for party in partners]


def _row(party: Party, row: Row) -> dict[str, object]:
    return {
        "party": party.id,
        "origin": party.log.key.name if party.log else "",
        "state": _state(party, row),
        "size": row.get("size", 0),
        "cosigned_at": row.get("at", 0),
        "waiting": row.get(State.NEW.value, 0),
        "wrong": row.get(State.WRONG.value, 0),
        "disputes": row.get("equivocation", 0) + row.get("inconsistent", 0),
        "ours": row.get("cosigned", 0),
        "ours_cosigned_at": row.get("cosigned_at", 0),
    }


def _state(party: Party, row: Row) -> str:
    """The gravest thing that is known."""
    for word, holds in (
        ("forked", row.get("equivocation")),
        ("no log", party.log is None),
        ("inconsistent", row.get("inconsistent")),
        ("witnessed", row.get("size")),
        ("seen", row.get(State.CONSISTENT.value)),
    ):
        if holds:
            return word
    return "unknown"
