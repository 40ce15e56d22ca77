"""`gateway replay`: post sample traffic and compare what comes of it with what must."""

import time
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from rich.progress import Progress

from gateway.cli.client import HERE_URL, Authority, NationalClient, Token, Url, unreachable
from gateway.cli.output import FOUND, REFUSED, USAGE, Json, console, errors, fail, print_json, run
from gateway.cli.samples import Report, Sample, read_samples, replay


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(command)


def command(  # noqa: PLR0913, PLR0917 - how the traffic is to be
    path: Annotated[Path, typer.Argument(help="a folder with samples, or one XML file")],
    rate: Annotated[float, typer.Option(help="messages a second; 0: as fast as it goes")] = 0,
    concurrency: Annotated[int, typer.Option(help="requests at once", min=1)] = 8,
    repeat: Annotated[int, typer.Option(help="how many times each sample is posted", min=1)] = 1,
    patience: Annotated[float, typer.Option(help="seconds to repeat a posting that is not answered")] = 0,
    to: Annotated[str, typer.Option(help="recipient's PartyId")] = "",
    url: Url = HERE_URL,
    token: Token = "",
    ca: Authority = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Post sample traffic to a gateway's test environment; end with 1 where any outcome differs."""
    samples = read_samples(path) * repeat if path.exists() else []
    if not samples:
        fail(USAGE, f"{path}: no XML file there")

    async def work() -> tuple[Report, float]:
        async with NationalClient(url, token, ca) as client:
            await _require_test(client, url)
            with Progress(console=errors, transient=True) as progress:
                task = progress.add_task("replaying", total=len(samples))
                began = time.monotonic()
                report = await replay(
                    client,
                    samples,
                    concurrency=concurrency,
                    rate=rate,
                    patience=patience,
                    to=to,
                    progress=lambda: progress.advance(task),
                )
            return report, time.monotonic() - began

    report, seconds = run(work)
    facts = summary(samples, report, seconds)
    if as_json:
        print_json(facts)
    else:
        _print(facts)
    if report.differences or report.unanswered:
        raise typer.Exit(FOUND)


def summary(samples: list[Sample], report: Report, seconds: float) -> dict[str, object]:
    """The replay in figures."""
    return {
        "posted": len(samples),
        "accepted": len(report.with_status(202)),
        "refused": dict(report.refusals()),
        "stripped": dict(report.stripped()),
        "unanswered": report.unanswered,
        "seconds": round(seconds, 3),
        "latency_ms": {f"p{percent}": round(report.latency(percent) * 1000, 1) for percent in (50, 90, 99)},
        "differences": report.differences,
    }


async def _require_test(client: NationalClient, url: str) -> None:
    """Sample traffic never goes to production."""
    try:
        environment = (await client.call("GET", "/health")).json.get("environment")
    except (aiohttp.ClientError, TimeoutError) as error:
        unreachable(url, error)
    if environment != "test":
        fail(REFUSED, f"{url} is a {environment} gateway; sample traffic goes to test gateways only")


def _print(facts: dict[str, object]) -> None:
    for name, value in facts.items():
        lines = [f"{key}: {found}" for key, found in value.items()] if isinstance(value, dict) else value
        if isinstance(lines, list):
            console.print(f"{name}: {'none' if not lines else ''}", highlight=False)
            for line in lines:
                console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
        else:
            console.print(f"{name.replace('_', ' ')}: {lines}", highlight=False)
