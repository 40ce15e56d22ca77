"""`gateway retention`: what was kept for the agreed time goes, when two people say so."""

import getpass
import os
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import Progress as Bar

from gateway.boot import opened
from gateway.cli.output import HERE, REFUSED, Folder, Json, console, errors, fail, print_json, run, show
from gateway.config.load import load
from gateway.core.errors import Rejected
from gateway.core.names import SECOND, Micros
from gateway.core.retention import Asked
from gateway.flow.ports import Operator, Row
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
Who = Annotated[str, typer.Option(help="the operator; stands in the delivery log")]
Why = Annotated[str, typer.Option(help="the reason; stands in the delivery log")]


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
    asked = _asked(agreement, before)
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
    asked = _asked(agreement, before)
    found = work(config, lambda retention: retention.propose(asked, operator(who, why)))
    show([shown(found)], PURGES, as_json=as_json)


def approve(
    number: Number,
    why: Why,
    config: Folder = HERE,
    who: Who = "",
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Approve a proposal, as another person than the one who made it."""
    found = work(config, lambda retention: retention.approve(number, operator(who, why)))
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


def remove(number: Number, config: Folder = HERE, as_json: Json = False) -> None:  # noqa: FBT002 - a command-line switch
    """Remove what was approved. May be interrupted at any time: run again, it goes on."""

    async def go(retention: Retention) -> Progress:
        with Bar(console=errors, transient=True) as bar:
            task = bar.add_task("removing")
            async for progress in retention.run(number):
                bar.update(task, completed=progress.purged + progress.skipped, total=progress.of)
        return progress

    done = work(config, go)
    facts = {
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
        console.print(f"{name.replace('_', ' ')}: {value}", highlight=False)


def work(config: Path, what: Callable[[Retention], Awaitable[T]]) -> T:
    """What was asked of the database of this configuration; a refusal ends the command."""

    async def asked() -> T:
        settings = load(config)
        async with opened(settings) as (store, _, clock):
            return await what(Retention(lambda: settings.register, store, clock))

    try:
        return run(asked)
    except Rejected as refusal:
        rows = [
            f"{fault.code.code} {fault.code.meaning}: {fault.path}: expected {fault.expected}"
            for fault in refusal.faults
        ]
        fail(REFUSED, *rows)


def operator(who: str, why: str) -> Operator:
    """Who says that it is they, and whom the operating system knows: behind sudo, the one who called it."""
    account = os.environ.get("SUDO_USER") or getpass.getuser()
    return Operator(who or account, why, account)


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
        "archive": found.archive,
        "done_at": found.done_at,
    }


def _asked(agreement: str, before: datetime | None) -> Asked:
    moment = Micros(int(before.replace(tzinfo=UTC).timestamp()) * SECOND) if before else None
    return Asked(agreement, moment)
