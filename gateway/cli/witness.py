"""`gateway witness`: partners' logs as this gateway has witnessed them, and proof where one was forked."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway.boot import opened
from gateway.cli.operators import Who, Why, acting
from gateway.cli.output import DONE, FOUND, HERE, USAGE, Folder, Json, console, fail, print_json, run, show
from gateway.cli.party_take import usable
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.core.entry import entry
from gateway.core.evidence.dispute import Dispute, weigh
from gateway.core.names import PartyId
from gateway.flow.ports import Row
from gateway.flow.ports_witness import PROOF, Settlement, State

COLUMNS = [
    "party", "origin", "state", "size", "cosigned_at", "waiting", "wrong", "disputes", "settled", "ours", "ours_cosigned_at",
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Show partners' logs as witnessed here; write out proof of a fork; settle a dispute.", no_args_is_help=True
    )
    group.command("show")(show_logs)
    group.command("export")(export)
    group.command("settle")(settle)
    app.add_typer(group, name="witness")


def show_logs(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Every partner's log: what was cosigned, what waits to be checked, disputes; end with 1 where one is not settled.

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
    settings = usable(config)
    partner = settings.register.parties.get(PartyId(party))

    async def work() -> list[Row]:
        async with opened(settings) as (store, _, _):
            return await store.disputes(PartyId(party))

    proofs = [row for row in run(work) if row["kind"] == PROOF]
    if not proofs:
        fail(USAGE, f"there is no proof against the log of {party}: `gateway witness show` tells what is known")
    dispute = Dispute.kept(*(bytes(proofs[-1][name]) for name in ("first", "second", "proof")))
    try:
        with out.open("xb") as file:
            file.write(dispute.bytes())
    except OSError as error:
        fail(USAGE, f"{out}: {error.strerror}")
    weight = weigh(dispute, partner.log.key).value if partner and partner.log else "unknown"
    if as_json:
        print_json({"file": str(out), "party": party, "proofs": len(proofs), "by_the_key_in_its_file": weight})
    else:
        console.print(f"{out}: by the key in {party}'s file the log is {weight}", highlight=False, soft_wrap=True)


def settle(
    party: Annotated[str, typer.Option(help="PartyId whose log is disputed")],
    why: Why,
    who: Who = "",
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Settle all disputes with a partner's log that there are. The proofs stay; what is found from now on is a new one."""
    settings, operator, partner = usable(config), acting(who, why), PartyId(party)

    async def work() -> list[int]:
        async with opened(settings) as (store, _, clock):
            found = [row["id"] for row in await store.disputes(partner) if not row["settled"]]
            facts = {**asdict(operator), "party": partner, "disputes": found}
            leaf = entry("settled", clock.now(), clock.nonce(), controls=["EA-3.5", "EA-4.4"], **facts)
            done = bool(found) and await store.settle_disputes(Settlement(partner, found[-1], operator.who, why, leaf))
            return found if done else []

    settled = run(work)
    if not settled:
        fail(USAGE, f"there is no open dispute with {party}: `gateway witness show` tells what is known")
    show([{"party": party, "settled": len(settled), "who": operator.who}], ["party", "settled", "who"], as_json=as_json)


def _rows(settings: Settings, found: Mapping[str, Row]) -> list[dict[str, object]]:
    """Of every partner; of a former one, where its log is disputed."""
    register = settings.register
    partners = [party.id for party in register.parties.values() if party.id != register.own.id]
    former = [PartyId(party) for party, row in found.items() if party not in partners and _disputes(row)]
    return [_row(party, register.parties.get(party), found.get(party, {})) for party in (*partners, *former)]


def _disputes(row: Row) -> int:
    return int(row.get("equivocation", 0) + row.get("inconsistent", 0))


def _row(party_id: PartyId, party: Party | None, row: Row) -> dict[str, object]:
    return {
        "party": party_id,
        "origin": party.log.key.name if party and party.log else row.get("origin", "") if party is None else "",
        "state": _state(party, row),
        "size": row.get("size", 0),
        "cosigned_at": row.get("at", 0),
        "waiting": row.get(State.NEW.value, 0),
        "wrong": row.get(State.WRONG.value, 0),
        "disputes": _disputes(row),
        "settled": row.get("settled", 0),
        "ours": row.get("cosigned", 0),
        "ours_cosigned_at": row.get("cosigned_at", 0),
    }


def _state(party: Party | None, row: Row) -> str:
    """The gravest thing that is known."""
    for word, holds in (
        ("forked", row.get("equivocation")),
        ("removed", party is None),
        ("no log", party and party.log is None),
        ("inconsistent", row.get("inconsistent")),
        ("witnessed", row.get("size")),
        ("seen", row.get(State.CONSISTENT.value)),
    ):
        if holds:
            return word
    return "unknown"
