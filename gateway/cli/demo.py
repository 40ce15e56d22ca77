"""`gateway demo`: two customs services exchange sample traffic, one gateway is killed, nothing is lost."""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gateway.cli.demo_pair import Outcome, Service, make_pair, play
from gateway.cli.demo_summary import facts, print_summary, problems
from gateway.cli.output import DONE, FOUND, Json, console, errors, print_json, run
from gateway.config.shipped import shipped


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(command)


def command(
    repeat: Annotated[int, typer.Option(help="how many times each sample is sent, each way", min=1)] = 6,
    keep: Annotated[bool, typer.Option("--keep", help="leave both gateways running and print the addresses")] = False,  # noqa: FBT002
    folder: Annotated[Path | None, typer.Option(help="where to work; a temporary folder otherwise")] = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Run the main job: two gateways, sample traffic both ways, SIGKILL in the middle, both logs verified."""
    where = folder or Path(tempfile.mkdtemp(prefix="gateway-demo-"))
    try:
        code = run(lambda: _demo(where, repeat, keep=keep, as_json=as_json))
    finally:
        if folder is None:
            shutil.rmtree(where, ignore_errors=True)
    raise typer.Exit(code)


async def _demo(where: Path, repeat: int, *, keep: bool, as_json: bool) -> int:
    began = time.monotonic()
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    pair = make_pair(where)
    try:
        with Progress(*columns, console=errors, transient=True) as progress:
            task = progress.add_task("starting")
            outcome = await play(pair, shipped("samples"), repeat, lambda text: progress.update(task, description=text))
        found = problems(outcome)
        if as_json:
            print_json(facts(outcome, time.monotonic() - began))
        else:
            print_summary(outcome, time.monotonic() - began)
        if keep:
            await _keep(pair, outcome)
    finally:
        for service in pair:
            service.process.stop()
    return FOUND if found else DONE


async def _keep(pair: tuple[Service, Service], _outcome: Outcome) -> None:
    """Both gateways stay up until the command is interrupted."""
    for service in pair:
        service.process.start()
        await service.process.ready()
        console.print(f"\n{service.party} ({service.authority}): configuration {service.folder}", highlight=False)
        console.print(f"  export GATEWAY_URL={service.process.url}", highlight=False, soft_wrap=True)
        console.print(f"  export GATEWAY_TOKEN={service.token}", highlight=False, soft_wrap=True)
        console.print(f"  export GATEWAY_CA={service.process.certificate}", highlight=False, soft_wrap=True)
    console.print("\nRunning; Ctrl-C ends both.", highlight=False)
    await asyncio.Event().wait()
