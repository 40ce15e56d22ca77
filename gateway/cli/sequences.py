"""`gateway sequences`: which numbers messages to and from each partner have, what is missing, what is void."""

import typer

from gateway.boot import opened
from gateway.cli.output import DONE, FOUND, HERE, Folder, Json, instant, run, show
from gateway.config.load import load
from gateway.flow.ports import Row

COLUMNS = ["party", "given", "voids", "untold", "seen", "seen_at", "their_voids", "missing"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sequences")(sequences)


def sequences(
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Every partner: last number given and seen, voids, gaps; end with 1 where a gap is past its deadline."""

    async def work() -> list[Row]:
        async with opened(load(config)) as (store, _, _):
            return await store.numbers()

    rows = run(work)
    show([row if as_json else {**row, "missing": _missing(row)} for row in rows], COLUMNS, as_json=as_json)
    raise typer.Exit(FOUND if any(gap["alarmed_at"] for row in rows for gap in row["gaps"]) else DONE)


def _missing(row: Row) -> str:
    return ", ".join(
        f"{gap['first']}{'' if gap['first'] == gap['last'] else '-' + str(gap['last'])} since {instant(gap['since'])}"
        + (" (alarmed)" if gap["alarmed_at"] else "")
        for gap in row["gaps"]
    )
