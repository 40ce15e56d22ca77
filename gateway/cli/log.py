"""`gateway log`: show and verify the delivery log."""

import json
from typing import Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from gateway.boot import opened
from gateway.cli import log_export
from gateway.cli.keys import sealing
from gateway.cli.looking import configured, looked
from gateway.cli.output import CONFIG, FOUND, HERE, Folder, Json, console, errors, fail, print_json, run, show
from gateway.cli.setup import log_table, private
from gateway.config.faults import ConfigError, Faults
from gateway.config.load import load
from gateway.config.models import GatewayFile, PartyFile
from gateway.config.parsing import parse
from gateway.flow.audit import Verdict, verify
from gateway.flow.checks_of_tree import Whose
from gateway.flow.ports import Row

COLUMNS = ["position", "at", "kind", "codes", "message_id", "hash"]
EVERY = 500
NEXT = """This table belongs at the end of {file}.
Then give that file to the partners whose gateways know delivery logs; others refuse a file with this table, and keep their old one."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Show, verify and export the delivery log.", no_args_is_help=True)
    group.command("show")(show_entries)
    group.command("verify")(verify_log)
    group.command("keys")(make_keys)
    group.command("export")(log_export.export)
    app.add_typer(group, name="log")


def show_entries(
    config: Folder = HERE,
    message_id: Annotated[str, typer.Option(help="only entries about this MessageId")] = "",
    kind: Annotated[str, typer.Option(help="only entries of this kind")] = "",
    limit: Annotated[int, typer.Option(help="how many at most")] = 50,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Show log entries, newest first; JSON holds each leaf in full."""

    async def work() -> list[Row]:
        async with opened(load(config)) as (store, _, clock):
            rows = await store.entries(message_id, kind, limit)
            filters = {"message_id": message_id, "kind": kind}
            await looked((store, clock), "log show", (row["message_id"] for row in rows), filters)
            return rows

    rows = run(work)
    if as_json:
        print_json([{**json.loads(row["body"]), "index": row["position"], "hash": row["hash"].hex()} for row in rows])
    else:
        show([{**row, "codes": _codes(json.loads(row["body"]))} for row in rows], COLUMNS, as_json=False)


def _codes(leaf: dict[str, Any]) -> str:
    """Why something was refused or failed: the entry's code, or those of its faults."""
    found = (
        [leaf["code"]]
        if leaf.get("code")
        else [fault["code"] for fault in leaf.get("faults", []) if isinstance(fault, dict)]
    )
    return " ".join(dict.fromkeys(found))


def make_keys(config: Folder = HERE) -> None:
    """Make the keys of the delivery log that are not there yet; print the table for the own party's file."""
    faults = Faults()
    file = parse(config / "gateway.toml", GatewayFile, faults)
    try:
        faults.stop()
        if file is None:
            return
        for name in (file.log.key, file.log.witness_key):
            path = config / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                private(path, sealing())
                errors.print(f"made {path}", highlight=False, soft_wrap=True)
                configured(config, "log keys", name)
        own = parse(config / "parties" / f"{file.gateway.party}.toml", PartyFile, faults)
        url = own.endpoint.removesuffix("/msh") + "/log" if own else ""
        console.print(log_table(config, file.gateway.domain, url, file.log), highlight=False, soft_wrap=True)
        if own and own.log is None:
            errors.print(NEXT.format(file=config / "parties" / f"{own.id}.toml"), highlight=False, soft_wrap=True)
    except ConfigError as error:
        fail(CONFIG, *map(str, error.faults))


def verify_log(config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Recompute the Merkle tree, check every checkpoint, and every body, envelope and receipt by its digest; list all faults."""

    async def work() -> Verdict:
        settings = load(config)
        async with opened(settings) as (store, _, _):
            verdict, seen = Verdict(), 0
            with Progress(
                SpinnerColumn(), TextColumn("{task.description}"), console=errors, transient=True
            ) as progress:
                task = progress.add_task("verifying")
                async for verdict in verify(store, settings.register):
                    seen += 1
                    if seen % EVERY == 0:
                        progress.update(task, description=f"{verdict.entries} entries, {verdict.bodies} bodies")
            return verdict

    verdict = run(work)
    facts = {
        "entries": verdict.entries,
        "waiting": verdict.waiting,
        "tree_heads": verdict.heads.total(),
        "checkpoints": verdict.heads[Whose.OWN],
        "nodes": verdict.nodes,
        "cosignatures": verdict.cosignatures,
        "time_stamps": verdict.stamps,
        "bodies": verdict.bodies,
        "receipts": verdict.receipts,
        "root": verdict.root.hex(),
    }
    if as_json:
        print_json({**facts, "faults": verdict.faults})
    else:
        for name, figure in facts.items():
            console.print(f"{name.replace('_', ' ')}: {figure}", highlight=False, soft_wrap=True)
        for fault in verdict.faults:
            console.print(f"FAULT {fault}", style="red", highlight=False, soft_wrap=True, markup=False)
        console.print("no fault found" if verdict.clean else f"{len(verdict.faults)} faults", highlight=False)
    if not verdict.clean:
        raise typer.Exit(FOUND)
