"""`gateway retention`: what was kept for the agreed time goes, when two people say so."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.progress import Progress as Bar

from gateway.boot import numbered, opened
from gateway.cli.archive import Files, archiving, ended
from gateway.cli.operators import Who, Why, acting, asked_for
from gateway.cli.output import HERE, Folder, Json, console, errors, print_json, show
from gateway.config.load import load
from gateway.equip import equipped
from gateway.flow.ports import Row
from gateway.flow.ports_retention import Purge
from gateway.flow.retention import Progress, Retention

T = TypeVar("T")
DUE = ["agreement", "type", "waits_for", "messages", "bytes", "first_at", "last_at"]
PURGES = ["id", "state", "agreement", "messages", "size", "proposed_by", "approved_by", "purged", "skipped", "archive"]

Number = Annotated[int, typer.Argument(help="number of the proposal")]
Agreement = Annotated[str, typer.Option(help="only under this agreement: id or id:version")]
Before = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], help="only accepted before this day (UTC); else as far as the agreed time passed"
    ),
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Remove what was kept for the agreed time: proposed, approved, run.", no_args_is_help=True)
    group.command("due")(due)
    group.command("propose")(propose)
    group.command("approve")(approve)
    group.command("run")(remove)
    group.command("show")(show_)
    app.add_typer(group, name="retention")


def due(config: Folder = HERE, agreement: Agreement = "", before: Before = None, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Show what could be removed now, by agreement and type, and what is kept because something waits for it."""
    asked = asked_for(agreement, before)
    rows = work(config, lambda retention: retention.due(asked))
    show([{**row, "waits_for": row["open"] or "nothing"} for row in rows], DUE, as_json=as_json)


def propose(  # noqa: PLR0913, PLR0917 - which messages, who, why
    why: Why,
    config: Folder = HERE,
    agreement: Agreement = "",
    before: Before = None,
    who: Who = "",
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Propose to remove the content of all messages that may go; another person approves it."""
    asked = asked_for(agreement, before)
    found = work(config, lambda retention: retention.propose(asked, acting(who, why)))
    show([shown(found)], PURGES, as_json=as_json)


def approve(
    number: Number,
    why: Why,
    config: Folder = HERE,
    who: Who = "",
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Approve a proposal, as another person than the one who made it."""
    found = work(config, lambda retention: retention.approve(number, acting(who, why)))
    show([shown(found)], PURGES, as_json=as_json)


def show_(
    number: Annotated[int | None, typer.Argument(help="number of the proposal; else all of them")] = None,
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Show proposals: by whom, how much, how far."""

    async def look(retention: Retention) -> Sequence[Purge]:
        return [await retention.found(number)] if number else await retention.store.purges()

    show([shown(found) for found in work(config, look)], PURGES, as_json=as_json)


def remove(  # noqa: PLR0913, PLR0917 - which removal, what before it, who, why
    number: Number,
    archive: Annotated[
        Path | None, typer.Option(help="first write this archive, or several; nothing goes without")
    ] = None,
    why: Annotated[str, typer.Option(help="the reason for the archive; stands in the delivery log")] = "",
    who: Who = "",
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Remove what was approved. May be interrupted at any time: run again, it goes on."""

    async def go() -> tuple[list[dict[str, Any]], Progress]:
        settings = equipped(load(config))
        async with opened(settings) as (store, _, clock):
            retention = Retention(lambda: settings.register, store, clock)
            rows = []
            if archive is not None:
                await numbered(settings, store, clock)
                files = Files(archive, settings, archiving(settings, store, clock), acting(who, why))
                rows = await files.of_removal(await retention.ready(number))
            return rows, await _removed(retention, number)

    rows, done = ended(go)
    facts = {
        "archives": rows,
        "purged": done.purged,
        "skipped": done.skipped,
        "of": done.of,
        "pages_given_back": done.pages,
        "journal_cleared": done.journal,
    }
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        console.print(f"{name.replace('_', ' ')}: {value}", highlight=False, soft_wrap=True)


async def _removed(retention: Retention, number: int) -> Progress:
    """The last of the progress, all of it shown."""
    last = Progress(0, 0, 0)
    with Bar(console=errors, transient=True) as bar:
        task = bar.add_task("removing")
        async for progress in retention.run(number):
            last = progress
            bar.update(task, completed=progress.purged + progress.skipped, total=progress.of)
    return last


def work(config: Path, what: Callable[[Retention], Awaitable[T]]) -> T:
    """What was asked of the database of this configuration; a refusal ends the command."""

    async def asked() -> T:
        settings = load(config)
        async with opened(settings) as (store, _, clock):
            return await what(Retention(lambda: settings.register, store, clock))

    return ended(asked)


def shown(found: Purge) -> Row:
    """A proposal for people."""
    state = "done" if found.done_at else "approved" if found.approved_at else "proposed"
    return {
        "id": found.id,
        "state": state,
        "agreement": found.agreement or "all",
        "before": dict(found.terms),
        "messages": found.messages,
        "size": found.size,
        "choice": found.digest,
        "proposed_by": found.proposed_by,
        "proposed_at": found.proposed_at,
        "approved_by": found.approved_by,
        "approved_at": found.approved_at,
        "purged": found.purged,
        "skipped": found.skipped,
        "archives": found.archives,
        "archive": " ".join(found.archive),
        "done_at": found.done_at,
    }
